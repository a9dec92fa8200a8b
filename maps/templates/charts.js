// Diagram | Tabell | Ladda ner on every figure.chart. The table is the only copy of the numbers: the file is made from it.
(() => {
  "use strict";
  const decimal = kil.locale === "sv-SE" ? "," : ".";
  const cell = (node) => {
    const raw = node.dataset.v;
    if (raw !== undefined) return raw.replace(".", decimal);
    const words = node.textContent.trim();
    const safe = /^[=+\-@\t\r]/.test(words) ? `'${words}` : words; // a spreadsheet must not run text
    return /[";\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const csv = (table) => [...table.rows].map((row) => [...row.cells].map(cell).join(";")).join("\r\n");
  const fileName = (figure) => `${kil.fold(figure.querySelector(".chart-title").textContent).replaceAll(" ", "-").slice(0, 60)}.csv`;
  const download = (figure) => {
    const url = URL.createObjectURL(new Blob(["\ufeff", csv(figure.querySelector("table"))], { type: "text/csv;charset=utf-8" }));
    const link = kil.el("a", { href: url, download: fileName(figure) });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  document.querySelectorAll("figure.chart").forEach((figure) => {
    const place = figure.querySelector(".chart-switch");
    const drawing = figure.querySelector(".chart-drawing");
    const details = figure.querySelector(".chart-table");
    if (!place || !drawing || !details) return;
    const region = details.querySelector(".table-scroll");
    details.before(region);
    details.hidden = true;
    const button = (key, onclick) => kil.el("button", { type: "button", onclick }, kil.say(`chart.${key}`));
    const show = (asTable) => {
      drawing.hidden = asTable;
      region.hidden = !asTable;
      buttons[0].setAttribute("aria-pressed", String(!asTable));
      buttons[1].setAttribute("aria-pressed", String(asTable));
    };
    const buttons = [button("chart", () => show(false)), button("table", () => show(true)), button("download", () => download(figure))];
    place.append(kil.el("div", { class: "segment" }, ...buttons));
    place.hidden = false;
    show(false);
  });
})();
