// Gives the numbers of the pick-up screen all the room there is: a lane has as much of the height as it has orders, and its
// numbers are as large as all of them fit. What does not fit at the smallest size is left out whole, and counted.
(() => {
  "use strict";
  // Points, and whether the smaller text under a number stays; the last can be read from three metres.
  const TYPES = [[112, true], [96, true], [80, true], [66, true], [54, true], [66, false], [54, false], [44, false], [38, false]];
  const LANE_LEAST = .28;                      // of the height, however few wait in it

  function share() {
    const count = {};
    for (const lane of document.querySelectorAll(".lane")) {
      count[lane.dataset.lane] = Math.max(count[lane.dataset.lane] ?? 1, lane.querySelectorAll("li").length);
    }
    const sum = Object.values(count).reduce((a, b) => a + b, 0);
    for (const lane of document.querySelectorAll(".lane")) {
      lane.style.flexGrow = Math.min(1 - LANE_LEAST, Math.max(LANE_LEAST, count[lane.dataset.lane] / sum)) * 100;
    }
  }

  function fit(lane, fixed) {
    const list = lane.querySelector("ol"), items = [...list.children], more = lane.querySelector(".more");
    const spare = () => list.scrollHeight <= list.clientHeight + 1 && list.scrollWidth <= list.clientWidth + 1;
    let hidden = 0;
    const say = () => {
      const n = +more.dataset.more + hidden;
      more.hidden = n === 0;
      more.textContent = more.dataset.text.replace("#", n);
    };
    for (const li of items) li.hidden = false;
    say();
    list.classList.remove("tight");
    if (!fixed) { list.style.removeProperty("--number"); list.style.removeProperty("--wide"); return; }
    for (const [size, whole] of TYPES) {
      list.style.setProperty("--number", size + "px");
      list.classList.toggle("tight", !whole);
      list.style.setProperty("--wide", "max-content"); // each as wide as it is, to see which is the widest
      const wide = Math.max(0, ...items.map((li) => li.offsetWidth));
      list.style.setProperty("--wide", Math.min(wide, list.clientWidth) + "px");
      if (spare()) return;
    }
    while (hidden < items.length && !spare()) {
      items[items.length - 1 - hidden++].hidden = true;
      say();
    }
  }

  function all() {
    const main = document.querySelector(".pickup");
    const fixed = getComputedStyle(main).getPropertyValue("--fixed").trim() === "1"; // the page does not slide
    share();
    for (const lane of document.querySelectorAll(".lane")) fit(lane, fixed);
  }
  document.addEventListener("weir:frame", all);
  new ResizeObserver(all).observe(document.querySelector(".screen"));
  new ResizeObserver(all).observe(document.getElementById("voice"));
})();
