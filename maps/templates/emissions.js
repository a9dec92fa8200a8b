// The switch of the emissions page: one of the readings' charts is shown; the choice stands in the address.
(() => {
  "use strict";
  const place = document.getElementById("vaxel");
  if (!place) return;
  const figures = [...document.querySelectorAll("#lasningar > .reading")];
  const buttons = [...place.querySelectorAll("button")];
  const axes = ["scope", "gas", "electricity"];
  const chosen = Object.fromEntries(axes.map((axis) => {
    const on = buttons.find((b) => b.dataset.axis === axis && b.getAttribute("aria-pressed") === "true");
    return [axis, on.dataset.value];
  }));
  const show = (announce) => {
    buttons.forEach((b) => b.setAttribute("aria-pressed", String(chosen[b.dataset.axis] === b.dataset.value)));
    figures.forEach((figure) => {
      figure.hidden = axes.some((axis) => figure.dataset[axis] !== chosen[axis]);
      if (announce && !figure.hidden) kil.announce(figure.querySelector(".chart-title").textContent);
    });
  };
  new URLSearchParams(location.hash.slice(1)).forEach((value, axis) => {
    if (buttons.some((b) => b.dataset.axis === axis && b.dataset.value === value)) chosen[axis] = value;
  });
  buttons.forEach((b) => b.addEventListener("click", () => {
    chosen[b.dataset.axis] = b.dataset.value;
    history.replaceState(null, "", `#${new URLSearchParams(chosen)}`);
    show(true);
  }));
  show(false);
})();
