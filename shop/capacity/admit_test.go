package capacity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// stuffed is a book with so much online work due at the horizon's end.
func stuffed(b Book, work Work) Book {
	return b.Swap(Order{}, Order{ID: 1e6, Channel: "shangou", Placed: noon, Due: noon.Add(30 * time.Minute), Work: work, Cups: int(work / Cup)})
}

func TestEveryRule(t *testing.T) {
	one := Request{Channel: "meituan", Work: Cup, Cups: 1}
	slot := noon.Add(2 * time.Hour)
	intake := func(mode IntakeMode, until time.Time) func(Book) Book {
		return func(b Book) Book {
			s := settings()
			s.Channels[0].Intake = Intake{Mode: mode, Until: until}
			return b.Set(s)
		}
	}
	ask := func(change func(*Request)) Request {
		r := one
		change(&r)
		return r
	}
	booked := func(channel string, work Work) func(Book) Book {
		return func(b Book) Book {
			return b.Swap(Order{}, Order{ID: 7, Channel: channel, Placed: noon, Due: slot.Add(SlotLength), Slot: slot, Stage: Booked, Work: work, Cups: 9})
		}
	}
	for _, c := range []struct {
		name    string
		book    func(Book) Book
		at      time.Duration // from noon
		request Request
		reason  Reason
		rule    Rule
		slots   bool
	}{
		{name: "empty shop", request: one, reason: None, rule: RuleFits},
		{name: "walk-in at the fullest", book: func(b Book) Book { return stuffed(b, 90*Cup) }, request: ask(func(r *Request) { r.WalkIn = true }), reason: None, rule: RuleWalkIn},
		{name: "too late for the caller", request: ask(func(r *Request) { r.ConfirmBy = noon.Add(-time.Millisecond) }), reason: Deadline, rule: RuleConfirmBy},
		{name: "just in time for the caller", request: ask(func(r *Request) { r.ConfirmBy = noon }), reason: None, rule: RuleFits},
		{name: "before opening", at: -3 * time.Hour, request: one, reason: Closed, rule: RuleHours},
		{name: "a slot before opening", at: -3 * time.Hour, request: ask(func(r *Request) { r.Slot = slot }), reason: None, rule: RuleFits},
		{name: "after closing", at: 10 * time.Hour, request: one, reason: Closed, rule: RuleHours},
		{name: "cannot be ready by closing", at: 10*time.Hour - 3*time.Minute, request: one, reason: Closed, rule: RuleHours},
		{name: "paused", book: intake(IntakePaused, time.Time{}), request: one, reason: Owner, rule: RuleOwner},
		{name: "paused, another channel", book: intake(IntakePaused, time.Time{}), request: ask(func(r *Request) { r.Channel = "shangou" }), reason: None, rule: RuleFits},
		{name: "pause has run out", book: intake(IntakePaused, noon), request: one, reason: None, rule: RuleFits},
		{name: "slots only", book: intake(IntakeSlots, noon.Add(time.Hour)), request: one, reason: Owner, rule: RuleOwner, slots: true},
		{name: "slots only, a slot", book: intake(IntakeSlots, time.Time{}), request: ask(func(r *Request) { r.Slot = slot }), reason: None, rule: RuleFits},
		{name: "nobody on duty", book: func(b Book) Book { return b.Staff(0) }, request: one, reason: Staff, rule: RuleStaff},
		{name: "shelf full", book: func(b Book) Book { return b.Swap(Order{}, Order{ID: 5, Bags: 40}) }, request: one, reason: Shelf, rule: RuleShelf, slots: true},
		{name: "shelf full, not a rider's channel", book: func(b Book) Book { return b.Swap(Order{}, Order{ID: 5, Bags: 40}) }, request: ask(func(r *Request) { r.Channel = "self" }), reason: None, rule: RuleFits},
		{name: "no budget", book: func(b Book) Book { return stuffed(b, 47*Cup) }, request: one, reason: NoRoom, rule: RuleBudget, slots: true},
		{name: "credit of others is out", book: func(b Book) Book {
			return stuffed(b, 42*Cup).Issue([]Lease{{Channel: "shangou", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute), Limit: 6 * Cup}})
		}, request: one, reason: NoRoom, rule: RuleBudget, slots: true},
		{name: "its own credit is out", book: func(b Book) Book {
			return stuffed(b, 40*Cup).Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute), Limit: 6 * Cup}})
		}, request: one, reason: None, rule: RuleFits},
		{name: "too large for any promise", book: func(b Book) Book { s := settings(); s.Reserve = 0; return b.Set(s) }, request: ask(func(r *Request) { r.Work = 51 * Cup }), reason: NoRoom, rule: RulePromise},
		{name: "would break promises", book: func(b Book) Book {
			return booked("shangou", 0)(b).Swap(Order{}, Order{ID: 8, Due: noon.Add(60 * time.Minute), Work: 116 * Cup, Cups: 116, Stage: Booked})
		}, request: ask(func(r *Request) { r.Work = 4 * Cup }), reason: NoRoom, rule: RuleDeadlines, slots: true},
		{name: "would leave no time for credit that is out", book: func(b Book) Book {
			b = b.Swap(Order{}, Order{ID: 8, Due: noon.Add(60 * time.Minute), Work: 109 * Cup, Cups: 109, Stage: Booked})
			return b.Issue([]Lease{{Channel: "shangou", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute), Limit: 6 * Cup}})
		}, request: ask(func(r *Request) { r.Work = 4 * Cup }), reason: NoRoom, rule: RuleDeadlines, slots: true},
		{name: "held, with time until closing", book: func(b Book) Book { return stuffed(b, 47*Cup) }, request: ask(func(r *Request) { r.Held = true }), reason: None, rule: RuleFits},
		{name: "slot is past", request: ask(func(r *Request) { r.Slot = noon.Add(-SlotLength) }), reason: SlotPast, rule: RuleSlotTime, slots: true},
		{name: "slot is in the kitchen", request: ask(func(r *Request) { r.Slot = noon }), reason: SlotPast, rule: RuleSlotTime, slots: true},
		{name: "slot ends after closing", request: ask(func(r *Request) { r.Slot = today().Closes }), reason: SlotPast, rule: RuleSlotTime, slots: true},
		{name: "not a slot", request: ask(func(r *Request) { r.Slot = slot.Add(time.Minute) }), reason: SlotPast, rule: RuleSlotTime, slots: true},
		{name: "slot's share is sold", book: booked("meituan", 16*Cup), request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }), reason: SlotFull, rule: RuleSlotShare, slots: true},
		{name: "slot's share of another", book: booked("shangou", 16*Cup), request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }), reason: None, rule: RuleFits},
		{name: "within the hour shares are free", at: time.Hour + 10*time.Minute, book: booked("meituan", 16*Cup), request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }), reason: None, rule: RuleFits},
		{name: "slot is full", book: booked("shangou", 29*Cup), request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }), reason: SlotFull, rule: RuleSlotFull, slots: true},
		{name: "a later slot would be late", book: func(b Book) Book {
			return b.Swap(Order{}, Order{ID: 8, Due: noon.Add(3 * time.Hour), Slot: noon.Add(165 * time.Minute), Work: 360 * Cup, Cups: 360, Stage: Booked})
		}, request: ask(func(r *Request) { r.Slot, r.Work = slot, 9*Cup }), reason: SlotFull, rule: RuleLater, slots: true},
	} {
		b := open()
		if c.book != nil {
			b = c.book(b)
		}
		a := b.Admit(noon.Add(c.at), c.request)
		if a.Accepted != (c.reason == None) || a.Reason != c.reason || a.Why.Rule != c.rule || (len(a.Slots) > 0) != c.slots {
			t.Errorf("%s: got %q by %q with %d slots, want %q by %q\n%+v", c.name, a.Reason, a.Why.Rule, len(a.Slots), c.reason, c.rule, a.Why)
		}
	}
}

func TestAnAnswerExplainsItself(t *testing.T) {
	b := stuffed(open(), 46*Cup)
	a := b.Admit(noon, Request{Channel: "meituan", Work: 3 * Cup, Cups: 3})
	want := Why{Rule: RuleBudget, Asked: 300, Cups: 3, Room: 119, Slack: a.Why.Slack, Budget: 4719, Backlog: 4600, Rate: a.Why.Rate, Longest: 30 * time.Minute, Needed: a.Why.Needed}
	if diff := cmp.Diff(want, a.Why, cmpopts.EquateApprox(0.02, 0)); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
	if a.RetryAt.IsZero() || !a.RetryAt.After(noon) || a.Earliest.IsZero() || a.Earliest.After(a.Slots[0].End()) {
		t.Errorf("when: retry %v, earliest %v", a.RetryAt, a.Earliest)
	}
	retry := b.Made(a.RetryAt, Order{}, Order{}, true)
	retry = retry.Swap(Order{ID: 1e6, Channel: "shangou", Due: noon.Add(30 * time.Minute), Work: 46 * Cup, Cups: 46},
		Order{ID: 1e6, Channel: "shangou", Due: noon.Add(30 * time.Minute), Work: 46*Cup - Work(a.Why.Rate*a.RetryAt.Sub(noon).Minutes()), Cups: 40})
	if again := retry.Admit(a.RetryAt, Request{Channel: "meituan", Work: 3 * Cup, Cups: 3}); !again.Accepted {
		t.Errorf("refused at the time it was told to ask again: %+v", again.Why)
	}
}

func TestPromisesGrowWithTheBacklog(t *testing.T) {
	last := time.Duration(0)
	for work := Work(0); work <= 40*Cup; work += 5 * Cup {
		b := open()
		if work > 0 {
			b = b.Swap(Order{}, Order{ID: 1, Channel: "x", Due: noon.Add(4 * time.Minute), Work: work, Cups: 1})
		}
		q := b.Quote(noon, Cup)
		if q.Promise < last || q.Promise < q.P90 || q.P90 < q.P50 || q.Promise%time.Minute != 0 {
			t.Errorf("%d work ahead: %+v after %v", work, q, last)
		}
		last = q.Promise
	}
	if last < 20*time.Minute {
		t.Errorf("with 40 cups ahead the promise is %v", last)
	}
}

func TestTheCounterLowersRoomOnlyBeyondItsReserve(t *testing.T) {
	room := func(walkIns Work) Work {
		b := open()
		if walkIns > 0 {
			b = b.Swap(Order{}, Order{ID: 1, Channel: "counter", WalkIn: true, Due: noon.Add(5 * time.Minute), Work: walkIns, Cups: 1})
		}
		return b.Room(noon, "").Amount
	}
	if reserve := settings().Reserve; room(reserve) != room(0) || room(reserve+2*Cup) != room(0)-2*Cup {
		t.Errorf("room %d, with the reserve used %d, with two more %d", room(0), room(reserve), room(reserve+2*Cup))
	}
}

func TestWalkInsAreForecast(t *testing.T) {
	s := settings()
	s.WalkIns = 50
	b := Open(s, nominal, today(), New(1)).Tick(noon)
	if got := b.Report(noon).WalkIns; got != 50 {
		t.Errorf("before any came the forecast is %v", got)
	}
	now := noon
	for range 600 { // ten hours, one cup a minute
		now = now.Add(time.Minute)
		b = b.Arrive(now, Request{Channel: "counter", WalkIn: true, Work: Cup})
	}
	if got := b.Report(now).WalkIns; got < 90 || got > 105 {
		t.Errorf("a cup a minute: forecast %v", got)
	}
	evening := b.Report(now).WalkIns
	next := Day{Opens: now.Add(14 * time.Hour), Closes: now.Add(24 * time.Hour)}
	if got := b.Today(next).Report(next.Opens).WalkIns; got != evening {
		t.Errorf("the night changed the forecast from %v to %v", evening, got)
	}
}

func TestCreditTakesRoomEverywhere(t *testing.T) {
	b := open()
	lease := Lease{Channel: "shangou", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute), Limit: 6 * Cup}
	credit := b.Issue([]Lease{lease})
	was, is := b.Room(noon, "meituan"), credit.Room(noon, "meituan")
	if is.Credit != 6*Cup || is.Amount != was.Amount-6*Cup || is.Reach != was.Reach-6*Cup {
		t.Errorf("room %+v, with credit out %+v", was, is)
	}
	if own := credit.Room(noon, "shangou"); own != was {
		t.Errorf("for the channel that has it: %+v", own)
	}
	var m, n moment
	b.at(noon, &m)
	credit.at(noon, &n)
	var p, q pool
	m.pool(&p)
	n.pool(&q)
	if q.slots[0].left != p.slots[0].left-6*Cup {
		t.Errorf("slots: %d left, with credit out %d", p.slots[0].left, q.slots[0].left)
	}
}

func TestHeldWorkIsDueByClosing(t *testing.T) {
	held := Order{ID: 1, Channel: "self", Stage: Held, Due: today().Closes, Work: 1200 * Cup, Cups: 1200}
	b := open()
	if slots := b.Swap(Order{}, held).Slots(noon, "", "", Cup); b.Slots(noon, "", "", Cup) == nil || slots != nil {
		t.Errorf("with all the day's work held, %d slots are open", len(slots))
	}
	if r := b.Swap(Order{}, held).Report(noon); r.Backlog != 0 || r.LaterCups != 1200 {
		t.Errorf("held work is not due: %+v", r)
	}
}
