package printer_test

import (
	"testing"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

func TestSetShowsJobsOnScreenWhenNoPrinterWorks(t *testing.T) {
	t.Parallel()
	s := newSpool(t)
	set, err := printer.NewSet([]printer.Config{
		{Name: "bar", Model: printer.TSPL, Address: printer.Address{Scheme: "virtual"}, Reprint: true},
		{Name: "pass", Model: printer.ESCPOS80, Address: printer.Address{Scheme: "virtual"}},
	}, s, render, time.Now, quick, nil)
	if err != nil {
		t.Fatal(err)
	}
	bar, _ := set.Printer("bar")
	pass, ok := set.Printer("pass")
	if !ok {
		t.Fatal("no printer called pass")
	}
	bar.Virtual().Change(func(f *virtual.Faults) { f.PaperOut = true })
	run(t, set.Run)
	released := time.Now()
	late := s.add(printer.Job{Printer: "bar", Kind: printer.Label, ReleasedAt: released})
	s.waitFor(late, printer.Blocked)
	if jobs := set.OnScreen(); len(jobs) != 0 {
		t.Errorf("%d jobs on screen while a printer works", len(jobs))
	}
	pass.Virtual().Change(func(f *virtual.Faults) { f.CoverOpen = true })
	early := s.add(printer.Job{Printer: "pass", Kind: printer.Kitchen, ReleasedAt: released.Add(-time.Minute)})
	s.waitFor(early, printer.Blocked)
	for bell := set.Changed(); set.Statuses()[1].Working(); bell = set.Changed() {
		<-bell
	}
	jobs := set.OnScreen()
	if len(jobs) != 2 || jobs[0].ID != early || jobs[1].ID != late {
		t.Errorf("on screen %+v, want jobs %d and %d", jobs, early, late)
	}
	bar.Virtual().Change(func(f *virtual.Faults) { f.PaperOut = false })
	s.waitFor(late, printer.Done)
	if jobs := set.OnScreen(); len(jobs) != 0 {
		t.Errorf("%d jobs still on screen", len(jobs))
	}
}

// What is wrong with a printer is seen before the first job, and so is that it was mended.
func TestStatusWithoutJobs(t *testing.T) {
	t.Parallel()
	for _, m := range printer.Models {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			p := printer.New(config(m), newSpool(t), render, time.Now, quick, nil)
			p.Virtual().Change(func(f *virtual.Faults) { f.PaperOut = true })
			run(t, p.Run)
			waitStatus(t, p, "paper out", func(s printer.Status) bool { return s.Reason == printer.ReasonPaper && s.Online })
			p.Virtual().Change(func(f *virtual.Faults) { f.PaperOut = false })
			waitStatus(t, p, "ready", printer.Status.Working)
			p.Virtual().Change(func(f *virtual.Faults) { f.Refuse = true })
			waitStatus(t, p, "off", func(s printer.Status) bool { return s.Reason == printer.ReasonUnreachable && !s.Online })
		})
	}
}

// One dead printer holds up no other, and its jobs can be moved away.
func TestOneDeadPrinterBlocksNothing(t *testing.T) {
	t.Parallel()
	s := newSpool(t)
	dead := start(t, printer.Config{Name: "dead", Model: printer.TSPL, Address: printer.Address{Scheme: "tcp", Where: "127.0.0.1:1"}}, s)
	p := start(t, virtual58, s)
	stuck := s.add(printer.Job{Printer: "dead", Kind: printer.Label, Pickup: "A1"})
	id := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "B2"})
	s.waitFor(id, printer.Done)
	s.waitFor(stuck, printer.Blocked)
	waitStatus(t, dead, "unreachable", reason(printer.ReasonUnreachable))
	s.mu.Lock()
	j := s.find(stuck)
	j.Printer, j.State, j.Reason = "bar", printer.Queued, printer.ReasonNone
	s.ring()
	s.mu.Unlock()
	s.waitFor(stuck, printer.Done)
	if sheets, _ := onPaper(p.Virtual(), "A1"); sheets != 1 {
		t.Errorf("%d sheets of the moved job", sheets)
	}
}

func TestTwoPrintersOfOneName(t *testing.T) {
	t.Parallel()
	if _, err := printer.NewSet([]printer.Config{virtual58, virtual58}, newSpool(t), render, time.Now, quick, nil); err == nil {
		t.Error("accepted")
	}
}
