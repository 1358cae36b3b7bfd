package kds

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// audit lists what of a page cannot be worked from with wet hands and tired eyes, by rules that are stricter than those of
// axe-core, which package server runs over every page. Target is the least side of a target in pixels, ratio the least contrast.
const audit = `((target, ratio) => {
	const wrong = [];
	const seen = (e) => {
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		return r.width > 1 && r.height > 1 && s.visibility !== "hidden" && s.display !== "none" && s.clipPath === "none";
	};
	const where = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") +
		(e.className ? "." + String(e.className).split(" ").join(".") : "") + " " + (e.textContent || "").trim().slice(0, 24);

	const html = document.documentElement;
	if (!/^(zh-Hans|en)$/.test(html.lang)) wrong.push("lang is " + html.lang);
	if (html.dir !== "ltr") wrong.push("dir is " + html.dir);

	const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")].filter(seen);
	for (const e of targets) {
		const label = e.type === "checkbox" && e.closest("label"); // the whole label is the target
		const box = (label || e).getBoundingClientRect();
		const inline = e.tagName === "A" && getComputedStyle(e).display === "inline"; // a link in a sentence
		if (!inline && (box.width < target || box.height < target)) {
			wrong.push("target " + Math.round(box.width) + "x" + Math.round(box.height) + ": " + where(e));
		}
	}

	// Cards: what comes next in the order of focus is to the right or below.
	const boxes = [...document.querySelectorAll("#cards > .card")].map((c) => c.getBoundingClientRect());
	for (let i = 1; i < boxes.length; i++) {
		const up = boxes[i].top - boxes[i - 1].top;
		if (up < -1 || Math.abs(up) < 1 && boxes[i].left < boxes[i - 1].left) wrong.push("focus jumps back at card " + i);
	}

	const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
	const linear = (v) => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
	const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
	const ground = (e) => { // null where a picture is behind the text
		for (; e; e = e.parentElement) {
			const s = getComputedStyle(e), c = parse(s.backgroundColor);
			if (c[3] > .99) return c;
			if (s.backgroundImage !== "none") return null;
		}
		return [255, 255, 255, 1];
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const told = new Set();
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (!walker.currentNode.data.trim() || !seen(e) || e.closest("[aria-hidden], .off, .going, [hidden], .sr, script")) continue;
		const behind = ground(e);
		if (!behind) continue;
		const a = light(parse(getComputedStyle(e).color)), b = light(behind);
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
		bad.innerHTML = '<button id="x">x</button><p class="dark">dark</p>';
		bad.querySelector("#x").style.cssText = "width: 40px; min-width: 0; height: 40px; min-height: 0";
		document.querySelector("main").append(bad);
		document.querySelector(".dark").style.color = "rgb(60,60,60)";
		document.documentElement.lang = "fr";
	})()`))
	wrong := strings.Join(b.audit(), "\n")
	for _, want := range []string{"lang is fr", "target 40x40: button#x", "contrast"} {
		if !strings.Contains(wrong, want) {
			t.Errorf("the audit did not find %q in:\n%s", want, wrong)
		}
	}
}
