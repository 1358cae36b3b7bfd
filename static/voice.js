// Speaks the numbers that can be fetched, where the browser has a voice.
(() => {
  "use strict";
  const EACH_MAX = 3; // numbers in one breath; more than that nobody listens to
  let known = null;
  document.addEventListener("weir:frame", () => {
    const now = Array.from(document.querySelectorAll("[data-called]"));
    const fresh = known ? now.filter((li) => !known.has(li.dataset.called)) : [];
    known = new Set(now.map((li) => li.dataset.called));
    for (const li of fresh) li.classList.add("fresh");
    if (!("speechSynthesis" in window)) return;
    for (const li of fresh.slice(0, EACH_MAX)) {
      const words = new SpeechSynthesisUtterance(li.dataset.spoken);
      words.lang = document.documentElement.lang;
      speechSynthesis.speak(words);
    }
  });
})();
