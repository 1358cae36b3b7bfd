package kds

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromiumPath is Debian's browser; without it the browser tests are skipped.
const chromiumPath = "/usr/bin/chromium"

// chromium is one browser for all tests: starting it takes longer than most of them.
var chromium struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop []func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range slices.Backward(chromium.stop) {
		stop()
	}
	os.Exit(code)
}

// browser is the browser that tablets of a test are opened in.
func browser(t testing.TB) context.Context {
	t.Helper()
	if _, err := os.Stat(chromiumPath); err != nil {
		t.Skip("no Chromium here: ", err)
	}
	chromium.once.Do(startChromium)
	if chromium.err != nil {
		t.Fatalf("start Chromium: %v", chromium.err)
	}
	return chromium.ctx
}

func startChromium() {
	dir, err := os.MkdirTemp("", "kds-chromium-")
	if err != nil {
		chromium.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromiumPath), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true), chromedp.Flag("accept-lang", "zh-CN"),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	chromium.ctx, chromium.err = ctx, chromedp.Do(ctx)
	chromium.stop = []func(){func() { os.RemoveAll(dir) }, stop, stopBrowser}
}

// tablet is one tab.
type tablet struct {
	t     testing.TB
	ctx   context.Context
	close func() // its tab; the test's end does it, too
}

// waitMax is how long a browser may take for anything: the machine may be busy.
const waitMax = 15 * time.Second

// openTablet opens a tablet of a size at an address. It has cookies and connections of its own: a browser
// opens six connections to one server, and each live page holds one.
func openTablet(t testing.TB, browser context.Context, width, height int64, url string) *tablet {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	b := &tablet{t, ctx, stop}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.listen()
	b.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(url))
	return b
}

// listen makes a mistake in a script, and whatever the content security policy stopped, fail the test.
func (b *tablet) listen() {
	b.t.Helper()
	var mu sync.Mutex
	var wrong []string
	err := chromedp.Listen(b.ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			wrong = append(wrong, fmt.Sprintf("%+v", e.ExceptionDetails))
		case *log.EventEntryAdded:
			if strings.Contains(e.Entry.Text, "Content Security Policy") {
				wrong = append(wrong, e.Entry.Text)
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range wrong {
			b.t.Errorf("in the browser: %s", w)
		}
	})
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

// until waits for a JavaScript expression to be true, also across a change of page.
func (b *tablet) until(expression string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, waitMax)
	defer stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		// An error is a page that is just being changed; a mistake in the expression ends with the deadline.
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && ok {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			b.t.Fatalf("wait for %s: %v\n%s", expression, err, b.text("document.body.innerText"))
		}
	}
}

// text evaluates a JavaScript expression to a string.
func (b *tablet) text(expression string) string {
	b.t.Helper()
	return value(b, chromedp.Evaluate[string]("String("+expression+")"))
}
