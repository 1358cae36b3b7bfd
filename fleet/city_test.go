package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/fleet/city"
	"weir/shop/words"
)

// testSpeed is faster than the demo, so that orders end soon.
const testSpeed = 40

// startCity runs a fleet with a small city of three shops in this process, until the end of the test.
func startCity(t *testing.T, orders int, off city.Outage) (c *city.City, url string) {
	t.Helper()
	var s commands
	parser, err := newParser(&s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve", "--data", t.TempDir(), "--addr", "127.0.0.1:0", "--mqtt-addr", ""}); err != nil {
		t.Fatal(err)
	}
	clock := city.NewClock(testSpeed)
	type founded struct {
		city *city.City
		url  string
	}
	ready := make(chan founded, 1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- runFleet(ctx, &s.Serve, clock.Now, func(ctx context.Context, f *fleet, url string) error {
			c, err := f.found(ctx, city.Config{Sites: city.Sites[:3], Door: url, Clock: clock, Orders: orders, Seed: 1, Outage: off})
			if err != nil {
				return err
			}
			ready <- founded{c, url}
			return c.Run(ctx)
		}, io.Discard)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case f := <-ready:
		return f.city, f.url
	case err := <-ended:
		ended <- nil
		t.Fatalf("the fleet ended: %v", err)
	case <-time.After(patience):
		t.Fatal("the city is not founded")
	}
	return nil, ""
}

// body reads an answer of the fleet's own page.
func body(t *testing.T, url string, change func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestEveryOrderOfACityEndsOnce is the demo in small: three shops, a rush, one box that is switched off and comes back.
func TestEveryOrderOfACityEndsOnce(t *testing.T) {
	const orders = 50
	c, url := startCity(t, orders, city.Outage{Site: city.Sites[1].ID, First: 4 * time.Second, For: 2 * time.Second, Every: 6 * time.Second})
	begun := time.Now()
	wait := 2 * patience // a cup takes as long as it takes, on whatever machine
	var got city.Tally
	for {
		got = c.Tally()
		if answered := got.Placed + got.Refused + got.Bare; got.Asked >= orders && answered == got.Asked && got.Open() == 0 && got.Outages > 0 {
			break
		}
		if time.Since(begun) > wait {
			t.Fatalf("not all orders have ended: %+v", got)
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	t.Logf("%v: %+v", time.Since(begun).Round(time.Millisecond), got)
	if got.Twice != 0 || got.Wrong != 0 || got.Unknown != 0 || got.Made+got.Cancelled+got.Released != got.Placed {
		t.Errorf("orders ended %+v", got)
	}
	if got.Placed == 0 || got.Made == 0 {
		t.Errorf("nothing was made: %+v", got)
	}
	status, page := body(t, url+"/fleet?lang=en", nil)
	for _, site := range city.Sites[:3] {
		if status != 200 || !strings.Contains(page, site.Name) || !strings.Contains(page, `data-shop="`+site.ID+`"`) {
			t.Errorf("%d: the page lacks %s", status, site.Name)
		}
	}
	made := words.EN.T("fleet_page.made")
	figure := regexp.MustCompile(regexp.QuoteMeta(made) + `</dt>\s*<dd>(\d+)</dd>`).FindStringSubmatch(page)
	if figure == nil || figure[1] == "0" {
		t.Errorf("%s is %v on the page", made, figure)
	}
}

// TestThePageIsForTheMachineItself: neither a proxy's caller nor a name that was made to point here sees it.
func TestThePageIsForTheMachineItself(t *testing.T) {
	_, url := startCity(t, 1, city.Outage{})
	for name, change := range map[string]func(*http.Request){
		"passed on":    func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.7") },
		"another name": func(r *http.Request) { r.Host = "fleet.example" },
	} {
		for _, path := range []string{"/fleet", "/fleet/live"} {
			if status, text := body(t, url+path, change); status != http.StatusForbidden || strings.Contains(text, city.Sites[0].Name) {
				t.Errorf("%s %s: %d %.200s", name, path, status, text)
			}
		}
	}
	if status, _ := body(t, url+"/fleet", nil); status != 200 {
		t.Errorf("on the machine: %d", status)
	}
}

// chromiumPath is Debian's browser; without it the test is skipped.
const chromiumPath = "/usr/bin/chromium"

// TestThePageFitsPhonesAndDesks looks at where things are: every shop is there, nothing is wider than the screen, no two
// texts of a row overlap, and the stream keeps it alive.
func TestThePageFitsPhonesAndDesks(t *testing.T) {
	browser := startBrowser(t)
	_, url := startCity(t, 20, city.Outage{})
	for _, width := range []int64{390, 1280} {
		for _, lang := range []string{"zh", "en"} {
			tab, closeTab := chromedp.NewContext(browser)
			ctx, cancel := context.WithTimeout(tab, patience)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(url+"/fleet?lang="+lang)); err != nil {
				t.Fatal(err)
			}
			untilTrue(ctx, t, `window.weir && window.weir.stats.frames > 0 && document.querySelectorAll("[data-shop]").length === 3`)
			wrong, err := chromedp.Run(ctx, chromedp.Evaluate[string](geometry))
			if err != nil || wrong != "" {
				t.Errorf("%d %s: %s %v", width, lang, wrong, err)
			}
			if os.Getenv("WEIR_PICTURES") != "" && width == 1280 && lang == "zh" { // the picture in the README, taken anew
				shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile("../docs/screens/fleet.png", shot, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cancel()
			closeTab()
		}
	}
}

// startBrowser starts Chromium until the end of the test; without one the test is skipped.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	if _, err := os.Stat(chromiumPath); err != nil {
		t.Skip("no Chromium here: ", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromiumPath), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("accept-lang", "zh-CN"))
	alloc, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	browser, stopBrowser := chromedp.NewContext(alloc)
	t.Cleanup(func() { stopBrowser(); stop() })
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return browser
}

// untilTrue waits for an expression in the page.
func untilTrue(ctx context.Context, t *testing.T, expression string) {
	t.Helper()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && ok {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond): // between two looks
		case <-ctx.Done():
			t.Fatalf("never: %s (%v)", expression, err)
		}
	}
}

// geometry says what is wrong with where things are; "" is nothing.
const geometry = `(() => {
  const wrong = [], wide = document.documentElement;
  if (wide.scrollWidth > wide.clientWidth) wrong.push("the page is " + wide.scrollWidth + " wide");
  const hit = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  for (const row of document.querySelectorAll("[data-shop], [data-city], .figures")) {
    const parts = [...row.children].filter((c) => c.textContent.trim()).map((c) => [c.textContent.trim(), c.getBoundingClientRect()]);
    parts.forEach(([text, box], i) => {
      if (box.left < 0 || box.right > wide.clientWidth + 1 || box.width < 8) wrong.push(text + " is outside");
      parts.slice(0, i).forEach(([other, o]) => { if (hit(box, o)) wrong.push(text + " lies on " + other); });
    });
    for (const c of row.children) if (c.scrollWidth > c.clientWidth + 1) wrong.push(c.textContent.trim() + " is cut");
  }
  const name = document.querySelector("[data-shop] th").getBoundingClientRect();
  if (name.width < 150) wrong.push("a shop's name has " + name.width + " px");
  return wrong.join("; ");
})()`
