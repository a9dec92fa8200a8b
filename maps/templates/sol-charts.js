// The small pictures of a roof's panel. Each is a figure with a headline, a sentence, an SVG and its numbers as a table.
const solCharts = (model, config) => {
  "use strict";
  const { el, svg, say, number, rounded } = kil;
  const MONTHS = Array.from({ length: 12 }, (_, month) => say(`month.${month + 1}`));
  const CAUSES = { far: "#b9b09c", trees: "#8da36d", near: "#7b7569" };
  const W = 332;

  const table = (heads, rows) => el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": heads.join(", ") },
    el("table", { class: "data" },
      el("thead", {}, el("tr", {}, heads.map((head, i) => el("th", { scope: "col", class: i ? "num" : null }, head)))),
      el("tbody", {}, rows.map(([head, ...cells]) => el("tr", {}, el("th", { scope: "row" }, head),
        cells.map((cell) => el("td", { class: "num" }, cell)))))));
  const figure = (title, sub, drawing, heads, rows) => el("figure", { class: "chart" },
    el("h4", { class: "chart-title" }, title), el("p", { class: "chart-sub" }, sub), drawing,
    el("details", {}, el("summary", {}, say("as_table")), table(heads, rows)));
  const frame = (height, label, ...children) => svg("svg", { viewBox: `0 0 ${W} ${height}`, role: "img", "aria-label": label }, ...children);
  const text = (x, y, words, more = {}) => svg("text", { x, y, ...more }, words);

  const months = (row) => {
    const kwh = model.months(row);
    if (!kwh) return null;
    const top = Math.max(...kwh);
    const most = kwh.indexOf(top);
    const [left, base, high] = [0, 116, 96];
    const step = (W - left) / 12;
    const bars = kwh.map((value, month) => {
      const h = Math.max(1, value / top * high);
      return [svg("rect", { x: left + month * step + 3, y: base - h, width: step - 6, height: h, fill: config.steps[5] }),
        text(left + (month + 0.5) * step, base + 14, MONTHS[month].slice(0, 1).toUpperCase(), { "text-anchor": "middle" })];
    });
    const at = left + (most + 0.5) * step;
    const summer = kwh.slice(3, 9).reduce((a, b) => a + b, 0) / kwh.reduce((a, b) => a + b, 0);
    const finding = say("months.title", { share: number(summer * 100) });
    return figure(finding, say("months.sub"), frame(134, finding, bars,
      svg("path", { class: "axis", d: `M0 ${base}H${W}` }),
      text(Math.max(30, at), base - high - 6, model.energy(top), { "text-anchor": "middle", class: "strong" })),
    [say("month_head"), "kWh"], kwh.map((value, month) => [MONTHS[month], rounded(value)]));
  };

  const grid = (row) => {
    const kwh = model.grid(row);
    if (!kwh) return null;
    const top = Math.max(...kwh.flat());
    if (!(top > 0)) return null;
    const [from, to] = [3, 22];
    const [left, head] = [30, 4];
    const [w, h] = [(W - left) / (to - from), 13];
    const cells = kwh.flatMap((hours, month) => hours.slice(from, to).map((value, i) => {
      const step = value <= top * 0.002 ? -1 : Math.min(8, Math.floor(value / top * 9));
      return svg("rect", {
        x: left + i * w, y: head + month * h, width: w - 1, height: h - 1, rx: 1,
        fill: step < 0 ? "none" : config.steps[step], class: step < 0 ? "empty" : null,
      });
    }));
    const labels = MONTHS.map((month, i) => (i % 2 ? null : text(0, head + i * h + 10, month.slice(0, 3))));
    const clock = [6, 9, 12, 15, 18, 21].map((hour) => text(left + (hour - from) * w, head + 12 * h + 13, number(hour), { "text-anchor": "middle" }));
    const sums = Array.from({ length: 24 }, (_, hour) => kwh.reduce((sum, hours) => sum + hours[hour], 0));
    const peak = sums.indexOf(Math.max(...sums));
    const finding = say("grid.title", { from: peak, to: peak + 1 });
    const rows = kwh.map((hours, month) => [MONTHS[month],
      ...[0, 6, 9, 12, 15, 18].map((start, i, all) => rounded(hours.slice(start, all[i + 1] || 24).reduce((a, b) => a + b, 0)))]);
    return figure(finding, say("grid.sub"), frame(head + 12 * h + 18, finding, cells, labels, clock),
      [say("month_head"), "0–6", "6–9", "9–12", "12–15", "15–18", "18–24"], rows);
  };

  const horizon = (row) => {
    const parts = model.horizon(row);
    if (!parts) return null;
    const [west, east, top, base, left] = [40, 320, 62, 168, 22];
    const x = (azimuth) => left + (azimuth - west) / (east - west) * (W - left);
    const y = (height) => base - Math.max(0, Math.min(top, height)) / top * (base - 8);
    const count = parts[0].deg.length;
    const at = (deg, azimuth) => {
      const place = ((azimuth % 360) + 360) % 360 / 360 * count;
      const [low, part] = [Math.floor(place), place % 1];
      return deg[low % count] * (1 - part) + deg[(low + 1) % count] * part;
    };
    const azimuths = Array.from({ length: (east - west) / 4 + 1 }, (_, i) => west + i * 4);
    const order = ["far", "near", "trees"].map((cause) => parts.find((part) => part.cause === cause)).filter(Boolean);
    const areas = order.map(({ cause, deg }) => svg("path", {
      d: `M${left} ${base}${azimuths.map((azimuth) => `L${x(azimuth).toFixed(1)} ${y(at(deg, azimuth)).toFixed(1)}`).join("")}L${W} ${base}Z`,
      fill: CAUSES[cause], "fill-opacity": cause === "trees" ? 0.75 : 1,
    }));
    const skyline = (azimuth) => Math.max(...order.map(({ deg }) => at(deg, azimuth)));
    const days = ["june", "equinox", "december"].map((day) => {
      const path = model.sun[day];
      const line = path.azimuth.map((azimuth, i) => [azimuth, path.height[i]]).filter(([azimuth, height]) => azimuth >= west && azimuth <= east && height >= 0);
      const noon = line.reduce((best, point) => (point[1] > best[1] ? point : best), [180, 0]);
      const hours = path.clock.map((hour, i) => ({ hour, azimuth: path.azimuth[i], height: path.height[i] }))
        .filter(({ hour, azimuth, height }) => hour !== null && hour % 3 === 0 && azimuth > west && azimuth < east && height > 0);
      const hidden = path.azimuth.filter((azimuth, i) => path.height[i] > 0 && skyline(azimuth) >= path.height[i]).length;
      const up = path.height.filter((height) => height > 0).length;
      return {
        day, share: up ? hidden / up : 0,
        drawn: [
          svg("path", { d: `M${line.map(([a, h]) => `${x(a).toFixed(1)} ${y(h).toFixed(1)}`).join("L")}`, class: "sunpath" }),
          hours.map(({ azimuth, height }) => svg("circle", { cx: x(azimuth), cy: y(height), r: 2.2, class: "sunhour" })),
          text(x(noon[0]), y(noon[1]) - 6, say(`sun.${day}`), { "text-anchor": "middle", class: "strong" }),
        ],
      };
    });
    const scale = [20, 40, 60].map((height) => [svg("path", { class: "grid", d: `M${left} ${y(height)}H${W}` }), text(0, y(height) + 4, `${height}°`)]);
    const winds = [[90, "e"], [135, "se"], [180, "s"], [225, "sw"], [270, "w"]].map(([azimuth, key]) => [
      svg("path", { class: "axis", d: `M${x(azimuth)} ${base}v4` }),
      text(x(azimuth), base + 16, say(`wind.${key}`), { "text-anchor": "middle" })]);
    const winter = Math.round(days[2].share * 100);
    const finding = say(winter < 5 ? "horizon.free" : "horizon.title", { share: number(winter) });
    const legend = el("p", { class: "sol-key note" }, order.map(({ cause }) => el("span", {},
      svg("svg", { width: 12, height: 12, "aria-hidden": "true", class: "swatch" }, svg("rect", { width: 12, height: 12, fill: CAUSES[cause] })), say(`cause.${cause}`))));
    const rows = [[90, "e"], [135, "se"], [180, "s"], [225, "sw"], [270, "w"]].map(([azimuth, key]) => [say(`direction.${key}`),
      ...order.map(({ deg }) => `${number(at(deg, azimuth))}°`)]);
    return figure(finding, say("horizon.sub"),
      el("div", {}, frame(base + 20, finding, scale, areas, days.map(({ drawn }) => drawn), winds, svg("path", { class: "axis", d: `M${left} ${base}H${W}` })), legend),
      [say("to_direction"), ...order.map(({ cause }) => say(`cause.${cause}`))], rows);
  };

  // Losses from what the label promises to what comes out; losses under half a per cent stand together.
  const waterfall = (row) => {
    const steps = model.waterfall(row);
    if (!steps || !(steps[0].kwh > 0)) return null;
    const [first, ...rest] = steps;
    const small = rest.filter(({ kwh }) => Math.abs(kwh) < first.kwh * 0.005 && kwh !== 0);
    const lines = rest.filter((step) => !small.includes(step) && step.kwh !== 0);
    const other = small.reduce((sum, { kwh }) => sum + kwh, 0);
    if (small.length) lines.push({ step: "other", kwh: other });
    const word = (step) => (`loss.${step}` in kil.texts ? say(`loss.${step}`) : config.losses[step] || step);
    const net = model.value("kwh", row);
    const [left, high] = [170, 20];
    const low = Math.min(net, first.kwh) * 0.6;
    const x = (kwh) => left + (kwh - low) / (first.kwh * 1.001 - low) * (W - left - 44);
    let level = first.kwh;
    const drawn = [];
    const bar = (i, from, to, fill, words, label) => drawn.push(
      text(0, i * high + 14, model.short(words, 28)),
      svg("rect", { x: Math.min(x(from), x(to)), y: i * high + 3, width: Math.max(1, Math.abs(x(to) - x(from))), height: high - 6, fill }),
      text(Math.max(x(from), x(to)) + 4, i * high + 14, label, fill === config.steps[5] ? { class: "strong" } : {}));
    bar(0, low, first.kwh, "#8a8375", word(first.step), `100${kil.percentSign}`);
    lines.forEach(({ step, kwh }, i) => {
      bar(i + 1, level, level + kwh, kwh < 0 ? config.steps[3] : "#1f7a6d", word(step), `${kwh < 0 ? "−" : "+"}${number(Math.abs(kwh) / first.kwh * 100, 1)}`);
      level += kwh;
    });
    bar(lines.length + 1, low, net, config.steps[5], say("waterfall.net"), `${number(net / first.kwh * 100)}${kil.percentSign}`);
    const worst = rest.reduce((most, step) => (step.kwh < most.kwh ? step : most), rest[0]);
    const finding = say("waterfall.title", { loss: word(worst.step).toLocaleLowerCase(kil.locale), share: number(-worst.kwh / first.kwh * 100, 1) });
    const rows = [[word(first.step), rounded(first.kwh), "100"],
      ...rest.filter(({ kwh }) => kwh !== 0).map(({ step, kwh }) => [word(step), rounded(kwh), number(kwh / first.kwh * 100, 1)]),
      [say("waterfall.net"), rounded(net), number(net / first.kwh * 100, 1)]];
    return figure(finding, say("waterfall.sub"), frame((lines.length + 2) * high, finding, drawn), [say("waterfall.step"), "kWh", "%"], rows);
  };

  // Where the roof stands on the scale of the classes.
  const scale = (row) => {
    const share = model.best(row);
    const cuts = model.tree.cuts || {};
    if (share === null || cuts.top === undefined) return null;
    const low = 50;
    const x = (value) => (Math.max(low, Math.min(100, value)) - low) / (100 - low) * W;
    const bands = [["poor", low, cuts.fair], ["fair", cuts.fair, cuts.good], ["good", cuts.good, cuts.top], ["top", cuts.top, 100]];
    const at = Math.min(W - 8, Math.max(8, x(share)));
    return frame(44, say("scale.title", { share: number(share) }),
      bands.map(([code, from, to]) => svg("rect", { x: x(from), y: 16, width: Math.max(0, x(to) - x(from)), height: 12, class: `roof fill-${code}` })),
      svg("path", { d: `M${at} 13l-6 -9h12z`, class: "mark" }),
      text(0, 42, say("scale.axis")), bands.slice(1).map(([, from]) => text(x(from), 42, number(from), { "text-anchor": "middle" })));
  };
  return { months, grid, horizon, waterfall, scale };
};
