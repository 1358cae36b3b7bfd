package shop_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// Paper that was lost is printed again, marked as a copy: everything, or the label of one cup; a double tap prints once.
func TestPaperIsPrintedAgain(t *testing.T) {
	s := paper(t) // ticket 1, labels 2 and 3
	copies := func(d shop.Decision) (list []string) {
		for _, e := range d.Events {
			if f, ok := e.Fact.(shop.JobAdded); ok {
				list = append(list, fmt.Sprintf("%s %s %d %d", f.Job.Printer, f.Job.Kind, f.Job.Cup, f.Job.Reprint))
			}
		}
		return list
	}
	for name, c := range map[string]struct {
		s    shop.State
		cup  int
		want []string
	}{
		"everything": {s, 0, []string{"kitchen kitchen 0 1", "labels label 1 1", "labels label 2 1"}},
		"one label":  {s, 2, []string{"labels label 2 1"}},
		"not of voided cups": {follow(t, s, noon, shop.Tap{By: "t", Cups: cupsOf(1, 1), To: shop.Voided, Reason: "x"}), 0,
			[]string{"kitchen kitchen 0 1", "labels label 2 1"}},
	} {
		d := must(t, c.s, shop.PrintAgain{By: "tablet", Order: 1, Cup: c.cup}, noon)
		if diff := cmp.Diff(c.want, copies(d)); diff != "" || d.Replayed {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if again := must(t, d.Next, shop.PrintAgain{By: "tablet", Order: 1, Cup: c.cup}, noon); !again.Replayed || len(again.Events) != 0 {
			t.Errorf("%s: a second tap queues %v", name, copies(again))
		}
	}
	one := must(t, s, shop.PrintAgain{By: "tablet", Order: 1, Cup: 2}, noon).Next
	all := must(t, one, shop.PrintAgain{By: "tablet", Order: 1}, noon)
	if diff := cmp.Diff([]string{"kitchen kitchen 0 1", "labels label 1 1"}, copies(all)); diff != "" || all.Replayed {
		t.Errorf("everything after one label (-want +got):\n%s", diff)
	}
	refused(t, s, shop.PrintAgain{By: "tablet", Order: 9}, noon, shop.ProblemNotFound)
	refused(t, s, shop.PrintAgain{By: "tablet", Order: 1, Cup: 3}, noon, shop.ProblemNotFound)
	config := *demo(t)
	config.Printers = nil
	without := follow(t, shop.New(&config, noon), noon, wish("a", "matcha", 1))
	refused(t, without, shop.PrintAgain{By: "tablet", Order: 1}, noon, shop.ProblemNotFound)
	booked := follow(t, s, noon, shop.Place{Channel: "meituan", Draft: shop.Draft{Ref: "later", SlotStart: noon.Add(2 * time.Hour),
		Lines: []shop.Line{{Item: "matcha", Qty: 1}}}})
	refused(t, booked, shop.PrintAgain{By: "tablet", Order: 2}, noon, shop.ProblemInvalidTransition)
}

// A station's ticket has what the station makes: an order without it prints none there, first and again.
func TestAStationsTicketIsOfWhatItMakes(t *testing.T) {
	config := *demo(t)
	config.Printers = []shop.Printer{{Name: "tea", Kind: "escpos80", Station: "tea", Prints: []shop.JobKind{shop.JobKitchen}}}
	for item, want := range map[string]int{"green-tea": 1, "americano": 0} { // coffee needs nobody at the tea
		s := follow(t, shop.New(&config, noon), noon, wish("a", item, 1))
		if n := s.Jobs.Len(); n != want {
			t.Errorf("%s: %d tickets, want %d", item, n, want)
		}
		d, err := shop.Decide(s, shop.PrintAgain{By: "tablet", Order: 1}, noon)
		if n := d.Next.Jobs.Len(); (err == nil) != (want == 1) || err == nil && n != 2 {
			t.Errorf("%s again: %d jobs, %v", item, n, err)
		}
	}
}

// What waits for a person ends with its order; a slip that says an order is cancelled waits on when it was not sent.
func TestWhichPaperOutlivesItsOrder(t *testing.T) {
	for state, ends := range map[shop.JobState]bool{shop.JobFailed: true, shop.JobHeld: true, shop.JobBlocked: false} {
		s := in(t, state)
		s = follow(t, s, noon, shop.Handover{Order: 1, Made: true}, shop.Tick{})
		if got := s.Jobs.At(1).State == shop.JobCancelled; ends && !got {
			t.Errorf("a ticket that was %s is %s after its order has left", state, s.Jobs.At(1).State)
		}
	}
	for state, ends := range map[shop.JobState]bool{shop.JobFailed: false, shop.JobHeld: false, shop.JobUnconfirmed: true} {
		s := follow(t, mute(t, true), noon, wish("a", "matcha", 1))
		s = sent(t, s, 1, shop.JobSending, shop.JobFenced, shop.JobDone)
		s = follow(t, s, noon, shop.Cancel{Channel: "meituan", Ref: "a"})
		var slip shop.JobID
		for j := range s.Jobs.All() {
			if j.Kind == shop.JobCancellation {
				slip = j.ID
			}
		}
		if slip == 0 {
			t.Fatal("no slip says that the order is cancelled")
		}
		if state == shop.JobUnconfirmed {
			s = sent(t, s, slip, shop.JobSending)
			s = follow(t, s, noon, shop.MoveJob{Job: slip, Printer: "kitchen", From: shop.JobSending, To: state, Reason: "no-status"})
		} else {
			s = follow(t, s, noon, shop.MoveJob{Job: slip, Printer: "kitchen", From: shop.JobQueued, To: state, Reason: "paper"})
		}
		s = follow(t, s, noon, shop.Tick{})
		if got := s.Jobs.At(int64(slip)).State == shop.JobCancelled; got != ends {
			t.Errorf("a slip that was %s is %s", state, s.Jobs.At(int64(slip)).State)
		}
	}
}
