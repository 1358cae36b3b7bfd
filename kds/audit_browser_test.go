package kds

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// audit is what a person with wet hands, tired eyes, a keyboard or a screen reader needs of a page, as far
// as a browser can tell: names, roles, labels, size of targets, contrast, order of focus. It returns what is
// wrong. Target is the least side of a target in pixels, ratio the least contrast.
const audit = `((target, ratio) => {
  const wrong = [];
  const seen = (e) => { const r = e.getBoundingClientRect(), s = getComputedStyle(e);
    return r.width > 1 && r.height > 1 && s.visibility !== "hidden" && s.display !== "none" && s.clipPath === "none"; };
  const where = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (e.className ? "." + String(e.className).split(" ").join(".") : "") + " " + (e.textContent || "").trim().slice(0, 24);
  const name = (e) => (e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].textContent) || e.alt || e.textContent || "").trim();

  const html = document.documentElement;
  if (!/^(zh-Hans|en)$/.test(html.lang)) wrong.push("lang is " + html.lang);
  if (html.dir !== "ltr") wrong.push("dir is " + html.dir);
  if (!document.title) wrong.push("no title");
  if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
  if (document.querySelectorAll("h1").length < 1) wrong.push("no h1");
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) wrong.push("id twice: " + id);

  const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")].filter(seen);
  for (const e of targets) {
    if (!name(e)) wrong.push("no name: " + where(e));
    if (e.tabIndex > 0) wrong.push("tabindex: " + where(e));
    let box = e.getBoundingClientRect();
    const label = e.type === "checkbox" && e.closest("label"); // the whole label is the target
    if (label) box = label.getBoundingClientRect();
    const inline = e.tagName === "A" && getComputedStyle(e).display === "inline"; // a link in a sentence
    if (!inline && (box.width < target || box.height < target)) wrong.push("target " + Math.round(box.width) + "x" + Math.round(box.height) + ": " + where(e));
  }
  for (const n of document.querySelectorAll("nav, aside form, footer form")) if (n.tagName === "NAV" && !n.getAttribute("aria-label")) wrong.push("nav without a name: " + where(n));
  for (const i of document.querySelectorAll("img")) if (!i.alt) wrong.push("img without alt: " + where(i));

  // Cards: what comes next in the order of focus is to the right or below.
  const boxes = [...document.querySelectorAll("#cards > .card")].map((c) => c.getBoundingClientRect());
  for (let i = 1; i < boxes.length; i++) {
    if (boxes[i].top < boxes[i - 1].top - 1 || (Math.abs(boxes[i].top - boxes[i - 1].top) < 1 && boxes[i].left < boxes[i - 1].left)) wrong.push("focus jumps back at card " + i);
  }

  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = ([r, g, b]) => { const f = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > .99) return c; if (getComputedStyle(e).backgroundImage !== "none") return null; } return [255, 255, 255, 1]; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(e) || e.closest("[aria-hidden], .off, .going, [hidden], .sr, script")) continue;
    const bg = ground(e);
    if (!bg) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(bg);
    const r = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (r < ratio && !told.has(e.className)) { told.add(e.className); wrong.push("contrast " + r.toFixed(1) + ": " + where(e)); }
  }
  return JSON.stringify(wrong);
})`

// targetMin is the least side of a target for a wet finger, ratioMin the contrast of what is worked from.
const targetMin, ratioMin = "56", "7"

func (b *tablet) audit() (wrong []string) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.text(audit+"("+targetMin+", "+ratioMin+")")), &wrong); err != nil {
		b.t.Fatal(err)
	}
	return wrong
}

func TestPagesCanBeWorkedFrom(t *testing.T) {
	k := open(t, options{config: roomy})
	k.rush(60)
	k.do(tapTo("c3-1", shop.Making), tapTo("c4-1", shop.Made), tapTo("c1-1", shop.Making))
	o, _ := k.store.Snapshot().Order(1)
	k.do(shop.Cancel{Channel: o.Channel, Ref: o.Ref})
	k.do(shop.SetAvailable{Item: "grape", Available: false}, shop.SetAvailable{Ingredient: "milk", Closing: true},
		shop.SetStock{Ingredient: "pearl", Amount: 100})
	browser := browser(t)
	for size, paths := range map[[2]int64][]string{
		{1280, 800}: {
			"/kds", "/kds?lang=en", "/kds?view=batch", "/kds?view=batch&lang=en", "/kds/cups/c2-1", "/kds/recall", "/kds/sold-out", "/kds/clear",
			"/kds/stock", "/kds/stock/pearl", "/kds/stock-day",
			"/kds/release?item=matcha", "/kds/why", "/kds/why?lang=en", "/handoff", "/handoff?order=o2", "/handoff?order=o2&lang=en", "/",
			"/printers", "/practice",
		},
		{1920, 1080}: {"/kds", "/board", "/board?lang=en"},
		{390, 844}:   {"/handoff?order=o2", "/board", "/", "/practice?lang=en"},
	} {
		b := openTablet(t, browser, size[0], size[1], k.url+"/manifest.webmanifest")
		for _, path := range paths {
			b.do(chromedp.Navigate(k.url + path))
			b.until("!document.body.dataset.stream || window.weir && weir.stats.frames > 0")
			for _, wrong := range b.audit() {
				t.Errorf("%s at %d: %s", path, size[0], wrong)
			}
		}
		b.close()
	}
}

// The audit must find what is wrong: a page made wrong on purpose.
func TestAuditFindsWhatIsWrong(t *testing.T) {
	k := one(t)
	b := openTablet(t, browser(t), 1280, 800, k.url+"/kds/why")
	b.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const bad = document.createElement("div");
		bad.innerHTML = '<button id="x"></button><p id="x" class="dark">dark</p>';
		document.querySelector("main").append(bad);
		document.querySelector(".dark").style.color = "rgb(60,60,60)";
		document.documentElement.lang = "fr";
	})()`))
	wrong := strings.Join(b.audit(), "\n")
	for _, want := range []string{"lang is fr", "no name: button#x", "id twice: x", "contrast"} {
		if !strings.Contains(wrong, want) {
			t.Errorf("the audit did not find %q in:\n%s", want, wrong)
		}
	}
}
