// The scan field of the hand-over. Scanners are keyboards that end with enter; what they type goes into the
// field wherever the focus is. A wrong cup covers the screen until somebody has understood it.
(() => {
  "use strict";
  const ANSWER_MS = 5000; // a scan that hears nothing for so long was not sent, and says so
  const form = document.querySelector("[data-scan]"), code = document.getElementById("code");
  const wrong = document.getElementById("wrong"), say = document.getElementById("wrong-say");
  const inHand = document.getElementById("in-hand");

  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    const text = code.value.trim();
    code.value = "";
    if (!text) return;
    hush();
    document.getElementById("found")?.remove();
    try {
      const r = await fetch(form.action, {
        method: "POST", headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS),
        body: new URLSearchParams({ code: text, order: inHand.value }),
      });
      const answer = await r.json();
      if (r.ok) return go(answer);
      if (answer.type === "/problems/wrong-cup") return stop(answer.say);
      weir.say(answer.say || answer.detail);
    } catch {
      weir.say(document.getElementById("words").dataset.unsent);
    }
  });

  function go(at) {
    const to = new URL(at.to, location.href);
    if (!at.stream || to.searchParams.has("code")) { location.assign(to); return; }
    inHand.value = to.searchParams.get("order") || "";
    weir.look(at.to, at.stream);
  }

  function stop(text) {
    say.textContent = text;
    wrong.hidden = false;
    document.getElementById("wrong-seen").focus();
    document.dispatchEvent(new CustomEvent("weir:wrong"));
  }
  function hush() { wrong.hidden = true; }
  document.getElementById("wrong-seen").addEventListener("click", () => { hush(); code.focus(); });

  // An order that was given out is put down: the next scan is of another.
  document.addEventListener("weir:done", (e) => {
    if (!e.detail.form.dataset.next) return;
    inHand.value = "";
    const stream = new URL(document.body.dataset.stream, location.href);
    stream.searchParams.delete("order");
    stream.searchParams.delete("bag");
    weir.look(e.detail.form.dataset.next, stream.href);
    code.focus();
  });

  document.addEventListener("keydown", (e) => {
    if (e.target === code || e.ctrlKey || e.altKey || e.metaKey || e.key.length !== 1) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && e.target.type !== "checkbox") return;
    code.focus(); // the key that is being pressed lands in the field
  });
})();
