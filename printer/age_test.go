package printer_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// wallClock is a clock that can be set, as a shop's is by its network.
type wallClock struct{ ahead atomic.Int64 } // of the bubble's, in ns

func (c *wallClock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// step sets the clock ahead, or back.
func (c *wallClock) step(by time.Duration) { c.ahead.Add(int64(by)) }

// steps are the ways a clock jumps: a time zone, a day, no battery, a mistyped year, and the way back.
func steps(now time.Time) map[string]time.Duration {
	return map[string]time.Duration{
		"8 h ahead": 8 * time.Hour, "8 h back": -8 * time.Hour, "a day ahead": 24 * time.Hour, "a day back": -24 * time.Hour,
		"to 1970": time.Unix(0, 0).Sub(now), "to 2045": time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC).Sub(now),
	}
}

// clockRig is a rig whose printer has a wall clock that can be set.
func clockRig(t *testing.T) (*rig, *wallClock) {
	clock := &wallClock{}
	r := newRig(t, printer.ESCPOS58)
	p, err := printer.New(printer.Config{
		Name: "bar", Model: r.m, Address: printer.Address{Scheme: "tcp", Where: "printer:9100"}, Reprint: true,
	}, r.s, render, clock.now, printer.DefaultTiming, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Printer = p
	r.DialWith(r.w.Dial)
	run(t, r.Run)
	return r, clock
}

// release queues a ticket that is due now by the wall clock.
func (c *wallClock) release(r *rig, pickup string) int64 {
	return r.s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: pickup, DueAt: c.now()})
}

// The clock jumps while tickets wait that are seconds old, behind one for which paper has ended: they are printed when
// there is paper again. Tickets that have waited for a quarter of an hour by no clock but their own are held.
func TestClockStepsMakeNoTicketOld(t *testing.T) {
	for name, by := range steps(time.Now()) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				by := by
				if name == "to 1970" || name == "to 2045" {
					by = steps(time.Now())[name]
				}
				r, clock := clockRig(t)
				r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.PaperLines = 3 }) })
				inHand := clock.release(r, "A1")
				r.s.waitFor(inHand, printer.Fenced)
				waiting := clock.release(r, "B2")
				synctest.Wait() // it has been seen
				clock.step(by)
				after := clock.release(r, "C3")
				time.Sleep(5 * time.Second)
				r.fault(func(f *virtual.Faults) { f.PaperOut = false })
				for _, job := range []int64{inHand, waiting, after} {
					r.s.waitFor(job, printer.Done)
				}
				for _, pickup := range []string{"A1", "B2", "C3"} {
					r.mustPaper(t, pickup, 1, 1)
				}
			})
		})
	}
}

// The control: a ticket that is old is held, whatever the wall clock has done meanwhile.
func TestOldTicketsAreHeldDespiteClockSteps(t *testing.T) {
	for name, by := range steps(time.Now()) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, clock := clockRig(t)
				r.fault(func(f *virtual.Faults) { f.PaperOut = true })
				job := clock.release(r, "A1")
				r.s.waitFor(job, printer.Blocked)
				clock.step(by)
				time.Sleep(printer.DefaultTiming.HoldAfter + time.Minute)
				r.mustState(t, job, printer.Held, printer.ReasonOld)
			})
		})
	}
}

// A program that starts finds out by the wall clock what was due long ago; what is due in the future by it is new.
func TestAgeAtStart(t *testing.T) {
	for ago, want := range map[time.Duration]printer.State{
		20 * time.Minute: printer.Held, 20 * time.Hour: printer.Held, 5 * time.Minute: printer.Done, -8 * time.Hour: printer.Done,
	} {
		t.Run(fmt.Sprint(ago), func(t *testing.T) {
			bench(t, rolls, func(r *rig) {
				r.s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "A1", DueAt: time.Now().Add(-ago)})
			}, func(t *testing.T, r *rig) { r.s.waitFor(1, want) })
		})
	}
}
