// Keeps #frame of a customer's page as the server has it: it asks again every few seconds while somebody looks, which a
// poor line stands better than a stream. Without it the page loads itself anew.
(() => {
  "use strict";
  const ANSWER_MS = 10000; // a request that hears nothing for so long is given up
  const lost = document.getElementById("unreached");
  const frame = () => document.getElementById("frame");
  let timer = 0, asking = false;

  const every = () => 1000 * Number(frame().dataset.every);
  function later() {
    clearTimeout(timer);
    if (every() > 0) timer = setTimeout(look, every());
  }

  async function look() {
    const open = frame().querySelector("details[open]"); // a finger may be on its way to the button
    if (document.hidden || open || asking) return later();
    asking = true;
    const stop = new AbortController();
    const end = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
      const here = new URL(location.href); // with its language
      here.searchParams.delete("said"); // which was of the tap before
      const answer = await fetch(here, { headers: { Accept: "text/html" }, cache: "no-store", signal: stop.signal });
      const text = await answer.text();
      if (answer.ok || answer.status === 404) {
        const next = new DOMParser().parseFromString(text, "text/html").getElementById("frame");
        if (next && !frame().querySelector("details[open]")) frame().replaceWith(document.importNode(next, true));
        lost.hidden = true;
      } else {
        lost.hidden = false;
      }
    } catch (e) {
      lost.hidden = false;
    } finally {
      clearTimeout(end);
      asking = false;
      later();
    }
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden && every() > 0) look(); });
  later();
})();
