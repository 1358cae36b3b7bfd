package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// stamped is a report and when it came.
type stamped struct {
	published
	came time.Time
}

// reports hears capacity reports, and subscribes to nothing else, until a quiet time passes without one.
func reports(t *testing.T, p *testshop.Guest, quiet time.Duration) (all []stamped) {
	t.Helper()
	for {
		select {
		case m := <-p.Heard:
			next := stamped{testshop.Decode[published](t, m.Payload()), time.Now()}
			if n := len(all); n > 0 && next.Seq == all[n-1].Seq {
				continue // who subscribes at that moment hears it as retained and as new
			}
			all = append(all, next)
		case <-time.After(quiet):
			return all
		}
	}
}

func place(ref string) shop.Place {
	return shop.Place{Channel: "shangou", Draft: shop.Draft{Ref: ref, Lines: []shop.Line{{Item: "jasmine-milk-tea", Qty: 1}}}}
}

func TestReportsComeOnChangeButNotFasterThanOneASecond(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	var mu sync.Mutex
	var sent []time.Time // a busy machine takes long to deliver; what counts is when a report goes out
	noted := func(message any) ([]byte, error) {
		if _, isReport := message.(published); isReport {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, time.Now())
		}
		return json.Marshal(message)
	}
	startOf(t, s, door.Config{}, s.Clock.Now, b.Remote(), func(u *Uplink) { u.encode = noted }).connected(t)
	p := testshop.Join(t, b.Addr(), "reader", "", "", "weir/v1/demo/capacity")
	began := time.Now()
	for i := range 10 {
		s.Must(t, place(fmt.Sprint("o", i)))
		time.Sleep(100 * time.Millisecond) // a change every tenth of a second
	}
	var all []published
	for len(all) == 0 || all[len(all)-1].BacklogCups < 10 {
		next := testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload())
		if n := len(all); n > 0 && next.Seq == all[n-1].Seq {
			continue // who subscribes at that moment hears it as retained and as new
		}
		all = append(all, next)
	}
	if n, most := len(all), 2+int(time.Since(began)/reportGap); n < 2 || n > most {
		t.Errorf("%d reports of ten changes, want one a second: 2 to %d", n, most)
	}
	last := all[len(all)-1]
	for i := 1; i < len(all); i++ {
		if all[i].Seq <= all[i-1].Seq || all[i].Epoch != 1 {
			t.Errorf("report (%d, %d) after (%d, %d) is not newer", all[i].Epoch, all[i].Seq, all[i-1].Epoch, all[i-1].Seq)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for i := 1; i < len(sent); i++ {
		if gap := sent[i].Sub(sent[i-1]); gap < reportGap {
			t.Errorf("reports %v apart, want a second", gap)
		}
	}
	if !last.ExpiresAt.After(last.At) || last.NextReport <= 0 || last.Shop != "demo" || last.V != 1 || last.Log != s.Snapshot().Counters.Seq {
		t.Errorf("report %+v", last)
	}
}

func TestAReportComesWhenItIsDueAlthoughNothingChanged(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "reader", "", "", "weir/v1/demo/capacity")
	first := testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload())
	if extra := reports(t, p, 1500*time.Millisecond); len(extra) > 0 {
		t.Errorf("%d reports although nothing changed", len(extra))
	}
	s.Clock.Move(wire.ReportEvery)
	if next := testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload()); next.Seq <= first.Seq {
		t.Errorf("the report that was due is (%d, %d), not newer than (%d, %d)", next.Epoch, next.Seq, first.Epoch, first.Seq)
	}
}

func TestAClockThatJumpsBackDoesNotStopReports(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "reader", "", "", "weir/v1/demo/capacity")
	first := testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload())
	s.Clock.Move(-30 * time.Minute)
	if next := testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload()); next.Seq <= first.Seq {
		t.Errorf("after the jump the report is %d, not newer than %d", next.Seq, first.Seq)
	}
}

func TestWhatIsNews(t *testing.T) {
	base := wire.Capacity{
		BacklogCups: 5, Rate: wire.Rate{P10: 1.5, P50: 2}, Quote: wire.ReportQuote{P50: 600, P90: 900},
		Slots: []wire.Slot{{Start: time.Unix(0, 0), Work: 3000}}, SoldOut: []string{},
	}
	for _, tt := range []struct {
		name   string
		change func(*wire.Capacity)
		want   bool
	}{
		{"nothing", func(*wire.Capacity) {}, false},
		{"when and which", func(c *wire.Capacity) { c.At, c.Seq, c.ExpiresAt = time.Now(), 7, time.Now() }, false},
		{"a cup", func(c *wire.Capacity) { c.BacklogCups++ }, true},
		{"a level", func(c *wire.Capacity) { c.Level = 1 }, true},
		{"a reason", func(c *wire.Capacity) { c.Reason = capacity.Owner }, true},
		{"a bag", func(c *wire.Capacity) { c.ShelfBags++ }, true},
		{"sold out", func(c *wire.Capacity) { c.SoldOut = []string{"grape"} }, true},
		{"an epoch", func(c *wire.Capacity) { c.Epoch++ }, true},
		{"a quote that drifts", func(c *wire.Capacity) { c.Quote.P50 += 59 }, false},
		{"a quote that moves", func(c *wire.Capacity) { c.Quote.P50 += 61 }, true},
		{"a long quote that drifts", func(c *wire.Capacity) { c.Quote.P90 += 80 }, false},
		{"a rate that drifts", func(c *wire.Capacity) { c.Rate.P50 += 0.1 }, false},
		{"a rate that moves", func(c *wire.Capacity) { c.Rate.P50 += 0.3 }, true},
		{"a slot that fills a little", func(c *wire.Capacity) { c.Slots = []wire.Slot{{Start: time.Unix(0, 0), Work: 2800}} }, false},
		{"a slot that fills", func(c *wire.Capacity) { c.Slots = []wire.Slot{{Start: time.Unix(0, 0), Work: 2000}} }, true},
		{"a slot that closes", func(c *wire.Capacity) { c.Slots = nil }, true},
	} {
		next := base
		tt.change(&next)
		if got := news(&base, &next); got != tt.want {
			t.Errorf("%s: news = %v", tt.name, got)
		}
	}
}

func TestLeasesGoOutAsTheyAreIssuedAndAgainOnResync(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	s.Must(t, shop.Tick{})
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/lease/shangou")
	m := p.Next("weir/v1/demo/lease/shangou")
	first := testshop.Decode[wire.Lease](t, m.Payload())
	if first.Shop != "demo" || first.V != 1 || first.Channel != "shangou" || first.Limit <= 0 || first.Epoch != 1 {
		t.Errorf("lease %s", m.Payload())
	}
	late := testshop.Join(t, b.Addr(), "late", "shangou", testshop.KeyOf("shangou"), "weir/v1/demo/lease/shangou")
	if again := testshop.Decode[wire.Lease](t, late.Next("weir/v1/demo/lease/shangou").Payload()); again.Seq != first.Seq {
		t.Errorf("a reader that comes later gets lease %d, want %d: it is retained", again.Seq, first.Seq)
	}
	reader := testshop.Join(t, b.Addr(), "reader", "", "", "weir/v1/demo/capacity", "weir/v1/demo/status")
	reader.Next("weir/v1/demo/capacity")
	p.Say("weir/v1/demo/resync/shangou", "")
	if next := testshop.Decode[wire.Lease](t, p.Next("weir/v1/demo/lease/shangou").Payload()); next.Seq <= first.Seq {
		t.Errorf("resync brought lease %d, want one newer than %d", next.Seq, first.Seq)
	}
	reader.Next("weir/v1/demo/status")
	reader.Next("weir/v1/demo/capacity")
	seq := s.Snapshot().Counters.Seq
	for range 20 {
		p.Say("weir/v1/demo/resync/shangou", "") // within a second: once is enough
	}
	p.Say("weir/v1/demo/resync/shangou", `{"hello":"fresh"}`) // but this says something
	p.Subscribe("weir/v1/demo/answers/shangou", 1, nil).WaitTimeout(try.Patience)
	p.Say("weir/v1/demo/orders/shangou", testshop.Order("after"))
	p.Answer("shangou", "after")
	try.Until(t, "the router's hello is heard", func() bool {
		i := slices.IndexFunc(s.Snapshot().Capacity.Memory().Leases.Accounts, func(a capacity.Account) bool { return a.Channel == "shangou" })
		return s.Snapshot().Capacity.Memory().Leases.Accounts[i].Hello == "fresh"
	})
	if n := s.Snapshot().Counters.Seq - seq; n > 12 {
		t.Errorf("%d entries in the log for 20 resyncs in a moment and an order", n)
	}
}

// TestAReportThatCannotBeWrittenIsTriedOnceASecond: it must not keep a processor busy, and it comes when it can be written.
func TestAReportThatCannotBeWrittenIsTriedOnceASecond(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	var tries, failing atomic.Int64
	failing.Store(1)
	broken := func(message any) ([]byte, error) {
		if _, isReport := message.(published); isReport {
			tries.Add(1)
			if failing.Load() == 1 {
				return nil, errors.New("a number that is none")
			}
		}
		return json.Marshal(message)
	}
	startOf(t, s, door.Config{}, s.Clock.Now, b.Remote(), func(u *Uplink) { u.encode = broken }).connected(t)
	p := testshop.Join(t, b.Addr(), "reader", "", "", "weir/v1/demo/capacity")
	try.Until(t, "it is tried again", func() bool { return tries.Load() >= 2 })
	began := time.Now()
	before := tries.Load()
	try.Until(t, "it is tried once more", func() bool { return tries.Load() >= before+2 })
	if n, took := tries.Load()-before, time.Since(began); n > 2+int64(took/reportGap) {
		t.Errorf("tried %d times in %v, want once in %v", n, took, reportGap)
	}
	failing.Store(0)
	p.Next("weir/v1/demo/capacity")
}
