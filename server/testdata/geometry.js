// This lists what of a page cannot be reached or read: controls off the screen, controls that overlap, text that is cut.
// What lies in a box that scrolls up and down is reached by scrolling; nothing scrolls sideways but tables and paper.
(() => {
  const wrong = [], wide = document.documentElement.clientWidth;
  const where = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (typeof e.className === "string" && e.className ? "." + e.className.split(" ").join(".") : "") + " " + (e.textContent || e.value || "").trim().replace(/\s+/g, " ").slice(0, 30);
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".sr, [hidden]") && e.getBoundingClientRect().width > 1;
  const sideways = (e) => e.closest(".scroll, .paper, .docs pre, pre, .wide-table, .uplot");
  // bounds is what is left of the page for something, by what clips it. Something that scrolls gives all the room there is in its direction.
  const bounds = (e) => {
    const b = { left: 0, right: wide, top: -1e6, bottom: 1e6 };
    let fixed = false;
    for (let p = e.parentElement; p && p !== document.body && p !== document.documentElement; p = p.parentElement) {
      const s = getComputedStyle(p), r = p.getBoundingClientRect();
      if (/hidden|clip/.test(s.overflowX)) { b.left = Math.max(b.left, r.left); b.right = Math.min(b.right, r.right); }
      if (/hidden|clip/.test(s.overflowY) && !fixed) { b.top = Math.max(b.top, r.top); b.bottom = Math.min(b.bottom, r.bottom); }
      if (/auto|scroll/.test(s.overflowY)) fixed = true;
    }
    return b;
  };
  if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push("the page is " + document.documentElement.scrollWidth + " wide");
  const zoom = +getComputedStyle(document.documentElement).getPropertyValue("--zoom") || 1;
  const controls = [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")].filter(seen)
    .map((e) => ({ e, target: e.matches("input[type=checkbox], input[type=radio]") && e.closest("label") || e }));
  for (const { e, target } of controls) {
    if (sideways(e)) continue;
    const r = target.getBoundingClientRect(), b = bounds(target);
    if (r.left < b.left - 1.5 || r.right > b.right + 1.5 || r.top < b.top - 1.5 || r.bottom > b.bottom + 1.5) wrong.push("off the screen: " + where(e));
  }
  for (let i = 0; i < controls.length; i++) for (let j = i + 1; j < controls.length; j++) {
    const a = controls[i].target, c = controls[j].target;
    if (a === c || a.contains(c) || c.contains(a) || a.closest(".others .list, #lost, #toast, .sticky") || c.closest(".others .list, #lost, #toast")) continue;
    const x = a.getBoundingClientRect(), y = c.getBoundingClientRect();
    if (Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1.5 && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 1.5 &&
      getComputedStyle(a.closest(".why, thead") || a).position !== "sticky" && getComputedStyle(c.closest(".why, thead") || c).position !== "sticky") wrong.push("overlap: " + where(a) + " and " + where(c));
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), told = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(e) || e.closest("script, style, option, select, [hidden], .sr, svg, .gap, .uplot") || sideways(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const b = bounds(walker.currentNode.parentElement), s = getComputedStyle(e), ink = parseFloat(s.fontSize) * zoom * .42;
    if (/hidden|clip/.test(s.overflowX)) { const r = e.getBoundingClientRect(); b.left = Math.max(b.left, r.left); b.right = Math.min(b.right, r.right); }
    for (const r of range.getClientRects()) {
      const middle = (r.top + r.bottom) / 2;
      if (r.width > 0 && (r.left < b.left - 2 || r.right > b.right + 2 || middle - ink < b.top - 2 || middle + ink > b.bottom + 2) && !told.has(e)) {
        told.add(e);
        wrong.push("cut: " + where(e));
      }
    }
  }
  return JSON.stringify(wrong);
})()
