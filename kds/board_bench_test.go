package kds

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"weir/shop"
)

const (
	benchCups    = 1400
	benchTablets = 8                      // two of them browsers, the rest only read the stream
	benchSlow    = 4                      // times slower than this machine: a cheap tablet
	benchUpdate  = 150 * time.Millisecond // between two changes
	benchWarm    = 4 * time.Second        // before it counts: a tablet is opened once a day
	benchTime    = 40 * time.Second
	benchTap     = 400 * time.Millisecond // between two taps
)

// watching notes in a tablet how late its timers are, and when a started cup was drawn.
const watching = `
	window.lags = []; window.drawn = {};
	{ let due = performance.now() + 50;
	  setInterval(() => { const now = performance.now(); lags.push(Math.max(0, now - due)); due = now + 50; }, 50); }
	document.addEventListener("weir:frame", () => {
		const fresh = Array.from(document.querySelectorAll(".is-making[data-cup]"), (c) => c.id).filter((id) => !(id in drawn));
		if (fresh.length) requestAnimationFrame(() => { for (const id of fresh) drawn[id] ??= performance.timeOrigin + performance.now(); });
	});
	{ let down = 0; window.taps = {};
	  addEventListener("pointerdown", (e) => { down = performance.timeOrigin + e.timeStamp; }, true);
	  const send = window.fetch;
	  window.fetch = (url, what) => {
	    const cup = /cups\/(c[\d-]+)\/start/.exec(url);
	    if (cup) taps[cup[1]] ??= down;
	    return send(url, what);
	  }; }`

// BenchmarkBoardAt1400Cups is the rush: 1400 cups, a change every 150 ms, eight tablets, four times slower
// than this machine. It reports how busy a tablet's main thread is, how late its timers are, and how long
// it takes from a finger on one tablet to the pixels of another. Run it with -benchtime 1x.
func BenchmarkBoardAt1400Cups(b *testing.B) {
	k := open(b, options{config: roomy})
	k.rush(benchCups + int((benchWarm+benchTime)/benchUpdate))
	k.crew()
	browser := browser(b)
	for range b.N {
		ctx, stop := context.WithCancel(context.Background())
		var readers sync.WaitGroup
		for range benchTablets - 2 {
			readers.Go(func() { k.read(ctx) })
		}
		finger := openTablet(b, browser, 1280, 800, k.url+"/kds").live()
		watcher := openTablet(b, browser, 1280, 800, k.url+"/kds").live()
		for _, t := range []*tablet{finger, watcher} {
			t.do(chromedp.Evaluate[chromedp.Void](watching))
			if _, err := chromedp.Call(t.ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: benchSlow}); err != nil {
				b.Fatal(err)
			}
		}
		readers.Go(func() { k.hurry(ctx) })
		if _, err := chromedp.Call(watcher.ctx, performance.Enable,
			performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
			b.Fatal(err)
		}
		finger.tapFor(benchWarm)
		for _, t := range []*tablet{finger, watcher} {
			t.do(chromedp.Evaluate[chromedp.Void](`lags = []; taps = {}; weir.stats.frames = weir.stats.showMs = 0`))
		}
		began, busy := time.Now(), watcher.busy()
		finger.tapFor(benchTime)
		share := (watcher.busy() - busy) / time.Since(began).Seconds()
		time.Sleep(time.Second) // until the last tap is seen
		frames, each := watcher.text("weir.stats.frames"), watcher.text("(weir.stats.showMs / weir.stats.frames).toFixed(1)")
		stop()
		readers.Wait()

		var lags []float64
		taps, drawn := map[string]float64{}, map[string]float64{}
		finger.read("taps", &taps)
		watcher.read("drawn", &drawn)
		watcher.read("lags", &lags)
		var took []float64
		for cup, at := range taps {
			if seen, ok := drawn[cup]; ok {
				took = append(took, seen-at)
			}
		}
		b.ReportMetric(100*share, "busy-%")
		b.ReportMetric(quantile(lags, .99), "lag-p99-ms")
		b.ReportMetric(quantile(took, .5), "tap-p50-ms")
		b.ReportMetric(quantile(took, .99), "tap-p99-ms")
		b.Logf("goals: busy ≤ 50 %%, lag p99 ≤ 100 ms, tap to the other tablet's pixels p99 ≤ 250 ms; %d of %d taps seen, %s frames in %v, %s "+
			"ms of script each",
			len(took), len(taps), frames, benchTime, each)
		finger.close()
		watcher.close()
	}
}

// tapFor starts the last cup on the page that waits, over and over.
func (b *tablet) tapFor(d time.Duration) {
	b.t.Helper()
	tapping := time.NewTicker(benchTap)
	defer tapping.Stop()
	for began := time.Now(); time.Since(began) < d; {
		<-tapping.C
		x, y := b.middle(`([...document.querySelectorAll(".is-waiting .tools button")].at(-1) ?? document.querySelector(".clock"))`)
		b.do(chromedp.MouseClickXY(x, y))
	}
}

// read is a tablet that only takes what comes.
func (k *kitchen) read(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url+"/kds/live?fit=16", nil)
	if err != nil {
		k.t.Error(err)
		return
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		k.t.Error(err)
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // ends with ctx
}

// hurry makes the oldest cup, over and over.
func (k *kitchen) hurry(ctx context.Context) {
	next := time.NewTicker(benchUpdate)
	defer next.Stop()
	for {
		select {
		case <-next.C:
			k.clock.Move(benchUpdate)
			oldest := k.store.Snapshot().Queue("", time.Time{})[0]
			k.do(shop.Tap{Cups: []shop.CupID{oldest.ID()}, To: shop.Made})
		case <-ctx.Done():
			return
		}
	}
}

// busy is the seconds that the tablet's main thread has worked since it was opened, in time of the thread: what
// else the machine does is not counted. The slowing is done in the thread and is.
func (b *tablet) busy() float64 {
	b.t.Helper()
	all, err := chromedp.Call(b.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, m := range all.Metrics {
		if m.Name == "TaskDuration" {
			return m.Value
		}
	}
	b.t.Fatal("the browser does not say how busy it is")
	return 0
}

// read reads a variable of the page.
func (b *tablet) read(name string, into any) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.text("JSON.stringify("+name+")")), into); err != nil {
		b.t.Fatal(err)
	}
}

// quantile is the value that a share of the values does not exceed; 0 when there are none.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(len(values)-1, int(share*float64(len(values))))]
}

// BenchmarkRender is what the server does once per change, however many tablets look.
func BenchmarkRender(b *testing.B) {
	k := open(b, options{config: roomy})
	k.rush(benchCups)
	k.crew()
	for _, v := range []view{
		{screen: boardScreen, lang: "zh", page: 1, fit: 16}, {screen: boardScreen, lang: "zh", page: 1, fit: 60},
		{screen: boardScreen, lang: "zh", page: 1, fit: 16, batch: true}, {screen: handoffScreen, lang: "zh"}, {screen: pickupScreen, lang: "zh"},
	} {
		b.Run(fmt.Sprintf("%s-%d-%v", v.screen, v.fit, v.batch), func(b *testing.B) {
			for b.Loop() {
				html, err := k.screens.render(context.Background(), k.store.Snapshot(), v, k.clock.Now())
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(html)), "bytes")
			}
		})
	}
}
