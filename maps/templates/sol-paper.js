// The map's drawing: one Leaflet renderer with two canvases, the paper map with roofs below and what is pointed at above.
const MODULE_ZOOM = 18;
const SolPaper = L.Renderer.extend({
  options: { padding: 0.35 },

  initialize(model, config, state) {
    L.Renderer.prototype.initialize.call(this, {});
    Object.assign(this, { model, config, state });
    const tree = model.tree;
    const ground = tree.bakgrund || {};
    this._areas = ["skog", "vatten"].filter((key) => ground[key]).map((key) => [key, model.shapes(ground[key])]);
    this._roads = (ground.vagar || []).map((geom) => model.shapes(geom));
    this._rail = ground.jarnvag ? model.shapes(ground.jarnvag) : null;
    this._border = tree.grans ? model.shapes(tree.grans) : null;
    this._places = ground.namn ? { ...ground.namn, ...model.points(ground.namn) } : null;
    this._streets = ground.gatunamn && ground.gatunamn.line ? { ...ground.gatunamn, shape: model.shapes(ground.gatunamn.line) } : null;
    this._plants = tree.byggda ? { ...tree.byggda, ...model.points(tree.byggda.point) } : null;
    this._modules = tree.moduler ? this._readModules(tree.moduler) : null;
    if (tree.relief) {
      const picture = new Image();
      picture.onload = () => { this._relief = this._shade(picture); this.repaint(); };
      picture.src = tree.relief.src;
      const [[s, w], [n, e]] = tree.relief.bounds;
      this._reliefBox = [...model.local(n, w), ...model.local(s, e)];
    }
  },

  // From a grey relief to shadow and light alone: flat ground stays paper, and the picture's edge fades out.
  _shade(picture) {
    const canvas = document.createElement("canvas");
    const [w, h] = [canvas.width, canvas.height] = [picture.width, picture.height];
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, 0, 0);
    const image = pen.getImageData(0, 0, w, h);
    const { data } = image;
    const counts = new Uint32Array(256);
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) counts[data[i]]++;
    const flat = counts.indexOf(Math.max(...counts));
    const rim = Math.max(2, Math.min(w, h) * 0.08);
    for (let y = 0, i = 0; y < h; y++) {
      for (let x = 0; x < w; x++, i += 4) {
        const step = data[i + 3] > 0 ? (data[i] - flat) / 255 : 0;
        const fade = Math.min(1, Math.min(x, y, w - 1 - x, h - 1 - y) / rim);
        const tone = step < 0 ? [74, 66, 52] : [255, 255, 255];
        [data[i], data[i + 1], data[i + 2]] = tone;
        data[i + 3] = Math.min(80, Math.abs(step) * 255 * 0.6) * fade;
      }
    }
    pen.putImageData(image, 0, 0);
    return canvas;
  },

  // Which groups of modules lie on which roof; their corners are worked out when a roof is first drawn close up.
  _readModules(packed) {
    const groups = new Map();
    let from = 0;
    packed.row.forEach((row, i) => {
      if (!groups.has(row)) groups.set(row, []);
      groups.get(row).push([i, from]);
      from += packed.count[i];
    });
    return { packed, groups, corners: new Map() };
  },
  _corners(row) {
    const { packed, groups, corners } = this._modules;
    if (corners.has(row)) return corners.get(row);
    const total = packed.row.length * 3;
    const boxes = [];
    for (const [i, from] of groups.get(row)) {
      const [p, q, r] = [0, 1, 2].map((k) => this.model.local(packed.frame[total + i * 3 + k], packed.frame[i * 3 + k]));
      const [u, v] = [[q[0] - p[0], q[1] - p[1]], [r[0] - p[0], r[1] - p[1]]];
      for (let k = from; k < from + packed.count[i]; k++) {
        const [a, b] = [packed.slot[k] * packed.pitch[i], packed.across[k]];
        const x = p[0] + a * u[0] + b * v[0];
        const y = p[1] + a * u[1] + b * v[1];
        boxes.push([x, y, x + u[0], y + u[1], x + u[0] + v[0], y + u[1] + v[1], x + v[0], y + v[1]]);
      }
    }
    corners.set(row, boxes);
    return boxes;
  },

  _initContainer() {
    this._container = document.createElement("div");
    this._container.setAttribute("aria-hidden", "true");
    this._base = document.createElement("canvas");
    this._over = document.createElement("canvas");
    this._container.append(this._base, this._over);
  },
  _destroyContainer() { L.DomUtil.remove(this._container); delete this._container; },
  _updatePaths() {},
  _onZoomEnd() {},
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = this._ratio = Math.min(window.devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    for (const canvas of [this._base, this._over]) {
      canvas.width = size.x * ratio;
      canvas.height = size.y * ratio;
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    this._frame();
    this.repaint();
  },
  // From local units to canvas pixels: x * k + dx.
  _frame() {
    const { model } = this;
    const zoom = this._map.getZoom();
    const k = 2 ** (zoom - model.unitZoom);
    const origin = this._map.getPixelOrigin();
    const min = this._bounds.min;
    this._k = k;
    this._dx = model.origin.x * k - origin.x - min.x;
    this._dy = model.origin.y * k - origin.y - min.y;
    const size = this._bounds.getSize();
    this._view = [(-this._dx) / k, (-this._dy) / k, (size.x - this._dx) / k, (size.y - this._dy) / k];
    this._zoomNow = zoom;
  },
  _seen(box) { const v = this._view; return box[0] < v[2] && box[2] > v[0] && box[1] < v[3] && box[3] > v[1]; },

  repaint() {
    if (!this._map || !this._bounds) return;
    const pen = this._base.getContext("2d");
    pen.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
    const size = this._bounds.getSize();
    pen.lineJoin = "round";
    if (this.state.layers.online) pen.clearRect(0, 0, size.x, size.y);
    else {
      pen.fillStyle = this.config.map.paper;
      pen.fillRect(0, 0, size.x, size.y);
      this._ground(pen);
    }
    this._drawRoofs(pen);
    if (this._zoomNow >= MODULE_ZOOM && this.state.layers.modules) this._drawModules(pen);
    this._facilities(pen);
    this._labels = [];
    if (this.state.layers.plants) this._drawPlants(pen);
    this._drawLabels(pen);
    this.highlight();
  },

  _trace(pen, layer, row, closed) {
    const { _k: k, _dx: dx, _dy: dy } = this;
    for (const [from, to] of layer.rings[row]) {
      let [px, py] = [layer.xs[from] * k + dx, layer.ys[from] * k + dy];
      pen.moveTo(px, py);
      for (let i = from + 1; i < to; i++) {
        const x = layer.xs[i] * k + dx;
        const y = layer.ys[i] * k + dy;
        if (i < to - 1 && Math.abs(x - px) + Math.abs(y - py) < 0.7) continue;
        pen.lineTo(x, y);
        px = x; py = y;
      }
      if (closed) pen.closePath();
    }
  },
  _path(pen, layer, closed) {
    pen.beginPath();
    for (let row = 0; row < layer.n; row++) if (this._seen(layer.boxes[row])) this._trace(pen, layer, row, closed);
  },

  _ground(pen) {
    const colours = this.config.map;
    const fills = { skog: [colours.forest, colours.forestline], vatten: [colours.water, colours.waterline] };
    for (const [key, layer] of this._areas) {
      if (key === "vatten") this._drawRelief(pen);
      this._path(pen, layer, true);
      [pen.fillStyle, pen.strokeStyle] = fills[key];
      pen.lineWidth = 1;
      pen.fill("evenodd");
      pen.stroke();
    }
    if (!this._areas.some(([key]) => key === "vatten")) this._drawRelief(pen);
    this._drawRoads(pen);
    if (this._border) {
      this._path(pen, this._border, true);
      pen.setLineDash([10, 4, 2, 4]);
      pen.strokeStyle = colours.boundary;
      pen.lineWidth = 1.5;
      pen.stroke();
      pen.setLineDash([]);
    }
  },
  _drawRelief(pen) {
    if (!this._relief || !this.state.layers.relief) return;
    const [x0, y0, x1, y1] = this._reliefBox;
    pen.drawImage(this._relief, x0 * this._k + this._dx, y0 * this._k + this._dy, (x1 - x0) * this._k, (y1 - y0) * this._k);
  },
  _drawRoads(pen) {
    const colours = this.config.map;
    const metre = this._metre();
    const widths = [14, 9, 6, 4, 2.2].map((metres, rank) => Math.max([3.6, 2.6, 1.4, 0.9, 0.7][rank], metres * metre));
    const rank = (i) => (this._zoomNow < 13 && i > 1) || (this._zoomNow < 15 && i > 2);
    pen.lineCap = "round";
    for (const width of [1, 0]) {
      for (let i = this._roads.length - 1; i >= 0; i--) {
        if (rank(i)) continue;
        this._path(pen, this._roads[i], false);
        if (i === 4) {
          if (width) continue;
          pen.setLineDash([4, 3]);
          pen.strokeStyle = colours.roadcase;
          pen.lineWidth = Math.min(widths[i], 2);
        } else {
          pen.strokeStyle = width ? colours.roadcase : colours.road;
          pen.lineWidth = widths[i] + (width ? 1.6 : 0);
        }
        pen.stroke();
        pen.setLineDash([]);
      }
    }
    if (this._rail) {
      this._path(pen, this._rail, false);
      pen.strokeStyle = colours.railway;
      pen.lineWidth = Math.max(1.6, 2.4 * metre);
      pen.stroke();
      pen.lineCap = "butt";
      pen.strokeStyle = colours.paper;
      pen.lineWidth = Math.max(0.8, 1.2 * metre);
      pen.setLineDash([7, 7]);
      pen.stroke();
      pen.setLineDash([]);
    }
  },
  // Pixels a metre on the ground at the middle of the view.
  _metre() {
    const lat = this._map.getCenter().lat * Math.PI / 180;
    return 256 * 2 ** this._zoomNow / (40075016.686 * Math.cos(lat));
  },

  _fillOf(row) {
    const { model, config } = this;
    const code = model.value("class", row);
    if (!this.state.layers.irradiation || code === "not_assessed") return code;
    const share = model.best(row);
    return share === null ? code : `step${Math.max(0, Math.min(8, Math.floor((share - 55) / 5)))}`;
  },
  _brush(pen, code) {
    if (code.startsWith("step")) return this.config.steps[Number(code.slice(4))];
    if (code !== "excluded") return this.config.fills[code];
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const t = tile.getContext("2d");
    t.fillStyle = this.config.fills.excluded;
    t.fillRect(0, 0, 6, 6);
    t.strokeStyle = "#6d747b";
    t.lineWidth = 1;
    t.beginPath();
    t.moveTo(-1, 7); t.lineTo(7, -1); t.moveTo(-1, 1); t.lineTo(1, -1); t.moveTo(5, 7); t.lineTo(7, 5);
    t.stroke();
    return pen.createPattern(tile, "repeat");
  },
  _drawRoofs(pen) {
    const { model, state, config } = this;
    const groups = new Map();
    for (let row = 0; row < model.count; row++) {
      if (!this._seen(model.roofs.boxes[row]) || (!state.layers.others && !model.isOurs(row))) continue;
      const faded = !state.shows(row) ? 2 : model.isOurs(row) || state.layers.equal ? 0 : 1;
      const key = `${faded}${this._fillOf(row)}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(row);
    }
    // A roof of a few pixels is all outline unless the line thins with the scale.
    const width = Math.min(1, Math.max(0.25, 2 ** (this._zoomNow - 16)));
    for (const key of [...groups.keys()].sort((a, b) => b[0] - a[0])) {
      const faded = Number(key[0]);
      const code = key.slice(1);
      pen.beginPath();
      for (const row of groups.get(key)) this._trace(pen, model.roofs, row, true);
      pen.globalAlpha = [1, 0.55, 0.1][faded];
      pen.fillStyle = this._brush(pen, code);
      pen.fill("evenodd");
      pen.strokeStyle = config.outline;
      pen.globalAlpha = [1, 0.75, 0.3][faded];
      pen.lineWidth = width;
      if (code === "not_assessed") pen.setLineDash([3, 2]);
      pen.stroke();
      pen.setLineDash([]);
      pen.globalAlpha = 1;
    }
  },
  _drawModules(pen) {
    if (!this._modules) return;
    const { _k: k, _dx: dx, _dy: dy } = this;
    pen.beginPath();
    for (const row of this._modules.groups.keys()) {
      if (!this._seen(this.model.roofs.boxes[row]) || !this.state.shows(row)) continue;
      for (const b of this._corners(row)) {
        pen.moveTo(b[0] * k + dx, b[1] * k + dy);
        for (let i = 2; i < 8; i += 2) pen.lineTo(b[i] * k + dx, b[i + 1] * k + dy);
        pen.closePath();
      }
    }
    pen.fillStyle = "rgba(26,31,36,.32)";
    pen.strokeStyle = "rgba(255,255,255,.85)";
    pen.lineWidth = 0.7;
    pen.fill();
    pen.stroke();
  },
  _facilities(pen) {
    const layer = this.model.facilities;
    pen.beginPath();
    for (let row = 0; row < layer.n; row++) if (this._seen(layer.boxes[row])) this._trace(pen, layer, row, true);
    pen.strokeStyle = "#1a1f24";
    pen.lineWidth = this._zoomNow < 14.5 ? 1 : this._zoomNow < 15.5 ? 1.5 : 2;
    pen.stroke();
  },
  _drawPlants(pen) {
    const plants = this._plants;
    if (!plants) return;
    const size = this._zoomNow < 15 ? 5 : 7;
    for (let i = 0; i < plants.n; i++) {
      const x = plants.xs[i] * this._k + this._dx;
      const y = plants.ys[i] * this._k + this._dy;
      const built = plants.state[i] === "built";
      pen.beginPath();
      pen.rect(x - size, y - size, 2 * size, 2 * size);
      pen.fillStyle = built ? this.config.built : "#ffffff";
      pen.fill();
      pen.strokeStyle = built ? "#ffffff" : this.config.built;
      pen.lineWidth = built ? 1.5 : 3;
      pen.stroke();
      if (built) {
        pen.beginPath();
        pen.moveTo(x - size + 2, y); pen.lineTo(x + size - 2, y);
        pen.moveTo(x, y - size + 2); pen.lineTo(x, y + size - 2);
        pen.lineWidth = 1;
        pen.stroke();
      }
      this._labels.push([x - size - 2, y - size - 2, x + size + 2, y + size + 2]);
      if (this._zoomNow >= 16) {
        const year = plants.year[i] === null ? kil.say("plant.planned") : String(plants.year[i]);
        this._write(pen, `${kil.number(plants.kwp[i])}\u00a0kW ${year}`, x, y + size + 13, { font: "600 12px", colour: this.config.built, halo: 4.5 });
      }
    }
  },

  _write(pen, words, x, y, { font, colour, angle = 0, halo = 3, spacing = "0px", keep = false }) {
    pen.font = `${font} "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif`;
    if ("letterSpacing" in pen) pen.letterSpacing = spacing;
    const width = pen.measureText(words).width;
    const height = parseFloat(font.replace(/^\D*\d{3} /, "")) || 12;
    const [c, s] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
    const [w, h] = [(width * c + height * s) / 2 + 3, (width * s + height * c) / 2 + 2];
    if (keep) x = this._kept(x, y, w);
    const box = [x - w, y - h, x + w, y + h];
    if (this._labels.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return false;
    this._labels.push(box);
    pen.save();
    pen.translate(x, y);
    pen.rotate(angle);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = halo;
    pen.strokeStyle = "rgba(255,255,255,.88)";
    pen.strokeText(words, 0, 0);
    pen.fillStyle = colour;
    pen.fillText(words, 0, 0);
    pen.restore();
    return true;
  },
  // A name whose place is in the window but which would be cut by its edge moves in; one whose place is beside the window stays out.
  _kept(x, y, w) {
    const size = this._map.getSize();
    const left = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min);
    if (y < left.y || y > left.y + size.y) return x;
    if (x < left.x) return Math.min(x, left.x - w);
    if (x > left.x + size.x) return Math.max(x, left.x + size.x + w);
    return Math.max(left.x + w, Math.min(left.x + size.x - w, x));
  },
  _drawLabels(pen) {
    const { model, config, _k: k, _dx: dx, _dy: dy, _zoomNow: zoom } = this;
    if (zoom >= 14) {
      const order = [...model.facilityRow.values()].sort((a, b) => (model.anl.kwp[b] || 0) - (model.anl.kwp[a] || 0));
      for (const row of order) {
        const box = model.facilities.boxes[row];
        if (!this._seen(box)) continue;
        const name = model.short(model.anl.name[row] || "", 34);
        const style = { font: "600 13px", colour: "#1a1f24", halo: 4, keep: true };
        const x = (box[0] + box[2]) / 2 * k + dx;
        if (!this._write(pen, name, x, box[1] * k + dy - 10, style)) this._write(pen, name, x, box[3] * k + dy + 11, style);
      }
      // Names of streets and places give way to the facilities themselves.
      for (const box of model.facilities.boxes) this._labels.push([box[0] * k + dx, box[1] * k + dy, box[2] * k + dx, box[3] * k + dy]);
    }
    if (!this.state.layers.names || this.state.layers.online) return;
    if (this._places) {
      const { name, rank, water, xs, ys } = this._places;
      const order = name.map((_, i) => i).sort((a, b) => rank[a] - rank[b]);
      for (const i of order) {
        if ((rank[i] === 2 && zoom < 14) || (rank[i] === 0 && zoom >= 17)) continue;
        const font = water[i] ? "italic 400 14px" : ["600 18px", "600 15px", "400 13px"][rank[i]];
        const style = { font, colour: water[i] ? config.map.watername : config.map.name, keep: true, spacing: rank[i] === 0 ? "1.5px" : "0px" };
        [0, -22, 22, -44, 44].some((shift) => this._write(pen, name[i] || "", xs[i] * k + dx, ys[i] * k + dy + shift, style));
      }
    }
    if (this._streets && zoom >= 15.5) this._streetNames(pen);
  },
  _streetNames(pen) {
    const { name, rank, length, shape } = this._streets;
    const metre = this._metre();
    const order = name.map((_, i) => i).sort((a, b) => rank[a] - rank[b] || length[b] - length[a]);
    for (const i of order) {
      if (!shape.rings[i].length || !this._seen(shape.boxes[i]) || length[i] * metre < name[i].length * 6.5) continue;
      const [from, to] = shape.rings[i][0];
      const [x0, y0, x1, y1] = [shape.xs[from], shape.ys[from], shape.xs[to - 1], shape.ys[to - 1]];
      let angle = Math.atan2(y1 - y0, x1 - x0);
      if (Math.abs(angle) > Math.PI / 2) angle += angle > 0 ? -Math.PI : Math.PI;
      const [x, y] = [(x0 + x1) / 2 * this._k + this._dx, (y0 + y1) / 2 * this._k + this._dy];
      this._write(pen, name[i], x, y, { font: rank[i] < 2 ? "600 12px" : "400 12px", colour: this.config.map.name, angle });
    }
  },

  // What is pointed at and what is open, on the upper canvas.
  highlight() {
    if (!this._map || !this._bounds) return;
    const pen = this._over.getContext("2d");
    pen.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
    pen.clearRect(0, 0, this._over.width, this._over.height);
    const { open, hover } = this.state;
    for (const [what, colour, width] of [[open, "#00577d", 4], [hover, "#1a1f24", 3]]) {
      if (!what) continue;
      pen.beginPath();
      for (const row of what.rows) this._trace(pen, this.model.roofs, row, true);
      if (what.facility !== undefined) this._trace(pen, this.model.facilities, what.facility, true);
      pen.lineJoin = "round";
      pen.strokeStyle = "#ffffff";
      pen.lineWidth = width + 3;
      pen.stroke();
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  },

  // The roof under a place on the map; at small scales the nearest within a finger's width.
  pick(latlng, reach = 0) {
    const { model, state } = this;
    const [x, y] = model.local(latlng.lat, latlng.lng);
    const can = (row) => state.shows(row) && (state.layers.others || model.isOurs(row));
    for (let row = 0; row < model.count; row++) if (can(row) && model.inside(model.roofs, row, x, y)) return row;
    let [best, far] = [-1, reach / this._k];
    if (far) {
      for (let row = 0; row < model.count; row++) {
        const box = model.roofs.boxes[row];
        const gap = Math.hypot(Math.max(box[0] - x, 0, x - box[2]), Math.max(box[1] - y, 0, y - box[3]));
        if (gap < far && can(row)) [best, far] = [row, gap];
      }
    }
    return best;
  },
});
