package printer_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// The fence is lost: the paper may or may not be there. One marked copy of a kitchen ticket follows, none of a receipt.
func TestLostFence(t *testing.T) {
	for kind, copies := range map[printer.Kind]int{printer.Kitchen: 1, printer.Label: 1, printer.Receipt: 0, printer.Slip: 0} {
		bench(t, rolls, nil, func(t *testing.T, r *rig) {
			r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.LoseFences = 1 }) })
			id, next := r.add(kind, "A037"), r.add(kind, "B038")
			r.s.waitFor(next, printer.Done)
			if copies == 0 {
				r.mustState(t, id, printer.Unconfirmed, printer.ReasonLate)
			} else {
				r.s.waitFor(3, printer.Done)
				r.mustState(t, id, printer.Cancelled, printer.ReasonReprinted)
			}
			r.mustPaper(t, "A037", 1+copies, 1)
			r.mustPaper(t, "B038", 1, 1)
		})
	}
}

// The fence of a copy is lost as well: it is not copied again, a person has to look.
func TestOneReprintOnly(t *testing.T) {
	bench(t, rolls, nil, func(t *testing.T, r *rig) {
		for job := range int64(2) {
			r.when(job+1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.LoseFences = 1 }) })
		}
		r.add(printer.Kitchen, "A037")
		for len(r.s.all()) < 2 {
			<-r.s.Bell()
		}
		r.s.waitFor(2, printer.Unconfirmed)
		time.Sleep(10 * time.Minute)
		r.mustState(t, 2, printer.Unconfirmed, printer.ReasonLate)
		r.mustPaper(t, "A037", 2, 1)
	})
}

// A slow mechanism: the fence comes after its time, and the job is done after all, with no second copy.
func TestLateFence(t *testing.T) {
	bench(t, printer.Models(), nil, func(t *testing.T, r *rig) {
		slow := 15 * time.Second
		if r.m == printer.ZPL {
			slow = 30 * time.Second // its labels are ten times as long
		}
		r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.Slow = slow }) })
		r.when(1, printer.Unconfirmed, func() { r.fault(func(f *virtual.Faults) { f.Slow = 0 }) })
		id := r.add(printer.Label, "A037")
		r.s.waitFor(id, printer.Unconfirmed)
		r.s.waitFor(id, printer.Done)
		time.Sleep(10 * time.Minute)
		r.mustState(t, id, printer.Done, printer.ReasonNone)
		if n := len(r.v.Paper()); n != 1 {
			t.Errorf("%d sheets, want one; moves %v", n, r.s.moves)
		}
	})
}

// A fence that comes after the connection was made anew belongs to nobody: it must not confirm the next job.
func TestStrayFenceConfirmsNothing(t *testing.T) {
	bench(t, rolls, nil, func(t *testing.T, r *rig) {
		r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.Slow = 5500 * time.Millisecond }) })
		r.when(1, printer.Fenced, func() { time.AfterFunc(time.Second, func() { r.v.DropAfter(0) }) })
		r.when(1, printer.Unconfirmed, func() { r.fault(func(f *virtual.Faults) { f.Slow = 0 }) })
		r.when(2, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.PaperLines = 3 }) })
		first, second := r.add(printer.Receipt, "A1"), r.add(printer.Receipt, "B2")
		r.s.waitFor(first, printer.Unconfirmed)
		r.s.waitFor(second, printer.Fenced)
		time.Sleep(10 * time.Minute)
		r.mustState(t, second, printer.Fenced, printer.ReasonNone)
		r.fault(func(f *virtual.Faults) { f.PaperOut = false })
		r.s.waitFor(second, printer.Done)
		r.mustState(t, first, printer.Unconfirmed, printer.ReasonLost)
	})
}

// An Epson names its fences: one that comes on another connection still confirms the right job.
func TestNamedFence(t *testing.T) {
	bench(t, rolls, func(r *rig) { r.v.Maker = "EPSON" }, func(t *testing.T, r *rig) {
		r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.Slow = 5 * time.Second }) })
		r.when(1, printer.Fenced, func() { time.AfterFunc(time.Second, func() { r.v.DropAfter(0) }) })
		r.when(1, printer.Unconfirmed, func() { r.fault(func(f *virtual.Faults) { f.Slow = 0 }) })
		first := r.add(printer.Receipt, "A1")
		r.s.waitFor(first, printer.Unconfirmed)
		second := r.add(printer.Receipt, "B2")
		r.s.waitFor(second, printer.Done)
		r.s.waitFor(first, printer.Done)
		r.mustPaper(t, "A1", 1, 1)
		r.mustPaper(t, "B2", 1, 1)
	})
}

// A printer that answers questions but no fence is found out before the first job, not by it.
func TestPrinterWithoutFence(t *testing.T) {
	bench(t, printer.Models(), func(r *rig) {
		r.fault(func(f *virtual.Faults) { f.NoFence = true })
	}, func(t *testing.T, r *rig) {
		id := r.add(printer.Label, "A1")
		r.s.waitFor(id, printer.Unconfirmed)
		time.Sleep(time.Minute)
		r.mustState(t, id, printer.Unconfirmed, printer.ReasonNoFence)
		if s := r.Status(); s.Voice != printer.VoiceNoFence || len(r.v.Paper()) != 1 {
			t.Errorf("%d sheets, status %+v", len(r.v.Paper()), s)
		}
	})
}

// A careless clone goes on without paper and answers the fence: that it says paper has ended is why it is not believed.
func TestFenceWithoutPaperProvesNothing(t *testing.T) {
	bench(t, rolls, nil, func(t *testing.T, r *rig) {
		r.when(1, printer.Sending, func() { r.fault(func(f *virtual.Faults) { f.Careless, f.PaperLines = true, 3 }) })
		id := r.add(printer.Receipt, "A037")
		r.s.waitFor(id, printer.Unconfirmed)
		r.mustState(t, id, printer.Unconfirmed, printer.ReasonPaper)
	})
}

// A fence that nobody waits for, between two jobs: the connection is made anew, for the next job's fence would be
// taken for it, or it for the next job's.
func TestStrayFenceBetweenJobs(t *testing.T) {
	bench(t, rolls, nil, func(t *testing.T, r *rig) {
		r.s.waitFor(r.add(printer.Receipt, "A1"), printer.Done)
		r.v.Say([]byte{0}) // what a fence looks like
		synctest.Wait()
		links := r.w.dialled()
		r.s.waitFor(r.add(printer.Receipt, "B2"), printer.Done)
		if n := r.w.dialled(); n != links+1 {
			t.Errorf("%d connections made, want one more than %d", n, links)
		}
	})
}

// A label printer that says it is idle because it has not begun yet is not believed.
func TestNotBegunIsNotDone(t *testing.T) {
	bench(t, []printer.Model{printer.TSPL, printer.ZPL}, nil, func(t *testing.T, r *rig) {
		r.fault(func(f *virtual.Faults) { f.Lag = printer.DefaultTiming.Settle * 3 / 2 })
		r.when(1, printer.Done, func() {
			if n := len(r.v.Paper()); n != 1 {
				t.Errorf("done with %d sheets on paper", n)
			}
		})
		r.s.waitFor(r.add(printer.Label, "A037"), printer.Done)
	})
}

// Answers that come late are not taken for answers to the next question: "paper is low" read as an answer to "why are
// you off-line" would say that the cover is open.
func TestLateAnswersAreNotMixedUp(t *testing.T) {
	bench(t, rolls, nil, func(t *testing.T, r *rig) {
		r.s.waitFor(r.add(printer.Kitchen, "A1"), printer.Done)
		r.fault(func(f *virtual.Faults) { f.NearEnd, f.SlowAnswer = true, printer.DefaultTiming.Answer*3/2 })
		time.AfterFunc(20*time.Second, func() { r.fault(func(f *virtual.Faults) { f.SlowAnswer = 0 }) })
		r.s.hook = func(m printer.Move) {
			if m.Reason == printer.ReasonCover {
				t.Errorf("cover open: %+v", m)
			}
		}
		r.s.waitFor(r.add(printer.Kitchen, "B2"), printer.Done)
		if s := r.Status(); !s.NearEnd {
			t.Errorf("status %+v", s)
		}
		r.mustPaper(t, "B2", 1, 1)
	})
}

// A make that never answers is found out, is sent everything once, and nothing it prints is called done.
func TestPrinterThatNeverAnswers(t *testing.T) {
	bench(t, printer.Models(), func(r *rig) {
		r.fault(func(f *virtual.Faults) { f.Mute = true })
	}, func(t *testing.T, r *rig) {
		for _, pickup := range []string{"A1", "A2", "A3"} {
			id := r.add(printer.Label, pickup)
			r.s.waitFor(id, printer.Unconfirmed)
			r.mustState(t, id, printer.Unconfirmed, printer.ReasonNoStatus)
		}
		time.Sleep(10 * time.Minute)
		if s := r.Status(); s.Voice != printer.VoiceMute || !s.Working() || len(r.s.all()) != 3 || len(r.v.Paper()) != 3 {
			t.Errorf("%d jobs, %d sheets, status %+v", len(r.s.all()), len(r.v.Paper()), s)
		}
	})
}

// A printer that never answers is called anew for a job that comes later: the old connection may be dead.
func TestMutePrinterIsCalledAnew(t *testing.T) {
	bench(t, rolls, func(r *rig) {
		r.fault(func(f *virtual.Faults) { f.Mute = true })
	}, func(t *testing.T, r *rig) {
		r.s.waitFor(r.add(printer.Kitchen, "A1"), printer.Unconfirmed)
		links := r.w.dialled()
		time.Sleep(printer.DefaultTiming.Idle / 2)
		r.s.waitFor(r.add(printer.Kitchen, "B2"), printer.Unconfirmed)
		if n := r.w.dialled(); n != links+1 {
			t.Errorf("%d connections made, want one more than %d", n, links)
		}
	})
}

// A make that never answers is cut off in the middle of a job, at every byte: the next ticket is whole all the same,
// and on paper of its own.
func TestCutOffMutePrinter(t *testing.T) {
	for _, m := range printer.Models() {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, m)
			r.fault(func(f *virtual.Faults) { f.Mute = true })
			run(t, r.Run)
			ticket := sample("A1")
			ticket.Kind = printer.Label
			body, err := printer.Encode(m, printer.Stock{}, ticket)
			if err != nil {
				t.Fatal(err)
			}
			for at := 0; at < len(body); at += stride(m) {
				r.v.Tear()
				cut := r.s.last + 1
				var once sync.Once // for at byte 0 it is sent again
				r.when(cut, printer.Sending, func() { once.Do(func() { r.v.DropAfter(int64(at)) }) })
				r.s.waitFor(r.add(printer.Label, "A1"), printer.Unconfirmed)
				synctest.Wait() // the loss has come through to us
				next := r.add(printer.Label, "B2")
				j := r.s.waitFor(next, printer.Unconfirmed)
				synctest.Wait()
				sheets, want := r.v.Paper(), reference(t, m, j)
				if ink := inkOf(sheets[len(sheets)-1]); !slices.Equal(ink, want) {
					t.Fatalf("cut off at byte %d: the next ticket is %q", at, ink)
				}
			}
		})
	}
}
