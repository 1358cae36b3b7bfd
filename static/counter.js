// A finger that bounces ticks a topping and takes it off again. The second touch so soon does nothing.
(() => {
  "use strict";
  const DOUBLE_MS = 400; // people who change their mind take longer
  let last = null, at = -1e9;
  document.addEventListener("click", (e) => {
    if (e.target.type !== "checkbox" || !e.detail) return; // a key does not bounce
    const now = performance.now();
    if (e.target === last && now - at < DOUBLE_MS) e.preventDefault();
    else at = now;
    last = e.target;
  });
})();
