// What every page shares: number formats, folding for search, sorting and paging of tables, the live region.
const kil = (() => {
  "use strict";
  const root = document.documentElement;
  root.classList.remove("no-js");
  const locale = root.lang === "sv" ? "sv-SE" : "en-GB";
  const percentSign = root.lang === "sv" ? "\u00a0%" : "%";
  const formats = new Map();
  const number = (value, digits = 0) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    if (!formats.has(digits)) {
      formats.set(digits, new Intl.NumberFormat(locale, {
        minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always", signDisplay: "negative",
      }));
    }
    return formats.get(digits).format(value);
  };
  const rounded = (value, significant = 2) => {
    if (!Number.isFinite(value)) return "–";
    if (value === 0) return number(0);
    const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - significant + 1);
    const near = Math.round(value / step) * step;
    return number(near, Math.max(0, significant - 1 - Math.floor(Math.log10(Math.abs(near) * (1 + 1e-12)))));
  };
  // "Ängsgården" is found by "angsgarden", "Ö. Torggatan" by "o torggatan": letters without marks, words without points.
  const fold = (value) => String(value).toLocaleLowerCase("sv").normalize("NFD").replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const fill = (template, values) => template.replace(/\{(\w+)\}/g, (all, key) => (key in values ? values[key] : all));
  const json = (id) => {
    const block = document.getElementById(id);
    return block ? JSON.parse(block.textContent) : null;
  };
  // Elements are made, never parsed from text: a name cannot become markup.
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    assign(node, attributes, children);
    return node;
  };
  const SVG = "http://www.w3.org/2000/svg";
  const svg = (tag, attributes = {}, ...children) => {
    const node = document.createElementNS(SVG, tag);
    assign(node, attributes, children);
    return node;
  };
  const assign = (node, attributes, children) => {
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  };
  const texts = json("texts") || {};
  const say = (key, values = {}) => {
    if (!(key in texts)) throw new Error(`text missing: ${key}`);
    return fill(texts[key], values);
  };
  let timer = 0;
  const announce = (message) => {
    const region = document.getElementById("live");
    clearTimeout(timer);
    timer = setTimeout(() => { region.textContent = message; }, 120);
  };

  // A plain <table class="data" data-sortable data-page="50"> becomes sortable and paged; without script it stays whole.
  const sortable = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const size = Number(table.dataset.page) || 50;
    let order = rows.slice();
    let page = 0;
    const value = (row, column) => {
      const cell = row.cells[column];
      const raw = cell.dataset.v;
      return raw === undefined ? cell.textContent.trim() : raw === "" ? null : Number(raw);
    };
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), locale));
    const pager = makePager(size, (to) => { page = to; draw(); });
    const draw = () => {
      body.replaceChildren(...order.slice(page * size, (page + 1) * size));
      pager.update(page, order.length);
    };
    const sort = (column) => {
      const up = heads[column].getAttribute("aria-sort") === "descending";
      heads.forEach((head) => { if (head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none"); });
      heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
      order = rows.slice().sort((a, b) => {
        const [x, y] = [value(a, column), value(b, column)];
        if (x === null || y === null) return (x === null) - (y === null);
        return (up ? 1 : -1) * compare(x, y);
      });
      page = 0;
      draw();
    };
    heads.forEach((head, column) => {
      if (head.dataset.nosort !== undefined) return;
      const button = el("button", { type: "button", onclick: () => sort(column) }, ...head.childNodes);
      head.replaceChildren(button);
      if (!head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
    });
    table.closest(".table-scroll").after(pager.node);
    draw();
  };
  const makePager = (size, go) => {
    const place = el("span");
    let page = 0;
    const back = el("button", { type: "button", class: "button", onclick: () => go(page - 1) }, say("pager.previous"));
    const next = el("button", { type: "button", class: "button", onclick: () => go(page + 1) }, say("pager.next"));
    const node = el("div", { class: "pager" }, back, place, next);
    const update = (at, total) => {
      page = at;
      node.hidden = total <= size;
      back.disabled = page === 0;
      next.disabled = (page + 1) * size >= total;
      place.textContent = say("pager.place", {
        from: number(Math.min(total, page * size + 1)), to: number(Math.min(total, (page + 1) * size)), total: number(total),
      });
    };
    return { node, update };
  };
  // On a phone the menu scrolls sideways: the page one is on is brought into view.
  const here = document.querySelector(".head nav [aria-current]");
  if (here) {
    const menu = here.closest("ul");
    menu.scrollLeft = here.offsetLeft - menu.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
  }
  document.querySelectorAll("table[data-sortable]").forEach(sortable);
  document.querySelectorAll("[data-needs-js]").forEach((node) => { node.hidden = false; });
  return { number, rounded, percentSign, fold, fill, json, el, svg, texts, say, announce, makePager, locale };
})();
