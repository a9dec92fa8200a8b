// What takes the list's place: the panel of a roof, of a facility, and two roofs beside each other.
const solDetail = (model, config, app) => {
  "use strict";
  const { el, svg, say, number } = kil;
  const charts = solCharts(model, config);
  const { value } = model;
  const OUT = ["too_small", "already_built"];
  const swatch = (code) => svg("svg", { class: "swatch", width: 18, height: 18, "aria-hidden": "true" },
    svg("rect", { x: 1, y: 1, width: 16, height: 16, rx: 2, class: `fill-${code}` }),
    code === "excluded" ? svg("path", { d: "M2 8L8 2M2 16L16 2M10 16l6-6", class: "hatch" }) : null);
  const badge = (code) => el("span", { class: "sol-badge" }, swatch(code), config.words[code]);
  const button = (words, onclick, more = {}) => el("button", { type: "button", class: "button", onclick, ...more }, words);
  const section = (heading, ...content) => el("section", { class: "sol-block" }, el("h3", {}, heading), ...content);
  const list = (lines) => el("ul", {}, lines.map((line) => el("li", {}, line)));

  const sentence = (row) => {
    const code = value("class", row);
    const kwh = value("kwh", row);
    const facility = value("facility_id", row);
    const name = model.short(model.building(row));
    const face = model.isFlat(row) ? say("face.flat_start") : say("face.start", { direction: model.direction(row) });
    if (code === "excluded") return say("roof.sentence_out", { name, face, why: model.reasons(row).filter((reason) => OUT.includes(reason)).map((reason) => config.reasons[reason]).join(" ") });
    if (code === "not_assessed" || kwh === null) return say("roof.sentence_blind", { name, face });
    const said = say("roof.sentence", { name, face, class: config.words[code], energy: model.energy(kwh) });
    const own = facility === null ? null : model.anl.kwh && model.anl.kwh[model.facilityRow.get(facility)];
    if (!own || own < kwh || code === "poor") return said;
    return `${said} ${say("roof.share", { share: number(kwh / own * 100) })}`;
  };
  const figures = (row) => {
    const p90 = value("p90_kwh", row);
    const best = model.best(row);
    const cells = [
      [say("figure.kwp"), model.kw(value("kwp", row)), say("figure.kwp_note", { area: number(value("usable_m2", row)) })],
      [say("figure.kwh"), model.energy(value("kwh", row)), p90 === null ? "" : say("figure.kwh_note", { p90: model.energy(p90) })],
      [say("figure.yield"), value("kwh_per_kwp", row) === null ? "–" : kil.rounded(value("kwh_per_kwp", row)), say("figure.yield_note")],
      [say("figure.best"), best === null ? "–" : `${number(best)}${kil.percentSign}`, say("figure.best_note")],
    ];
    return el("dl", { class: "sol-figures" }, cells.map(([head, main, note]) => el("div", {},
      el("dt", {}, head), el("dd", {}, el("b", {}, main), note ? el("small", {}, note) : null))));
  };
  const why = (row) => {
    const poa = value("poa_kwh_m2", row);
    const best = model.best(row);
    const lines = [];
    if (poa !== null && best !== null) {
      lines.push(say("why.light", { poa: kil.rounded(poa, 3), share: number(best) }));
    }
    for (const [name, key] of [["loss_trees", "why.trees"], ["loss_near", "why.near"], ["loss_far", "why.far"]]) {
      const loss = value(name, row);
      if (loss !== null && loss >= 0.01) lines.push(say(key, { share: number(loss * 100) }));
    }
    const told = { shade_trees: "loss_trees", shade_buildings: "loss_near", shade_terrain: "loss_far" };
    const codes = model.reasons(row).filter((code) => !config.look_into.includes(code) && !(code in told && model.column(told[code])));
    return section(say("why.title"), charts.scale(row), list([...lines, ...codes.map((code) => config.reasons[code] || code)]));
  };
  const lookInto = (row) => {
    const codes = model.reasons(row).filter((code) => config.look_into.includes(code));
    const facility = value("facility_id", row);
    const at = facility === null ? undefined : model.facilityRow.get(facility);
    const more = at !== undefined && model.anl.reasons ? (model.anl.reasons[at] || "").split(";").filter((code) => config.look_into.includes(code)) : [];
    const lines = [...new Set([...codes, ...more])].map((code) => config.reasons[code] || code);
    return section(say("look.title"), list([...lines, say("look.always")]));
  };
  const behind = (row) => {
    const rows = [
      ["survey", value("survey_date", row) || say("behind.unknown")],
      ["points", value("points_per_m2", row) === null ? say("behind.unknown") : `${number(value("points_per_m2", row), 1)} /m²`],
      ["confidence", value("confidence", row) === null ? say("behind.unknown") : `${number(value("confidence", row) * 100)}${kil.percentSign}`],
      ["fit", value("fit_rmse_m", row) === null ? null : `${number(value("fit_rmse_m", row) * 100)}\u00a0cm`],
      ["area", value("area_m2", row) === null ? null : `${number(value("area_m2", row))}\u00a0m²`],
      ["tilt", value("tilt_deg", row) === null ? null : `${number(value("tilt_deg", row))}°`],
      ["azimuth", value("azimuth_deg", row) === null || model.isFlat(row) ? null : `${number(value("azimuth_deg", row))}° (${model.direction(row)})`],
      ["owner", value("owner", row)],
      ["id", model.ids[row]],
    ].filter(([, shown]) => shown !== null && shown !== undefined && shown !== "");
    return section(say("behind.title"), el("dl", { class: "sol-behind" }, rows.map(([key, shown]) => [el("dt", {}, say(`behind.${key}`)), el("dd", {}, shown)])));
  };
  const mail = (what) => {
    const address = config.contact;
    if (!/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(address || "")) return el("a", { class: "button", href: "#om" }, say("action.fault"));
    const subject = encodeURIComponent(say("action.fault_subject", { what }));
    return el("a", { class: "button", href: `mailto:${address}?subject=${subject}` }, say("action.fault"));
  };
  const copyLink = () => {
    const done = () => kil.announce(say("action.copied"));
    const field = el("input", { class: "sol-link", readonly: true, value: location.href, "aria-label": say("action.link") });
    const place = document.getElementById("lankplats");
    place.replaceChildren(field);
    field.select();
    if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(location.href).then(done, done); else done();
  };
  const actions = (what, ...first) => el("div", { class: "sol-actions no-print" }, ...first,
    button(say("action.print"), () => window.print()), button(say("action.link"), copyLink), mail(what), el("div", { id: "lankplats" }));
  const back = (words, target) => el("p", { class: "no-print" }, el("a", { class: "sol-back", href: target }, `← ${words}`));

  const roof = (row) => {
    const facility = value("facility_id", row);
    const siblings = (model.byBuilding.get(value("building_id", row)) || []).filter((other) => other !== row);
    const at = facility === null ? undefined : model.facilityRow.get(facility);
    const up = at === undefined ? null : el("p", { class: "note" }, el("a", { href: app.link("anlaggning", facility) }, say("roof.to_facility", { name: model.short(model.anl.name[at] || facility) })));
    return [
      back(say("back"), app.link()),
      el("h2", { class: "sol-title" }, model.roofName(row)),
      el("p", {}, badge(value("class", row))),
      el("p", { class: "sol-sentence" }, sentence(row)),
      figures(row),
      actions(model.roofName(row), button(say("action.compare"), () => app.compare(row))),
      why(row),
      section(say("charts.title"), el("div", { class: "sol-charts" }, charts.months(row), charts.horizon(row), charts.grid(row), charts.waterfall(row))),
      lookInto(row),
      behind(row),
      siblings.length ? section(say("roof.siblings"), roofList(siblings)) : null,
      up,
    ];
  };
  const roofList = (rows) => el("ul", { class: "sol-list" }, rows.map((row) => el("li", {}, app.item({
    href: app.link("tak", model.ids[row]), code: value("class", row), name: model.short(model.face(row)), lead: model.kw(value("kwp", row)),
    note: config.words[value("class", row)], side: model.mwh(value("kwh", row)), rows: [row],
  }))));
  const answer = (name, at) => {
    const given = model.anl[name] && model.anl[name][at];
    return given ? [el("dt", {}, say(`answer.${name}`)), el("dd", {}, say(`answer.${given}`))] : null;
  };
  const facility = (at) => {
    const { anl } = model;
    const id = anl.facility_id[at];
    const rows = (model.byFacility.get(id) || []).slice().sort((a, b) => (value("kwh", b) || 0) - (value("kwh", a) || 0));
    const built = anl.built_kwp ? anl.built_kwp[at] : null;
    const codes = anl.reasons && anl.reasons[at] ? anl.reasons[at].split(";") : [];
    const words = (some) => some.map((code) => config.reasons[code] || code);
    const light = words(codes.filter((code) => !config.look_into.includes(code)));
    const reasons = words(codes.filter((code) => config.look_into.includes(code)));
    const missing = anl.missing && anl.missing[at] ? anl.missing[at].split(";") : [];
    const bestShare = anl.share_kwp_top_two ? anl.share_kwp_top_two[at] : null;
    const cells = [
      [say("figure.kwp"), model.kw(anl.kwp[at]), say("figure.kwp_facility")],
      [say("figure.kwh"), model.energy(anl.kwh[at]), ""],
      [say("figure.top_two"), bestShare === null ? "–" : `${number(bestShare * 100)}${kil.percentSign}`, say("figure.top_two_note")],
      [say("figure.built"), built ? model.kw(built) : say("figure.none"), ""],
    ];
    return [
      back(say("back"), app.link()),
      el("h2", { class: "sol-title" }, model.short(anl.name[at] || id, 120)),
      el("p", {}, el("span", { class: "sol-badge" }, el("b", {}, say("facility.verdict")), config.suitability[anl.suitability[at]])),
      el("p", { class: "sol-sentence" }, model.tight(model.short((anl.sentence && anl.sentence[at]) || "", 600))),
      el("dl", { class: "sol-figures" }, cells.map(([head, main, note]) => el("div", {}, el("dt", {}, head), el("dd", {}, el("b", {}, main), note ? el("small", {}, note) : null)))),
      actions(anl.name[at] || id),
      light.length ? section(say("facility.why"), list(light)) : null,
      section(say("facility.roofs", { n: number(rows.length) }), roofList(rows)),
      reasons.length || missing.length ? section(say("look.title"), list([...reasons, ...missing.map((name) => say("facility.missing", { what: `answer.${name}` in kil.texts ? say(`answer.${name}`).toLocaleLowerCase(kil.locale) : name }))])) : null,
      section(say("behind.title"), el("dl", { class: "sol-behind" }, ["heritage", "structure", "asbestos", "grid_limit"].map((name) => answer(name, at)),
        anl.roof_year && anl.roof_year[at] ? [el("dt", {}, say("answer.roof_year")), el("dd", {}, String(anl.roof_year[at]))] : null,
        anl.owner && anl.owner[at] ? [el("dt", {}, say("behind.owner")), el("dd", {}, anl.owner[at])] : null,
        el("dt", {}, say("behind.id")), el("dd", {}, id))),
    ];
  };

  const compareTable = (a, b) => {
    const line = (key, show) => [say(key), show(a), show(b)];
    const share = (row) => (model.best(row) === null ? "–" : `${number(model.best(row))}${kil.percentSign}`);
    const lost = (name) => (row) => (value(name, row) === null ? "–" : `${number(value(name, row) * 100)}${kil.percentSign}`);
    const lines = [
      line("compare.class", (row) => config.words[value("class", row)]),
      line("figure.kwp", (row) => model.kw(value("kwp", row))),
      line("figure.kwh", (row) => model.energy(value("kwh", row))),
      line("compare.p90", (row) => model.energy(value("p90_kwh", row))),
      line("figure.yield", (row) => (value("kwh_per_kwp", row) === null ? "–" : `${kil.rounded(value("kwh_per_kwp", row))}\u00a0kWh/kW`)),
      line("figure.best", share),
      line("behind.tilt", (row) => (value("tilt_deg", row) === null ? "–" : `${number(value("tilt_deg", row))}°`)),
      line("behind.azimuth", (row) => (model.isFlat(row) ? say("face.flat_short") : model.direction(row))),
      line("compare.trees", lost("loss_trees")),
      line("compare.near", lost("loss_near")),
      line("behind.survey", (row) => value("survey_date", row) || "–"),
    ];
    return el("table", { class: "data sol-compare" }, el("caption", { class: "visually-hidden" }, say("compare.title")),
      el("thead", {}, el("tr", {}, el("td", {}), [a, b].map((row) => el("th", { scope: "col" }, el("a", { href: app.link("tak", model.ids[row]) }, model.roofName(row)))))),
      el("tbody", {}, lines.map(([head, x, y]) => el("tr", {}, el("th", { scope: "row" }, head), el("td", {}, x), el("td", {}, y)))));
  };
  const compare = (a, b) => {
    const [x, y] = [value("kwh", a), value("kwh", b)];
    const ahead = x !== null && y !== null && x !== y ? say("compare.sentence", {
      name: model.roofName(x > y ? a : b), energy: model.energy(Math.abs(x - y)),
    }) : "";
    return [
      back(say("back"), app.link()),
      el("h2", { class: "sol-title" }, say("compare.title")),
      ahead ? el("p", { class: "sol-sentence" }, ahead) : null,
      compareTable(a, b),
      actions(say("compare.title")),
      ...[a, b].map((row) => section(model.roofName(row), el("div", { class: "sol-charts" }, charts.months(row), charts.horizon(row)))),
    ];
  };
  return { roof, facility, compare, swatch };
};
