package engine

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"log/slog"
)

// BenchmarkWrites is what one order costs at least: credit, body, record, and the record again, each synced.
func BenchmarkWrites(b *testing.B) {
	e, err := Start(Config{Dir: b.TempDir(), Name: "n", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	if err := e.MakeStreams(b.Context(), OrdersKeepMin); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	body := make([]byte, 400)
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			i := n.Add(1)
			must := func(_ uint64, err error) {
				if err != nil {
					b.Error(err)
				}
			}
			must(e.Put(b.Context(), Orders, fmt.Sprintf("fleet.credit.%d.s%d.c", i%Partitions, i), body[:150], 0, Forever))
			at := fmt.Sprintf("%d.c.r%d", i%Partitions, i)
			revisions, err := e.BeginAll(b.Context(), false,
				Write{Subject: "fleet.body." + at, Data: body, Anyway: true, Marks: []Mark{Lives(BodyKeep)}},
				Write{Subject: "fleet.ord." + at, Data: body[:150]})()
			if err != nil {
				b.Error(err)
				return
			}
			must(e.Put(b.Context(), Orders, "fleet.ord."+at, body[:150], revisions[1]))
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Microsecond), "us/order")
}
