package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"

	"weir/fleet/directory"
	"weir/fleet/table"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// What the look-ups of a day are like: shops over a part of China, as dense as in a city and its surroundings.
const (
	south, west = 25.0, 112.0
	shopsPerDeg = 4700.0 // a square degree
	radius      = table.RadiusUsual
	channel     = "shangou"
	item        = "jasmine-milk-tea"
)

// country is where the shops stand.
type country struct {
	side float64 // degrees
	rnd  *rand.Rand
}

func (o *options) country(seed uint64) country {
	side := 1.0
	for side*side*shopsPerDeg < float64(o.shops) {
		side += 0.1
	}
	return country{side, rand.New(rand.NewPCG(seed, 1))}
}

func (c country) anywhere() table.Point {
	return table.Point{Lat: south + c.side*c.rnd.Float64(), Lon: west + c.side*c.rnd.Float64()}
}

func storeID(i int) string { return fmt.Sprintf("s%06d", i) }

// list puts the shops into a table.
func (c country) list(t *table.Table, n int) {
	for i := range n {
		at := c.anywhere()
		t.Listed(nil, &directory.Shop{ID: storeID(i), City: fmt.Sprint("c", i/2000), Lat: at.Lat, Lon: at.Lon})
	}
}

// reports is what a shop has published, as it is on the wire.
func (c country) reports(i int, seq uint64, now time.Time) map[string][]byte {
	report := wire.Capacity{
		V: 1, Shop: storeID(i), Epoch: 1, Seq: seq, At: now, ExpiresAt: now.Add(10 * time.Minute), Level: c.rnd.IntN(10) / 3,
		Reason:      capacity.NoRoom,
		BacklogCups: c.rnd.IntN(50), BacklogWork: 100 * capacity.Work(c.rnd.IntN(50)), Rate: wire.Rate{P10: 1.9, P50: 2.2},
		Quote:   wire.ReportQuote{P50: 300, P90: int64(200 + c.rnd.IntN(900)), Promise: 900, Samples: 200, Coverage90: 0.9, Calibrated: true},
		SoldOut: []string{}, MenuRev: "3f2a9c17d0b4", NextReport: 30,
	}
	if c.rnd.IntN(20) == 0 {
		report.SoldOut = []string{"grape"}
	}
	for k := range 8 {
		report.Slots = append(report.Slots, wire.Slot{Start: now.Truncate(capacity.SlotLength).Add(time.Duration(k+1) * capacity.SlotLength),
			Work: 1200})
	}
	all := map[string]any{
		"status": wire.Status{V: 1, Shop: storeID(i), Epoch: 1, Conn: 1, Online: true, At: now}, "capacity": report,
	}
	for _, ch := range []string{channel, "meituan"} {
		all["lease."+ch] = wire.Lease{V: 1, Shop: storeID(i), Lease: capacity.Lease{
			Channel: ch, Epoch: 1, Seq: int64(seq), IssuedAt: now, ExpiresAt: now.Add(10 * time.Minute), Limit: 2400, MaxOrder: 1200, NextS: 60,
			Level: report.Level,
		}}
	}
	messages := map[string][]byte{}
	for kind, v := range all {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // plain values
		}
		messages["weir.v1."+storeID(i)+"."+kind] = text
	}
	return messages
}

// rule measures the table alone: what a shop takes of memory, and look-ups a second of a core.
func (o *options) rule(ctx context.Context, t *tab) error {
	now, c := time.Now(), o.country(1)
	known := table.New(time.Now, nil)
	before := heap()
	c.list(known, o.shops)
	for i := range o.shops {
		for subject, text := range c.reports(i, 1, now) {
			known.Hear(subject, text)
		}
	}
	each := float64(heap()-before) / float64(o.shops)
	t.row("memory of a shop in a router", fmt.Sprintf("%.0f B", each), "", "≤ 2,048 B", goal(each <= 2048))
	perS, found := lookUps(known, c, o.lasts)
	t.row("near, the rule alone, a second of a core", fmt.Sprintf("%.0f", perS), fmt.Sprintf("%.1f shops found", found), "≥ 45,000",
		goal(perS >= 45_000))
	asked, err := o.naive(ctx, known, c)
	if err != nil {
		return err
	}
	t.row("near, by asking eight shops over HTTP", fmt.Sprintf("%.0f", asked), "the rule alone", fmt.Sprintf("%.0f times", perS/asked), "")
	runtime.KeepAlive(known)
	return nil
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// lookUps asks for near shops on one thread and counts by its processor time.
func lookUps(known *table.Table, c country, lasts time.Duration) (perS, found float64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	now, began, n, shops := time.Now(), threadTime(), 0, 0
	for end := time.Now().Add(lasts); ; n++ {
		if n%1000 == 0 && time.Now().After(end) {
			break
		}
		open, _ := known.Find(table.Want{Channel: channel, At: c.anywhere(), RadiusM: radius}, now)
		shops += len(open)
	}
	return float64(n) / (threadTime() - began).Seconds(), float64(shops) / float64(n)
}

// naive is a router that knows where the shops are and asks each of the eight nearest over HTTP how it stands. The
// shops are one server that always answers the same; both ends count, because a platform pays for both.
func (o *options) naive(ctx context.Context, known *table.Table, c country) (perS float64, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	answer := c.reports(0, 1, time.Now())["weir.v1."+storeID(0)+".capacity"]
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(answer) }),
		ReadHeaderTimeout: time.Second}
	go server.Serve(listener) // it ends with Close
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: table.NearMax}, Timeout: 5 * time.Second}
	url := "http://" + listener.Addr().String() + "/v1/capacity"
	began, n := processTime(), 0
	for end := time.Now().Add(o.lasts); time.Now().Before(end) && ctx.Err() == nil; n++ {
		open, shut := known.Find(table.Want{Channel: channel, At: c.anywhere(), RadiusM: radius}, time.Now())
		var all sync.WaitGroup
		errs := make([]error, table.NearMax)
		for i := range min(table.NearMax, len(open)+len(shut)) {
			all.Go(func() {
				resp, err := client.Get(url)
				if err != nil {
					errs[i] = err
					return
				}
				defer resp.Body.Close()
				var report wire.Capacity
				text, err := io.ReadAll(resp.Body)
				if err == nil {
					err = json.Unmarshal(text, &report)
				}
				errs[i] = err
			})
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				return 0, err
			}
		}
	}
	return float64(n) / (processTime() - began).Seconds(), nil
}
