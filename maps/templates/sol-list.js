// Legend as filter, the ranked list, the table of all shown roofs with sorting and paging, and the same rows as csv.
const solList = (model, config, app) => {
  "use strict";
  const { el, say, number } = kil;
  const { state } = app;
  const { value } = model;
  const STEP = 10;
  const get = (id) => document.getElementById(id);
  let shownItems = STEP;
  let rows = [];

  // Filters -------------------------------------------------------------------------------------------------------
  const legend = () => {
    for (const label of document.querySelectorAll("#klasser .sol-class")) {
      const code = label.dataset.class;
      const button = el("button", { type: "button", class: "sol-class", "data-class": code, "aria-pressed": "true",
        onclick: () => app.toggle(code) }, ...label.childNodes);
      label.replaceWith(button);
    }
  };
  const checkbox = (id, words, onchange) => el("label", { class: "sol-check" }, el("input", { type: "checkbox", id, onchange }), el("span", {}, words));
  const filters = () => {
    const mixed = Array.from({ length: model.count }, (_, row) => model.isOurs(row)).some((ours) => !ours);
    get("filter").replaceChildren(
      checkbox("bara-kommunens", say("filter.ours"), (event) => app.set({ ours: event.target.checked })),
      checkbox("bara-synliga", say("filter.view"), (event) => app.set({ inView: event.target.checked })),
      el("button", { type: "button", class: "button button-quiet", id: "alla", onclick: () => app.reset() }, say("filter.all")));
    get("bara-kommunens").parentNode.hidden = !mixed;
  };
  // Count and power of each class among what the other filters leave.
  const counts = () => {
    const sums = new Map(config.classes.map((code) => [code, [0, 0]]));
    for (let row = 0; row < model.count; row++) {
      if ((state.ours && !model.isOurs(row)) || !app.inside(row)) continue;
      const sum = sums.get(value("class", row));
      sum[0] += 1;
      sum[1] += value("kwp", row) || 0;
    }
    for (const button of document.querySelectorAll("#klasser button")) {
      const code = button.dataset.class;
      const [n, kwp] = sums.get(code);
      const power = ["excluded", "not_assessed"].includes(code) ? null : el("small", {}, model.mw(kwp));
      button.querySelector(".sol-count").replaceChildren(...[say(n === 1 ? "legend.count_one" : "legend.count", { n: number(n) }), power].filter(Boolean));
    }
  };
  const marks = () => {
    counts();
    for (const button of document.querySelectorAll("#klasser button")) button.setAttribute("aria-pressed", String(state.classes.has(button.dataset.class)));
    get("bara-kommunens").checked = state.ours;
    get("bara-synliga").checked = state.inView;
    get("alla").hidden = !app.filtered();
  };

  // The ranked list -----------------------------------------------------------------------------------------------
  const facilityItems = () => {
    const own = new Set(rows.map((row) => value("facility_id", row)));
    const items = [...model.facilityRow.entries()].filter(([id, at]) => own.has(id) || !(model.byFacility.get(id) || []).length && !app.filtered() && at >= 0);
    items.sort(([, a], [, b]) => (model.anl.kwp[b] || 0) - (model.anl.kwp[a] || 0));
    return items.map(([id, at]) => {
      const codes = model.anl.reasons && model.anl.reasons[at] ? model.anl.reasons[at].split(";") : [];
      // What stands in the way of building says more than what takes a little light.
      const reason = codes.find((code) => config.look_into.includes(code)) || codes[0];
      return {
        href: app.link("anlaggning", id), code: (model.anl.best_class && model.anl.best_class[at]) || "not_assessed",
        name: model.short(model.anl.name[at] || id), lead: model.kw(model.anl.kwp[at]),
        note: [config.suitability[model.anl.suitability[at]], config.reasons[reason] || ""].filter(Boolean).join(" · "),
        side: model.mwh(model.anl.kwh[at]), rows: model.byFacility.get(id) || [], facility: at,
      };
    });
  };
  const roofItems = () => rows.slice().sort((a, b) => (value("kwh", b) || 0) - (value("kwh", a) || 0)).map((row) => ({
    href: app.link("tak", model.ids[row]), code: value("class", row), name: model.short(model.roofName(row)), lead: model.kw(value("kwp", row)),
    note: [config.words[value("class", row)], config.reasons[model.reasons(row)[0]] || ""].filter(Boolean).join(" · "),
    side: model.mwh(value("kwh", row)), rows: [row],
  }));
  const list = () => {
    const items = state.list === "facilities" ? facilityItems() : roofItems();
    get("lista").replaceChildren(...items.slice(0, shownItems).map((item) => el("li", {}, app.item(item))));
    get("fler").hidden = items.length <= shownItems;
    const key = state.list === "facilities" ? "list.facilities" : "list.roofs";
    get("listnot").textContent = items.length ? say(key, { n: number(items.length) }) : say("list.none");
  };
  const choice = () => {
    const button = (key) => el("button", { type: "button", "aria-pressed": String(state.list === key), onclick: () => {
      state.list = key;
      shownItems = STEP;
      choice();
      list();
    } }, say(`list.choice.${key}`));
    get("listval").replaceChildren(button("facilities"), button("roofs"));
  };

  // The table -----------------------------------------------------------------------------------------------------
  const percent = (row) => model.best(row);
  const COLUMNS = [
    ["roof", (row) => model.roofName(row), null],
    ["class", (row) => config.words[value("class", row)], (row) => -model.classIndex.get(value("class", row))],
    ["kwp", (row) => number(value("kwp", row), 1), (row) => value("kwp", row)],
    ["mwh", (row) => (value("kwh", row) === null ? "–" : number(value("kwh", row) / 1000, 1)), (row) => value("kwh", row)],
    ["yield", (row) => number(value("kwh_per_kwp", row)), (row) => value("kwh_per_kwp", row)],
    ["best", (row) => number(percent(row)), percent],
    ["tilt", (row) => number(value("tilt_deg", row)), (row) => value("tilt_deg", row)],
    ["azimuth", (row) => (model.isFlat(row) ? say("face.flat_short") : model.direction(row)), (row) => value("azimuth_deg", row)],
    ["reasons", (row) => model.reasons(row).filter((code) => code !== "not_municipal").map((code) => config.reasons[code] || code).join(" "), null],
  ];
  const PAGE = 50;
  const order = { column: 3, up: false };
  let page = 0;
  let sorted = [];
  const pager = kil.makePager(PAGE, (to) => { page = to; draw(); get("taktabell").scrollIntoView({ block: "start" }); });
  const heads = COLUMNS.map(([key, , by], i) => el("th", { scope: "col", class: by && key !== "class" && key !== "azimuth" ? "num" : null, "aria-sort": "none" },
    el("button", { type: "button", onclick: () => {
      order.up = order.column === i ? !order.up : !by;
      order.column = i;
      table();
    } }, say(`column.${key}`))));
  const body = el("tbody");
  const table = () => {
    const [, show, by] = COLUMNS[order.column];
    const keyed = rows.map((row) => [by ? by(row) : show(row), row]);
    keyed.sort(([a, i], [b, j]) => {
      if (a === null || b === null) return (a === null) - (b === null) || i - j;
      return (order.up ? 1 : -1) * (by ? a - b : a.localeCompare(b, kil.locale, { numeric: true })) || i - j;
    });
    sorted = keyed.map(([, row]) => row);
    page = 0;
    heads.forEach((head, i) => head.setAttribute("aria-sort", i !== order.column ? "none" : order.up ? "ascending" : "descending"));
    draw();
  };
  const draw = () => {
    body.replaceChildren(...sorted.slice(page * PAGE, (page + 1) * PAGE).map((row) => el("tr", {}, COLUMNS.map(([key, show], i) => {
      if (!i) return el("th", { scope: "row" }, el("a", { href: app.link("tak", model.ids[row]) }, show(row)));
      return el("td", { class: heads[i].className || null }, key === "class" ? app.mark(value("class", row), show(row)) : show(row));
    }))));
    pager.update(page, sorted.length);
    get("taknot").textContent = say("table.note", { n: number(sorted.length), total: number(model.count) });
  };
  const CSV = ["plane_id", "building_id", "facility_id", "name", "owner", "class", "reasons", "kwp", "kwh", "p90_kwh", "kwh_per_kwp", "poa_kwh_m2",
    "poa_unshaded_kwh_m2", "loss_trees", "loss_near", "loss_far", "snow_loss", "tilt_deg", "azimuth_deg", "area_m2", "usable_m2", "confidence", "survey_date"];
  const csvText = () => {
    const columns = CSV.filter((name) => name === "plane_id" || model.column(name));
    // Semicolon and decimal comma as Swedish Excel reads them; text that could be read as a formula is disarmed.
    const cell = (item) => {
      if (item === null || item === undefined) return "";
      if (typeof item === "number") return kil.locale === "sv-SE" ? String(item).replace(".", ",") : String(item);
      const plain = /^[=+\-@\t\r]/.test(item) ? `'${item}` : item;
      return /[";\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
    };
    const line = (row) => columns.map((name) => cell(name === "plane_id" ? model.ids[row] : name === "class" ? config.words[value("class", row)] : value(name, row))).join(";");
    return `\ufeff${[columns.join(";"), ...sorted.map(line)].join("\r\n")}\r\n`;
  };
  const csv = () => {
    const link = el("a", { href: URL.createObjectURL(new Blob([csvText()], { type: "text/csv;charset=utf-8" })), download: "solcellskarta-tak.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    kil.announce(say("table.saved", { n: number(sorted.length) }));
  };
  const mount = () => {
    get("takrader").replaceChildren(
      el("p", { class: "no-print" }, el("button", { type: "button", class: "button", id: "csv", onclick: csv }, say("table.csv"))),
      el("div", { class: "table-scroll", role: "region", tabindex: 0, "aria-label": say("table.title") },
        el("table", { class: "data sol-roofs" }, el("caption", { class: "visually-hidden" }, say("table.title")), el("thead", {}, el("tr", {}, heads)), body)),
      pager.node);
  };

  const update = () => {
    rows = [];
    for (let row = 0; row < model.count; row++) if (state.shows(row) && app.inside(row)) rows.push(row);
    marks();
    list();
    table();
    return rows.length;
  };
  const start = () => {
    legend();
    filters();
    choice();
    mount();
    get("fler").addEventListener("click", () => {
      const first = shownItems;
      shownItems += 3 * STEP;
      list();
      const item = get("lista").children[first];
      if (item) item.querySelector("a").focus();
    });
  };
  return { start, update, csvText };
};
