package kds

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromiumPath is Debian's browser; without it the browser tests are skipped.
const chromiumPath = "/usr/bin/chromium"

// browser starts a browser for one test. Each tab is a tablet of its own as far as the server can tell.
func browser(t testing.TB) context.Context {
	t.Helper()
	if _, err := os.Stat(chromiumPath); err != nil {
		t.Skip("no Chromium here: ", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromiumPath), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	t.Cleanup(stopBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// tablet is one tab.
type tablet struct {
	t   testing.TB
	ctx context.Context
}

// waitMax is how long a browser may take for anything: the machine may be busy.
const waitMax = 15 * time.Second

// open opens a tab of a size at an address.
func openTablet(t testing.TB, browser context.Context, width, height int64, url string) *tablet {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	b := &tablet{t, ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(url))
	return b
}

func (b *tablet) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, waitMax)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value runs an action and returns what it gives.
func value[T any](b *tablet, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, waitMax)
	defer stop()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// until waits for a JavaScript expression to be true.
func (b *tablet) until(expression string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, waitMax)
	defer stop()
	wait := chromedp.Poll[chromedp.Void]("!!("+expression+")", chromedp.WithPollingInterval(10*time.Millisecond), chromedp.WithPollingTimeout(0))
	if err := chromedp.Do(ctx, wait); err != nil {
		b.t.Fatalf("wait for %s: %v\n%s", expression, err, b.text("document.body.innerText"))
	}
}

// text evaluates a JavaScript expression to a string.
func (b *tablet) text(expression string) string {
	b.t.Helper()
	return value(b, chromedp.Evaluate[string]("String("+expression+")"))
}

// picture takes what is on the screen.
func (b *tablet) picture(name string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, value(b, chromedp.CaptureScreenshot()), 0o644); err != nil {
		b.t.Fatal(err)
	}
}
