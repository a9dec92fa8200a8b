// Puts the page together: state, address line, map controls, the phone's sheet, print. Runs last.
const solApp = (tree) => {
  "use strict";
  const { el, svg, say, number } = kil;
  const config = kil.json("karta");
  const get = (id) => document.getElementById(id);
  const map = karta_leaflet;
  const model = solModel(tree, config);
  const ALL = () => new Set(config.classes);
  const state = {
    classes: ALL(), ours: false, inView: false, list: model.facilityRow.size ? "facilities" : "roofs", open: null, hover: null, compareWith: null,
    layers: { others: true, equal: false, modules: true, plants: true, relief: Boolean(tree.relief), names: true, irradiation: false, online: false },
    shows: (row) => state.classes.has(model.value("class", row)) && (!state.ours || model.isOurs(row)),
  };
  const paper = new SolPaper(model, config, state);

  // The address line: #tak=<id>&klass=top,good -------------------------------------------------------------------------
  const filters = () => {
    const parts = [];
    if (state.classes.size < config.classes.length) parts.push(["klass", [...state.classes].join(",")]);
    if (state.ours) parts.push(["kommunens", "1"]);
    return parts;
  };
  const link = (key, ...ids) => {
    const parts = [...(key ? [[key, ids.join(",")]] : []), ...filters()].map(([name, item]) => `${name}=${encodeURIComponent(item).replaceAll("%2C", ",")}`);
    return `#${parts.join("&") || "karta"}`;
  };
  const read = () => Object.fromEntries(location.hash.slice(1).split("&").filter((part) => part.includes("=")).map((part) => {
    const [key, ...rest] = part.split("=");
    try { return [key, decodeURIComponent(rest.join("="))]; } catch { return [key, ""]; }
  }));
  const go = (key, ...ids) => {
    const target = link(key, ...ids);
    if (location.hash === target) route(); else location.hash = target;
  };

  const visible = () => {
    const bounds = map.getBounds();
    const [x0, y0] = model.local(bounds.getNorth(), bounds.getWest());
    const [x1, y1] = model.local(bounds.getSouth(), bounds.getEast());
    return (row) => {
      const box = model.roofs.boxes[row];
      return box[0] < x1 && box[2] > x0 && box[1] < y1 && box[3] > y0;
    };
  };
  let inside = () => true;
  const app = {
    state, link, go,
    inside: (row) => inside(row),
    filtered: () => state.classes.size < config.classes.length || state.ours || state.inView,
    toggle: (code) => {
      // The first press keeps that class alone; later ones add and remove; the last one removed brings all back.
      if (state.classes.size === config.classes.length) state.classes = new Set([code]);
      else if (state.classes.has(code)) state.classes.delete(code);
      else state.classes.add(code);
      if (!state.classes.size) state.classes = ALL();
      refresh();
    },
    set: (changes) => { Object.assign(state, changes); refresh(); },
    reset: () => { Object.assign(state, { classes: ALL(), ours: false, inView: false }); refresh(); },
    mark: (code, words) => el("span", { class: "sol-mark" }, detail.swatch(code), words),
    item: ({ href, code, name, lead, note, side, rows, facility }) => {
      const point = (on) => () => { state.hover = on ? { rows, facility } : null; paper.highlight(); };
      return el("a", { href, class: "sol-item", onmouseenter: point(true), onmouseleave: point(false), onfocus: point(true), onblur: point(false) },
        detail.swatch(code), el("span", { class: "sol-item-name" }, name, note ? el("small", {}, note) : null),
        el("span", { class: "sol-item-lead" }, lead, side ? el("small", {}, side) : null));
    },
    show: (latlng, zoom, name) => { map.setView(latlng, Math.max(zoom, map.getZoom())); sheet("peek"); kil.announce(say("shown", { name })); },
    compare: (row) => {
      if (state.compareWith !== null && state.compareWith !== row) { const other = state.compareWith; tray(null); go("jamfor", model.ids[other], model.ids[row]); return; }
      tray(row);
    },
    whyNot: (words) => {
      closeDetail();
      history.replaceState(null, "", link());  // the roof looked at before is not the answer
      const block = get("varfor");
      block.open = true;
      block.querySelector("summary").textContent = words ? say("why_not.of", { words: model.short(words) }) : say("why_not.title");
      sheet("full");
      get("rulle").scrollTop = block.offsetTop - get("rulle").offsetTop;
      block.querySelector("summary").focus({ preventScroll: true });
      kil.announce(say("why_not.said"));
    },
  };
  const detail = solDetail(model, config, app);
  const list = solList(model, config, app);
  const search = solSearch(model, config, app);

  const refresh = () => {
    inside = state.inView ? visible() : () => true;
    const shown = list.update();
    paper.repaint();
    kil.announce(say("roofs_shown", { n: number(shown) }));
    const now = read();
    const key = ["tak", "anlaggning", "jamfor"].find((name) => name in now);
    history.replaceState(null, "", key ? link(key, ...now[key].split(",")) : link());
  };

  // Comparison: the first roof waits in a tray until the second is chosen ----------------------------------------------
  const tray = (row) => {
    state.compareWith = row;
    document.querySelectorAll(".sol-tray").forEach((node) => node.remove());
    if (row === null) return;
    get("kartyta").append(el("div", { class: "sol-tray", role: "status" }, el("span", {}, say("compare.waiting", { name: model.roofName(row) })),
      el("button", { type: "button", class: "button", onclick: () => tray(null) }, say("compare.stop"))));
    sheet("peek");
  };

  // What is open --------------------------------------------------------------------------------------------------------
  const title = document.title;
  const overview = get("oversikt");
  const pane = get("detalj");
  const closeDetail = () => {
    pane.hidden = true;
    overview.hidden = false;
    state.open = null;
    document.title = title;
    paper.highlight();
  };
  const openDetail = (content, open, name) => {
    pane.replaceChildren(...content.filter(Boolean));
    pane.hidden = false;
    overview.hidden = true;
    state.open = open;
    document.title = `${name} – ${title}`;
    get("rulle").scrollTop = 0;
    paper.highlight();
    if (started) pane.focus({ preventScroll: true });
    if (sheetStop() === "peek") sheet("half");
  };
  const bounds = (rows) => {
    const boxes = rows.map((row) => model.roofs.boxes[row]);
    const low = [0, 1].map((i) => Math.min(...boxes.map((box) => box[i])));
    const high = [2, 3].map((i) => Math.max(...boxes.map((box) => box[i])));
    return L.latLngBounds(model.latLng(...low), model.latLng(...high));
  };
  const bring = (rows, always) => {
    if (!rows.length) return;
    const box = bounds(rows);
    const covered = isPhone() ? get("panel").offsetHeight : 0;
    const area = map.getBounds();
    if (always || !started || map.getZoom() < 16 || !area.contains(box)) {
      map.fitBounds(box, { maxZoom: 18.5, paddingTopLeft: [40, 70], paddingBottomRight: [isPhone() ? 70 : 40, 40 + Math.min(covered, map.getSize().y * 0.55)], animate: started && !calm() });
    }
  };
  let picked = false;
  const route = () => {
    const now = read();
    const classes = (now.klass || "").split(",").filter((code) => config.classes.includes(code));
    const wanted = classes.length ? new Set(classes) : ALL();
    const changed = String([...wanted]) !== String([...state.classes]) || state.ours !== (now.kommunens === "1");
    state.classes = wanted;
    state.ours = now.kommunens === "1";
    if (changed) { list.update(); paper.repaint(); }
    const pair = (now.jamfor || "").split(",").map((id) => model.rowOf.get(id));
    if ("tak" in now && model.rowOf.has(now.tak)) {
      const row = model.rowOf.get(now.tak);
      if (state.compareWith !== null && state.compareWith !== row) { app.compare(row); return; }
      openDetail(detail.roof(row), { rows: [row] }, model.roofName(row));
      if (!picked) bring([row]);
    } else if ("anlaggning" in now && model.facilityRow.has(now.anlaggning)) {
      const at = model.facilityRow.get(now.anlaggning);
      const rows = model.byFacility.get(now.anlaggning) || [];
      openDetail(detail.facility(at), { rows: [], facility: at }, model.short(model.anl.name[at] || now.anlaggning));
      if (!picked) bring(rows);
    } else if (pair.length === 2 && pair.every((row) => row !== undefined)) {
      openDetail(detail.compare(...pair), { rows: pair }, say("compare.title"));
      bring(pair, true);
    } else {
      closeDetail();
      if ("tak" in now || "anlaggning" in now) app.whyNot(now.tak || now.anlaggning);
    }
    picked = false;
  };

  // The map's own controls ----------------------------------------------------------------------------------------------
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const control = (position, node) => {
    const own = new L.Control({ position });
    own.onAdd = () => { L.DomEvent.disableClickPropagation(node); L.DomEvent.disableScrollPropagation(node); return node; };
    own.addTo(map);
  };
  const icon = (path) => svg("svg", { width: 20, height: 20, viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linejoin": "round", "stroke-linecap": "round" }));
  // An online base map is fetched only after the reader has switched it on: its server then sees the reader's address.
  let tileLayer = null;
  const tiles = (on) => {
    if (on && !tileLayer) tileLayer = L.tileLayer(config.online.tiles, { attribution: el("span", {}, config.online.attribution).innerHTML, maxNativeZoom: 18, maxZoom: 21 });
    if (on) tileLayer.addTo(map); else if (tileLayer) tileLayer.remove();
  };
  const layerBox = () => {
    const keys = [["others", true], ["equal", true], ["irradiation", Boolean(model.column("poa_kwh_m2"))], ["modules", Boolean(tree.moduler)],
      ["plants", Boolean(tree.byggda)], ["relief", Boolean(tree.relief)], ["names", true]].filter(([, have]) => have);
    if (config.online) keys.push(["online", true]);
    const scale = el("p", { class: "note sol-scale", hidden: true }, config.steps.map((colour) => svg("svg", { width: 14, height: 12, "aria-hidden": "true" }, svg("rect", { width: 14, height: 12, fill: colour }))), el("span", {}, say("layers.scale")));
    return el("details", { class: "sol-layers leaflet-bar" }, el("summary", {}, icon("M10 3l7 4-7 4-7-4zM3 10.5l7 4 7-4M3 14l7 4 7-4"), el("span", {}, say("layers.title"))),
      el("fieldset", {}, el("legend", { class: "visually-hidden" }, say("layers.title")), keys.map(([key]) => el("label", { class: "sol-check" },
        el("input", { type: "checkbox", checked: state.layers[key], onchange: (event) => {
          state.layers[key] = event.target.checked;
          scale.hidden = !state.layers.irradiation;
          if (key === "online") tiles(event.target.checked);
          paper.repaint();
        } }), el("span", {}, key === "online" ? say("layers.online", { name: config.online.name }) : say(`layers.${key}`)))), scale,
      config.online ? el("p", { class: "note sol-privacy" }, say("layers.privacy", { name: config.online.name })) : null));
  };
  const controls = () => {
    map.zoomControl.setPosition("topright");
    for (const [selector, key] of [[".leaflet-control-zoom-in", "map.in"], [".leaflet-control-zoom-out", "map.out"]]) {
      const button = map.getContainer().querySelector(selector);
      button.title = say(key);
      button.setAttribute("aria-label", say(key));
    }
    control("topright", el("button", { type: "button", class: "sol-button leaflet-bar", title: say("map.home"), "aria-label": say("map.home"), onclick: () => home(true) }, icon("M3 10l7-6 7 6M5.5 8.5V16h9V8.5")));
    control("topright", layerBox());
    control("bottomright", el("div", { class: "sol-north" }, svg("svg", { width: 28, height: 40, viewBox: "0 0 28 40", role: "img", "aria-label": say("map.north") },
      svg("path", { d: "M14 2l8 24-8-5-8 5z", fill: "#1a1f24" }), svg("text", { x: 14, y: 38, "text-anchor": "middle" }, "N"))));
    const note = el("span", {}, config.attribution || "").innerHTML;
    if (note) map.attributionControl.addAttribution(note);
  };
  const home = (animate) => map.fitBounds(config.bounds, { animate: animate && !calm(), paddingTopLeft: [0, isPhone() ? 60 : 0],
    paddingBottomRight: isPhone() ? [50, Math.min(get("panel").offsetHeight, map.getSize().y * 0.5)] : [56, 8] });
  // The map fills what the head leaves of the window, however many lines the head takes.
  const fit = () => { get("sol").style.setProperty("--above", `${Math.round(get("sol").getBoundingClientRect().top + window.scrollY)}px`); };

  const tip = el("div", { class: "sol-tip", "aria-hidden": "true", hidden: true });
  const pointing = () => {
    get("kartyta").append(tip);
    let last = -1;
    map.on("mousemove", (event) => {
      const row = paper.pick(event.latlng);
      if (row >= 0) {
        const { x, y } = event.containerPoint;
        tip.style.transform = `translate(${Math.min(x + 14, map.getSize().x - 230)}px, ${y + 16}px)`;
      }
      if (row === last) return;
      last = row;
      map.getContainer().style.cursor = row >= 0 ? "pointer" : "";
      state.hover = row >= 0 ? { rows: [row] } : null;
      tip.hidden = row < 0;
      if (row >= 0) tip.replaceChildren(el("b", {}, model.short(model.building(row), 40)), ` ${model.face(row)}`, el("br"), `${config.words[model.value("class", row)]} · ${model.kw(model.value("kwp", row))}`);
      paper.highlight();
    });
    map.on("mouseout", () => { last = -1; tip.hidden = true; state.hover = null; paper.highlight(); });
    map.on("click", (event) => {
      const row = paper.pick(event.latlng, 10);
      if (row < 0) return;
      picked = true;
      go("tak", model.ids[row]);
    });
  };

  // The phone's sheet: three stops, by button, by arrow keys or by dragging ---------------------------------------------
  const STOPS = ["peek", "half", "full"];
  const isPhone = () => window.matchMedia("(max-width: 760px) and (min-height: 481px)").matches;
  const panel = get("panel");
  const sheetStop = () => panel.dataset.stop;
  const sheet = (stop) => { panel.dataset.stop = stop; get("handtag").setAttribute("aria-expanded", String(stop !== "peek")); };
  const dragging = () => {
    const handle = get("handtag");
    let from = null;
    let moved = false;
    handle.addEventListener("pointerdown", (event) => { from = { y: event.clientY, height: panel.offsetHeight }; moved = false; handle.setPointerCapture(event.pointerId); });
    handle.addEventListener("pointermove", (event) => {
      if (!from || (!moved && Math.abs(event.clientY - from.y) < 6)) return;
      moved = true;
      panel.classList.add("dragged");
      panel.style.height = `${Math.max(80, from.height + from.y - event.clientY)}px`;
    });
    const drop = () => {
      if (!from) return;
      from = null;
      if (!moved) return;
      const share = panel.offsetHeight / get("sol").offsetHeight;
      panel.classList.remove("dragged");
      panel.style.height = "";
      sheet(share < 0.33 ? "peek" : share < 0.68 ? "half" : "full");
    };
    handle.addEventListener("pointerup", drop);
    handle.addEventListener("pointercancel", drop);
    handle.addEventListener("click", () => { if (!moved) sheet(STOPS[(STOPS.indexOf(sheetStop()) + 1) % 3]); moved = false; });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      sheet(STOPS[Math.max(0, Math.min(2, STOPS.indexOf(sheetStop()) + step))]);
    });
  };

  // Print: the picture of what the map shows now, with scale, north and source, stands in for the live map --------------
  const onPaper = (pen, size) => {
    const bar = get("kartyta").querySelector(".leaflet-control-scale-line");
    const credit = get("kartyta").querySelector(".leaflet-control-attribution");
    const bottom = size.y - 14;
    pen.font = "14px system-ui, Segoe UI, Arial, sans-serif";
    pen.lineWidth = 4;
    pen.strokeStyle = "#fff";
    const write = (words, x, y) => { pen.lineJoin = "round"; pen.strokeText(words, x, y); pen.fillText(words, x, y); };
    pen.fillStyle = "#1a1f24";
    if (bar) write(bar.textContent, 20, bottom - 6);
    pen.textAlign = "right";
    if (credit) write(credit.textContent, size.x - 14, bottom);
    pen.textAlign = "center";
    write("N", size.x - 26, bottom - 22);
    pen.fill(new Path2D(`M${size.x - 26} ${bottom - 66}l8 26l-8 -5l-8 5z`));
    pen.strokeStyle = "#1a1f24";
    pen.lineWidth = 2;
    if (bar) pen.stroke(new Path2D(`M14 ${bottom - 8}V${bottom}H${14 + bar.offsetWidth}V${bottom - 8}`));
  };
  const printing = () => {
    const shot = el("img", { class: "sol-shot", alt: say("map.printed") });
    get("kartyta").append(shot);
    window.addEventListener("beforeprint", () => {
      const size = map.getSize();
      const sheetOf = document.createElement("canvas");
      const ratio = paper._ratio;
      sheetOf.width = size.x * ratio;
      sheetOf.height = size.y * ratio;
      const pen = sheetOf.getContext("2d");
      const at = L.DomUtil.getPosition(paper._container).add(L.DomUtil.getPosition(map.getPane("mapPane")));
      for (const canvas of [paper._base, paper._over]) pen.drawImage(canvas, at.x * ratio, at.y * ratio);
      pen.scale(ratio, ratio);
      onPaper(pen, size);
      shot.src = sheetOf.toDataURL("image/png");
    });
  };

  let started = false;
  const start = () => {
    get("stilla").hidden = true;
    get("levande").hidden = false;
    get("kartyta").classList.add("alive");
    fit();
    map.invalidateSize({ animate: false });
    home(false);
    paper.addTo(map);
    controls();
    list.start();
    list.update();
    search.start();
    pointing();
    dragging();
    printing();
    map.on("moveend", () => { if (state.inView) { inside = visible(); kil.announce(say("roofs_shown", { n: number(list.update()) })); } });
    window.addEventListener("hashchange", route);
    window.addEventListener("resize", fit);
    if (location.hash.includes("=")) route();
    started = true;
    document.documentElement.dataset.ready = "1";
    document.documentElement.dataset.opened = String(Math.round(performance.now()));
  };
  start();
  return { model, state, map, paper, list, search };
};
let solcellskarta = null;
(async () => {
  "use strict";
  const fail = (key) => {
    const box = document.getElementById("fel-lager");
    box.textContent = kil.say(key);
    box.hidden = false;
    document.querySelectorAll("#sol [data-needs-js]").forEach((node) => { node.hidden = true; });
    document.documentElement.dataset.ready = "0";
  };
  if (typeof DecompressionStream === "undefined") { fail("no_stream"); return; }
  let tree = null;
  try { tree = await unpack(document.getElementById("lager").textContent); } catch { fail("broken"); return; }
  solcellskarta = solApp(tree);
})();
