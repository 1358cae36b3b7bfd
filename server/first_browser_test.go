package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// wider says by how many points a page is wider than the window, as a list of what is wrong.
const wider = `JSON.stringify(document.documentElement.scrollWidth > innerWidth
	? ["it is " + (document.documentElement.scrollWidth - innerWidth) + " points too wide"] : [])`

// TestTheFirstStartFitsEverySize: on a phone, a tablet and a PC no page of a first start is wider than the window, in either
// language, and axe-core has nothing to say. With WEIR_PICTURES=DIR it leaves a picture of each there.
func TestTheFirstStartFitsEverySize(t *testing.T) {
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatal("axe-core is not installed; run: (cd server/check && npm ci)")
	}
	address, _ := paperAt(t)
	box := firstBox(t)
	p := box.person()
	p.fill("/setup", "/setup/shop", "code", box.out.find(t, `code (\d{4} \d{4})`))
	p.teaShop(address)
	p.do(http.MethodPost, "/setup/line", nil) // wrong: the pages show what is wrong, too
	b := newReader(t, box.url)
	b.open("/setup")
	if at := b.text(fmt.Sprintf(`fetch("/setup", {method: "POST", body: new URLSearchParams({code: %q})}).then((r) => r.url)`,
		box.out.find(t, `code (\d{4} \d{4})`))); !strings.HasPrefix(at, box.url+"/setup/") {
		t.Fatalf("with the code the browser comes to %s", at)
	}
	look := func(path, lang string, width, height int64) {
		b.do(chromedp.EmulateViewport(width, height))
		b.open(path + "?lang=" + lang)
		at := fmt.Sprintf("%s in %s at %d", path, lang, width)
		for _, wrong := range b.list(wider) {
			t.Errorf("%s: %s", at, wrong)
		}
		if dir := os.Getenv("WEIR_PICTURES"); dir != "" {
			shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", filepath.Base(path), lang, width)), shot, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	for i, path := range []string{"/setup/shop", "/setup/line", "/setup/menu", "/setup/printers", "/setup/owner"} {
		for j, size := range [][2]int64{{390, 844}, {800, 1280}, {1280, 800}} {
			look(path, []string{"zh", "en"}[(i+j)%2], size[0], size[1])
		}
		b.do(chromedp.Evaluate[chromedp.Void](string(axe)))
		for _, wrong := range b.list(axeRun) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
}
