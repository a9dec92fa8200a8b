// Inside a frame of another site: tell the site how tall the page is, so that it needs no scroll bar of its own.
(() => {
  "use strict";
  if (window.parent === window) return;
  let last = 0;
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height !== last) window.parent.postMessage({ type: "kil-height", page: document.body.className, height }, "*");
    last = height;
  };
  new ResizeObserver(tell).observe(document.body);
  tell();
})();
