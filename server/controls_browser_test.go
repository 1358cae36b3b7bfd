package main

import (
	_ "embed"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// controls is an expression that lists the controls of a page that cannot be told apart, whose focus is not seen whole, or whose
// cursor misleads; the file says what that is.
//
//go:embed testdata/controls.js
var controls string

// TestEveryControlSaysWhatItDoes: on no page do two controls have one name and do different things; the ring around what has the
// focus is whole; and whatever can be tapped has one cursor, and nothing else has it.
func TestEveryControlSaysWhatItDoes(t *testing.T) {
	r, pages := furnished(t)
	b := newReader(t, r.url)
	only := os.Getenv("WEIR_PAGE")
	b.do(chromedp.EmulateViewport(1280, 800))
	params := emulation.SetFocusEmulationEnabledParams{Enabled: true} // without it the page has no focus, and nothing a ring
	if _, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled, params); err != nil {
		t.Fatal(err)
	}
	for i, path := range pages {
		if only != "" && path != only {
			continue
		}
		at := in(path, []string{"zh", "en"}[i%2])
		b.open(at)
		for _, wrong := range b.list(controls) {
			t.Errorf("%s: %s", at, wrong)
		}
	}
	// The control: a page made wrong on purpose.
	b.open("/kds/why")
	b.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const p = document.createElement("p");
		p.innerHTML = '<a href="/a">Go</a> <a href="/b">Go</a> <a href="/a">Go</a> <button></button> <span class="i">text</span>' +
			'<span class="o"><button class="c">Cut</button></span> <button class="n">Bare</button>';
		p.querySelector(".i").style.cursor = "text";
		p.querySelector(".o").style.cssText = "overflow: hidden; display: inline-block";
		p.querySelector(".n").style.outline = "none";
		document.querySelector("main").append(p);
	})()`))
	found := b.list(controls)
	text := strings.Join(found, "\n")
	for _, want := range []string{"“Go” leads to", "no name: BUTTON",
		"cursor text instead of default: span.i", "ring of “Cut” is cut by span.o", "no ring: Bare"} {
		if !strings.Contains(text, want) {
			t.Errorf("the test did not find %q in:\n%s", want, text)
		}
	}
	if len(found) != 5 {
		t.Errorf("found besides:\n%s", text)
	}
}
