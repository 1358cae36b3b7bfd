package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"weir/shop"
	"weir/shop/try"
)

// TestAPracticeFitsEveryScreen: the screens of a practice, what they say when a real order comes, and how it went can be
// read and reached at every size that shops have, and axe-core has nothing to say against them.
func TestAPracticeFitsEveryScreen(t *testing.T) {
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatal("axe-core is not installed; run: (cd server/check && npm ci)")
	}
	r := start(t, t.TempDir())
	b := newReader(t, r.url)
	look := func(what string) {
		t.Helper()
		for n, w := range windows() {
			if n%3 != len(what)%3 && strings.HasSuffix(what, "en") && os.Getenv("WEIR_LONG") == "" {
				continue // a third of the sizes for each page in the ordinary run
			}
			b.do(chromedp.EmulateViewport(w.wide, w.high),
				chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.size = "`+w.size+`"`))
			b.text(still)
			for _, wrong := range b.list(geometry) {
				t.Errorf("%s at %d×%d %s: %s", what, w.wide, w.high, w.size, wrong)
			}
		}
		b.do(chromedp.EmulateViewport(1280, 800), chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.size = ""`),
			chromedp.Evaluate[chromedp.Void](string(axe)))
		for _, wrong := range b.list(axeRun) {
			t.Errorf("%s: %s", what, wrong)
		}
	}
	for i, lang := range []string{"zh", "en"} {
		b.open("/practice?lang=" + lang)
		look("/practice in " + lang)
		b.do(chromedp.Click(`.begin button[formaction$="/machine"]`, chromedp.NodeVisible))
		b.until(`location.pathname === "/practice/kds"`)
		b.open("/practice/kds?lang=" + lang)
		look("/practice/kds in " + lang)
		// Only now the real order: the page turns to it after a minute by itself.
		b.do(chromedp.Evaluate[chromedp.Void](`document.documentElement.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }))`))
		if _, err := r.house.store.Do(t.Context(), shop.Walkin{Cups: 1, Tap: lang}); err != nil {
			t.Fatal(err)
		}
		b.until(`document.getElementById("frame").className === "over"`)
		if i == 0 {
			b.until(`document.documentElement.dataset.sound === "trouble"`)
		}
		look("a real order in " + lang)
		b.do(chromedp.Click(`#frame a[href="/kds"]`, chromedp.NodeVisible))
		b.until(`location.pathname === "/kds"`)
		b.open("/practice?lang=" + lang)
		look("the result in " + lang)
	}
}

// until waits for a JavaScript expression to be true on whatever page there is: one that is being left has no answer.
func (r *reader) until(expression string) {
	r.t.Helper()
	try.Until(r.t, expression, func() bool {
		ctx, stop := context.WithTimeout(r.ctx, pagePatience)
		defer stop()
		so, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		return err == nil && so
	})
}
