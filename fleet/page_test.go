package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/fleet/directory"
	"weir/fleet/route"
	"weir/shop/capacity"
	"weir/shop/wire"
)

const (
	// crowdShops and crowdCities are the shops of a brand and the cities that they are in.
	crowdShops, crowdCities = 2000, 80
	// pageMax bounds the page of any number of shops, in bytes.
	pageMax = 256 << 10
)

// startCrowd runs a fleet of two thousand shops that report all the time, until the end of the test.
func startCrowd(t *testing.T) (url string) {
	t.Helper()
	var s commands
	parser, err := newParser(&s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve", "--data", t.TempDir(), "--addr", "127.0.0.1:0", "--mqtt-addr", ""}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- runFleet(ctx, &s.Serve, time.Now, func(ctx context.Context, f *fleet, url string) error {
			for i := range crowdShops {
				f.router.Table.Listed(nil, &directory.Shop{ID: fmt.Sprintf("s%04d", i), Name: fmt.Sprintf("门店%04d·文三路与学院路口", i),
					City: fmt.Sprintf("城市%02d", i%crowdCities), Lat: 30, Lon: 120 + float64(i)/1000})
			}
			for seq := uint64(1); ; seq++ {
				if err := report(f.router, seq); err != nil {
					return err
				}
				if seq == 1 {
					ready <- url
				}
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(2 * time.Second): // the pace of reports
				}
			}
		}, io.Discard)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case url := <-ready:
		return url
	case err := <-ended:
		ended <- nil
		t.Fatalf("the fleet ended: %v", err)
	case <-time.After(patience):
		t.Fatal("the crowd is not there")
	}
	return ""
}

// report has all shops but one in twenty say how they stand.
func report(r *route.Router, seq uint64) error {
	now := time.Now().UTC()
	for i := range crowdShops {
		if i%20 == 7 {
			continue
		}
		store := fmt.Sprintf("weir.v1.s%04d.", i)
		for kind, m := range map[string]any{
			"status": wire.Status{V: 1, Epoch: 1, Conn: 1, Online: true, At: now},
			"capacity": wire.Capacity{Epoch: 1, Seq: seq, At: now, ExpiresAt: now.Add(time.Hour), Level: i % 17 % (capacity.LevelPaused + 1),
				BacklogCups: (i*7 + int(seq)) % 300, Rate: wire.Rate{P50: 2.3},
				Quote: wire.ReportQuote{P50: int64(i % 1800), P90: int64(i%1800) + 400}},
		} {
			text, err := json.Marshal(m)
			if err != nil {
				return err
			}
			r.Table.Hear(store+kind, text)
		}
	}
	return nil
}

// TestThePageOfTwoThousandShops: the cities come first, then the worst shops; the page and what it is sent are bounded.
// Control: the same shops without the bounds would be several times as much.
func TestThePageOfTwoThousandShops(t *testing.T) {
	url := startCrowd(t)
	status, page := body(t, url+"/fleet?lang=en", nil)
	cities, shops := strings.Count(page, "data-city="), strings.Count(page, "data-shop=")
	t.Logf("%d bytes, %d cities, %d shops", len(page), cities, shops)
	if status != 200 || len(page) > pageMax || cities == 0 || shops == 0 || cities >= crowdCities || shops >= crowdShops {
		t.Errorf("%d: %d bytes, %d cities, %d shops", status, len(page), cities, shops)
	}
	if all := len(page) / shops * crowdShops; all < 2*pageMax {
		t.Errorf("all shops would be %d bytes: then what is the bound for?", all)
	}
	if strings.Index(page, "data-city=") > strings.Index(page, "data-shop=") {
		t.Error("the shops come before the cities")
	}
	if !strings.Contains(page, "silent") {
		t.Error("no shop is silent")
	}

	// Reports come all the time; frames come more rarely: the second one is drawn no sooner than that after the first, which
	// is drawn when somebody asks in a language for the first time. A slow machine only makes it later.
	const framesApart = 5 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/fleet/live?lang=zh", nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	frames, lines := 0, bufio.NewScanner(resp.Body)
	lines.Buffer(nil, pageMax)
	for frames < 2 && lines.Scan() {
		if lines.Text() == "event: frame" {
			frames++
		}
	}
	if took := time.Since(asked); frames < 2 || took < framesApart {
		t.Errorf("%d frames after %v: %v", frames, took, lines.Err())
	}
	resp.Body.Close() // nothing more is read

	axe, err := os.ReadFile("../server/check/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not installed; run: (cd server/check && npm ci)")
	}
	browser := startBrowser(t)
	for _, width := range []int64{390, 1280, 1920} {
		for _, lang := range []string{"zh", "en"} {
			tab, closeTab := chromedp.NewContext(browser)
			ctx, cancel := context.WithTimeout(tab, patience)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(url+"/fleet?lang="+lang)); err != nil {
				t.Fatal(err)
			}
			untilTrue(ctx, t, `window.weir && window.weir.stats.frames > 0 && document.querySelectorAll("[data-city]").length > 0`)
			if wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](geometry)); err != nil || wrong != "" {
				t.Errorf("%d %s: %s %v", width, lang, wrong, err)
			}
			if dir := os.Getenv("WEIR_PICTURES"); dir != "" { // for a person who looks
				png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
				if err == nil {
					err = os.WriteFile(fmt.Sprintf("%s/fleet-%d-%s.png", dir, width, lang), png, 0o600)
				}
				if err != nil {
					t.Error(err)
				}
			}
			if width == 390 && lang == "zh" || width == 1280 && lang == "en" { // a look takes seconds
				if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
					t.Fatal(err)
				}
				found, err := chromedp.Run(ctx, chromedp.Evaluate[string](axeRun, chromedp.EvalAwaitPromise))
				if err != nil || found != "" {
					t.Errorf("%d %s: %s %v", width, lang, found, err)
				}
			}
			cancel()
			closeTab()
		}
	}
}

// axeRun lists what axe-core finds on the page, of WCAG 2.2 A and AA and of its best practices.
const axeRun = `axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag",
	values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } })
	.then((r) => r.violations.flatMap((v) => v.nodes.slice(0, 2).map((n) => v.id + ": " + n.html.slice(0, 120))).join("\n"))`

// TestTheLooksAtThePageSeeWhatIsWrong is the control of the looks at the page: each fault is put into it and found.
func TestTheLooksAtThePageSeeWhatIsWrong(t *testing.T) {
	browser := startBrowser(t)
	ctx, cancel := context.WithTimeout(browser, patience)
	defer cancel()
	row := `<tr data-shop="a" style="display:grid;grid-template-columns:200px 200px"><th>a shop</th><td>open</td></tr>`
	for fault, change := range map[string]string{
		"":           ``,
		"wide":       `document.body.insertAdjacentHTML("beforeend", '<div style="width:3000px">x</div>')`,
		"lies on":    `document.querySelector("td").style.marginLeft = "-150px"`,
		"is outside": `document.querySelector("td").style.cssText = "position:relative;left:2000px"`,
		"is cut": `document.querySelector("td").style.cssText = "width:30px;overflow:hidden;white-space:nowrap";
			document.querySelector("td").textContent = "a long text that does not fit"`,
		"name has": `document.querySelector("th").style.width = "60px"`,
	} {
		doc := `document.body.innerHTML = '<table style="display:block"><tbody style="display:block">` + row + `</tbody></table>';` + change
		found, err := chromedp.Run(ctx, chromedp.Evaluate[string](doc+";\n"+geometry))
		if err != nil || fault == "" && found != "" || !strings.Contains(found, fault) {
			t.Errorf("%q: found %q %v", fault, found, err)
		}
	}
}
