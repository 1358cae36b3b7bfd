package printer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// onPaper returns the sheets that show a pick-up number, and how many of them carry no reprint mark.
func onPaper(p *virtual.Printer, pickup string) (sheets []virtual.Sheet, unmarked int) {
	for _, s := range p.Paper() {
		text := strings.Join(s.Text(), "\n")
		if strings.Contains(text, pickup) {
			sheets = append(sheets, s)
			if !strings.Contains(text, "补打 REPRINT") {
				unmarked++
			}
		}
	}
	return sheets, unmarked
}

// waitStatus waits until the printer's status is as wanted.
func waitStatus(t *testing.T, p *printer.Printer, what string, ok func(printer.Status) bool) printer.Status {
	t.Helper()
	limit := time.After(5 * time.Second)
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

func config(m printer.Model) printer.Config {
	return printer.Config{Name: "bar", Model: m, Address: printer.Address{Scheme: "virtual"}, Reprint: true}
}

// Out of paper or open: the job waits, the printer says why, and when it is mended everything prints once, unmarked.
func TestWaitsForPaperAndCover(t *testing.T) {
	for _, m := range printer.Models {
		for why, fault := range map[printer.Reason]func(*virtual.Faults, bool){
			printer.ReasonPaper: func(f *virtual.Faults, on bool) { f.PaperOut = on },
			printer.ReasonCover: func(f *virtual.Faults, on bool) { f.CoverOpen = on },
		} {
			t.Run(fmt.Sprintf("%s/%s", m, why), func(t *testing.T) {
				t.Parallel()
				s := newSpool(t)
				p := start(t, config(m), s)
				p.Virtual().Change(func(f *virtual.Faults) { fault(f, true) })
				first := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: "A1"})
				second := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: "A2"})
				if j := s.waitFor(first, printer.Blocked); j.Reason != why {
					t.Errorf("blocked for %q, want %q", j.Reason, why)
				}
				waitStatus(t, p, string(why), func(s printer.Status) bool { return s.Reason == why && !s.Working() })
				p.Virtual().Change(func(f *virtual.Faults) { fault(f, false) })
				s.waitFor(first, printer.Done)
				s.waitFor(second, printer.Done)
				waitStatus(t, p, "ready", printer.Status.Working)
				if n := len(p.Virtual().Paper()); n != 2 {
					t.Errorf("%d sheets, want 2", n)
				}
			})
		}
	}
}

// Paper runs out in the middle of a ticket: the connection lives, so nothing is sent again.
func TestPaperOutInTheMiddle(t *testing.T) {
	s := newSpool(t)
	p := start(t, config(printer.ESCPOS58), s)
	s.hook = func(m printer.Move) {
		if m.To == printer.Sending {
			p.Virtual().Change(func(f *virtual.Faults) { f.PaperLines = 4 })
		}
	}
	id := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "A037"})
	waitStatus(t, p, "paper out", func(s printer.Status) bool { return s.Reason == printer.ReasonPaper })
	// Longer than a fence may take: only the printer's word keeps the job waiting.
	select {
	case <-time.After(2 * quick.FenceBase):
	case <-s.Bell():
		t.Errorf("the job did not wait: %v", s.moves)
	}
	p.Virtual().Change(func(f *virtual.Faults) { f.PaperOut = false })
	s.waitFor(id, printer.Done)
	if sheets, unmarked := onPaper(p.Virtual(), "A037"); len(sheets) != 1 || unmarked != 1 || !sheets[0].Cut {
		t.Errorf("%d sheets, %d unmarked, want one", len(sheets), unmarked)
	}
}

// The fence is lost: the paper may or may not be there. One marked copy of a kitchen ticket follows, none of a receipt.
func TestLostFence(t *testing.T) {
	for kind, want := range map[printer.Kind]struct {
		state  printer.State
		sheets int
	}{
		printer.Kitchen: {printer.Failed, 2},
		printer.Label:   {printer.Failed, 2},
		printer.Receipt: {printer.Unconfirmed, 1},
		printer.Slip:    {printer.Unconfirmed, 1},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSpool(t)
			p := start(t, config(printer.ESCPOS58), s)
			s.hook = func(m printer.Move) {
				if m.To == printer.Sending && m.Job == 1 {
					p.Virtual().Change(func(f *virtual.Faults) { f.LoseFences = 1 })
				}
			}
			id := s.add(printer.Job{Printer: "bar", Kind: kind, Pickup: "A037"})
			next := s.add(printer.Job{Printer: "bar", Kind: kind, Pickup: "B038"})
			if j := s.waitFor(id, want.state); want.state == printer.Unconfirmed && j.Reason != printer.ReasonLate {
				t.Errorf("unconfirmed for %q", j.Reason)
			}
			s.waitFor(next, printer.Done)
			if want.sheets == 2 {
				s.waitFor(3, printer.Done)
			}
			sheets, unmarked := onPaper(p.Virtual(), "A037")
			if len(sheets) != want.sheets || unmarked != 1 {
				t.Errorf("%d sheets, %d unmarked, want %d and 1", len(sheets), unmarked, want.sheets)
			}
			if _, unmarked := onPaper(p.Virtual(), "B038"); unmarked != 1 {
				t.Errorf("the next ticket is there %d times", unmarked)
			}
		})
	}
}

// A slow mechanism: the fence comes after its time, and the job is done after all, with no second copy.
func TestLateFence(t *testing.T) {
	for _, m := range printer.Models {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			s := newSpool(t)
			p := start(t, config(m), s)
			s.hook = func(m printer.Move) {
				if m.To == printer.Sending {
					p.Virtual().Change(func(f *virtual.Faults) { f.Slow = quick.FenceBase + quick.LateGrace })
				}
				if m.To == printer.Unconfirmed {
					p.Virtual().Change(func(f *virtual.Faults) { f.Slow = 0 })
				}
			}
			id := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: "A037"})
			s.waitFor(id, printer.Unconfirmed)
			s.waitFor(id, printer.Done)
			if n := len(p.Virtual().Paper()); n != 1 {
				t.Errorf("%d sheets, want one; moves %v", n, s.moves)
			}
		})
	}
}

// A fence that comes after the connection was made anew belongs to nobody: it must not confirm the next job.
func TestStrayFenceConfirmsNothing(t *testing.T) {
	s := newSpool(t)
	p := start(t, config(printer.ESCPOS58), s)
	v := p.Virtual()
	s.hook = func(m printer.Move) {
		switch {
		case m.Job == 1 && m.To == printer.Sending:
			v.Change(func(f *virtual.Faults) { f.Slow = 200 * time.Millisecond })
		case m.Job == 1 && m.To == printer.Fenced:
			go v.DropAfter(0)
		case m.Job == 1 && m.To == printer.Unconfirmed:
			v.Change(func(f *virtual.Faults) { f.Slow = 0 })
		case m.Job == 2 && m.To == printer.Sending:
			v.Change(func(f *virtual.Faults) { f.PaperLines = 3 }) // it will not come out whole
		}
	}
	first := s.add(printer.Job{Printer: "bar", Kind: printer.Receipt, Pickup: "A1"})
	s.waitFor(first, printer.Unconfirmed)
	second := s.add(printer.Job{Printer: "bar", Kind: printer.Receipt, Pickup: "B2"})
	s.waitFor(second, printer.Fenced)
	waitStatus(t, p, "paper out", func(s printer.Status) bool { return s.Reason == printer.ReasonPaper })
	if j := s.waitFor(second, printer.Fenced); j.State != printer.Fenced {
		t.Errorf("confirmed by a fence that is not its own: %s", j.State)
	}
	v.Change(func(f *virtual.Faults) { f.PaperOut = false })
	s.waitFor(second, printer.Done)
}

// An Epson names its fences: one that comes late, even on another connection, confirms the right job.
func TestNamedFence(t *testing.T) {
	s := newSpool(t)
	p := start(t, config(printer.ESCPOS80), s)
	v := p.Virtual()
	virtual.Maker("EPSON")(v)
	id := s.add(printer.Job{Printer: "bar", Kind: printer.Receipt, Pickup: "A1"})
	s.waitFor(id, printer.Done)
}

// A make that never answers is found out, is sent everything once, and nothing it prints is called done.
func TestPrinterThatNeverAnswers(t *testing.T) {
	for _, m := range printer.Models {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			s := newSpool(t)
			p := printer.New(config(m), s, render, time.Now, quick, nil)
			p.Virtual().Change(func(f *virtual.Faults) { f.Mute = true })
			run(t, p.Run)
			for _, pickup := range []string{"A1", "A2"} {
				id := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: pickup})
				if j := s.waitFor(id, printer.Unconfirmed); j.Reason != printer.ReasonNoStatus {
					t.Errorf("unconfirmed for %q", j.Reason)
				}
			}
			waitStatus(t, p, "no status", func(s printer.Status) bool { return s.NoStatus && s.Working() })
			waitPaper(t, p.Virtual(), 2)
			if slices.ContainsFunc(s.all(), func(j printer.Job) bool { return j.Reprint > 0 }) {
				t.Error("reprinted although nothing would be learned by it")
			}
		})
	}
}

// A printer that answers questions but no fence is found out before the first job, not by it.
func TestPrinterWithoutFence(t *testing.T) {
	for _, m := range printer.Models {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			s := newSpool(t)
			p := printer.New(config(m), s, render, time.Now, quick, nil)
			p.Virtual().Change(func(f *virtual.Faults) { f.NoFence = true })
			run(t, p.Run)
			id := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: "A1"})
			if j := s.waitFor(id, printer.Unconfirmed); j.Reason != printer.ReasonNoFence {
				t.Errorf("unconfirmed for %q", j.Reason)
			}
			waitStatus(t, p, "no fence", func(s printer.Status) bool { return s.NoFence })
			waitPaper(t, p.Virtual(), 1)
		})
	}
}

func waitPaper(t *testing.T, v *virtual.Printer, n int) {
	t.Helper()
	limit := time.After(5 * time.Second)
	for {
		bell := v.Bell()
		if len(v.Paper()) == n {
			return
		}
		select {
		case <-bell:
		case <-limit:
			t.Fatalf("%d sheets, want %d", len(v.Paper()), n)
		}
	}
}

// Stalled in the middle of everything: connected, silent. The job is unconfirmed, the next one waits, and when the
// printer comes back the late fence settles the first.
func TestStall(t *testing.T) {
	for _, m := range printer.Models {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			s := newSpool(t)
			p := start(t, config(m), s)
			s.hook = func(m printer.Move) {
				if m.Job == 1 && m.To == printer.Sending {
					p.Virtual().Change(func(f *virtual.Faults) { f.Stall = true })
				}
			}
			first := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: "A1"})
			s.waitFor(first, printer.Unconfirmed)
			second := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: "B2"})
			if j := s.waitFor(second, printer.Blocked); j.Reason != printer.ReasonSilent {
				t.Errorf("blocked for %q", j.Reason)
			}
			waitStatus(t, p, "silence", func(s printer.Status) bool { return s.Reason == printer.ReasonSilent })
			p.Virtual().Change(func(f *virtual.Faults) { f.Stall = false })
			s.waitFor(first, printer.Done)
			s.waitFor(second, printer.Done)
			if _, unmarked := onPaper(p.Virtual(), ""); unmarked != 2 || len(p.Virtual().Paper()) != 2 {
				t.Errorf("%d sheets, want 2; moves %v", len(p.Virtual().Paper()), s.moves)
			}
		})
	}
}

// Switched off: nothing was written, so the job waits and prints unmarked when it comes back.
func TestSwitchedOff(t *testing.T) {
	s := newSpool(t)
	p := start(t, virtual58, s)
	p.Virtual().Change(func(f *virtual.Faults) { f.Refuse = true })
	id := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "A037"})
	if j := s.waitFor(id, printer.Blocked); j.Reason != printer.ReasonUnreachable {
		t.Errorf("blocked for %q", j.Reason)
	}
	if st := p.Status(); st.Online || st.Error == "" || st.Since.IsZero() {
		t.Errorf("status %+v", st)
	}
	p.Virtual().Change(func(f *virtual.Faults) { f.Refuse = false })
	s.waitFor(id, printer.Done)
	if sheets, unmarked := onPaper(p.Virtual(), "A037"); len(sheets) != 1 || unmarked != 1 {
		t.Errorf("%d sheets, %d unmarked", len(sheets), unmarked)
	}
}

// One dead printer holds up no other, and its jobs can be moved away.
func TestOneDeadPrinterBlocksNothing(t *testing.T) {
	s := newSpool(t)
	dead := start(t, printer.Config{Name: "dead", Model: printer.TSPL, Address: printer.Address{Scheme: "tcp", Where: "127.0.0.1:1"}}, s)
	p := start(t, virtual58, s)
	stuck := s.add(printer.Job{Printer: "dead", Kind: printer.Label, Pickup: "A1"})
	id := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "B2"})
	s.waitFor(id, printer.Done)
	s.waitFor(stuck, printer.Blocked)
	waitStatus(t, dead, "unreachable", func(s printer.Status) bool { return s.Reason == printer.ReasonUnreachable })
	s.mu.Lock()
	j := s.find(stuck)
	j.Printer, j.State, j.Reason = "bar", printer.Queued, printer.ReasonNone
	s.ring()
	s.mu.Unlock()
	s.waitFor(stuck, printer.Done)
	if sheets, _ := onPaper(p.Virtual(), "A1"); len(sheets) != 1 {
		t.Errorf("%d sheets of the moved job", len(sheets))
	}
}

func TestOldJobsAreHeld(t *testing.T) {
	s := newSpool(t)
	old := s.add(printer.Job{Printer: "bar", Kind: printer.Label, ReleasedAt: time.Now().Add(-16 * time.Minute), Pickup: "A1"})
	blocked := s.add(printer.Job{Printer: "bar", Kind: printer.Label, ReleasedAt: time.Now().Add(-16 * time.Minute), Pickup: "A2", State: printer.Blocked, Reason: printer.ReasonPaper})
	fresh := s.add(printer.Job{Printer: "bar", Kind: printer.Label, ReleasedAt: time.Now().Add(-14 * time.Minute), Pickup: "A3"})
	p := start(t, virtual58, s)
	for _, id := range []int64{old, blocked} {
		if j := s.waitFor(id, printer.Held); j.Reason != printer.ReasonOld {
			t.Errorf("held for %q", j.Reason)
		}
	}
	s.waitFor(fresh, printer.Done)
	if n := len(p.Virtual().Paper()); n != 1 {
		t.Errorf("%d sheets", n)
	}
}

func TestJobThatCannotBeMade(t *testing.T) {
	s := newSpool(t)
	start(t, config(printer.ZPL), s)
	unfit := s.add(printer.Job{Printer: "bar", Kind: printer.Receipt})
	fine := s.add(printer.Job{Printer: "bar", Kind: printer.Label})
	if j := s.waitFor(unfit, printer.Failed); j.Reason != printer.ReasonUnfit {
		t.Errorf("failed for %q", j.Reason)
	}
	s.waitFor(fine, printer.Done)
}

// The storage fails at any one step: nothing is lost, nothing is printed twice unmarked.
func TestStorageTrouble(t *testing.T) {
	for _, at := range []printer.State{printer.Sending, printer.Fenced, printer.Done} {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stored=%v", at, stored), func(t *testing.T) {
				t.Parallel()
				s := newSpool(t)
				failed := false
				s.fault = func(m printer.Move) error {
					if m.To != at || failed {
						return nil
					}
					failed = true
					if stored {
						s.find(m.Job).State = m.To
						s.ring()
					}
					return errors.New("disk full")
				}
				p := start(t, virtual58, s)
				id := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "A037"})
				s.waitFor(id, printer.Done)
				if sheets, unmarked := onPaper(p.Virtual(), "A037"); len(sheets) != 1 || unmarked != 1 {
					t.Errorf("%d sheets, %d unmarked; moves %v", len(sheets), unmarked, s.moves)
				}
			})
		}
	}
}

// A job cancelled while it waits is not printed; the worker takes no as an answer.
func TestCancelledJob(t *testing.T) {
	s := newSpool(t)
	p := start(t, virtual58, s)
	p.Virtual().Change(func(f *virtual.Faults) { f.PaperOut = true })
	id := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "A1"})
	s.waitFor(id, printer.Blocked)
	s.mu.Lock()
	s.find(id).State = printer.Cancelled
	s.ring()
	s.mu.Unlock()
	p.Virtual().Change(func(f *virtual.Faults) { f.PaperOut = false })
	next := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "B2"})
	s.waitFor(next, printer.Done)
	if sheets, _ := onPaper(p.Virtual(), "A1"); len(sheets) != 0 {
		t.Error("a cancelled job was printed")
	}
}
