package table

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/fleet/directory"
	"weir/fleet/record"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/try"
	"weir/shop/wire"
)

var noon = try.Noon

// city is a table of so many shops in and around a city, all open.
func city(n int, seed uint64) *Table {
	t := New(func() time.Time { return noon }, nil)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		id := fmt.Sprint("s", i)
		t.Listed(nil, &directory.Shop{ID: id, City: "hz", Lat: 30 + rnd.Float64(), Lon: 120 + rnd.Float64()})
		say(t, id, "status", wire.Status{V: 1, Epoch: 1, Conn: 1, Online: true})
		say(t, id, "capacity", wire.Capacity{Epoch: 1, Seq: 1, At: noon, ExpiresAt: noon.Add(time.Minute),
			Quote: wire.ReportQuote{P90: int64(rnd.IntN(900))}})
	}
	return t
}

func say(t *Table, store, what string, message any) {
	text, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	t.Hear("weir.v1."+store+"."+what, text)
}

// TestTheNearestAreFound compares the search with a look at every shop, in cities of all kinds: dense and empty, shops at
// one place, shops that are shut, away or deliver not far, that move and go.
func TestTheNearestAreFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		shops := rapid.IntRange(0, 400).Draw(rt, "shops")
		middle := Point{rapid.SampledFrom([]float64{0, 30.25, -33.9, 69.6, 89.999}).Draw(rt, "lat"), 120.15}
		width := rapid.SampledFrom([]float64{0.001, 0.02, 0.3}).Draw(rt, "width")
		rnd := rand.New(rand.NewPCG(seed, 2))
		somewhere := func() Point {
			return Point{middle.Lat + width*(rnd.Float64()-0.5), middle.Lon + width*(rnd.Float64()-0.5)}
		}
		table := New(func() time.Time { return noon }, nil)
		var listed []*directory.Shop
		for i := range shops {
			at := somewhere()
			if i > 0 && rnd.IntN(10) == 0 {
				at = Point{listed[i-1].Lat, listed[i-1].Lon}
			}
			listed = append(listed, &directory.Shop{ID: fmt.Sprint("s", i), City: fmt.Sprint("c", i), Lat: at.Lat, Lon: at.Lon,
				RadiusM: rnd.IntN(4) / 3 * rnd.IntN(3000)})
			table.Listed(nil, listed[i])
			table.change(listed[i].ID, func(s *Shop) {
				s.Online, s.Report.ExpiresAt = rnd.IntN(10) > 0, noon.Add(time.Minute)
				s.Report.Level, s.Report.Quote.P90 = rnd.IntN(15)/3, int64(rnd.IntN(900))
				if rnd.IntN(3) == 0 {
					s.Leases = []capacity.Lease{{Channel: "shangou", Seq: 1, Level: rnd.IntN(5),
						ExpiresAt: noon.Add(time.Duration(rnd.IntN(3)-1) * time.Minute)}}
				}
				if rnd.IntN(9) == 0 {
					s.Report.SoldOut = []string{"gone"}
				}
				if rnd.IntN(9) == 0 {
					s.Report.ExpiresAt = noon.Add(time.Duration(rnd.IntN(3)-1) * time.Millisecond)
				}
			})
		}
		for range shops / 4 { // some move, some go
			i := rnd.IntN(shops)
			if old := listed[i]; old != nil && rnd.IntN(2) == 0 {
				table.Listed(old, nil)
				listed[i] = nil
			} else if old != nil {
				next, at := *old, somewhere()
				next.Lat, next.Lon = at.Lat, at.Lon
				listed[i] = &next
				table.Listed(old, &next)
			}
		}
		for range 20 {
			w := Want{
				Channel: "shangou", At: somewhere(), RadiusM: math.Exp(rnd.Float64() * math.Log(RadiusMax)),
				By: noon.Add(time.Duration(100+rnd.IntN(900)) * time.Second), Max: 1 + rnd.IntN(8),
			}
			if rnd.IntN(2) == 0 {
				w.Lines = []shop.Line{{Item: "gone", Qty: 1}}
			}
			open, shut := table.Find(w, noon)
			wantOpen, wantShut := naive(table, &w)
			if d := differ(open, wantOpen) + differ(shut, wantShut); d != "" {
				rt.Fatalf("%+v: %s", w, d)
			}
			if city, want := table.CityAt(w.At), naiveCities(table, w.At); !slices.Contains(want, city) {
				rt.Fatalf("city at %v is %q, want one of %q", w.At, city, want)
			}
		}
	})
}

// naive looks at every shop.
func naive(t *Table, w *Want) (open, shut []Near) {
	for _, s := range t.All() {
		n := Near{s, Distance(w.At, Point{s.Lat, s.Lon})}
		if n.Metres > w.RadiusM || s.RadiusM > 0 && n.Metres > float64(s.RadiusM) || !s.serves(w, noon) {
			continue
		}
		if s.hasRoom(w, noon) {
			open = append(open, n)
		} else {
			shut = append(shut, n)
		}
	}
	for _, list := range []*[]Near{&open, &shut} {
		slices.SortFunc(*list, func(a, b Near) int { return cmp.Compare(a.Metres, b.Metres) })
		*list = (*list)[:min(len(*list), w.Max)]
	}
	if len(open) == w.Max {
		shut = slices.DeleteFunc(shut, func(n Near) bool { return n.Metres > open[w.Max-1].Metres })
	}
	return open, shut
}

// naiveCities are the cities of the shops that are nearest to a place; several shops may stand at one.
func naiveCities(t *Table, p Point) []string {
	best, cities := float64(RadiusMax), []string{""}
	for _, s := range t.All() {
		switch d := Distance(p, Point{s.Lat, s.Lon}); {
		case d < best:
			best, cities = d, []string{s.City}
		case d == best:
			cities = append(cities, s.City)
		}
	}
	return cities
}

// differ says what is different about two lists. Which of several shops at one distance is there does not matter.
func differ(got, want []Near) string {
	metres := func(list []Near) (m []float64) {
		for _, n := range list {
			m = append(m, n.Metres)
		}
		return m
	}
	if d := gocmp.Diff(metres(want), metres(got)); d != "" {
		return d
	}
	return ""
}

func TestWhoIsAsked(t *testing.T) {
	good := wire.Capacity{Epoch: 1, Seq: 1, At: noon, ExpiresAt: noon.Add(time.Minute), Quote: wire.ReportQuote{P90: 600},
		SoldOut: []string{"gone"}, Slots: []wire.Slot{{Start: noon.Add(time.Hour), Work: 500}}}
	pearls := []shop.Line{{Item: "tea", Qty: 1, Options: shop.Options{Toppings: []string{"pearl"}}}}
	for name, c := range map[string]struct {
		shop   func(*directory.Shop)
		report func(*wire.Capacity)
		more   map[string]any
		want   func(*Want)
		later  time.Duration
		open   int
		shut   int
	}{
		"an open shop":          {open: 1},
		"sold out":              {want: func(w *Want) { w.Lines = []shop.Line{{Item: "gone", Qty: 1}} }},
		"an option is sold out": {more: map[string]any{"sold_out_options": []string{"topping/pearl"}}, want: func(w *Want) { w.Lines = pearls }},
		"another option is": {more: map[string]any{"sold_out_options": []string{"topping/taro"}}, want: func(w *Want) { w.Lines = pearls },
			open: 1},
		"too far":               {want: func(w *Want) { w.At.Lat += 0.1 }},
		"too far for the shop":  {shop: func(s *directory.Shop) { s.RadiusM = 500 }, want: func(w *Want) { w.At.Lat += 0.01 }},
		"named, wherever it is": {want: func(w *Want) { w.At, w.Anyway = Point{}, []string{"s"} }, open: 1},
		"another channel's":     {shop: func(s *directory.Shop) { s.Channels = []string{"meituan"} }},
		"an old report":         {later: 2 * time.Minute},
		"slots only":            {report: func(r *wire.Capacity) { r.Level = capacity.LevelSlots }, shut: 1},
		"paused":                {report: func(r *wire.Capacity) { r.Level = capacity.LevelPaused }},
		"cannot keep the time":  {want: func(w *Want) { w.By = noon.Add(9 * time.Minute) }, shut: 1},
		"can keep the time":     {want: func(w *Want) { w.By = noon.Add(11 * time.Minute) }, open: 1},
		"has the slot": {report: func(r *wire.Capacity) { r.Level = capacity.LevelSlots },
			want: func(w *Want) { w.Slot = noon.Add(time.Hour) }, open: 1},
		"its shop chooses a slot": {report: func(r *wire.Capacity) { r.Level = capacity.LevelSlots },
			want: func(w *Want) { w.Later = true }, open: 1},
		"has another slot": {want: func(w *Want) { w.Slot = noon.Add(2 * time.Hour) }, shut: 1},
		"was asked before": {want: func(w *Want) { w.MayAsk = func(string) bool { return false } }},
	} {
		table := New(func() time.Time { return noon }, nil)
		listed, report := &directory.Shop{ID: "s", Lat: 30.2, Lon: 120.1}, good
		if c.shop != nil {
			c.shop(listed)
		}
		if c.report != nil {
			c.report(&report)
		}
		table.Listed(nil, listed)
		say(table, "s", "status", wire.Status{Epoch: 1, Conn: 1, Online: true})
		text, _ := json.Marshal(report) // plain values
		all := map[string]any{}
		json.Unmarshal(text, &all)
		for k, v := range c.more {
			all[k] = v
		}
		say(table, "s", "capacity", all)
		w := Want{Channel: "shangou", At: Point{30.2, 120.1}, RadiusM: 3000}
		if c.want != nil {
			c.want(&w)
		}
		open, shut := table.Find(w, noon.Add(c.later))
		if len(open) != c.open || len(shut) != c.shut {
			t.Errorf("%s: %d open and %d shut, want %d and %d", name, len(open), len(shut), c.open, c.shut)
		}
	}
}

// TestOnlyNewerIsHeard: what comes late, twice or from a connection that was replaced changes nothing.
func TestOnlyNewerIsHeard(t *testing.T) {
	var rose []int64
	table := New(func() time.Time { return noon }, func(_ string, to record.Identity) { rose = append(rose, to.Epoch) })
	table.Listed(nil, &directory.Shop{ID: "s", Lat: 30, Lon: 120})
	status := func(epoch, conn int64, online bool) {
		say(table, "s", "status", wire.Status{Epoch: epoch, Conn: conn, Online: online})
	}
	status(1, 5, true)
	status(1, 4, false) // the will of the connection before
	say(table, "s", "capacity", wire.Capacity{Epoch: 1, Seq: 9, Level: 1})
	say(table, "s", "capacity", wire.Capacity{Epoch: 1, Seq: 8, Level: 4})
	say(table, "s", "lease.shangou", capacity.Lease{Epoch: 1, Seq: 2, Limit: 700})
	say(table, "s", "lease.shangou", capacity.Lease{Epoch: 1, Seq: 1, Limit: 900})
	s, _ := table.Get("s")
	if !s.Online || s.Report.Level != 1 || s.Lease("shangou").Limit != 700 {
		t.Errorf("%+v", s)
	}
	status(1, 5, false)
	if s, _ = table.Get("s"); s.Online {
		t.Error("its own will is not heard")
	}
	status(2, 1, true)
	if s, _ = table.Get("s"); s.Self.Epoch != 2 || !slices.Equal(rose, []int64{2}) {
		t.Errorf("a later epoch: %+v, told %v", s.Self, rose)
	}
}

// TestTwoBoxesWithOneIDAreNoticed: boxes that speak in turn are left alone.
func TestTwoBoxesWithOneIDAreNoticed(t *testing.T) {
	for name, speak := range map[string]func(table *Table, conn int64, box string){
		"answers": func(table *Table, _ int64, box string) { table.Answered("s0", record.Identity{Epoch: 1, Box: box}) },
		"status": func(table *Table, conn int64, box string) {
			say(table, "s0", "status", wire.Status{Epoch: 1, Conn: conn, Box: box, Online: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := city(1, 1)
			for i, box := range []string{"a", "a", "b"} {
				speak(table, int64(10+i), box)
				if s, _ := table.Get("s0"); noon.Before(s.Twins) {
					t.Fatalf("after message %d", i)
				}
			}
			speak(table, 20, "a")
			s, _ := table.Get("s0")
			if open, _ := table.Find(Want{At: Point{s.Lat, s.Lon}, RadiusM: 100}, noon); !noon.Before(s.Twins) || len(open) > 0 {
				t.Errorf("two boxes: %+v", s)
			}
		})
	}
}

// TestRoutersDoNotHerd: though all see one table, an order does not always go to the shop with the most room.
func TestRoutersDoNotHerd(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	list := []Near{{Metres: 100}, {Metres: 110}, {Metres: 120}, {Metres: 4000}}
	room := []capacity.Work{1000, 900, 800, 1000}
	got := make([]int, len(list))
	for range 10000 {
		i := Draw(list, func(n Near) capacity.Work { return room[slices.Index(list, n)] }, rnd.Float64)
		got[i]++
	}
	if got[0] < 3000 || got[1] < 1500 || got[2] < 500 || got[3] > 300 {
		t.Errorf("drawn %v", got)
	}
	if i := Draw(list, func(Near) capacity.Work { return 0 }, rnd.Float64); i != -1 {
		t.Errorf("drew %d where nobody has room", i)
	}
}

// BenchmarkNear counts processor time, not the time of day: the machine may have other work.
func BenchmarkNear(b *testing.B) {
	table := New(func() time.Time { return noon }, nil)
	rnd := rand.New(rand.NewPCG(1, 1))
	const shops = 300_000 // over an area in which a city's density is usual
	for i := range shops {
		id := fmt.Sprint("s", i)
		table.Listed(nil, &directory.Shop{ID: id, Lat: 25 + 8*rnd.Float64(), Lon: 112 + 8*rnd.Float64()})
		table.change(id, func(s *Shop) {
			s.Online = true
			s.Report.ExpiresAt = noon.Add(time.Minute)
		})
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.ReportAllocs()
	b.ResetTimer()
	began := threadTime(b)
	for range b.N {
		table.Find(Want{Channel: "shangou", At: Point{25 + 8*rnd.Float64(), 112 + 8*rnd.Float64()}, RadiusM: RadiusUsual}, noon)
	}
	b.ReportMetric(float64(b.N)/(threadTime(b)-began).Seconds(), "near/core-s")
}

// threadTime is the processor time of this thread.
func threadTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestBoxesThatWereReplacedAreBounded: two boxes with one name are noticed, and what is remembered for it does not grow.
func TestBoxesThatWereReplacedAreBounded(t *testing.T) {
	table := New(func() time.Time { return noon }, nil)
	for i := range formerMax + 10 {
		for _, box := range []string{"one", "two"} {
			table.Answered(fmt.Sprint("s", i), record.Identity{Epoch: 1, Box: box})
		}
	}
	if n := table.last.Len(); n > formerMax {
		t.Errorf("%d boxes are remembered", n)
	}
	last := fmt.Sprint("s", formerMax+9)
	table.Answered(last, record.Identity{Epoch: 1, Box: "one"})
	if s := table.shops[last].shop; !noon.Before(s.Twins) {
		t.Error("two boxes with one name were not noticed")
	}
}
