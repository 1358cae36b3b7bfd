package shop_test

import (
	"testing"
	"time"

	"weir/shop"
)

// mute is a shop whose printer takes everything and confirms nothing, and cancels on paper what it may have printed.
func mute(t *testing.T, cancelled bool) shop.State {
	config := demo(t)
	config.Printers = []shop.Printer{{Name: "kitchen", Kind: "escpos80", Prints: []shop.JobKind{shop.JobKitchen, shop.JobReceipt},
		Cancelled: cancelled}}
	return shop.New(config, noon)
}

// sent takes a job to a state as its printer would.
func sent(t *testing.T, s shop.State, job shop.JobID, way ...shop.JobState) shop.State {
	t.Helper()
	from := shop.JobQueued
	for _, to := range way {
		s = follow(t, s, noon, shop.MoveJob{Job: job, Printer: "kitchen", From: from, To: to, Reason: "no-status"})
		from = to
	}
	return s
}

// What a printer left unconfirmed ends by itself when the order has left, in whatever order the two happen, and leaves
// a trace. While the order stands, it waits for a person.
func TestUnconfirmedPaperEndsWithItsOrder(t *testing.T) {
	for name, early := range map[string]bool{"sent before it left": true, "sent after it left": false} {
		t.Run(name, func(t *testing.T) {
			s := follow(t, mute(t, false), noon, wish("a", "matcha", 1))
			s = sent(t, s, 1, shop.JobSending)
			if early {
				s = sent2(t, s)
			}
			if s = follow(t, s, noon, shop.Tick{}); s.Jobs.At(1).State == shop.JobCancelled {
				t.Fatal("the job ended while the order stands")
			}
			s = follow(t, s, noon, shop.Handover{Order: 1, Made: true})
			if !early {
				s = sent2(t, s)
			}
			d := must(t, s, shop.Tick{}, noon)
			traced := false
			for _, e := range d.Events {
				if f, ok := e.Fact.(shop.JobMoved); ok && f.Job == 1 && f.To == shop.JobCancelled && f.Reason == shop.PaperGone {
					traced = true
				}
			}
			if !traced {
				t.Errorf("no trace of the job's end in %v", d.Events)
			}
			if again := must(t, follow(t, s, noon, shop.Tick{}), shop.Tick{}, noon.Add(time.Second)); len(again.Events) > 0 {
				t.Errorf("the next tick writes again: %v", again.Events)
			}
		})
	}
}

// sent2 is the rest of the way of job 1: the printer says nothing.
func sent2(t *testing.T, s shop.State) shop.State {
	t.Helper()
	return follow(t, s, noon, shop.MoveJob{Job: 1, Printer: "kitchen", From: shop.JobSending, To: shop.JobUnconfirmed, Reason: "no-status"})
}

// A cancelled order gets a slip where the shop wants it and paper may be out, and only there.
func TestCancellationSlip(t *testing.T) {
	for _, c := range []struct {
		name    string
		wanted  bool
		way     []shop.JobState // of the kitchen ticket
		receipt []shop.JobState
		end     shop.Command
		want    int
	}{
		{"nothing was sent", true, nil, nil, shop.Cancel{Channel: "meituan", Ref: "a"}, 0},
		{"cover was open", true, []shop.JobState{shop.JobBlocked}, nil, shop.Cancel{Channel: "meituan", Ref: "a"}, 0},
		{"being sent", true, []shop.JobState{shop.JobSending}, nil, shop.Cancel{Channel: "meituan", Ref: "a"}, 1},
		{"unconfirmed", true, []shop.JobState{shop.JobSending, shop.JobUnconfirmed}, nil, shop.Cancel{Channel: "meituan", Ref: "a"}, 1},
		{"printed", true, []shop.JobState{shop.JobSending, shop.JobFenced, shop.JobDone}, nil, shop.Cancel{Channel: "meituan", Ref: "a"}, 1},
		{"released by the shop", true, []shop.JobState{shop.JobSending, shop.JobFenced, shop.JobDone}, nil,
			shop.End{Order: 1, To: shop.OrderReleased, Reason: "no milk"}, 1},
		{"not wanted", false, []shop.JobState{shop.JobSending, shop.JobFenced, shop.JobDone}, nil, shop.Cancel{Channel: "meituan", Ref: "a"}, 0},
		{"handed over", true, []shop.JobState{shop.JobSending, shop.JobFenced, shop.JobDone}, nil, shop.Handover{Order: 1, Made: true}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sent(t, follow(t, mute(t, c.wanted), noon, wish("a", "matcha", 1)), 1, c.way...)
			s = follow(t, s, noon, c.end, shop.Tick{})
			slips := 0
			for j := range s.Jobs.All() {
				if j.Kind == shop.JobCancellation && j.State == shop.JobQueued && j.Printer == "kitchen" {
					slips++
				}
			}
			if slips != c.want {
				t.Errorf("%d slips, want %d", slips, c.want)
			}
		})
	}
}

// Several jobs are ended at once; one that has moved on meanwhile is left alone.
func TestEndJobs(t *testing.T) {
	s := follow(t, mute(t, false), noon, wish("a", "matcha", 1), wish("b", "matcha", 1))
	for _, job := range []shop.JobID{1, 3} {
		s = sent(t, s, job, shop.JobSending, shop.JobUnconfirmed)
	}
	end := shop.EndJobs{Jobs: []shop.JobID{1, 2, 3, 99}, From: shop.JobUnconfirmed, To: shop.JobDone}
	s = follow(t, s, noon, end)
	for job, want := range map[int64]shop.JobState{1: shop.JobDone, 2: shop.JobQueued, 3: shop.JobDone, 4: shop.JobQueued} {
		if j := s.Jobs.At(job); j.State != want {
			t.Errorf("job %d is %s, want %s", job, j.State, want)
		}
	}
	if got := refusal(t, s, end); got != shop.ProblemInvalidTransition {
		t.Errorf("the second tap: %q", got)
	}
	end.To = shop.JobQueued
	if got := refusal(t, s, end); got != shop.ProblemInvalid {
		t.Errorf("to queued: %q", got)
	}
}
