// Tells what a scanner types from what a person types. A scanner is a keyboard that leaves a few milliseconds between
// two characters and ends with Enter or Tab; it types wherever the focus is. What comes in one burst is a scan: the page
// hears "weir:scan" with its text, and no key of it does anything else. What a person types outside of a field is heard
// key by key, as "weir:key". A key that is held down counts once.
(() => {
  "use strict";
  const GAP_MS = 50;               // at most, between two keys of one burst; a person leaves more
  const SCAN_MIN = 2;              // characters of the shortest code there is, "o1"
  const CUT_MIN = 3;               // so many keys in a burst without an end are a scan that was cut: two fingers make two
  const SCAN_MAX = 64;             // characters; no code is longer
  const SYMBOLOGY = /^\][A-Za-z][0-9A-Za-z]/; // a scanner may say how the code was printed (ISO/IEC 15424)
  let patience = GAP_MS + 10;      // how long the page waits for the next key of a burst
  const SILENT = /^(Shift|Control|Alt|AltGraph|Meta|CapsLock|NumLock|Process|Unidentified|Dead)$/; // say nothing by themselves

  let text = "", last = -1e9;      // the keys of this burst, and when the last of them was pressed
  let cut = false, ended = -1e9;   // the burst has lost its beginning; when the last scan ended
  let field = null;                // where the burst is typed into; null is nowhere
  let timer = 0, armed = 0;
  window.weir.patience = (ms) => { patience = ms; };

  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const editable = (e) => /^(TEXTAREA|SELECT)$/.test(e.tagName) || e.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(e.type);
  let stopped = false;             // the key that is down does nothing; neither does the character that follows from it
  function stop(e) { e.preventDefault(); e.stopImmediatePropagation(); stopped = true; }
  document.addEventListener("keypress", (e) => { if (stopped) stop(e); }, true);

  // scanField takes what is typed beside it, unless the page has closed it.
  function scanField() {
    const f = document.querySelector("[data-scan] input:not([type=hidden])");
    return f && !f.disabled ? f : null;
  }

  // settle ends what was typed so far without an end of a scan.
  function settle() {
    clearTimeout(timer);
    const typed = text;
    text = "";
    if (!typed || field) return; // in a field it stays as it is
    if (typed.length >= CUT_MIN) tell("weir:unread", { text: typed });
    else for (const key of typed) tell("weir:key", { key });
  }

  function wait() {
    clearTimeout(timer);
    armed = performance.now();
    // A page that was busy for long looks once more: keys may be waiting to be heard.
    timer = setTimeout(() => { if (performance.now() - armed > 3 * patience) wait(); else settle(); }, patience);
  }

  document.addEventListener("keydown", (e) => {
    stopped = false;
    if (e.isComposing || SILENT.test(e.key)) return;
    const typing = editable(e.target), at = e.timeStamp, near = at - last <= GAP_MS;
    if (e.repeat) {
      if (e.key === "Enter" || !typing && e.key.length === 1) stop(e);
      else if (!typing) e.stopImmediatePropagation(); // an arrow goes on scrolling
      return;
    }
    const end = e.key === "Enter" || e.key === "Tab" || e.ctrlKey && (e.key === "j" || e.key === "m"); // CR, Tab, LF
    if (end && at - ended <= GAP_MS) { stop(e); ended = at; return; } // the LF of CR LF
    if (end && near && (cut || text.length >= SCAN_MIN)) {
      stop(e);
      const scanned = text, whole = !cut;
      clearTimeout(timer);
      text = ""; cut = false; last = -1e9; ended = at;
      if (!whole) return; // it was told as cut
      const read = field ? field.value : scanned; // a field has what came before a pause, too
      tell("weir:scan", { text: read.normalize("NFKC").trim().replace(SYMBOLOGY, "") });
      return;
    }
    if (e.ctrlKey && e.key === "]" && near) { stop(e); last = at; return; } // FNC1 within a code (GS1)
    if (end || e.ctrlKey || e.altKey || e.metaKey || e.key.length !== 1) {
      settle();
      last = -1e9;
      return;
    }
    if (!near) {
      settle();
      cut = false;
      if (e.key === " " && !typing) return; // presses what has the focus
      field = typing ? e.target : scanField();
      if (field && !typing) field.focus(); // the key lands in there
    } else if (!text) {
      if (!cut) tell("weir:unread", { text: e.key });
      cut = true; // what came before was taken for keys already
    }
    last = at; ended = -1e9; // only an end that follows at once is the LF of CR LF
    if (cut) { stop(e); return; }
    if (text.length < SCAN_MAX) text += e.key;
    if (field) return;
    stop(e);
    wait();
  }, true);
})();
