package shop_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
)

var jobStates = []shop.JobState{shop.JobQueued, shop.JobSending, shop.JobFenced, shop.JobDone, shop.JobBlocked, shop.JobUnconfirmed,
	shop.JobFailed, shop.JobHeld, shop.JobCancelled}

// paper is a shop with a ticket printer, a second one and a label printer, in which an order of two cups has queued a
// kitchen ticket as job 1 and labels as jobs 2 and 3.
func paper(t *testing.T) shop.State {
	t.Helper()
	config := *demo(t)
	config.Printers = []shop.Printer{
		{Name: "kitchen", Kind: "escpos80", Prints: []shop.JobKind{shop.JobKitchen}},
		{Name: "spare", Kind: "escpos58"},
		{Name: "labels", Kind: "tspl", Labels: true, Prints: []shop.JobKind{shop.JobLabel}},
	}
	return follow(t, shop.New(&config, noon), noon, wish("a", "matcha", 2))
}

func job(t *testing.T, s shop.State, id int64) *shop.Job {
	t.Helper()
	return s.Jobs.At(id)
}

// in is the shop with job 1 in a state, by moves that are allowed.
func in(t *testing.T, state shop.JobState) shop.State {
	t.Helper()
	s := paper(t)
	way := map[shop.JobState][]shop.JobState{
		shop.JobQueued: nil, shop.JobSending: {shop.JobSending}, shop.JobFenced: {shop.JobSending, shop.JobFenced},
		shop.JobDone: {shop.JobSending, shop.JobFenced, shop.JobDone}, shop.JobBlocked: {shop.JobBlocked},
		shop.JobUnconfirmed: {shop.JobSending, shop.JobUnconfirmed}, shop.JobFailed: {shop.JobFailed}, shop.JobHeld: {shop.JobHeld},
		shop.JobCancelled: {shop.JobCancelled},
	}[state]
	from := shop.JobQueued
	for _, to := range way {
		s = follow(t, s, noon, shop.MoveJob{Printer: "kitchen", Job: 1, From: from, To: to})
		from = to
	}
	return s
}

func TestWhatAnOrderPrints(t *testing.T) {
	s := paper(t)
	want := []shop.Job{
		{ID: 1, Printer: "kitchen", Kind: shop.JobKitchen, Order: 1, State: shop.JobQueued, DueAt: noon, At: noon},
		{ID: 2, Printer: "labels", Kind: shop.JobLabel, Order: 1, Cup: 1, State: shop.JobQueued, DueAt: noon, At: noon},
		{ID: 3, Printer: "labels", Kind: shop.JobLabel, Order: 1, Cup: 2, State: shop.JobQueued, DueAt: noon, At: noon},
	}
	var got []shop.Job
	for j := range s.Jobs.All() {
		got = append(got, *j)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

// Every move there is between the states of a job. What is not here is refused.
func TestTheMovesOfAPrintJob(t *testing.T) {
	allowed := map[shop.JobState][]shop.JobState{
		shop.JobQueued:      {shop.JobSending, shop.JobBlocked, shop.JobHeld, shop.JobFailed, shop.JobCancelled},
		shop.JobBlocked:     {shop.JobSending, shop.JobQueued, shop.JobHeld, shop.JobFailed, shop.JobCancelled},
		shop.JobHeld:        {shop.JobQueued, shop.JobCancelled},
		shop.JobSending:     {shop.JobFenced, shop.JobQueued, shop.JobUnconfirmed},
		shop.JobFenced:      {shop.JobDone, shop.JobUnconfirmed},
		shop.JobUnconfirmed: {shop.JobDone, shop.JobCancelled},
		shop.JobFailed:      {shop.JobQueued, shop.JobCancelled},
	}
	for _, from := range jobStates {
		s := in(t, from)
		if ended := from == shop.JobDone || from == shop.JobCancelled; from.Ended() != ended {
			t.Errorf("%s is ended: %v", from, from.Ended())
		}
		for _, to := range jobStates {
			want := shop.ProblemInvalidTransition
			for _, a := range allowed[from] {
				if a == to {
					want = ""
				}
			}
			if got := refusal(t, s, shop.MoveJob{Printer: "kitchen", Job: 1, From: from, To: to}); got != want {
				t.Errorf("from %s to %s: %q, want %q", from, to, got, want)
			}
		}
	}
}

func TestALateReportOfAPrinterChangesNothing(t *testing.T) {
	s := in(t, shop.JobSending)
	for name, c := range map[string]struct {
		move shop.MoveJob
		want string
	}{
		"the printer that has it": {shop.MoveJob{Printer: "kitchen", Job: 1, From: shop.JobSending, To: shop.JobFenced}, ""},
		"a person":                {shop.MoveJob{By: "lan", Job: 1, From: shop.JobSending, To: shop.JobFenced}, ""},
		"another printer": {shop.MoveJob{Printer: "spare", Job: 1, From: shop.JobSending, To: shop.JobFenced},
			shop.ProblemInvalidTransition},
		"a state that it has left": {shop.MoveJob{Printer: "kitchen", Job: 1, From: shop.JobQueued, To: shop.JobBlocked},
			shop.ProblemInvalidTransition},
		"a job that is not there": {shop.MoveJob{Printer: "kitchen", Job: 99, From: shop.JobQueued, To: shop.JobBlocked},
			shop.ProblemNotFound},
		"the state it has, to one not allowed": {shop.MoveJob{Printer: "kitchen", Job: 1, From: shop.JobSending, To: shop.JobDone},
			shop.ProblemInvalidTransition},
		"another state, to one allowed from it": {shop.MoveJob{Printer: "kitchen", Job: 1, From: shop.JobFenced, To: shop.JobDone},
			shop.ProblemInvalidTransition},
	} {
		if got := refusal(t, s, c.move); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPaperGoesToAnotherPrinterOfItsKindWhileNothingIsSent(t *testing.T) {
	for _, state := range jobStates {
		want := shop.ProblemInvalidTransition
		switch state {
		case shop.JobQueued, shop.JobBlocked, shop.JobHeld, shop.JobFailed:
			want = ""
		}
		if got := refusal(t, in(t, state), shop.SendJob{Job: 1, Onto: "spare"}); got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
	}
	s := in(t, shop.JobFailed)
	for onto, want := range map[string]string{"spare": "", "kitchen": "", "labels": shop.ProblemNotFound, "nowhere": shop.ProblemNotFound} {
		if got := refusal(t, s, shop.SendJob{Job: 1, Onto: onto}); got != want {
			t.Errorf("a ticket onto %s: %q, want %q", onto, got, want)
		}
	}
	if got := refusal(t, s, shop.SendJob{Job: 2, Onto: "spare"}); got != shop.ProblemNotFound {
		t.Errorf("a label onto a ticket printer: %q", got)
	}
	if got := refusal(t, s, shop.SendJob{Job: 2, Onto: "labels"}); got != "" {
		t.Errorf("a label onto the label printer: %q", got)
	}
	later := noon.Add(time.Minute)
	sent := follow(t, s, later, shop.SendJob{By: "lan", Job: 1, Onto: "spare"})
	want := shop.Job{ID: 1, Printer: "spare", Kind: shop.JobKitchen, Order: 1, State: shop.JobQueued, DueAt: noon, At: later}
	if diff := cmp.Diff(&want, job(t, sent, 1)); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
}

func TestAHeldJobThatAPersonLetsGoIsDueNow(t *testing.T) {
	later := noon.Add(time.Hour)
	for _, c := range []struct {
		from shop.JobState
		due  time.Time
	}{
		{shop.JobHeld, later}, {shop.JobBlocked, noon}, {shop.JobFailed, noon},
	} {
		s := follow(t, in(t, c.from), later, shop.MoveJob{By: "lan", Job: 1, From: c.from, To: shop.JobQueued, Reason: "look"})
		want := shop.Job{ID: 1, Printer: "kitchen", Kind: shop.JobKitchen, Order: 1, State: shop.JobQueued, Reason: "look", DueAt: c.due,
			At: later}
		if diff := cmp.Diff(&want, job(t, s, 1)); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", c.from, diff)
		}
	}
	s := follow(t, in(t, shop.JobHeld), later, shop.MoveJob{By: "lan", Job: 1, From: shop.JobHeld, To: shop.JobCancelled})
	if j := s.Jobs.At(1); j != nil && !j.DueAt.Equal(noon) {
		t.Errorf("one that is not wanted is due at %v", j.DueAt)
	}
}

func TestWhoMayReprintWhat(t *testing.T) {
	for _, state := range jobStates {
		person, printer := "", shop.ProblemInvalidTransition
		switch state {
		case shop.JobSending, shop.JobFenced, shop.JobDone, shop.JobCancelled:
			person = shop.ProblemInvalidTransition
		case shop.JobUnconfirmed:
			printer = ""
		}
		s := in(t, state)
		if got := refusal(t, s, shop.Reprint{By: "lan", Job: 1}); got != person {
			t.Errorf("a person, %s: %q, want %q", state, got, person)
		}
		if got := refusal(t, s, shop.Reprint{Printer: "kitchen", Job: 1}); got != printer {
			t.Errorf("its printer, %s: %q, want %q", state, got, printer)
		}
		if got := refusal(t, s, shop.Reprint{Printer: "spare", Job: 1}); got != shop.ProblemInvalidTransition {
			t.Errorf("another printer, %s: %q", state, got)
		}
	}
	s := follow(t, in(t, shop.JobUnconfirmed), noon.Add(time.Minute), shop.Reprint{By: "lan", Job: 1})
	s = follow(t, s, noon.Add(2*time.Minute), shop.Reprint{By: "lan", Job: 4})
	want := shop.Job{ID: 5, Printer: "kitchen", Kind: shop.JobKitchen, Order: 1, Reprint: 2, State: shop.JobQueued, DueAt: noon,
		At: noon.Add(2 * time.Minute)}
	if diff := cmp.Diff(&want, job(t, s, 5)); diff != "" {
		t.Errorf("the second reprint (-want +got):\n%s", diff)
	}
}

// What has not been sent for an order that will not be made is cancelled; what may be on paper stays as it is.
func TestACancelledOrdersPaper(t *testing.T) {
	for _, state := range jobStates {
		want := state
		switch state {
		case shop.JobQueued, shop.JobBlocked, shop.JobHeld:
			want = shop.JobCancelled
		}
		s := follow(t, in(t, state), noon, wish("b", "matcha", 1), shop.Cancel{Channel: "meituan", Ref: "a"})
		if j := s.Jobs.At(1); j != nil && j.State != want {
			t.Errorf("a ticket that was %s is %s, want %s", state, j.State, want)
		}
		if j := s.Jobs.At(4); j == nil || j.State != shop.JobQueued {
			t.Errorf("another order's ticket: %+v", j)
		}
	}
	s := follow(t, paper(t), noon, shop.Tap{Cups: cupsOf(1, 1), To: shop.Made},
		shop.Handover{Order: 1, Cups: cupsOf(1, 1), Reason: "the rest follows"})
	for id, want := range map[int64]shop.JobState{1: shop.JobQueued, 2: shop.JobCancelled, 3: shop.JobQueued} {
		if j := s.Jobs.At(id); j != nil && j.State != want {
			t.Errorf("a cup went out: job %d is %s, want %s", id, j.State, want)
		}
	}
}
