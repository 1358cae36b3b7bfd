package printer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// onPaper returns the sheets that show a pick-up number, and how many of them carry no reprint mark. Zebra's text is
// pictures: there every sheet counts as both.
func onPaper(v *virtual.Printer, pickup string) (sheets, unmarked int) {
	for _, s := range v.Paper() {
		text := strings.Join(s.Text(), "\n")
		if text != "" && !strings.Contains(text, pickup) {
			continue
		}
		sheets++
		if !strings.Contains(text, "补打 REPRINT") {
			unmarked++
		}
	}
	return sheets, unmarked
}

// waitStatus waits until the printer's status is as wanted.
func waitStatus(t *testing.T, p *printer.Printer, what string, ok func(printer.Status) bool) printer.Status {
	t.Helper()
	limit := time.After(waitMax)
	for {
		bell := p.Changed()
		s := p.Status()
		if ok(s) {
			return s
		}
		select {
		case <-bell:
		case <-limit:
			t.Fatalf("status never shows %s: %+v", what, s)
		}
	}
}

func reason(why printer.Reason) func(printer.Status) bool {
	return func(s printer.Status) bool { return s.Reason == why }
}

// mustState checks a job that is not to change any more, or not yet.
func (r *rig) mustState(t *testing.T, job int64, state printer.State, why printer.Reason) {
	t.Helper()
	synctest.Wait()
	for _, j := range r.s.all() {
		if j.ID == job && (j.State != state || j.Reason != why) {
			t.Errorf("job %d is %s (%s), want %s (%s); moves %v", job, j.State, j.Reason, state, why, r.s.moves)
		}
	}
}

func (r *rig) mustPaper(t *testing.T, pickup string, sheets, unmarked int) {
	t.Helper()
	if n, u := onPaper(r.v, pickup); n != sheets || u != unmarked {
		t.Errorf("%s: %d sheets, %d unmarked, want %d and %d; moves %v", pickup, n, u, sheets, unmarked, r.s.moves)
	}
}

// Out of paper or open: the job waits, the printer says why, and when it is mended everything prints once, unmarked.
func TestWaitsForPaperAndCover(t *testing.T) {
	for why, fault := range map[printer.Reason]func(*virtual.Faults, bool){
		printer.ReasonPaper: func(f *virtual.Faults, on bool) { f.PaperOut = on },
		printer.ReasonCover: func(f *virtual.Faults, on bool) { f.CoverOpen = on },
	} {
		bench(t, printer.Models(), func(r *rig) {
			r.fault(func(f *virtual.Faults) { fault(f, true) })
		}, func(t *testing.T, r *rig) {
			first, second := r.add(printer.Label, "A1"), r.add(printer.Label, "A2")
			r.s.waitFor(first, printer.Blocked)
			time.Sleep(10 * time.Minute)
			r.mustState(t, first, printer.Blocked, why)
			r.mustState(t, second, printer.Queued, printer.ReasonNone)
			if s := r.Status(); s.Reason != why || s.Working() || !s.Online {
				t.Errorf("status %+v", s)
			}
			r.fault(func(f *virtual.Faults) { fault(f, false) })
			r.s.waitFor(first, printer.Done)
			r.s.waitFor(second, printer.Done)
			if n := len(r.v.Paper()); n != 2 || !r.Status().Working() {
				t.Errorf("%d sheets, status %+v", n, r.Status())
			}
		})
	}
}

// Paper runs out in the middle of a ticket, at any line of it: the connection lives, so nothing is sent again.
func TestPaperOutInTheMiddle(t *testing.T) {
	for line := 1; line < 14; line++ {
		bench(t, rolls, nil, func(t *testing.T, r *rig) {
			r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.PaperLines = line }) })
			id := r.add(printer.Kitchen, "A037")
			waitStatus(t, r.Printer, "paper out", reason(printer.ReasonPaper))
			time.Sleep(10 * time.Minute) // far longer than a fence may take: only the printer's word keeps the job waiting
			r.mustState(t, id, printer.Fenced, printer.ReasonNone)
			r.fault(func(f *virtual.Faults) { f.PaperOut = false })
			r.s.waitFor(id, printer.Done)
			r.mustPaper(t, "A037", 1, 1)
		})
	}
}

// Stalled in the middle of everything: connected, silent. The job is unconfirmed, the next one waits, and when the
// printer comes back the late fence settles the first.
func TestStall(t *testing.T) {
	bench(t, printer.Models(), nil, func(t *testing.T, r *rig) {
		r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.Stall = true }) })
		first := r.add(printer.Label, "A1")
		r.s.waitFor(first, printer.Unconfirmed)
		second := r.add(printer.Label, "B2")
		r.s.waitFor(second, printer.Blocked)
		time.Sleep(5 * time.Minute)
		r.mustState(t, first, printer.Unconfirmed, printer.ReasonLate)
		r.mustState(t, second, printer.Blocked, printer.ReasonSilent)
		if s := r.Status(); s.Reason != printer.ReasonSilent {
			t.Errorf("status %+v", s)
		}
		r.fault(func(f *virtual.Faults) { f.Stall = false })
		r.s.waitFor(first, printer.Done)
		r.s.waitFor(second, printer.Done)
		if n := len(r.v.Paper()); n != 2 {
			t.Errorf("%d sheets, want 2; moves %v", n, r.s.moves)
		}
	})
}

// Switched off: nothing was written, so the job waits and prints unmarked when it comes back.
func TestSwitchedOff(t *testing.T) {
	bench(t, printer.Models(), func(r *rig) {
		r.fault(func(f *virtual.Faults) { f.Refuse = true })
	}, func(t *testing.T, r *rig) {
		id := r.add(printer.Label, "A037")
		r.s.waitFor(id, printer.Blocked)
		time.Sleep(10 * time.Minute)
		r.mustState(t, id, printer.Blocked, printer.ReasonUnreachable)
		if st := r.Status(); st.Online || st.Error == "" || st.Since.IsZero() {
			t.Errorf("status %+v", st)
		}
		r.fault(func(f *virtual.Faults) { f.Refuse = false })
		r.s.waitFor(id, printer.Done)
		if n := len(r.v.Paper()); n != 1 {
			t.Errorf("%d sheets", n)
		}
	})
}

// Blocked for longer than a job may be late: it is held for a person, and does not come out of the printer by itself.
func TestHeldWhenOld(t *testing.T) {
	bench(t, rolls, func(r *rig) {
		r.fault(func(f *virtual.Faults) { f.PaperOut = true })
	}, func(t *testing.T, r *rig) {
		first, second := r.add(printer.Label, "A1"), r.add(printer.Label, "A2")
		time.Sleep(16 * time.Minute)
		fresh := r.add(printer.Label, "A3")
		r.mustState(t, first, printer.Held, printer.ReasonOld)
		r.mustState(t, second, printer.Held, printer.ReasonOld)
		r.fault(func(f *virtual.Faults) { f.PaperOut = false })
		r.s.waitFor(fresh, printer.Done)
		if n := len(r.v.Paper()); n != 1 {
			t.Errorf("%d sheets", n)
		}
	})
}

func TestJobThatCannotBeMade(t *testing.T) {
	bench(t, []printer.Model{printer.ZPL}, nil, func(t *testing.T, r *rig) {
		unfit, fine := r.add(printer.Receipt, "A1"), r.add(printer.Label, "A2")
		r.s.waitFor(fine, printer.Done)
		r.mustState(t, unfit, printer.Failed, printer.ReasonUnfit)
	})
}

// The storage fails at any one step: nothing is lost, nothing is printed twice unmarked.
func TestStorageTrouble(t *testing.T) {
	for _, at := range []printer.State{printer.Sending, printer.Fenced, printer.Done} {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stored=%v", at, stored), func(t *testing.T) {
				bench(t, rolls, func(r *rig) {
					failed := false
					r.s.fault = func(m printer.Move) error {
						if m.To != at || failed {
							return nil
						}
						failed = true
						if stored {
							r.s.find(m.Job).State = m.To
							r.s.ring()
						}
						return errors.New("disk full")
					}
				}, func(t *testing.T, r *rig) {
					id := r.add(printer.Kitchen, "A037")
					r.s.waitFor(id, printer.Done)
					r.mustPaper(t, "A037", 1, 1)
				})
			})
		}
	}
}

// The storage fails for an hour in the middle of a job: what was proved meanwhile is written when it is back.
func TestStorageGone(t *testing.T) {
	bench(t, rolls, nil, func(t *testing.T, r *rig) {
		back := time.Now().Add(time.Hour)
		r.s.fault = func(m printer.Move) error {
			if m.To == printer.Done && time.Now().Before(back) {
				return errors.New("disk full")
			}
			return nil
		}
		id := r.add(printer.Kitchen, "A037")
		time.Sleep(2 * time.Hour)
		r.mustState(t, id, printer.Done, printer.ReasonNone)
		r.mustPaper(t, "A037", 1, 1)
	})
}

// A job cancelled while it waits is not printed; the worker takes no for an answer.
func TestCancelledJob(t *testing.T) {
	bench(t, rolls, func(r *rig) {
		r.fault(func(f *virtual.Faults) { f.PaperOut = true })
	}, func(t *testing.T, r *rig) {
		id := r.add(printer.Kitchen, "A1")
		r.s.waitFor(id, printer.Blocked)
		r.s.mu.Lock()
		r.s.find(id).State = printer.Cancelled
		r.s.ring()
		r.s.mu.Unlock()
		r.fault(func(f *virtual.Faults) { f.PaperOut = false })
		r.s.waitFor(r.add(printer.Kitchen, "B2"), printer.Done)
		r.mustPaper(t, "A1", 0, 0)
	})
}

// Told to stop in the middle of a job, the worker waits a little for its fence; without it the job is left for the
// next start to call unconfirmed, and one marked copy follows then.
func TestStopInTheMiddle(t *testing.T) {
	for slow, want := range map[time.Duration]printer.State{time.Second: printer.Done, 20 * time.Second: printer.Fenced} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, printer.ESCPOS58)
			r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.Slow = slow }) })
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- r.Run(ctx) }()
			id := r.add(printer.Kitchen, "A037")
			r.s.waitFor(id, printer.Fenced)
			stop()
			from := time.Now()
			if err := <-ended; err != nil || time.Since(from) > printer.DefaultTiming.Farewell {
				t.Errorf("ended after %s with %v", time.Since(from), err)
			}
			r.mustState(t, id, want, printer.ReasonNone)
			r.fault(func(f *virtual.Faults) { f.Slow = 0 })
			r.restart()
			run(t, r.Run)
			time.Sleep(10 * time.Minute)
			if want == printer.Done {
				r.mustPaper(t, "A037", 1, 1)
				return
			}
			r.mustState(t, id, printer.Cancelled, printer.ReasonReprinted)
			r.mustState(t, 2, printer.Done, printer.ReasonNone)
			r.mustPaper(t, "A037", 2, 1)
		})
	}
}

// The printer stops taking bytes in the middle of a job, connection alive. What was sent cannot be called back: the job
// waits, and when the printer goes on it comes out whole. If it never goes on, the job is unconfirmed.
func TestStuckInTheMiddle(t *testing.T) {
	for stuck, want := range map[time.Duration]printer.State{time.Minute: printer.Done, 5 * time.Minute: printer.Cancelled} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, printer.ESCPOS58)
			r.w.hold = 64 // bytes, as if there were nothing between us and the printer
			run(t, r.Run)
			r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.Stall = true }) })
			id := r.add(printer.Kitchen, "A037")
			time.Sleep(stuck)
			if want == printer.Done {
				r.mustState(t, id, printer.Sending, printer.ReasonNone)
				if s := r.Status(); s.Reason != printer.ReasonSilent {
					t.Errorf("status %+v", s)
				}
			}
			r.fault(func(f *virtual.Faults) { f.Stall = false })
			r.s.waitFor(id, want)
			time.Sleep(time.Minute)
			for _, lie := range lies(t, r.m, r.s.all(), r.v.Paper()) {
				t.Error(lie)
			}
		})
	}
}

// Out of paper overnight: our questions fill the printer's buffer until it answers no more. That is still paper.
func TestFullBufferIsStillPaper(t *testing.T) {
	bench(t, rolls, func(r *rig) {
		r.fault(func(f *virtual.Faults) { f.PaperOut = true })
	}, func(t *testing.T, r *rig) {
		for range 12 * 4 {
			r.add(printer.Label, "A1")
			time.Sleep(15 * time.Minute)
			if s := r.Status(); s.Reason != printer.ReasonPaper {
				t.Fatalf("status %+v", s)
			}
		}
		if r.v.Taken() < 4<<10 {
			t.Errorf("%d bytes asked: its buffer is not full, the test tests nothing", r.v.Taken())
		}
		r.fault(func(f *virtual.Faults) { f.PaperOut = false })
		r.s.waitFor(r.add(printer.Label, "B2"), printer.Done)
	})
}

// A printer left alone is hung up on, for others may want its only connection, and is looked at now and then.
func TestHangsUpWhenIdle(t *testing.T) {
	bench(t, printer.Models(), nil, func(t *testing.T, r *rig) {
		r.s.waitFor(r.add(printer.Label, "A1"), printer.Done)
		if !r.v.Connected() {
			t.Error("hung up at once")
		}
		time.Sleep(printer.DefaultTiming.Idle + time.Second)
		if r.v.Connected() {
			t.Error("still connected")
		}
		r.fault(func(f *virtual.Faults) { f.PaperOut = true })
		time.Sleep(printer.DefaultTiming.Look + time.Second)
		if s := r.Status(); s.Reason != printer.ReasonPaper || r.v.Connected() {
			t.Errorf("connected %v, status %+v", r.v.Connected(), s)
		}
	})
}
