// The owner's page: draws the day's curve and brings what is on top up to date. Every setting works without it.
(() => {
  "use strict";
  const POLL_MS = 10000;
  const main = document.querySelector("[data-poll]");
  if (!main) return;
  document.documentElement.classList.add("polled");
  let plot = null, table = false; // table: whether it was opened by hand

  function draw() {
    const box = document.getElementById("chart"), details = document.getElementById("table");
    details.open = table;
    details.addEventListener("toggle", () => { table = details.open; });
    if (plot) { plot.destroy(); plot = null; }
    const d = JSON.parse(box.dataset.points), word = box.dataset;
    if (!d.x || !d.x.length) return;
    box.hidden = false;
    const sum = (...lines) => d.x.map((_, i) => lines[0][i] === null ? null : lines.reduce((n, line) => n + line[i], 0));
    const booked = sum(d.taken, d.booked), refused = sum(d.taken, d.booked, d.refused);
    const bars = uPlot.paths.bars({ size: [0.9, 40], align: 1 }), steps = uPlot.paths.stepped({ align: 1 });
    const hour = uPlot.fmtDate("{HH}:{mm}");
    const zoned = (s) => uPlot.tzDate(new Date(s * 1000), d.zone);
    const colour = (key) => getComputedStyle(legend.querySelector(".k-" + key)).getPropertyValue("--mark").trim();
    const legend = legendOf(word);
    box.replaceChildren(legend);
    const text = getComputedStyle(document.body), font = "14px " + text.fontFamily;
    const axis = { stroke: text.color, grid: { stroke: "rgb(0 0 0 / .12)", width: 1 }, ticks: { stroke: "rgb(0 0 0 / .3)", width: 1 }, font, labelFont: font, labelSize: 22 };
    const bar = (key) => ({ fill: colour(key), width: 0, paths: bars, points: { show: false } });
    plot = new uPlot({
      width: box.clientWidth, height: Math.min(300, Math.max(220, box.clientWidth * 0.62)), tzDate: zoned,
      legend: { show: false }, cursor: { show: false }, padding: [8, 12, 0, 0],
      scales: { x: { time: true }, y: { range: (u, low, high) => [0, Math.max(4, high * 1.08)] } },
      axes: [
        { ...axis, label: word.time, space: 56, values: (u, splits) => splits.map((s) => hour(zoned(s))) },
        { ...axis, label: word.cups, size: 40, values: (u, splits) => splits.map((n) => Number.isInteger(n) ? String(n) : "") },
      ],
      series: [
        {}, bar("refused"), bar("booked"), bar("taken"),
        { stroke: colour("can"), width: 3, dash: [8, 5], paths: steps, points: { show: false } },
        { stroke: colour("made"), width: 2.5, paths: steps, points: { show: false } },
      ],
    }, [d.x, refused, booked, d.taken, d.can, d.made], box);
  }

  function legendOf(word) {
    const list = document.createElement("p");
    list.className = "chart-legend";
    for (const [key, name, kind] of [["taken", word.now, ""], ["booked", word.booked, ""], ["refused", word.refused, ""], ["made", word.made, "line"], ["can", word.capacity, "dash"]]) {
      const entry = document.createElement("span");
      entry.className = "k-" + key + " " + kind;
      entry.textContent = name;
      list.append(entry);
    }
    return list;
  }

  async function poll() {
    if (document.visibilityState !== "visible") return;
    const stale = document.querySelector(".stale");
    try {
      const r = await fetch(main.dataset.poll, { headers: { Accept: "application/json, */*;q=0.5" }, redirect: "error", signal: AbortSignal.timeout(POLL_MS) });
      if (r.status === 403) { location.reload(); return; } // signed out: the page asks for it
      if (!r.ok) throw new Error(r.status);
      const next = document.createElement("template");
      next.innerHTML = await r.text();
      document.getElementById("now").replaceWith(next.content.getElementById("now"));
      const today = document.getElementById("today");
      if (today.contains(document.activeElement)) return; // somebody is reading the table
      if (plot) { plot.destroy(); plot = null; }
      today.replaceWith(next.content.getElementById("today"));
      draw();
    } catch { stale.hidden = false; }
  }

  draw();
  setInterval(poll, POLL_MS);
  document.addEventListener("visibilitychange", poll);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
})();
