package owner

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/shop"
)

// chromiumPath is Debian's browser; without it the test is skipped.
const chromiumPath = "/usr/bin/chromium"

// waitMax is how long a browser may take for anything: the machine may be busy.
const waitMax = 20 * time.Second

// tooSmall is what of a page is lower than a thumb is wide. A radio button is touched by its label.
const tooSmall = `[...document.querySelectorAll(
	"button, select, input:not([type=hidden], [type=radio]), summary, a.button, .ticks label, .rows a")]
	.filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 56).map((e) => e.outerHTML).join("\n")`

// TestTheCurveIsDrawnOnAPhone: in a real browser under the real policy the chart appears, nothing is wider than
// the phone, and what changes in the shop appears without a tap.
func TestTheCurveIsDrawnOnAPhone(t *testing.T) {
	if _, err := os.Stat(chromiumPath); err != nil {
		t.Skip("no Chromium here: ", err)
	}
	h := opened(t, t.TempDir())
	h.do(order("shangou", "a", 2))
	h.tally.look()
	code, err := h.guard.NewCode(t.Context(), "console", true)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromiumPath), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("accept-lang", "zh-CN"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	waiting, stop := context.WithTimeout(ctx, waitMax)
	defer stop()
	run := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(waiting, steps...); err != nil {
			t.Fatal(err)
		}
	}
	text := func(expression string) string {
		t.Helper()
		v, err := chromedp.Run(waiting, chromedp.Evaluate[string]("String("+expression+")"))
		if err != nil && waiting.Err() != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return v // an error before the deadline is a page that is just being changed
	}
	until := func(expression string) {
		t.Helper()
		for again := time.NewTicker(20 * time.Millisecond); text("!!("+expression+")") != "true"; <-again.C {
			continue
		}
	}
	run(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile), chromedp.Navigate(h.url+"/owner/setup?code="+code.Digits))
	text(`document.querySelectorAll("input[type=password]").forEach((i) => { i.value = "correct horse"; })`)
	text(`document.querySelector("button.go").click()`)
	until(`document.querySelector("#chart canvas")`)
	if words := text(`document.querySelector(".chart-legend").innerText`); !strings.Contains(words, "没接") || !strings.Contains(words, "能做多少") {
		t.Errorf("legend %q", words)
	}
	if got := text(`document.getElementById("table").open`); got != "false" {
		t.Errorf("the table is open: %s; with the chart it waits to be asked for", got)
	}
	if got := text(`(() => {
		const c = document.querySelector("#chart canvas");
		return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0);
	})()`); got != "true" {
		t.Error("the chart is empty")
	}
	fits := func() {
		t.Helper()
		if got := text(`document.documentElement.scrollWidth`); got != "390" {
			t.Errorf("%s is %s wide, want the phone's 390", text(`location.pathname`), got)
		}
		if small := text(tooSmall); small != "" {
			t.Errorf("%s: too small for a thumb:\n%s", text(`location.pathname`), small)
		}
	}
	fits()
	h.do(order("shangou", "b", 5))
	text(`document.dispatchEvent(new Event("visibilitychange"))`)
	until(`document.querySelector(".now .big:nth-child(2) b").innerText === "7 杯" && document.querySelector("#chart canvas")`)
	h.do(shop.GiveNotice{Channel: "shangou", Notice: freeTea()})
	for _, path := range []string{"/campaigns", "/campaigns/n1", "/settlement", "/settlement/" + friday,
		"/settlement/" + friday + "/shangou"} {
		for _, lang := range []string{"zh", "en"} {
			run(chromedp.Navigate(h.url + "/owner" + path + "?lang=" + lang))
			fits()
		}
	}
}
