package kds

import (
	"github.com/chromedp/cdproto/emulation"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/labstack/echo/v4"

	"weir/shop"
)

// gs is the group separator, which scanners send for the sign FNC1 of a GS1 code.
const gs = '\x1d'

// types presses keys with so much time between them as the page is told; how long the machine takes does not count.
func (b *tablet) types(gap time.Duration, keys string) {
	b.t.Helper()
	at := time.Now()
	for _, key := range keys {
		at = at.Add(gap)
		control := key == gs
		if control {
			key = ']' // as keyboards send it: with Ctrl
		}
		b.do(chromedp.KeyEvent(string(key), func(p *input.DispatchKeyEventParams) {
			if control {
				p.Modifiers = 2 // Ctrl
			}
			p.Timestamp = input.TimeSinceEpoch(float64(at.UnixMicro()) / 1e6)
		}))
	}
}

// burst types as a scanner does: 15 ms from key to key. The page waits for the next key as long as the machine needs.
func (b *tablet) burst(code string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`weir.patience(10000)`))
	b.types(15*time.Millisecond, code)
	b.do(chromedp.Evaluate[chromedp.Void](`weir.patience(60)`))
}

// A label that is scanned at the board finishes its own cup and says which; its digits finish nobody else's, however the
// scanner ends and wherever the focus is.
func TestALabelScannedAtTheBoardFinishesItsCup(t *testing.T) {
	for name, c := range map[string]struct{ code, focus string }{
		"CR": {"c2-1\r", "document.body"}, "LF": {"c2-1\n", "document.body"}, "CR LF": {"c2-1\r\n", "document.body"},
		"Tab":        {"c2-1\t", "document.body"},
		"upper case": {"C2-1\r", "document.body"}, "on a button": {"c2-1\r\n", `document.querySelector("#c1-1 .bump")`},
		"GS1": {"]C1c2-1\x1d\r", "document.body"}, "FNC1 within": {"\x1d]q3C2\x1d-1\r\n", "document.body"},
		"on a link": {"c2-1\r", `document.getElementById("recall")`},
	} {
		t.Run(name, func(t *testing.T) {
			k := one(t)
			k.order("shangou", "second", cup("matcha", 2))
			a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
			a.do(chromedp.Evaluate[chromedp.Void](c.focus + `.focus()`))
			a.burst(c.code)
			a.until(`document.querySelector("#toast.good:not([hidden])")?.textContent.includes("002")`)
			if got := k.cupState("c2-1"); got != shop.Made {
				t.Errorf("the scanned cup is %v", got)
			}
			for _, id := range []string{"c1-1", "c1-2", "c1-3", "c2-2"} {
				if got := k.cupState(id); got != shop.Waiting {
					t.Errorf("%s, a stranger's, is %v", id, got)
				}
			}
			a.burst("c9-9\r") // a cup that there is not
			a.until(`document.querySelector("#toast:not([hidden]):not(.good)")`)
			if a.text("location.pathname") != "/kds" {
				t.Error("the scanner has pressed what had the focus")
			}
		})
	}
}

// What is slower than a scanner is a person, and a key that is held down is one key.
func TestKeysAtTheBoardAreKeys(t *testing.T) {
	k := one(t)
	k.order("shangou", "second", cup("matcha", 12))
	a := openTablet(t, browser(t), 1280, 800, k.url+"/kds").live()
	left := func(n string) { t.Helper(); a.until(`document.querySelectorAll("[data-cup]").length === ` + n) }
	held := func(p *input.DispatchKeyEventParams) { yes := true; p.AutoRepeat = &yes }
	left("15")
	a.types(120*time.Millisecond, "12")
	left("13")
	a.until(`weir.settled()`) // a key just after a move means what had been there
	a.do(chromedp.KeyEvent("3"))
	for range 30 {
		a.do(chromedp.KeyEvent("3", held))
	}
	left("12")
	a.until(`weir.settled()`)
	a.do(chromedp.KeyEvent("1")) // it is heard after all of them
	left("11")
	a.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-cup] .bump").focus()`))
	for range 30 {
		a.do(chromedp.KeyEvent(kb.Enter, held))
	}
	a.until(`weir.settled()`)
	a.do(chromedp.KeyEvent("2"))
	left("10")
	a.burst("c12") // a scan that was cut
	a.until(`document.querySelector("#toast:not([hidden])")?.textContent.includes("c12")`)
	left("10")
}

// slowScans holds the answers of the first scans until the test lets them go.
func slowScans(k *kitchen, first int64) (release func()) {
	gate, n := make(chan struct{}), atomic.Int64{}
	k.echo.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if c.Request().Method == http.MethodPost && c.Path() == "/handoff/scan" && n.Add(1) <= first {
				select {
				case <-gate:
				case <-c.Request().Context().Done():
				}
			}
			return next(c)
		}
	})
	return func() { close(gate) }
}

// Two scans that come before the answer to the first are answered in their order: the second is judged with what the
// first brought into hand. The stop stays until it is understood; nothing is taken meanwhile.
func TestTwoQuickScansDoNotSlipPastTheStop(t *testing.T) {
	k := counter(t, shop.CheckCup)
	release := slowScans(k, 1)
	b := openTablet(t, browser(t), 1280, 800, k.url+"/handoff").live()
	b.burst("c1-1\r")
	b.burst("c2-1\r")
	b.burst("c1-2\r")
	release()
	b.until(`!document.getElementById("wrong").hidden && document.getElementById("wrong-missed").textContent.includes("c1-2")`)
	b.burst("c1-2\r\n")
	if b.text(`document.getElementById("wrong").hidden`) != "false" {
		t.Error("the next scan has taken the stop away")
	}
	if k.cupState("c2-1") != shop.Waiting || k.cupState("c1-2") != shop.Made {
		t.Error("a cup was packed behind the stop")
	}
	b.burst("OK\r")
	b.until(`document.getElementById("wrong").hidden`)
	b.burst("c1-2\r")
	b.until(`document.querySelector(".in-hand.ready")`)
}

// What was scanned stays in the field when it cannot be sent, in front of everything that had been there.
func TestAScanWithoutANetworkKeepsItsText(t *testing.T) {
	k := counter(t, shop.CheckCup)
	b := openTablet(t, browser(t), 390, 844, k.url+"/handoff").live()
	k.close()
	b.burst("c1-1\r")
	b.until(`!document.getElementById("toast").hidden && document.getElementById("code").value === "c1-1"`)
	b.burst("c1-2\r")
	b.until(`document.getElementById("code").value === "c1-2"`)
}

// A browser without script sends a scanner's lines as forms. The wrong cup is a page of its own, and only the way out of
// it takes the next scan.
func TestScansInABrowserWithoutScript(t *testing.T) {
	k := counter(t, shop.CheckCup)
	b := openTablet(t, browser(t), 1280, 800, "about:blank")
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(k.url + "/handoff"))
	scan := func(code string) {
		t.Helper()
		b.do(chromedp.SendKeys("#code", code+"\r"))
	}
	b.until(`document.getElementById("code")`)
	scan("c1-1")
	b.until(`document.querySelector(".in-hand")`)
	scan("c2-1")
	b.until(`!document.getElementById("code") && document.body.innerText.includes("002")`)
	if k.cupState("c2-1") != shop.Waiting {
		t.Error("the wrong cup was packed")
	}
}
