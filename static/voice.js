// Speaks the numbers that can be fetched, where the browser has a voice.
(() => {
  "use strict";
  const EACH_MAX = 3; // numbers in one breath; more than that nobody listens to
  const english = document.documentElement.lang === "en";
  let known = null;
  document.addEventListener("weir:frame", () => {
    const now = Array.from(document.querySelectorAll("[data-called]"), (li) => li.dataset.called);
    const fresh = known ? now.filter((n) => !known.has(n)) : [];
    known = new Set(now);
    for (const n of fresh) document.getElementById("r" + n)?.classList.add("fresh");
    if (!("speechSynthesis" in window)) return;
    for (const n of fresh.slice(0, EACH_MAX)) {
      const digits = n.split("").join(" ");
      const words = new SpeechSynthesisUtterance(english ? "Number " + digits + ", please" : "请 " + digits + " 号 取餐");
      words.lang = english ? "en-US" : "zh-CN";
      speechSynthesis.speak(words);
    }
  });
})();
