// Search by facility, building, address, street or place: a combobox whose answers are also reached with the arrow keys.
const solSearch = (model, config, app) => {
  "use strict";
  const { el, say, fold } = kil;
  const input = document.getElementById("sok");
  const box = document.getElementById("traffar");
  const MOST = 8;
  const entries = [];
  const add = (name, kind, go) => { if (name) entries.push({ name, kind, go, key: fold(name) }); };

  const fill = () => {
    model.facilityRow.forEach((at, id) => add(model.anl.name[at] || id, "facility", () => app.go("anlaggning", id)));
    const seen = new Set();
    for (let row = 0; row < model.count; row++) {
      const building = model.value("building_id", row);
      if (seen.has(building)) continue;
      seen.add(building);
      const name = model.value("facility_id", row) === null ? model.value("name", row) : null;
      const open = () => openBuilding(building);
      if (name) add(name, "building", open);
      add(building, "id", open);
    }
    const ground = model.tree.bakgrund || {};
    if (ground.gatunamn && ground.gatunamn.line) {
      const { line, name } = ground.gatunamn;
      const shape = model.shapes(line);
      const known = new Set();
      name.forEach((street, i) => {
        if (!shape.rings[i].length || known.has(street)) return;
        known.add(street);
        const [from] = shape.rings[i][0];
        add(street, "street", () => app.show(model.latLng(shape.xs[from], shape.ys[from]), 17, street));
      });
    }
    if (ground.namn) {
      const at = model.points(ground.namn);
      ground.namn.name.forEach((place, i) => add(place, "place", () => app.show(model.latLng(at.xs[i], at.ys[i]), 15, place)));
    }
    const addresses = model.tree.adresser;
    if (addresses) {
      const at = model.points(addresses.point);
      addresses.name.forEach((name, i) => add(name, "address", () => {
        const building = addresses.building[i];
        if (building !== null && model.byBuilding.has(building)) { openBuilding(building); return; }
        app.show(model.latLng(at.xs[i], at.ys[i]), 18, name);
        app.whyNot(name);
      }));
    }
  };
  const openBuilding = (building) => {
    const rows = model.byBuilding.get(building);
    const best = rows.reduce((top, row) => ((model.value("kwh", row) || 0) > (model.value("kwh", top) || 0) ? row : top));
    app.go("tak", model.ids[best]);
  };
  const KINDS = ["facility", "address", "building", "street", "place", "id"];
  const find = (words) => {
    const want = fold(words);
    if (!want) return [];
    const found = [];
    for (const entry of entries) {
      const at = entry.kind === "id" ? (entry.key === want ? 0 : -1) : entry.key.indexOf(want);
      if (at < 0) continue;
      const word = at === 0 || entry.key[at - 1] === " ";
      found.push([word ? 0 : 1, KINDS.indexOf(entry.kind) * 2 + (at > 0), entry]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2].name.localeCompare(b[2].name, kil.locale, { numeric: true }));
    return found.slice(0, MOST).map(([, , entry]) => entry);
  };

  let hits = [];
  let active = -1;
  const close = () => {
    box.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (i) => {
    const entry = hits[i];
    close();
    if (entry) { entry.go(); input.blur(); return; }
    app.whyNot(input.value.trim());
  };
  const mark = (to) => {
    active = to;
    [...box.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    if (active >= 0) {
      input.setAttribute("aria-activedescendant", `traff${active}`);
      box.children[active].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const update = () => {
    const words = input.value.trim();
    if (!words) { close(); return; }
    hits = find(words);
    const none = [el("li", { role: "option", id: "traff0", "aria-selected": "false", class: "sol-nohit", onclick: () => choose(0) }, say("search.none", { words: model.short(words) }), el("small", {}, say("search.why")))];
    box.replaceChildren(...(hits.length ? hits.map((entry, i) => el("li", { role: "option", id: `traff${i}`, "aria-selected": "false", onclick: () => choose(i) },
      model.short(entry.name), el("small", {}, say(`search.kind.${entry.kind}`)))) : none));
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(-1);
    kil.announce(hits.length ? say("search.found", { n: hits.length }) : say("search.none", { words: model.short(words) }));
  };
  const start = () => {
    fill();
    input.addEventListener("input", update);
    input.addEventListener("focus", () => { if (input.value.trim() && box.hidden) update(); });
    input.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== input) close(); }, 150));
    box.addEventListener("mousedown", (event) => event.preventDefault());
    input.addEventListener("keydown", (event) => {
      const last = Math.max(hits.length, 1) - 1;
      if (event.key === "ArrowDown" && !box.hidden) mark(active >= last ? 0 : active + 1);
      else if (event.key === "ArrowUp" && !box.hidden) mark(active <= 0 ? last : active - 1);
      else if (event.key === "Enter" && input.value.trim()) choose(Math.max(active, 0));
      else if (event.key === "Escape") { if (box.hidden) input.value = ""; close(); return; } else return;
      event.preventDefault();
    });
  };
  return { start, find };
};
