package printer_test

import (
	"context"
	"testing"
	"testing/synctest"

	"weir/printer"
	"weir/printer/virtual"
)

// rig is a worker, its spool and a virtual printer in a bubble: the clock there jumps to the next thing that happens, so
// that tests use the patience shops have and wait for nothing.
type rig struct {
	*printer.Printer
	s *memorySpool
	v *virtual.Printer
	w *wire
	m printer.Model
}

// bench puts a rig for each kind of printer into a bubble and calls f; prepare, which may be nil, comes before it runs.
func bench(t *testing.T, models []printer.Model, prepare func(*rig), f func(*testing.T, *rig)) {
	for _, m := range models {
		t.Run(string(m), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, m)
				if prepare != nil {
					prepare(r)
				}
				run(t, r.Run)
				f(t, r)
			})
		})
	}
}

var rolls = []printer.Model{printer.ESCPOS58}

func newRig(t *testing.T, m printer.Model) *rig { return mistaken(t, m, m) }

// mistaken is a rig whose worker takes the printer for another kind than it is.
func mistaken(t *testing.T, m, real printer.Model) *rig {
	r := &rig{s: newSpool(t), v: virtual.New(decoders[real].lang, decoders[real].dots), w: newWire(wireBytes), m: m}
	r.restart()
	run(t, func(ctx context.Context) error { return r.v.Run(ctx, r.w) })
	return r
}

// restart puts a new worker on the same spool and printer.
func (r *rig) restart() {
	c := printer.Config{Name: "bar", Model: r.m, Address: printer.Address{Scheme: "tcp", Where: "printer:9100"}, Reprint: true}
	r.Printer = newPrinter(c, r.s, render, printer.DefaultTiming)
	r.DialWith(r.w.Dial)
}

// add queues a job.
func (r *rig) add(kind printer.Kind, pickup string) int64 {
	return r.s.add(printer.Job{Printer: "bar", Kind: kind, Pickup: pickup})
}

// when calls f before a job goes into a state.
func (r *rig) when(job int64, to printer.State, f func()) {
	before := r.s.hook
	r.s.hook = func(m printer.Move) {
		if before != nil {
			before(m)
		}
		if m.Job == job && m.To == to {
			f()
		}
	}
}

// fault changes what is wrong with the printer.
func (r *rig) fault(change func(*virtual.Faults)) { r.v.Change(change) }
