// What of a page's controls cannot be told apart, seen or trusted: two of one name that do different things, a ring of the
// focus that is cut off, a cursor that says something else than what a tap does. A list of sentences, as JSON.
(() => {
  const wrong = [];
  const seen = (e) => {
    const r = e.getBoundingClientRect(), s = getComputedStyle(e);
    return r.width > 1 && r.height > 1 && s.visibility !== "hidden" && s.display !== "none" && s.clipPath === "none";
  };
  const clean = (text) => text.replace(/\s+/g, " ").trim();
  const spoken = (e) => [...e.childNodes].map((n) => n.nodeType === Node.TEXT_NODE ? n.data
    : n.nodeType !== Node.ELEMENT_NODE || n.ariaHidden === "true" ? "" : n.ariaLabel || (n.tagName === "IMG" ? n.alt : spoken(n))).join(" ");
  const name = (e) => clean(e.ariaLabel || [...e.labels || []].map(spoken).join(" ") || spoken(e));
  // What a control does: where it leads, or what it sends where. Two links to one page do the same.
  const does = (e) => {
    if (e.href) return "leads to " + e.href;
    if (e.tagName === "SUMMARY") return "opens " + e.parentElement.className + [...document.querySelectorAll("summary")].indexOf(e);
    const sent = e.form ? [...e.form.elements].filter((f) => f.type === "hidden" && f.name !== "tap" && f.name !== "csrf" && f.name !== "back")
      .map((f) => f.name + "=" + f.value).join("&") : "";
    return [e.tagName, e.formAction || e.form?.action || "", e.name, e.tagName === "BUTTON" || e.type === "checkbox" || e.type === "radio" ? e.value : "",
      e.tagName === "BUTTON" ? e.id : "", sent].join(" ");
  };
  const controls = [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")].filter(seen);
  const known = new Map();
  for (const e of controls) {
    const n = name(e), d = does(e);
    if (!n) wrong.push("no name: " + d);
    else if (known.has(n) && known.get(n) !== d) wrong.push("“" + n + "” " + d + ", and also " + known.get(n));
    else known.set(n, d);
  }

  const types = "text"; // where letters go in
  const writes = (e) => e.matches("textarea, input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=color])");
  const taps = (e) => e.closest("a[href], button, summary, select, input[type=checkbox], input[type=radio], input[type=range], input[type=file], label");
  for (const e of document.body.querySelectorAll("*")) {
    if (!seen(e) || e.closest("canvas, svg, .u-wrap, .uplot, script, style, option")) continue;
    const cursor = getComputedStyle(e).cursor, label = e.closest("label")?.control;
    const want = writes(e) ? types : e.disabled ? "default" : e.matches("select, input") ? "pointer" : label && !label.matches("[type=checkbox], [type=radio], [type=file]") ? "default"
      : taps(e) ? "pointer" : "default";
    if (cursor !== want && !(e.tagName === "OPTION")) {
      wrong.push("cursor " + cursor + " instead of " + want + ": " + e.tagName.toLowerCase() + "." + e.className + " " + clean(e.textContent).slice(0, 20));
    }
  }

  for (const e of controls) {
    e.focus({ focusVisible: true });
    if (document.activeElement !== e) continue;
    let ringed = e, s = getComputedStyle(e);
    if (s.outlineStyle === "none" && e.nextElementSibling) { ringed = e.nextElementSibling; s = getComputedStyle(ringed); }
    const width = parseFloat(s.outlineWidth), out = parseFloat(s.outlineOffset) + width;
    if (s.outlineStyle === "none" || width < 2) { wrong.push("no ring: " + name(e)); continue; }
    const r = ringed.getBoundingClientRect(), zoom = ringed.currentCSSZoom || 1, edge = Math.max(0, out * zoom) - 1;
    const ring = { left: r.left - edge, top: r.top - edge, right: r.right + edge, bottom: r.bottom + edge };
    for (let box = ringed.parentElement; box && box !== document.body; box = box.parentElement) {
      const b = getComputedStyle(box);
      if (b.overflowX === "visible" && b.overflowY === "visible" && b.clipPath === "none") continue;
      const at = box.getBoundingClientRect();
      if (ring.left < at.left || ring.right > at.right || ring.top < at.top || ring.bottom > at.bottom) {
        wrong.push("ring of “" + name(e).slice(0, 30) + "” is cut by " + box.tagName.toLowerCase() + "." + box.className);
        break;
      }
    }
    if (ring.left < -1 || ring.right > document.documentElement.clientWidth + 1) wrong.push("ring of “" + name(e).slice(0, 30) + "” leaves the screen");
  }
  return JSON.stringify([...new Set(wrong)]);
})()
