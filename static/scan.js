// The scans of the hand-over. They are answered one after the other, each with what the one before brought into hand. A
// wrong cup covers the screen until somebody says that it is understood: by a tap, or by a scan of the code "ok". Until
// then no scan is taken. What could not be sent stays in the field.
(() => {
  "use strict";
  const ANSWER_MS = 5000; // a scan that hears nothing for so long was not sent, and says so
  const WAITING_MAX = 8;  // scans that wait for their turn; nobody scans so far ahead of the screen
  const SEEN = "ok";      // the code that says that a wrong cup is understood
  const form = document.querySelector("[data-scan]"), code = document.getElementById("code");
  const wrong = document.getElementById("wrong"), inHand = document.getElementById("in-hand");
  const words = document.getElementById("words").dataset, missed = document.getElementById("wrong-missed");
  const waiting = [];
  let busy = false;

  form.addEventListener("submit", (e) => { e.preventDefault(); read(code.value); });
  document.addEventListener("weir:scan", (e) => read(e.detail.text));
  document.addEventListener("weir:unread", (e) => weir.say(words.unread + e.detail.text));

  function read(text) {
    text = text.trim();
    if (!text) return;
    if (!wrong.hidden) {
      if (text.normalize("NFKC").toLowerCase() === SEEN) understood();
      else notTaken(text);
      return;
    }
    code.value = "";
    if (waiting.length === WAITING_MAX) { weir.say(words.unread + text); return; }
    waiting.push(text);
    if (!busy) work();
  }

  async function work() {
    busy = true;
    while (waiting.length) await ask(waiting.shift());
    busy = false;
  }

  async function ask(text) {
    document.getElementById("found")?.remove();
    try {
      const r = await fetch(form.action, {
        method: "POST", headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS),
        body: new URLSearchParams({ code: text, order: inHand.value }),
      });
      if (r.status === 429 || r.status >= 500) throw new Error("busy");
      const answer = await r.json();
      if (r.ok) await go(answer);
      else if (answer.type === "/problems/wrong-cup") stop(answer.say);
      else weir.say(answer.say || answer.detail);
    } catch {
      const unsent = [text, ...waiting.splice(0)];
      code.value = text;
      code.focus();
      code.select();
      weir.say(words.unscanned + unsent.join(", "));
    }
  }

  // go shows what a scan has led to: the order in hand, or what may have been meant.
  async function go(at) {
    const to = new URL(at.to, location.href);
    if (to.searchParams.has("code")) {
      const r = await fetch(to, { signal: AbortSignal.timeout(ANSWER_MS) });
      const found = new DOMParser().parseFromString(await r.text(), "text/html").getElementById("found");
      if (found) document.getElementById("frame").before(found);
    }
    inHand.value = to.searchParams.get("order") || "";
    weir.look(at.to, at.stream);
  }

  function stop(text) {
    document.getElementById("wrong-say").textContent = text;
    missed.textContent = "";
    wrong.hidden = false;
    code.value = "";
    code.disabled = true;
    document.getElementById("wrong-seen").focus();
    document.dispatchEvent(new CustomEvent("weir:wrong"));
    for (const text of waiting.splice(0)) notTaken(text);
  }

  // notTaken names a scan that came while a wrong cup had not been understood.
  function notTaken(text) {
    missed.textContent = (missed.textContent ? missed.textContent + ", " : words.missed) + text;
    document.dispatchEvent(new CustomEvent("weir:wrong"));
  }

  function understood() {
    wrong.hidden = true;
    code.disabled = false;
    code.focus();
  }
  document.getElementById("wrong-seen").addEventListener("click", understood);

  // An order that was given out is put down: the next scan is of another.
  document.addEventListener("weir:done", (e) => {
    if (!e.detail.form?.dataset.next) return;
    inHand.value = "";
    const stream = new URL(document.body.dataset.stream, location.href);
    stream.searchParams.delete("order");
    stream.searchParams.delete("bag");
    weir.look(e.detail.form.dataset.next, stream.href);
    code.focus();
  });
})();
