// The unpacked block as something one can ask: roofs, buildings, facilities, their shapes in local map units, their words.
// Local units: pixels of zoom 17 from the middle of the start view, so that float sums stay exact to a hundredth of a pixel.
const solModel = (tree, config) => {
  "use strict";
  const UNIT_ZOOM = 17;
  const worldSize = 256 * 2 ** UNIT_ZOOM;
  const mercatorX = (lon) => (lon + 180) / 360 * worldSize;
  const mercatorY = (lat) => (0.5 - Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)) / (2 * Math.PI)) * worldSize;
  const [[south, west], [north, east]] = config.bounds;
  const origin = { x: mercatorX((west + east) / 2), y: mercatorY((south + north) / 2) };
  const local = (lat, lon) => [mercatorX(lon) - origin.x, mercatorY(lat) - origin.y];
  const latLng = (x, y) => {
    const lon = (x + origin.x) / worldSize * 360 - 180;
    const lat = (2 * Math.atan(Math.exp((0.5 - (y + origin.y) / worldSize) * 2 * Math.PI)) - Math.PI / 2) * 180 / Math.PI;
    return [lat, lon];
  };
  const points = (geom) => {
    const xs = new Float64Array(geom.x.length);
    const ys = new Float64Array(geom.x.length);
    for (let i = 0; i < xs.length; i++) { xs[i] = mercatorX(geom.x[i]) - origin.x; ys[i] = mercatorY(geom.y[i]) - origin.y; }
    return { xs, ys };
  };
  // A layer of shapes: for every row its rings [from, to) and its box [x0, y0, x1, y1].
  const shapes = (geom) => {
    const { xs, ys } = points(geom);
    const ringsOf = [];
    let ring = 0;
    let part = 0;
    let at = 0;
    for (const parts of geom.row) {
      const rings = [];
      const counts = geom.part ? geom.part.slice(part, part + parts) : [parts];
      part += parts;
      for (const count of counts) {
        for (let k = 0; k < count; k++) {
          rings.push([at, at + geom.ring[ring]]);
          at += geom.ring[ring++];
        }
      }
      ringsOf.push(rings);
    }
    const boxes = ringsOf.map((rings) => {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      for (const [from, to] of rings) {
        for (let i = from; i < to; i++) {
          if (xs[i] < box[0]) box[0] = xs[i];
          if (ys[i] < box[1]) box[1] = ys[i];
          if (xs[i] > box[2]) box[2] = xs[i];
          if (ys[i] > box[3]) box[3] = ys[i];
        }
      }
      return box;
    });
    return { xs, ys, rings: ringsOf, boxes, n: ringsOf.length };
  };
  const inside = (layer, row, x, y) => {
    const box = layer.boxes[row];
    if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return false;
    let odd = false;
    for (const [from, to] of layer.rings[row]) {
      for (let i = from, j = to - 1; i < to; j = i++) {
        const [xi, yi, xj, yj] = [layer.xs[i], layer.ys[i], layer.xs[j], layer.ys[j]];
        if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) odd = !odd;
      }
    }
    return odd;
  };

  const tak = tree.tak;
  const count = tak.n;
  if (!tak.building_id) tak.building_id = tak.plane_building;
  const column = (name) => tak[name] || null;
  const value = (name, row) => (tak[name] ? tak[name][row] : null);
  const ids = tak.plane_id || tak.plane_building.map((building, row) => `${building}-${tak.plane_number[row]}`);
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const grouped = (name) => {
    const groups = new Map();
    (tak[name] || []).forEach((key, row) => {
      if (key === null) return;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(row);
    });
    return groups;
  };
  const byBuilding = grouped("building_id");
  const byFacility = grouped("facility_id");
  const roofs = shapes(tak.geom);
  const anl = tree.anl;
  const facilityRow = new Map((anl.facility_id || []).map((id, row) => [id, row]));
  const facilities = shapes(anl.geom);
  const classIndex = new Map(config.classes.map((code, i) => [code, i]));
  const codes = (tak.reasons || []).map((text) => (text ? text.split(";") : []));
  const reasons = (row) => codes[row] || [];

  const DIRECTIONS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
  const direction = (row) => {
    const azimuth = value("azimuth_deg", row);
    return azimuth === null ? "" : kil.say(`direction.${DIRECTIONS[Math.round(azimuth / 45) % 8]}`);
  };
  const isFlat = (row) => Boolean(value("is_flat", row)) || (value("tilt_deg", row) !== null && value("tilt_deg", row) < 5);
  const face = (row) => (isFlat(row) ? kil.say("face.flat") : kil.say("face.to", { direction: direction(row) }));
  const short = (text, most = 60) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const building = (row) => value("name", row) || kil.say("unnamed", { id: called(value("building_id", row) || ids[row]) });
  const called = (id) => (/^b\d+_\d+/.test(id) ? id : id.slice(0, 8)); // whole where it is made of the building's place
  const roofName = (row) => kil.say("roof_of", { name: short(building(row)), face: face(row) });
  const best = (row) => {
    const poa = value("poa_kwh_m2", row);
    return poa === null || !tree.best ? null : 100 * poa / tree.best;
  };
  const isOurs = (row) => (tak.reasons ? !reasons(row).includes("not_municipal") : value("facility_id", row) !== null);
  // Power and energy with no more digits than they can carry.
  const kw = (kwp) => (kwp === null ? "–" : `${kil.number(kwp, kwp < 100 ? 1 : 0)}\u00a0kW`);
  const energy = (kwh) => {
    if (kwh === null || !Number.isFinite(kwh)) return "–";
    if (Math.abs(kwh) < 100000) return `${kil.rounded(kwh)}\u00a0kWh`;
    return Math.abs(kwh) < 1e7 ? `${kil.rounded(kwh / 1000)}\u00a0MWh` : `${kil.rounded(kwh / 1e6)}\u00a0GWh`;
  };
  const mwh = (kwh) => (kwh === null || !Number.isFinite(kwh) ? "–" : `${kil.rounded(kwh / 1000)}\u00a0MWh`);
  // A number and its unit stay on one line.
  const tight = (text) => text.replace(/(\d) (kW|MW|kWh|MWh|GWh|m²|%)/g, "$1\u00a0$2");
  const mw = (kwp) => (kwp >= 995 ? `${kil.number(kwp / 1000, 1)}\u00a0MW` : `${kil.number(kwp)}\u00a0kW`);
  const months = (row) => {
    const share = tree.kwh12;
    const year = value("kwh", row);
    if (!share || year === null || share[row] === null) return null;
    return Array.from({ length: 12 }, (_, month) => share[month * count + row] * year);
  };
  const grid = (row) => {
    const shape = tree.profiles ? tree.profiles.of[row] : -1;
    const year = value("kwh", row);
    if (shape < 0 || year === null) return null;
    const own = tree.profiles.share.slice(shape * 288, (shape + 1) * 288);
    const now = months(row);
    // The pattern is shared between roofs; the sum of each month is the roof's own.
    return Array.from({ length: 12 }, (_, month) => {
      const hours = own.slice(month * 24, month * 24 + 24);
      const sum = hours.reduce((total, part) => total + part, 0);
      const scale = now && sum > 0 ? now[month] / sum : year;
      return hours.map((part) => part * scale);
    });
  };
  const horizonRow = tree.horizon ? new Map(tree.horizon.row.map((row, i) => [row, i])) : new Map();
  const horizon = (row) => {
    if (!horizonRow.has(row)) return null;
    const { directions, causes, deg } = tree.horizon;
    const planes = horizonRow.size;
    const at = horizonRow.get(row);
    return causes.map((cause, c) => ({
      cause, deg: Array.from({ length: directions }, (_, d) => deg[(c * directions + d) * planes + at]),
    }));
  };
  const waterfall = (row) => {
    const fall = tree.waterfall;
    if (!fall || fall.gross[row] === null) return null;
    return fall.steps.map((step, i) => ({ step, kwh: fall.share[i * count + row] * fall.gross[row] }));
  };
  return {
    tree, count, column, value, ids, rowOf, byBuilding, byFacility, roofs, anl, facilityRow, facilities, classIndex, reasons,
    direction, isFlat, face, building, roofName, best, isOurs, kw, energy, mwh, tight, mw, months, grid, horizon, waterfall,
    shapes, points, inside, local, latLng, short, unitZoom: UNIT_ZOOM, mercator: { x: mercatorX, y: mercatorY }, origin,
    sun: tree.sun,
  };
};
