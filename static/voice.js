// Calls the numbers that can be fetched: every one, in the order in which they became ready, twice. What is fetched before
// its turn is not called any more. When a device stays silent the screen says so, and a tone takes the voice's place.
(() => {
  "use strict";
  const TIMES = 2;           // each number is said so often
  const SPEECH_MAX_MS = 15000; // a call that has not ended by then was not heard: some browsers never say so
  const KNOWN = "weir_called", KEPT = "weir_voice";
  const bar = document.getElementById("voice"), sign = document.getElementById("voice-sign");
  const tapFirst = document.getElementById("voice-tap"), on = document.getElementById("voice-on"), volume = document.getElementById("voice-volume");
  const read = (store, key) => { try { return JSON.parse(store.getItem(key)); } catch { return null; } };
  const keep = (store, key, value) => { try { store.setItem(key, JSON.stringify(value)); } catch { /* without it a reload forgets */ } };

  const settings = { on: true, volume: 100, ...read(localStorage, KEPT) };
  let known = read(sessionStorage, KNOWN); // calls that were queued; a page that loads anew must not repeat or lose one
  let queue = [];                          // {id, text, left}: calls to come, left times each
  let speaking = null;                     // the call that is being said
  let state = "";                          // "", "tap" (the browser wants a touch first) or "silent"

  function show() {
    bar.hidden = false;
    on.setAttribute("aria-pressed", settings.on);
    volume.value = settings.volume;
    tapFirst.hidden = !(settings.on && state === "tap");
    sign.textContent = settings.on && state === "silent" ? bar.dataset.silent : "";
    bar.classList.toggle("bad", settings.on && state !== "");
    for (const li of document.querySelectorAll("[data-called]")) li.classList.toggle("fresh", li.dataset.called === speaking?.id);
  }
  function turn(to) { state = to; show(); }

  const when = (li) => +li.dataset.called.split("@")[1];
  document.addEventListener("weir:frame", () => {
    const there = [...document.querySelectorAll("[data-called]")].sort((a, b) => when(a) - when(b));
    const ids = new Set(there.map((li) => li.dataset.called));
    if (known) {
      for (const li of there) {
        if (!known.includes(li.dataset.called)) queue.push({ id: li.dataset.called, text: li.dataset.spoken, left: TIMES });
      }
    }
    known = [...ids];
    keep(sessionStorage, KNOWN, known);
    queue = queue.filter((call) => ids.has(call.id));
    show();
    next();
  });

  function next() {
    if (!settings.on) { queue = []; return; }
    if (speaking || !queue.length || state === "tap" && !touched()) return;
    const call = speaking = queue[0];
    show();
    say(call.text, (how) => {
      speaking = null;
      if (how === "tap") { turn("tap"); return; } // it stays the first of the queue
      if (--call.left <= 0 && queue[0] === call) queue.shift();
      if (how === "silent") document.dispatchEvent(new CustomEvent("weir:call"));
      turn(how);
      next();
    });
  }

  const touched = () => navigator.userActivation?.hasBeenActive ?? true;

  // say says a text once; done hears "" when it was said, "tap" or "silent" when not.
  function say(text, done) {
    if (!("speechSynthesis" in window)) { setTimeout(() => done("silent"), 1000); return; }
    const speech = new SpeechSynthesisUtterance(text);
    speech.lang = document.documentElement.lang;
    speech.volume = settings.volume / 100;
    let over = false;
    const end = (how) => { if (over) return; over = true; clearTimeout(watch); done(how); };
    const watch = setTimeout(() => { speechSynthesis.cancel(); end("silent"); }, window.weir.speechMax ?? SPEECH_MAX_MS);
    speech.addEventListener("end", () => end(""));
    speech.addEventListener("error", (e) => end(e.error === "not-allowed" ? "tap" : e.error === "canceled" || e.error === "interrupted" ? "" : "silent"));
    speechSynthesis.speak(speech);
  }

  function change() { keep(localStorage, KEPT, settings); show(); }
  on.addEventListener("click", () => {
    settings.on = !settings.on;
    change();
    if (settings.on) queue.unshift({ id: "", text: bar.dataset.test, left: 1 });
    else if ("speechSynthesis" in window) speechSynthesis.cancel();
    next();
  });
  volume.addEventListener("change", () => { settings.volume = +volume.value; change(); });
  // A browser says nothing before the page was touched: once, anywhere.
  function touch() {
    if (state !== "tap") return;
    turn("");
    next();
  }
  for (const event of ["click", "keydown"]) addEventListener(event, () => setTimeout(touch));
  turn(touched() ? "" : "tap");
})();
