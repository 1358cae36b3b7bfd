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
	r, clock := clockRigOf(t, nil)
	run(t, r.Run)
	return r, clock
}

// clockRigOf is one that is not started yet, of a shop that says how old something is, or does not.
func clockRigOf(t *testing.T, age func(time.Time) time.Duration) (*rig, *wallClock) {
	clock := &wallClock{}
	r := newRig(t, printer.ESCPOS58)
	p, err := printer.New(printer.Config{
		Name: "bar", Model: r.m, Address: printer.Address{Scheme: "tcp", Where: "printer:9100"}, Reprint: true, Age: age,
	}, r.s, render, clock.now, printer.DefaultTiming, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Printer = p
	r.DialWith(r.w.Dial)
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

// A program that starts asks its shop how old a ticket is. Where the shop does not know it is what the wall clock says;
// what is due in the future by it is new.
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

// A program that starts with a wrong wall clock makes no ticket old: the shop knows what has surely passed. The control is
// a shop that does not say.
func TestAgeAtAStartWithAWrongClock(t *testing.T) {
	for name, tt := range map[string]struct {
		age  func(time.Time) time.Duration
		want printer.State
	}{
		"seconds old for certain": {func(time.Time) time.Duration { return 20 * time.Second }, printer.Done},
		"old for certain":         {func(time.Time) time.Duration { return time.Hour }, printer.Held},
		"the shop does not say":   {nil, printer.Held},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, clock := clockRigOf(t, tt.age)
				job := clock.release(r, "A1")
				clock.step(8 * time.Hour)
				run(t, r.Run)
				r.s.waitFor(job, tt.want)
			})
		})
	}
}

// The shop moves the times of its tickets when it follows a jump, before or after its clock has jumped: none grows old.
func TestTicketsThatAreMovedWithTheClock(t *testing.T) {
	for name, by := range steps(time.Now()) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, clock := clockRig(t)
				r.fault(func(f *virtual.Faults) { f.PaperOut = true })
				job := clock.release(r, "A1")
				r.s.waitFor(job, printer.Blocked)
				r.s.restamp(job, by)
				synctest.Wait()
				clock.step(by)
				r.fault(func(f *virtual.Faults) { f.PaperOut = false })
				r.s.waitFor(job, printer.Done)
			})
		})
	}
}
