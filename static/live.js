// Keeps #frame as the server has it and carries taps to the server.
//
// The server sends the whole frame at each change, so a missed event or a reconnect needs no repair; of its
// parts only those are touched whose text has changed. While a finger is down nothing moves: a tap on a card
// that moves would be lost. A tap carries the state it saw.
(() => {
  "use strict";
  const QUIET_MS = 25000;   // without a beat (one every 10 s) for so long the page says that it is not live
  const HOLD_MAX_MS = 4000; // a finger that rests on the glass does not stop the board for ever
  const KEY_SETTLE_MS = 180; // the same for a key: a bump bar's 1 names the first card, and is pressed three times a second
  let settleMs = 600;       // a tap so soon after a move was aimed at what had been there: to see it, choose anew and reach takes people longer
  let restMs = 1500;        // cards move up only when nobody has touched this board for so long
  const KEEP_MAX_MS = 10000; // a new card waits no longer for that, however much is tapped
  const GAPS_MAX = 1 / 3;   // and no more of the places than this share stand empty
  const RETRY_MS = [300, 700, 1500, 3000, 5000];
  const CREDIT_MS = 300;    // for so long frames may follow one another without a rest
  const SHOWN_MS = 1000;    // what a tap did is in a frame by then
  const ANSWER_MS = 5000;   // a request that hears nothing for so long is sent again: its tap is safe to repeat
  const CARDS_MAX = 60;     // more on a page cost a tablet 300 ms a frame
  const TAP_MAX_MS = 60000; // a tap that could not be sent for so long is given up, loudly
  const DOUBLE_MS = 800;    // the same number tapped again so soon is one tap that bounced
  const SAID_MS = 6000;     // how long a sentence about a tap stays on the page

  const body = document.body, root = document.documentElement;
  const words = document.getElementById("words").dataset;
  const lost = document.getElementById("lost"), lostAge = document.getElementById("lost-age");
  const toast = document.getElementById("toast");
  let shown = false; // whether a frame has been shown since the stream was opened
  let heard = performance.now(), source = null, retry = 0;
  let waiting = null, held = 0;            // newest frame not shown yet; since when a finger is down
  let moved = -1e9, places = [];            // when cards last moved, and what had been where, until when
  let touched = -1e9, latest = "", kept = 0; // when a finger last touched the board; the newest frame; since when places are kept for it
  const stats = { frames: 0, showMs: 0 };
  // What tests and a curious engineer may ask.
  window.weir = {
    stats, look, waiting: () => waiting !== null, settle: (ms) => { settleMs = ms; }, rest: (ms) => { restMs = ms; }, settled: () => performance.now() - moved > settleMs, fits: () => shown && (!there() || room().join("x") === known),
  };

  // ---- the stream

  function open() {
    if (source) source.close();
    shown = false;
    const url = new URL(body.dataset.stream, location.href);
    const n = fit();
    if (n) room().forEach((v, i) => url.searchParams.set(["fit", "rows", "wide", "high"][i], v));
    source = new EventSource(url);
    source.addEventListener("open", () => { hear(); retry = 0; });
    source.addEventListener("beat", hear);
    source.addEventListener("frame", (e) => { hear(); take(e); });
    source.addEventListener("error", () => {
      // The browser tries again by itself unless the answer was an error; then it never does.
      if (source.readyState === EventSource.CLOSED) again();
    });
  }

  // look turns to another thing to look at, without loading a page.
  function look(to, stream) {
    history.replaceState(null, "", to);
    body.dataset.stream = stream;
    waiting = null;
    open();
  }

  function again() {
    source.close();
    setTimeout(open, RETRY_MS[Math.min(retry++, RETRY_MS.length - 1)]);
  }

  function hear() { heard = performance.now(); if (!lost.hidden) lost.hidden = true; }

  setInterval(() => {
    const age = performance.now() - heard;
    if (age < QUIET_MS) return;
    const s = Math.round(age / 1000);
    lostAge.textContent = s < 60 ? s + " " + words.second : Math.floor(s / 60) + " " + words.minute + " " + (s % 60) + " " + words.second;
    if (lost.hidden) document.dispatchEvent(new CustomEvent("weir:lost"));
    lost.hidden = false;
    if (s % 10 === 0) { source.close(); open(); }
  }, 1000);

  // A page made by an older build loads its successor, but not before the server has answered every tap: those
  // that wait to be sent again are known to this page alone.
  let taps = 0, old = false; // taps without an answer; whether the page is an older build's
  function outdated(build) {
    if (!build || build === root.dataset.build) return false;
    old = true;
    if (!taps) location.reload();
    return true;
  }
  function answered() {
    taps--;
    if (old && !taps) location.reload();
  }

  // ---- the frame

  function take(e) {
    const cut = e.data.indexOf("\n");
    if (outdated(e.data.slice(0, cut))) return;
    waiting = e.data.slice(cut + 1);
    if (!held) soon();
  }

  // soon shows what waits, at once unless frames have lately taken more than half of the tablet's time: in a
  // flood of changes a slow one keeps the other half for fingers.
  let credit = CREDIT_MS, counted = 0;              // how long frames may still take, as of when
  let resting = 0, asked = 0;                       // a hidden page is not asked to paint again and again
  const painted = new MessageChannel();             // what is sent while a frame is made is heard when it was painted
  painted.port1.onmessage = (e) => { credit -= Math.min(performance.now() - e.data, CREDIT_MS); };
  function soon() {
    const now = performance.now();
    credit = Math.min(CREDIT_MS, credit + (now - counted) / 2);
    counted = now;
    if (credit >= 0) asked ||= requestAnimationFrame(show);
    else resting ||= setTimeout(() => { resting = 0; soon(); }, -2 * credit);
  }

  const PART = /<!--part-->([^]*?)<!--\/part-->/g;
  let around = "", parts = new Map();       // as shown: the frame around its parts, and their texts by id

  function show() {
    asked = 0;
    if (waiting === null || held) return;
    const began = performance.now();
    let next = new Map();
    const outside = waiting.replace(PART, (_, text) => { next.set(/ id="([^"]+)"/.exec(text)[1], text); return ""; });
    const before = cells();
    latest = waiting;
    if (outside === around && next.size) patch(next = keep(next, before));
    else morph(document.getElementById("frame"), parse(waiting.replace(/<!--\/?part-->/g, "")).firstElementChild);
    around = outside; parts = next; waiting = null; shown = true;
    if (there() && !("fitted" in root.dataset) && room().join("x") === known) root.dataset.fitted = ""; // it was made for this room
    const away = document.getElementById("frame").dataset.go;
    if (away) { location.assign(away); return; }
    const after = cells();
    if (before.some((id, i) => after[i] !== id)) {
      moved = performance.now();
      places = places.filter((p) => moved - p.until <= settleMs).concat({ until: moved, ids: before });
    }
    mark();
    painted.port2.postMessage(began);
    stats.frames++; stats.showMs += performance.now() - began;
    document.dispatchEvent(new CustomEvent("weir:frame"));
  }

  // keep gives the cards of a frame the places that they have, while the board is being touched: a card that is gone
  // leaves a gap, and a new one that would push others waits. A stop waits for nobody.
  const CARD = /^\s*<div id="[^"]+" class="card/, bare = (id) => id.replace(/^(u|b|gap)-/, "");
  function keep(next, shown) {
    const now = performance.now(), coming = [...next.keys()].filter((id) => CARD.test(next.get(id)));
    const there = new Map(coming.map((id) => [bare(id), id])), had = new Set(shown.map(bare));
    const places = shown.map((id) => there.get(bare(id)) ?? "gap-" + bare(id));
    const last = Math.max(...coming.map((id, i) => had.has(bare(id)) ? i : -1));
    places.push(...coming.slice(last + 1).slice(0, Math.max(0, fitted - places.length))); // behind the others a new card moves nothing
    const gaps = places.filter((id) => !next.has(id)).length;
    if (now - touched > restMs || !coming.length || places.join() === coming.join() || gaps > shown.length * GAPS_MAX ||
      kept && now - kept > KEEP_MAX_MS || coming.some((id) => id.startsWith("s-") && !had.has(id))) {
      kept = 0;
      return next;
    }
    kept ||= now;
    const all = new Map();
    let placed = false;
    for (const [id, text] of next) {
      if (!coming.includes(id)) { all.set(id, text); continue; }
      if (placed) continue;
      placed = true;
      for (const p of places) all.set(p, next.get(p) ?? '<div id="' + p + '" class="card gap"></div>');
    }
    return all;
  }
  setInterval(() => {
    if (!kept || performance.now() - touched <= restMs && performance.now() - kept <= KEEP_MAX_MS) return;
    waiting ??= latest;
    if (!held) soon();
  }, 200);

  function parse(html) {
    const t = document.createElement("template");
    t.innerHTML = html;
    return t.content;
  }

  // patch makes what is shown the parts of next, in their order: what is gone goes first, so that what stays
  // need not be moved, and a part that is new goes behind the one before it.
  function patch(next) {
    for (const id of parts.keys()) if (!next.has(id)) document.getElementById(id)?.remove();
    let changed = "";
    for (const [id, text] of next) if (parts.get(id) !== text || !document.getElementById(id)) changed += text;
    const fresh = new Map(Array.from(parse(changed).children, (e) => [e.id, e]));
    let last = null;
    for (const id of next.keys()) {
      let e = document.getElementById(id);
      const f = fresh.get(id);
      if (!e) last.after(e = f);
      else {
        if (f) morph(e, f);
        if (last && last.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING) last.after(e);
      }
      last = e;
    }
  }

  function morph(old, now) {
    Idiomorph.morph(old, now, { callbacks: {
      beforeNodeMorphed: (old, now) => !(old.nodeType === 1 && (
        old.id && old.isEqualNode(now) || // nothing to do
        old.type === "checkbox" && old.value === now.value)), // what a person has ticked stays ticked
      beforeAttributeUpdated: (name, e) => !(name === "open" && e.tagName === "DETAILS"), // and what a person has opened, open
    } });
  }

  const cells = () => Array.from(document.querySelectorAll("#cards > .card"), (c) => c.id); // every place on the board
  const cards = () => Array.from(document.querySelectorAll("[data-cup]"), (c) => c.id);

  // ---- how many cards fit

  const box = document.getElementById("cards");
  const there = () => !!box?.isConnected; // the board of a practice that is over is gone
  function fit() {
    if (!there()) return 0;
    const style = getComputedStyle(box);
    const columns = style.gridTemplateColumns.split(" ").length;
    // Rows of the template only: more cards than fit would make implicit ones.
    const gap = parseFloat(style.rowGap) || 0, least = parseFloat(style.getPropertyValue("--least"));
    const rows = Math.max(1, Math.floor((box.clientHeight + gap) / (least + gap)));
    return Math.min(CARDS_MAX, columns * rows);
  }
  // rows is how many the list at the side has room for. In a narrow window it runs on in columns.
  function rows() {
    const list = document.getElementById("lists"), style = getComputedStyle(list);
    const high = Math.floor(list.clientHeight / parseFloat(style.getPropertyValue("--row")));
    return high * Math.max(1, Math.floor(list.clientWidth / parseFloat(style.getPropertyValue("--column"))));
  }
  // room is how much a page holds: cards, rows of the list, and how wide and high a card is, in steps that many tablets share.
  // It is that of a board whose cards fit, whatever is shown at the moment.
  function room() {
    const was = "fitted" in root.dataset;
    if (!was) root.dataset.fitted = "";
    const style = getComputedStyle(box), gap = parseFloat(style.rowGap) || 0, step = (n) => Math.floor(n / 4) * 4;
    const least = parseFloat(style.getPropertyValue("--least"));
    const high = (box.clientHeight + gap) / Math.max(1, Math.floor((box.clientHeight + gap) / (least + gap))) - gap;
    const found = [fit(), rows(), step(parseFloat(style.gridTemplateColumns)), step(high)];
    if (!was) delete root.dataset.fitted;
    return found;
  }
  let fitted = 0, known = "", resizing = 0;
  // refit asks for a page of another size. Until it comes, cards with less room than they were made for are as high as they need.
  function refit() {
    clearTimeout(resizing);
    if (there() && room().some((n, i) => i > 1 && n < known.split("x")[i])) delete root.dataset.fitted;
    resizing = setTimeout(() => {
      if (!there()) return;
      if (room().join("x") !== known) { waiting = null; kept = 0; measure(); open(); }
      else if (shown) root.dataset.fitted = "";
    }, 200);
  }
  function measure() {
    if (!there()) return;
    known = room().join("x");
    fitted = room()[0];
    if (document.cookie.split("; ").includes("weir_fit=" + known)) root.dataset.fitted = ""; // the page was made for this size
    document.cookie = "weir_fit=" + known + ";path=/;max-age=31536000;samesite=lax";
  }
  // An alarm takes room from the cards, too.
  if (box) {
    const sizes = new ResizeObserver(refit);
    sizes.observe(box);
    sizes.observe(document.getElementById("lists"));
    setInterval(() => { if (there() && room().join("x") !== known) refit(); }, 1000); // what no observer tells: letters that became larger
  }

  // ---- taps

  const down = () => { held = touched = performance.now(); };
  const up = () => { touched = performance.now(); setTimeout(() => { held = 0; if (waiting !== null) soon(); }, 0); };
  addEventListener("pointerdown", down, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, up, true);
  addEventListener("blur", up);
  setInterval(() => { if (held && performance.now() - held > HOLD_MAX_MS) up(); }, 500);

  // aimed is the button that was meant: right after a move that of the card which had been there within ms.
  function aimed(button, ms) {
    const card = button.closest("#cards > .card");
    const was = card && places.find((p) => performance.now() - p.until <= ms); // as the board was ms ago
    const meant = was?.ids[cells().indexOf(card.id)];
    if (!meant || meant === card.id) return button;
    const there = document.getElementById(meant);
    if (!there) return null; // it was finished in this very moment: by somebody else, or by the first of two touches
    return there.querySelector(button.classList.contains("bump") ? ".bump" : "button.tool") || null;
  }

  document.addEventListener("submit", (e) => {
    const form = e.target, button = e.submitter;
    if (e.defaultPrevented || form === left) return;
    if (!form.hasAttribute("data-taps")) {
      e.preventDefault();
      leave(() => { left = form; form.requestSubmit(button); });
      return;
    }
    e.preventDefault();
    const target = button && aimed(button, settleMs);
    if (target) tap(form, target);
  });

  // ---- leaving

  // Whoever leaves the page leaves the taps behind that wait to be sent again, and without the network there is no page
  // to come to. So a link or a plain form waits until every tap has its answer and the server answers. A tap on the board
  // means that the person stays.
  let leaving = null, left = null; // the wish to leave; the form that is on its way
  document.addEventListener("click", (e) => {
    const a = e.target.closest("a[href]");
    if (!a || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || a.target || a.origin !== location.origin) return;
    e.preventDefault();
    leave(() => location.assign(a.href));
  });

  async function leave(go) {
    const wish = leaving = {};
    for (let tries = 0; leaving === wish; tries++) {
      if (!taps && await reached()) {
        if (leaving === wish) go();
        return;
      }
      if (leaving === wish && tries) tell(words.waits, false);
      await new Promise((wake) => setTimeout(wake, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]));
    }
  }

  async function reached() {
    try {
      return (await fetch("/manifest.webmanifest", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) })).ok;
    } catch {
      return false;
    }
  }

  let once = {}; // the last tap in a form of which each adds something
  function tap(form, button) {
    const url = button.getAttribute("formaction") || form.action;
    const card = button.closest(".card");
    if (card && card.classList.contains("going")) return; // two touches of one finger are one tap
    if (form.hasAttribute("data-once")) {
      if (once.button === button && performance.now() - once.at < DOUBLE_MS) return;
      once = { button, at: performance.now() };
    }
    const data = new URLSearchParams(new FormData(form));
    if (button.name) data.set(button.name, button.value);
    if (form.hasAttribute("data-once")) data.set("tap", crypto.getRandomValues(new Uint32Array(4)).join("-")); // randomUUID is not there over plain HTTP
    if (card) card.classList.add("going");
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 200);
    taps++;
    leaving = null;
    send(form, url, data, card, performance.now(), 0);
  }

  // A label that is scanned at the board finishes its cup, as a tap on its card would.
  document.addEventListener("weir:scan", (e) => {
    if (!document.getElementById("cards")) return;
    const data = new URLSearchParams({ code: e.detail.text, station: document.getElementById("station").value });
    const card = document.getElementById(e.detail.text.normalize("NFKC").trim().toLowerCase()), bump = card?.querySelector(".bump[name=seen]");
    if (bump) { // a cup that is on another page, or in a batch, was not seen
      if (card.classList.contains("going")) return;
      data.set("seen", bump.value);
      card.classList.add("going");
    }
    taps++;
    send(null, root.dataset.base + "/kds/scan", data, bump ? card : null, performance.now(), 0);
  });
  document.addEventListener("weir:unread", (e) => { if (document.getElementById("cards")) say(words.unread + e.detail.text); });

  async function send(form, url, data, card, since, tries) {
    try {
      const r = await fetch(url, { method: "POST", body: data, headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) });
      if (r.ok) {
        setTimeout(restore, card && card.dataset.cup ? SHOWN_MS : 0, card); // a card of the board goes with a frame
        document.dispatchEvent(new CustomEvent("weir:done", { detail: { form } }));
        if (!form) tell((await r.json()).say, true);
        answered();
        return;
      }
      if (r.status === 503 || r.status === 429) throw new Error("busy");
      const problem = await r.json().catch(() => ({}));
      say((r.status === 409 ? words.moved : words.refused) + (problem.say || problem.detail || r.status));
      restore(card);
      setTimeout(answered, SAID_MS); // the sentence can be read before the page goes
    } catch {
      if (performance.now() - since > TAP_MAX_MS) { say(words.unsent); restore(card); setTimeout(answered, SAID_MS); return; }
      setTimeout(() => send(form, url, data, card, since, tries + 1), RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    }
  }

  function restore(card) { if (card) card.classList.remove("going"); }

  let hush = 0;
  function tell(text, good) {
    toast.textContent = text;
    toast.classList.toggle("good", good);
    toast.hidden = false;
    clearTimeout(hush);
    hush = setTimeout(() => { toast.hidden = true; }, SAID_MS);
  }
  function say(text) {
    tell(text, false);
    document.dispatchEvent(new CustomEvent("weir:refused"));
  }
  window.weir.say = say;

  // ---- keyboard and bump bar

  let chosen = "";
  function mark() {
    for (const c of document.querySelectorAll(".chosen")) c.classList.remove("chosen");
    if (chosen) document.getElementById(chosen)?.classList.add("chosen");
  }
  function choose(step) {
    const ids = cards(), at = ids.indexOf(chosen);
    chosen = ids[at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + step))] || "";
    mark();
  }
  const columns = () => getComputedStyle(document.getElementById("cards")).gridTemplateColumns.split(" ").length;
  // press does what a key names; it is not aimed at a place.
  const press = (selector) => {
    const b = document.querySelector(selector);
    if (b && b.form) tap(b.form, b); else if (b) b.click();
  };
  const keys = {
    ArrowRight: () => choose(1), ArrowLeft: () => choose(-1), ArrowDown: () => choose(columns()), ArrowUp: () => choose(-columns()),
    Enter: () => chosen && press("#" + CSS.escape(chosen) + " .bump"),
    r: () => press("#recall"), R: () => press("#recall"), u: () => press(".undo"), U: () => press(".undo"),
    PageDown: () => press("#next"), PageUp: () => press("#prev"),
  };
  // Characters come from keys.js, which knows a scan from a key.
  document.addEventListener("weir:key", (e) => {
    if (!document.getElementById("cards")) return;
    const number = /^[1-9]$/.test(e.detail.key) && cards()[e.detail.key - 1];
    const bump = number && document.getElementById(number).querySelector(".bump");
    const target = bump && aimed(bump, Math.min(settleMs, KEY_SETTLE_MS));
    if (target) tap(target.form, target);
    else if (!bump) keys[e.detail.key]?.();
  });
  document.addEventListener("keydown", (e) => {
    if (e.key.length === 1 || e.ctrlKey || e.altKey || e.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    if (e.key === "Enter" && /^(BUTTON|A)$/.test(e.target.tagName)) return; // the focused one does it
    if (document.getElementById("cards") && keys[e.key]) { e.preventDefault(); keys[e.key](); }
  });
  measure();
  open();
  if ("wakeLock" in navigator) {
    const keep = () => { if (document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(() => {}); };
    document.addEventListener("visibilitychange", keep);
    keep();
  }
})();
