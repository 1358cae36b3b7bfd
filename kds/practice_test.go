package kds

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/memory"
	"weir/shop/try"
)

// files lists a directory with sizes, to see that nothing was written.
func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPracticeIsAnotherShop(t *testing.T) {
	dir := t.TempDir()
	k := open(t, options{dir: dir})
	k.order("meituan", "37", cup("matcha", 1))
	before, written := k.store.Snapshot().Counters, files(t, dir)
	if status, to, body := k.post("/practice/begin/1400", url.Values{}); status != http.StatusSeeOther || to != "/practice/kds" {
		t.Fatalf("%d to %s\n%s", status, to, body)
	}
	status, board := k.get("/practice/kds")
	if status != 200 || !strings.Contains(board, "<b>1400</b>") || !strings.Contains(board, `class="banner ways-out"`) {
		t.Errorf("%d: the practice board does not show 1400 cups and its banner", status)
	}
	if strings.Contains(board, `"/kds/`) || strings.Count(board, `"/kds"`) != 1 {
		t.Error("the practice board leads to the real shop, otherwise than by its way back")
	}
	if status, answer := k.call("/practice/kds/cups/c1-1/done", `{}`); status != 200 {
		t.Errorf("a tap in the practice: %d %s", status, answer)
	}
	if after := k.store.Snapshot().Counters; after.Seq != before.Seq || after.Order != before.Order {
		t.Error("the practice changed the real shop")
	}
	if now := files(t, dir); !slices.Equal(written, now) {
		t.Errorf("the practice wrote files: %v", now)
	}
	if _, real := k.get("/kds"); strings.Contains(real, `class="banner`) || !strings.Contains(real, `data-cup="c1-1"`) {
		t.Error("the real board is not the real shop's any more")
	}
}

// The first real order ends the practice on every tablet, which says so before it turns to the real board; nothing of the
// practice is left but how it went.
func TestPracticeEndsAtTheFirstRealOrder(t *testing.T) {
	k := open(t, options{})
	k.post("/practice/begin/lunch", url.Values{})
	w := k.watchAt(t, "/practice/kds/live")
	w.until(`class="card`)
	k.do(shop.SetAvailable{Item: "grape", Available: false}) // no order: the practice goes on
	p := k.screens.practice
	if to, _ := p.over(); to != "" {
		t.Fatal("the practice ended without a real order")
	}
	k.order("meituan", "37", cup("matcha", 1))
	w.until("有真单 ×1，去出杯")
	k.order("meituan", "38", cup("matcha", 1))
	w.until("有真单 ×2，去出杯")
	if left := p.shop.Snapshot(); left.Orders.Len() != 0 || len(p.shop.All()) != 0 {
		t.Errorf("%d orders of the practice are left", left.Orders.Len())
	}
	if _, err := p.shop.Order(t.Context(), 1); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("an order of the practice is remembered: %v", err)
	}
	r, err := http.NewRequest(http.MethodGet, k.url+"/practice/kds", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, to, _ := k.send(r); status != http.StatusSeeOther || to != "/practice" {
		t.Errorf("the practice board: %d to %s", status, to)
	}
	if status, _ := k.call("/practice/kds/counter", `{"cups":1}`); status != http.StatusConflict {
		t.Errorf("a tap after the end: %d, want 409", status)
	}
	if _, page := k.get("/practice"); !strings.Contains(page, "有真单 ×2，去出杯") || !strings.Contains(page, `id="result"`) {
		t.Error("the page of the practice says nothing of the real orders, or of how it went")
	}
	k.clock.Move(practiceHolds)
	w.until(`data-go="/kds"`)
}

// Somebody who ends a practice is led to how it went.
func TestPracticeSaysHowItWent(t *testing.T) {
	k := open(t, options{})
	if _, page := k.get("/practice"); strings.Contains(page, `id="result"`) {
		t.Fatal("control: there is a result before there was a practice")
	}
	k.post("/practice/begin/lunch", url.Values{"speed": {"4"}})
	p := k.screens.practice
	state := p.shop.Snapshot()
	ready, late := 0, 0
	for o := range state.Orders.All() { // of the orders at the beginning the first three are made, the others wait too long
		if o.ReadyAt.IsZero() && ready < 3 {
			for i := range o.Cups {
				if _, err := p.shop.Do(t.Context(), shop.Tap{Cups: []shop.CupID{o.CupID(i + 1)}, To: shop.Made, Some: true}); err != nil {
					t.Fatal(err)
				}
			}
			ready++
		} else if o.ReadyAt.IsZero() {
			late++
		}
	}
	if ready < 3 || late == 0 {
		t.Fatalf("%d orders were made and %d wait: too few to begin with", ready, late)
	}
	kept, began := 0, p.clock.Now()
	for o := range p.shop.Snapshot().Orders.All() { // one may have been late before it was made
		if at := o.ReadyAt; o.End == "" && !at.Before(began) && !at.After(o.Promise.ReadyBy) {
			kept++
		}
	}
	k.clock.Move(10 * time.Minute) // 40 minutes of the practice
	if status, to, _ := k.post("/practice/end", url.Values{}); status != http.StatusSeeOther || to != "/practice" {
		t.Errorf("the end: %d to %s", status, to)
	}
	last := p.last.Load()
	// Who waits too long may have been told another time before the practice ended: that order is open then.
	if last.kept != kept || len(last.lates)+last.open < late || last.made < ready {
		t.Errorf("%d orders in time, %d late, %d open, %d cups; want %d, together at least %d, at least %d",
			last.kept, len(last.lates), last.open, last.made, kept, late, ready)
	}
	_, page := k.get("/practice")
	for _, want := range []string{"午高峰 · 练了 40分钟", "按时做好", "超时", "白做的"} {
		if !strings.Contains(page, want) {
			t.Errorf("the result does not say %q", want)
		}
	}
}

// An order that was ready after its promise is late, unless its customer was told; so is one that still waits.
func TestAPracticeCountsBrokenPromises(t *testing.T) {
	began := time.Date(2026, 2, 6, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return began.Add(time.Duration(minutes) * time.Minute) }
	order := func(ready, promised, told int) *shop.Order {
		o := &shop.Order{Promise: shop.Promise{ReadyBy: at(promised)}}
		if told > 0 {
			o.Promise.Expected, o.Promise.Told, o.Promise.Delayed = at(told), at(1), true
		}
		if ready > 0 {
			o.ReadyAt = at(ready)
		}
		return o
	}
	for name, c := range map[string]struct {
		order *shop.Order
		want  verdict
	}{
		"in time":           {order(10, 10, 0), verdict{kept: 1}},
		"late":              {order(12, 10, 0), verdict{lates: []time.Duration{2 * time.Minute}}},
		"late and told":     {order(12, 10, 15), verdict{told: 1}},
		"waits too long":    {order(0, 10, 0), verdict{lates: []time.Duration{30 * time.Minute}}},
		"waits, was told":   {order(0, 10, 45), verdict{open: 1}},
		"waits and is told": {order(0, 10, 30), verdict{lates: []time.Duration{10 * time.Minute}}},
	} {
		var got verdict
		if got.count(c.order, began, at(40)); got.kept != c.want.kept || got.told != c.want.told || got.open != c.want.open ||
			!slices.Equal(got.lates, c.want.lates) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// The promises of a practice are those that the crew of now would keep, in every scene: no earlier than its pace allows, and
// nobody is promised what a crew of hundreds could do.
func TestPracticePromisesWhatThisCrewCanKeep(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.id, func(t *testing.T) {
			k := open(t, options{})
			k.post("/practice/begin/"+s.id, url.Values{})
			p := k.screens.practice
			state, now := p.shop.Snapshot(), p.clock.Now()
			if s.backlog > 0 && state.Ledger.Backlog() != s.backlog {
				t.Fatalf("%d cups are to be made, want %d", state.Ledger.Backlog(), s.backlog)
			}
			rate, cups := p.playing.Load().rate, 0
			if s.alone && rate > 1 {
				t.Errorf("somebody alone makes %.1f cups a minute", rate)
			}
			var last time.Duration
			for _, q := range state.Queue("", now) {
				if !q.Cup.State.Unmade() {
					continue
				}
				cups++
				left := q.Order.Promise.By().Sub(now)
				if needs := time.Duration(float64(cups) / rate * float64(time.Minute)); left < needs*2/3-2*time.Minute {
					t.Fatalf("cup %d of the queue is promised in %v; the crew needs about %v", cups, left, needs)
				}
				last = max(last, left)
			}
			if cups < 3 {
				t.Errorf("%d cups are to be made when it begins", cups)
			}
			if s.backlog > 0 && last < 5*time.Hour {
				t.Errorf("the last of %d cups is promised in %v", s.backlog, last)
			}
			if p.last.Load() != nil || p.playing.Load().refused != 0 {
				t.Error("it begins with a result")
			}
		})
	}
}

// A machine that breaks takes a place from its station, says so on the board, and is mended.
func TestPracticeBreaksAMachine(t *testing.T) {
	k := open(t, options{})
	k.post("/practice/begin/machine", url.Values{})
	p := k.screens.practice
	w := k.watchAt(t, "/practice/kds/live")
	w.until(`class="card`)
	staff := func() int { return p.shop.Snapshot().OnDuty(p.clock.Now())["shake"] }
	if n := staff(); n != 2 {
		t.Fatalf("%d people shake before it breaks, want 2", n)
	}
	k.clock.Move(brokenFrom)
	w.until("一台机器坏了")
	try.Until(t, "one place is gone", func() bool { return staff() == 1 })
	k.clock.Move(brokenTo - brokenFrom)
	try.Until(t, "it is mended", func() bool { return staff() == 2 })
}

func TestPracticeOrdersKeepComing(t *testing.T) {
	k := open(t, options{})
	k.post("/practice/begin/campaign", url.Values{})
	p := k.screens.practice
	first := p.shop.Snapshot().Counters.Order
	k.clock.Move(14 * time.Minute)
	try.Until(t, "the campaign fills the shop, and the rules refuse what is too much", func() bool {
		return p.shop.Snapshot().Counters.Order > first+5 && p.shop.Snapshot().Ledger.Backlog() > 20 && len(p.shop.Refusals()) > 0
	})
}

// TestPracticeScreensAnswerWhileItFills: 1400 cups take a while to come in, and no screen waits for them.
func TestPracticeScreensAnswerWhileItFills(t *testing.T) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	var armed atomic.Bool
	k := open(t, options{hub: func(h *hub) {
		p := h.screens.practice
		p.shop = memory.New(p.real.Kitchen.Snapshot().Config, func() time.Time {
			if armed.CompareAndSwap(true, false) {
				close(inside)
				<-goOn
			}
			return p.clock.Now()
		})
	}})
	armed.Store(true)
	begun := make(chan int, 1)
	go func() {
		status, _, _ := k.post("/practice/begin/calm", url.Values{})
		begun <- status
	}()
	<-inside
	answered := make(chan struct{})
	go func() { k.screens.practice.over(); close(answered) }()
	select {
	case <-answered:
	case <-time.After(10 * time.Second):
		t.Error("a screen waits until the practice is full")
	}
	close(goOn)
	if status := <-begun; status != http.StatusSeeOther {
		t.Errorf("begun with %d", status)
	}
}
