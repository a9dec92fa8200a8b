// The follow-up: open a goal from its square, show only the goals of one verdict.
(() => {
  "use strict";
  const goals = [...document.querySelectorAll("details.goal")];
  const squares = [...document.querySelectorAll(".square")];
  const open = (id) => {
    const goal = id && document.getElementById(id);
    if (goal && goal.matches("details.goal")) {
      show("");
      goal.open = true;
      goal.scrollIntoView({ block: "start" });
      goal.querySelector("summary").focus({ preventScroll: true });
    }
  };
  const filters = [...document.querySelectorAll(".s-filter")];
  const show = (verdict) => {
    filters.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.filter === verdict && verdict !== "")));
    goals.forEach((goal) => { goal.hidden = verdict !== "" && goal.dataset.verdict !== verdict; });
    squares.forEach((square) => square.classList.toggle("dim", verdict !== "" && square.dataset.verdict !== verdict));
    document.querySelectorAll(".perspective").forEach((section) => {
      section.hidden = ![...section.querySelectorAll("details.goal")].some((goal) => !goal.hidden);
    });
    if (verdict !== "") kil.announce(kil.say("shown", { n: goals.filter((goal) => !goal.hidden).length }));
  };
  filters.forEach((button) => {
    button.disabled = Number(button.querySelector("b").textContent) === 0;
    button.addEventListener("click", () => show(button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.filter));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && document.getElementById(link.hash.slice(1))) {
      setTimeout(() => open(decodeURIComponent(link.hash.slice(1))), 0);
    }
  });
  window.addEventListener("hashchange", () => open(decodeURIComponent(location.hash.slice(1))));
  open(decodeURIComponent(location.hash.slice(1)));
})();
