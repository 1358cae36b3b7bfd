package capacity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// stuffed is a book with so much online work due at the horizon's end.
func stuffed(b Book, work Work) Book {
	return b.Swap(Order{}, Order{ID: 1e6, Channel: "shangou", Placed: noon, Due: noon.Add(30 * time.Minute), Work: work,
		Cups: int(work / Cup)})
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
			return b.Swap(Order{}, Order{ID: 7, Channel: channel, Placed: noon, Due: slot.Add(SlotLength), Slot: slot, Stage: Booked, Work: work,
				Cups: 9})
		}
	}
	beside := func(change func(Book) Book) func(Book) Book { // another channel has filled the slot before
		return func(b Book) Book {
			return change(b).Swap(Order{}, Order{ID: 6, Channel: "shangou", Placed: noon, Due: slot, Slot: slot.Add(-SlotLength), Stage: Booked,
				Work: 29 * Cup, Cups: 9})
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
		{name: "walk-in at the fullest", book: func(b Book) Book { return stuffed(b, 90*Cup) },
			request: ask(func(r *Request) { r.WalkIn = true }), reason: None, rule: RuleWalkIn},
		{name: "too late for the caller", request: ask(func(r *Request) { r.ConfirmBy = noon.Add(-time.Millisecond) }), reason: Deadline,
			rule: RuleConfirmBy},
		{name: "just in time for the caller", request: ask(func(r *Request) { r.ConfirmBy = noon }), reason: None, rule: RuleFits},
		{name: "before opening", at: -3 * time.Hour, request: one, reason: Closed, rule: RuleHours},
		{name: "a slot before opening", at: -3 * time.Hour, request: ask(func(r *Request) { r.Slot = slot }), reason: None, rule: RuleFits},
		{name: "after closing", at: 10 * time.Hour, request: one, reason: Closed, rule: RuleHours},
		{name: "cannot be ready by closing", at: 10*time.Hour - 3*time.Minute, request: one, reason: Closed, rule: RuleHours},
		{name: "paused", book: intake(IntakePaused, time.Time{}), request: one, reason: Owner, rule: RuleOwner},
		{name: "paused, another channel", book: intake(IntakePaused, time.Time{}), request: ask(func(r *Request) { r.Channel = "shangou" }),
			reason: None, rule: RuleFits},
		{name: "pause has run out", book: intake(IntakePaused, noon), request: one, reason: None, rule: RuleFits},
		{name: "slots only", book: intake(IntakeSlots, noon.Add(time.Hour)), request: one, reason: Owner, rule: RuleOwner, slots: true},
		{name: "slots only, a slot", book: intake(IntakeSlots, time.Time{}), request: ask(func(r *Request) { r.Slot = slot }), reason: None,
			rule: RuleFits},
		{name: "nobody on duty", book: func(b Book) Book { return b.Staff(noon, Steady(0)) }, request: one, reason: Staff, rule: RuleStaff},
		{name: "shelf full", book: func(b Book) Book { return b.Swap(Order{}, Order{ID: 5, Bags: 40}) }, request: one, reason: Shelf,
			rule: RuleShelf, slots: true},
		{name: "shelf full, not a rider's channel", book: func(b Book) Book { return b.Swap(Order{}, Order{ID: 5, Bags: 40}) },
			request: ask(func(r *Request) { r.Channel = "self" }), reason: None, rule: RuleFits},
		{name: "no budget", book: func(b Book) Book { return stuffed(b, 47*Cup) }, request: one, reason: NoRoom, rule: RuleBudget, slots: true},
		{name: "credit of others is out", book: func(b Book) Book {
			return stuffed(b, 42*Cup).Issue([]Lease{{Channel: "shangou", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute),
				Limit: 6 * Cup}})
		}, request: one, reason: NoRoom, rule: RuleBudget, slots: true},
		{name: "its own credit is out", book: func(b Book) Book {
			return stuffed(b, 40*Cup).Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute),
				Limit: 6 * Cup}})
		}, request: one, reason: None, rule: RuleFits},
		{name: "too large for any promise", book: func(b Book) Book { s := settings(); s.Reserve = 0; return b.Set(s) },
			request: ask(func(r *Request) { r.Work = 51 * Cup }), reason: NoRoom, rule: RulePromise, slots: true},
		{name: "would break promises", book: func(b Book) Book {
			return booked("shangou", 0)(b).Swap(Order{}, Order{ID: 8, Due: noon.Add(60 * time.Minute), Work: 116 * Cup, Cups: 116, Stage: Booked})
		}, request: ask(func(r *Request) { r.Work = 4 * Cup }), reason: NoRoom, rule: RuleDeadlines, slots: true},
		{name: "would leave no time for credit that is out", book: func(b Book) Book {
			b = b.Swap(Order{}, Order{ID: 8, Due: noon.Add(60 * time.Minute), Work: 109 * Cup, Cups: 109, Stage: Booked})
			return b.Issue([]Lease{{Channel: "shangou", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute), Limit: 6 * Cup}})
		}, request: ask(func(r *Request) { r.Work = 4 * Cup }), reason: NoRoom, rule: RuleDeadlines, slots: true},
		{name: "held, with time until closing", book: func(b Book) Book { return stuffed(b, 47*Cup) },
			request: ask(func(r *Request) { r.Held = true }), reason: None, rule: RuleFits},
		{name: "slot is past", request: ask(func(r *Request) { r.Slot = noon.Add(-SlotLength) }), reason: SlotPast, rule: RuleSlotTime,
			slots: true},
		{name: "slot is in the kitchen", request: ask(func(r *Request) { r.Slot = noon }), reason: SlotPast, rule: RuleSlotTime, slots: true},
		{name: "slot ends after closing", request: ask(func(r *Request) { r.Slot = today().Closes }), reason: SlotPast, rule: RuleSlotTime,
			slots: true},
		{name: "not a slot", request: ask(func(r *Request) { r.Slot = slot.Add(time.Minute) }), reason: SlotPast, rule: RuleSlotTime,
			slots: true},
		{name: "slot's share is sold", book: beside(booked("meituan", 23*Cup)), request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }),
			reason: SlotFull, rule: RuleSlotShare, slots: true},
		{name: "with nobody else to keep it for it is not", book: booked("meituan", 23*Cup),
			request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }), reason: None, rule: RuleFits},
		{name: "slot's share of another", book: booked("shangou", 23*Cup), request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }),
			reason: None, rule: RuleFits},
		{name: "within the hour shares are free", at: time.Hour + 10*time.Minute, book: booked("meituan", 23*Cup),
			request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }), reason: None, rule: RuleFits},
		{name: "slot is full", book: booked("shangou", 29*Cup), request: ask(func(r *Request) { r.Slot, r.Work = slot, 2*Cup }),
			reason: SlotFull, rule: RuleSlotFull, slots: true},
		{name: "a later slot would be late", book: func(b Book) Book {
			return b.Swap(Order{}, Order{ID: 8, Due: noon.Add(3 * time.Hour), Slot: noon.Add(165 * time.Minute), Work: 360 * Cup, Cups: 360,
				Stage: Booked})
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
	want := Why{Rule: RuleBudget, Asked: 300, Cups: 3, Room: 119, Slack: a.Why.Slack, Budget: 4719, Backlog: 4600, Rate: a.Why.Rate,
		Longest: 30 * time.Minute, Needed: a.Why.Needed}
	if diff := cmp.Diff(want, a.Why, cmpopts.EquateApprox(0.02, 0)); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
	if a.RetryAt.IsZero() || !a.RetryAt.After(noon) || a.Earliest.IsZero() || a.Earliest.After(a.Slots[0].End()) {
		t.Errorf("when: retry %v, earliest %v", a.RetryAt, a.Earliest)
	}
	retry := b.Made(a.RetryAt, Order{}, Order{}, true)
	retry = retry.Swap(Order{ID: 1e6, Channel: "shangou", Due: noon.Add(30 * time.Minute), Work: 46 * Cup, Cups: 46},
		Order{ID: 1e6, Channel: "shangou", Due: noon.Add(30 * time.Minute), Work: 46*Cup - Work(a.Why.Rate*a.RetryAt.Sub(noon).Minutes()),
			Cups: 40})
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
	b := Open(s, Steady(nominal), today(), known()).Tick(noon)
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
	if got := b.Today(next, Steady(nominal)).Report(next.Opens).WalkIns; got != evening {
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
	m, n := moment{Book: &b}, moment{Book: &credit}
	m.at(noon)
	n.at(noon)
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

// Each limit of an order to be made now: the most that is accepted, and the least that is not.
func TestTheLimitsOfAnOrderForNow(t *testing.T) {
	late := func(work Work) Order { // in nobody's way, but in the budget
		return Order{ID: 9, Channel: "x", Due: noon.Add(2 * time.Hour), Work: work, Cups: 1}
	}
	counter := func(promise time.Duration) Book { // a counter so busy that one cup more is promised then
		for work := Work(100); ; work += 50 {
			b := open().Swap(Order{}, Order{ID: 9, Channel: "counter", WalkIn: true, Due: noon, Work: work, Cups: 1})
			if q := b.Quote(noon, Cup); q.Promise >= promise {
				return b
			}
		}
	}
	granted := func(b Book) Book {
		return b.Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: after(90), Limit: 600}})
	}
	slack := func(b Book) Work {
		m := moment{Book: &b}
		m.at(noon)
		return m.left[m.horizon]
	}
	one := Request{Channel: "meituan", Work: Cup, Cups: 1}
	stamped := one
	stamped.Lease = &Stamp{Epoch: 1, Spent: Cup}
	held := one
	held.Held = true
	tight := func(left Work) Book { // the deadlines leave so much
		full := open().Swap(Order{}, waiting(9, 45, 0, 1))
		return open().Swap(Order{}, Order{ID: 9, Channel: "x", Stage: Booked, Due: noon.Add(45 * time.Minute), Work: slack(full) - left, Cups: 1})
	}
	for _, c := range []struct {
		name         string
		allowed      Book
		beyond       Book
		request      Request
		rule, broken Rule
	}{
		{"the budget", open().Swap(Order{}, late(4719-100)), open().Swap(Order{}, late(4719-99)), one, RuleFits, RuleBudget},
		{"the budget, less credit that is out to its own channel", granted(open()).Swap(Order{}, late(4719-700)),
			granted(open()).Swap(Order{}, late(4719-699)), one, RuleFits, RuleBudget},
		{"under a lease: the budget, its credit included", granted(open()).Swap(Order{}, late(4719-100)),
			granted(open()).Swap(Order{}, late(4719-99)), stamped, RuleLease, RuleBudget},
		{"under a lease: fifteen minutes more than the horizon", granted(counter(45 * time.Minute)), granted(counter(46 * time.Minute)), stamped,
			RuleLease, RuleBudget},
		{"the deadlines", tight(100), tight(99), one, RuleFits, RuleDeadlines},
		{"the deadlines, less credit that is out", granted(tight(700)), granted(tight(699)), one, RuleFits, RuleDeadlines},
		{"held for its customer: the deadlines", tight(100), tight(99), held, RuleFits, RuleDeadlines},
	} {
		if a := c.allowed.Admit(noon, c.request); !a.Accepted || a.Why.Rule != c.rule {
			t.Errorf("%s, at the limit: accepted %v by %s, want %s\n%+v", c.name, a.Accepted, a.Why.Rule, c.rule, a.Why)
		}
		if a := c.beyond.Admit(noon, c.request); a.Accepted || a.Why.Rule != c.broken {
			t.Errorf("%s, beyond it: accepted %v by %s, want %s\n%+v", c.name, a.Accepted, a.Why.Rule, c.broken, a.Why)
		}
	}
}

func TestOpeningAndClosingTimes(t *testing.T) {
	opens, closes := today().Opens, today().Closes
	now, slot := Request{Channel: "meituan", Work: Cup, Cups: 1}, Request{Channel: "meituan", Work: Cup, Cups: 1, Slot: noon}
	for _, c := range []struct {
		name    string
		at      time.Time
		request Request
		rule    Rule
		retry   time.Time
	}{
		{"just before opening", opens.Add(-time.Millisecond), now, RuleHours, opens},
		{"at opening", opens, now, RuleFits, time.Time{}},
		{"a slot, before opening", opens.Add(-time.Hour), slot, RuleFits, time.Time{}},
		{"ready at closing", closes.Add(-4 * time.Minute), now, RuleFits, time.Time{}},
		{"ready after closing", closes.Add(-4*time.Minute + time.Millisecond), now, RuleHours, time.Time{}},
		{"at closing", closes, now, RuleHours, time.Time{}},
		{"a slot, at closing", closes, slot, RuleHours, time.Time{}},
		{"a slot, just before closing", closes.Add(-time.Millisecond), slot, RuleSlotTime, time.Time{}},
	} {
		a := open().Admit(c.at, c.request)
		if a.Why.Rule != c.rule || !a.RetryAt.Equal(c.retry) || !a.Why.Until.Equal(c.retry) {
			t.Errorf("%s: by %s, again at %v until %v; want %s and %v", c.name, a.Why.Rule, a.RetryAt, a.Why.Until, c.rule, c.retry)
		}
	}
	short := Open(settings(), Steady(nominal), Day{Opens: noon, Closes: noon.Add(3 * time.Minute)}, known())
	if a := short.Admit(noon, now); a.Why.Rule != RuleHours || !a.RetryAt.IsZero() {
		t.Errorf("a day that is too short for a cup: %+v", a)
	}
}

func TestTheShelfsLimit(t *testing.T) {
	s := settings()
	order := Request{Channel: "meituan", Work: Cup, Cups: 1}
	bags := func(n int) Book { return open().Swap(Order{}, Order{ID: 5, Bags: n}) }
	if a := bags(s.ShelfMax-1).Admit(noon, order); !a.Accepted {
		t.Errorf("one bag below the limit: %+v", a.Why)
	}
	if a := bags(s.ShelfMax).Admit(noon, order); a.Accepted || a.Why.Bags != 40 || a.Why.BagsMax != 40 {
		t.Errorf("at the limit: %+v", a.Why)
	}
	s.ShelfMax = 0
	if a := bags(1000).Set(s).Admit(noon, order); !a.Accepted {
		t.Errorf("there is no limit: %+v", a.Why)
	}
}

// What a channel was granted is for the orders that come under the grant. An order of the same channel without a lease
// must not take its room. A channel that obeys no leases has none to spare.
func TestAnOrderWithoutALeaseLeavesItsChannelsCreditAlone(t *testing.T) {
	b := open().Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: after(90), Limit: 600}})
	m := moment{Book: &b}
	m.at(noon)
	for _, c := range []struct {
		name  string
		r     Request
		takes Work // credit that it must leave
	}{
		{"without a lease", Request{Channel: "meituan"}, 600},
		{"under its lease", Request{Channel: "meituan", Lease: &Stamp{Epoch: 1, Spent: 100}}, 0},
		{"of another channel", Request{Channel: "shangou", Lease: &Stamp{Epoch: 1, Spent: 100}}, 600},
		{"of a channel without leases", Request{Channel: "counter"}, 600},
	} {
		if got := m.room(m.creditor(&c.r)).Credit; got != c.takes {
			t.Errorf("%s: leaves %d, want %d", c.name, got, c.takes)
		}
	}
	s := settings()
	s.Channels[0].Leased = false
	if got := b.Set(s).Admit(noon, Request{Channel: "meituan", Work: Cup}).Why.Credit; got != 0 {
		t.Errorf("it obeys leases no more, and what it had been granted keeps it out: %d", got)
	}
}

// A refusal says when to ask again: when the crew will have made what is missing, at the median rate, in whole minutes.
func TestWhenToAskAgain(t *testing.T) {
	rate := open().Rate(noon).P50
	due := func(work Work) Order {
		return Order{ID: 9, Channel: "x", Due: noon.Add(2 * time.Hour), Work: work, Cups: 1}
	}
	for _, c := range []struct {
		name       string
		work       Work
		lacks      Work
		closesAt   time.Duration // after noon
		retryAfter time.Duration // 0: not today
	}{
		{"nearly enough room: a minute", 900, 1, 10 * time.Hour, time.Minute},
		{"just a minute's work is missing", 900, Work(rate), 10 * time.Hour, time.Minute},
		{"a little more", 900, Work(rate) + 1, 10 * time.Hour, 2 * time.Minute},
		{"ten minutes' work is missing", 3000, Work(10 * rate), 10 * time.Hour, 10 * time.Minute},
		{"ten minutes, and the horizon ends at closing", 3000, Work(10 * rate), 40 * time.Minute, 10 * time.Minute},
		{"ten minutes, and the horizon ends after closing", 3000, Work(10 * rate), 40*time.Minute - time.Millisecond, 0},
	} {
		b := Open(settings(), Steady(nominal), Day{Opens: noon.Add(-time.Hour), Closes: noon.Add(c.closesAt)}, known())
		b = b.Swap(Order{}, due(4719-c.work+c.lacks))
		a := b.Admit(noon, Request{Channel: "meituan", Work: c.work, Cups: 1})
		var want time.Time
		if c.retryAfter > 0 {
			want = noon.Add(c.retryAfter)
		}
		if a.Accepted || !a.RetryAt.Equal(want) {
			t.Errorf("%s: again at %v, want %v (%+v)", c.name, a.RetryAt, want, a.Why)
		}
	}
}

// An order that breaks every rule is refused by the first. Mended one by one, the next rule decides.
func TestTheOrderInWhichRulesAreTried(t *testing.T) {
	s := settings()
	s.Channels[0].Intake.Mode = IntakePaused
	r := Request{Channel: "meituan", Work: 60 * Cup, Cups: 60, ConfirmBy: noon, WalkIn: true}
	late := Order{ID: 8, Channel: "x", Stage: Booked, Due: noon.Add(45 * time.Minute), Work: 90 * Cup, Cups: 90}
	online := Order{ID: 9, Channel: "x", Due: noon.Add(4 * time.Minute), Work: 47 * Cup, Cups: 47}
	b := Open(s, Steady(0), today(), known()).Swap(Order{}, Order{ID: 7, Bags: 40}).Swap(Order{}, online).Swap(Order{}, late)
	at := today().Closes
	for _, step := range []struct {
		want Rule
		mend func()
	}{
		{RuleConfirmBy, func() { r.ConfirmBy = time.Time{} }},
		{RuleWalkIn, func() { r.WalkIn = false }},
		{RuleHours, func() { at = noon }},
		{RuleOwner, func() { b = b.Set(settings()) }},
		{RuleStaff, func() { b = b.Staff(noon, Steady(nominal)) }},
		{RuleShelf, func() { b = b.Swap(Order{ID: 7, Bags: 40}, Order{}) }},
		{RuleBudget, func() {
			b, r.Work = b.Swap(online, Order{}).Swap(Order{}, Order{ID: 9, Channel: "c", WalkIn: true, Due: noon, Work: 4 * Cup, Cups: 4}), 47*Cup
		}},
		{RulePromise, func() { r.Work = 20 * Cup }},
		{RuleDeadlines, func() { b = b.Swap(late, Order{}) }},
		{RuleFits, func() {}},
	} {
		if got := b.Admit(at, r).Why.Rule; got != step.want {
			t.Errorf("rule %s decides, want %s", got, step.want)
		}
		step.mend()
	}
}
