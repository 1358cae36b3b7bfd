//go:build unix

package printer_test

import (
	"syscall"
	"testing"
	"time"

	"weir/printer"
)

// BenchmarkEncode turns one kitchen ticket into bytes; bench/printer compares it with receiptline, by processor time,
// which a busy machine changes less than the clock.
func BenchmarkEncode(b *testing.B) {
	for _, m := range printer.Models() {
		b.Run(string(m), func(b *testing.B) {
			ticket := sample("A037")
			ticket.Kind = printer.Kitchen
			if m == printer.TSPL || m == printer.ZPL {
				ticket.Kind = printer.Label
			}
			n, from := 0, processorTime(b)
			b.ReportAllocs()
			for b.Loop() {
				out, err := printer.Encode(m, printer.Stock{}, ticket)
				if err != nil {
					b.Fatal(err)
				}
				n = len(out)
			}
			b.ReportMetric(float64(n), "bytes/ticket")
			b.ReportMetric(float64(processorTime(b)-from)/float64(b.N), "cpu-ns/op")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
