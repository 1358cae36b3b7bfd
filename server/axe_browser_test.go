package main

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeFile is axe-core, which reads a page as WCAG asks; server/check/package-lock.json pins it.
const axeFile = "check/node_modules/axe-core/axe.min.js"

// axeRun lists what axe-core finds on a page, of WCAG 2.2 A and AA and of its best practices.
const axeRun = `axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag",
	values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } })
	.then((r) => JSON.stringify(r.violations.flatMap((v) =>
		v.nodes.map((n) => v.id + ": " + n.target.join(" ") + " " + n.html.slice(0, 120)))))`

// TestAxeFindsNothing: axe-core has nothing to say against any page.
func TestAxeFindsNothing(t *testing.T) {
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatal("axe-core is not installed; run: (cd server/check && npm ci)")
	}
	r, pages := furnished(t)
	b := newReader(t, r.url)
	b.do(chromedp.EmulateViewport(1280, 800))
	look := func() []string {
		b.do(chromedp.Evaluate[chromedp.Void](string(axe)))
		return b.list(axeRun)
	}
	only := os.Getenv("WEIR_PAGE")
	for i, path := range pages {
		if only != "" && path != only {
			continue
		}
		lang := []string{"zh", "en"}[i%2]
		at := path + "?lang=" + lang
		if strings.Contains(path, "?") {
			at = path + "&lang=" + lang
		}
		b.open(at)
		for _, wrong := range look() {
			t.Errorf("%s: %s", at, wrong)
		}
	}
	// The control: a page made wrong on purpose.
	b.open("/kds/why")
	b.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const p = document.createElement("p");
		p.innerHTML = '<input><span style="color:#777;background:#888">faint</span>';
		p.lastElementChild.style.cssText = "color:#777;background:#888";
		document.body.append(p);
	})()`))
	found := strings.Join(look(), "\n")
	for _, want := range []string{"label:", "color-contrast:", "region:"} {
		if !strings.Contains(found, want) {
			t.Errorf("axe-core did not find %q in:\n%s", want, found)
		}
	}
}
