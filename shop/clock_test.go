package shop_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"weir/shop"
)

// wrongClocks are by how much the clock of a box is off that has no battery, or that another system has set.
var wrongClocks = map[string]time.Duration{
	"8 h ahead": 8 * time.Hour, "8 h back": -8 * time.Hour, "a day ahead": 24 * time.Hour, "a day back": -24 * time.Hour,
	"61 s back": -61 * time.Second,
	"1970":      time.Unix(0, 0).Sub(noon), "2045": time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC).Sub(noon),
}

// timeline decides commands one after the other, each of which has to succeed.
type timeline struct {
	t     *testing.T
	state shop.State
}

func (h *timeline) do(c shop.Command, at time.Time) shop.Decision {
	h.t.Helper()
	d, err := shop.Decide(h.state, c, at)
	if err != nil {
		h.t.Fatalf("%T at %s: %v", c, at, err)
	}
	h.state = d.Next
	if lost := h.state.Lost(); lost != 0 {
		h.t.Fatalf("after %T the ledger is out by %d cups", c, lost)
	}
	return d
}

func (h *timeline) place(ref string, at time.Time) *shop.Order {
	h.t.Helper()
	d := h.do(shop.Place{Channel: "shangou", Draft: one(ref)}, at)
	o, _ := h.state.Order(d.Order)
	return o
}

// The clock is wrong for one tick, or for some orders, and is then found right: the shop goes on under the right day,
// and nothing is left in the future.
func TestAClockThatWasWrongForAWhile(t *testing.T) {
	for name, off := range wrongClocks {
		for _, orders := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s, %d orders", name, orders), func(t *testing.T) {
				now := noon.Add(time.Hour)
				h := &timeline{t, shop.New(demo(t), noon)}
				day := h.state.Counters.Day
				first := h.place("first", now)
				h.do(shop.Tap{By: "tablet", Cups: []shop.CupID{first.CupID(1)}, To: shop.Making}, now)
				h.do(shop.Tick{}, now.Add(off))
				for i := range orders {
					// A shop that is closed at that hour refuses; then there is nothing to mend.
					if d, err := shop.Decide(h.state, shop.Place{Channel: "shangou", Draft: one(fmt.Sprint("wrong ", i))},
						now.Add(off).Add(time.Duration(i)*time.Second)); err == nil {
						h.state = d.Next
					}
				}
				now = now.Add(time.Minute)
				h.do(shop.Tick{}, now)
				for _, d := range h.state.Counters.Ahead {
					h.do(shop.MendDay{Day: d}, now)
				}
				o := h.place("after", now.Add(time.Second))
				if off > 0 || h.state.Counters.Day != day {
					if h.state.Counters.Day != day || o.Day != day {
						t.Errorf("the day is %s, the order's %s; want %s", h.state.Counters.Day, o.Day, day)
					}
				}
				numbers := map[int]bool{}
				for o := range h.state.Orders.All() {
					if numbers[o.Number] {
						t.Errorf("two orders have the number %03d", o.Number)
					}
					numbers[o.Number] = true
					if o.Day > day || o.AcceptedAt.After(now.Add(time.Second)) || o.KitchenAt.After(now.Add(time.Second)) ||
						o.Cups[0].At.After(now.Add(time.Second)) {
						t.Errorf("order %s is still in the future: %+v", o.Ref, o)
					}
				}
				if o, _ := h.state.Order(first.ID); off > 0 && !o.AcceptedAt.Equal(first.AcceptedAt) {
					t.Errorf("what was right was changed: accepted at %s, was %s", o.AcceptedAt, first.AcceptedAt)
				}
				if at := h.state.Counters.MendedAt; at.After(now) {
					t.Errorf("mended at %s, which is to come", at)
				}
				for i := range 60 { // credit flows again, once leases of the wrong time are dead
					h.do(shop.Tick{}, now.Add(time.Duration(i)*10*time.Second))
				}
				if off > 0 && len(h.state.Leases) == 0 {
					t.Error("no credit ten minutes after the clock was put right")
				}
				for _, l := range h.state.Leases {
					if left := l.ExpiresAt.Sub(now); left > time.Hour || left < 0 {
						t.Errorf("a lease runs for %s", left)
					}
				}
			})
		}
	}
}

// The shop's time follows a jump: everything that counts from a moment moves with it, slots stay where the customer's
// own clock has them. A jump back again undoes it.
func TestAJumpMovesWhatCountsFromAMoment(t *testing.T) {
	for name, by := range wrongClocks {
		t.Run(name, func(t *testing.T) {
			now := noon.Add(time.Hour)
			h := &timeline{t, shop.New(demo(t), noon)}
			open := h.place("open", now)
			booked := one("booked")
			booked.SlotStart = noon.Add(4 * time.Hour)
			slot := h.do(shop.Place{Channel: "shangou", Draft: booked}, now).Order
			h.do(shop.StepClock{By: by}, now)
			epoch := h.state.Counters.Epoch
			h.do(shop.Tick{}, now.Add(by).Add(time.Second))
			if h.state.Counters.Epoch != epoch {
				t.Errorf("one jump began two epochs")
			}
			moved, _ := h.state.Order(open.ID)
			if want := open.Promise.ReadyBy.Add(by); !moved.AcceptedAt.Equal(open.AcceptedAt.Add(by)) || !moved.Promise.ReadyBy.Equal(want) {
				t.Errorf("accepted %s, promised %s; want both moved by %s", moved.AcceptedAt, moved.Promise.ReadyBy, by)
			}
			if o, _ := h.state.Order(slot); !o.Promise.SlotStart.Equal(booked.SlotStart) {
				t.Errorf("the slot moved to %s", o.Promise.SlotStart)
			}
			h.do(shop.StepClock{By: -by}, now.Add(by))
			back, _ := h.state.Order(open.ID)
			if !back.AcceptedAt.Equal(open.AcceptedAt) || !back.Promise.ReadyBy.Equal(open.Promise.ReadyBy) || h.state.Counters.Day != open.Day {
				t.Errorf("back again: accepted %s, promised %s, day %s", back.AcceptedAt, back.Promise.ReadyBy, h.state.Counters.Day)
			}
			if n := h.place("next", now.Add(time.Second)).Number; n != 3 {
				t.Errorf("the next number is %d, want 3", n)
			}
		})
	}
}

// A time that a customer named stays when the clock is put right; the order keeps its place in the queue.
func TestAJumpLeavesWhatACustomerNamed(t *testing.T) {
	h := &timeline{t, filled(t, 8)}
	plain := h.place("plain", noon)
	draft := one("by")
	draft.By = plain.Promise.ReadyBy.Add(-time.Second)
	id := h.do(shop.Place{Channel: "shangou", Draft: draft}, noon).Order
	o, _ := h.state.Order(id)
	if !o.Promise.ReadyBy.Equal(draft.By) || o.Promise.Turn.IsZero() {
		t.Fatalf("promised %v, takes its turn by %v: the test needs both", o.Promise.ReadyBy, o.Promise.Turn)
	}
	h.do(shop.StepClock{By: -time.Hour}, noon)
	after := h.place("after", noon.Add(-time.Hour).Add(time.Second))
	o, _ = h.state.Order(id)
	if !o.Promise.ReadyBy.Equal(draft.By) {
		t.Errorf("wanted by %v, promised %v", draft.By, o.Promise.ReadyBy)
	}
	queue := h.state.Queue("", time.Time{})
	if last := queue[len(queue)-1].Order.ID; last != after.ID {
		t.Errorf("order %d is the last of the queue, want %d, which came after all", last, after.ID)
	}
}

// Two open orders never share a number: not over the night, and not after a day was opened too early.
func TestOpenOrdersNeverShareANumber(t *testing.T) {
	h := &timeline{t, shop.New(demo(t), noon)}
	for i := range 3 {
		h.place(fmt.Sprint("yesterday ", i), noon)
	}
	morning := noon.Add(24 * time.Hour)
	h.do(shop.Tick{}, morning)
	if o := h.place("today", morning); o.Number != 4 {
		t.Errorf("number %d, want 4: 1 to 3 are still open", o.Number)
	}
}

// While the clock is in doubt nothing is granted and no booking is given up.
func TestNothingIsGrantedWhileTheClockIsInDoubt(t *testing.T) {
	for _, doubt := range []bool{true, false} {
		h := &timeline{t, shop.New(demo(t), noon)}
		h.do(shop.DoubtClock{Doubt: doubt}, noon)
		for i := range 30 {
			h.do(shop.Tick{}, noon.Add(time.Duration(i)*10*time.Second))
		}
		if granted := len(h.state.Leases) > 0; granted == doubt {
			t.Errorf("in doubt %v: granted %v", doubt, granted)
		}
		if mended := !h.state.Counters.MendedAt.IsZero(); mended == doubt {
			t.Errorf("in doubt %v: looked for bookings to move: %v", doubt, mended)
		}
	}
}

// The books and numbers of a day go on after a jump within it, and after a wrong clock has opened another day.
func TestTheBooksOfADayGoOn(t *testing.T) {
	h := &timeline{t, shop.New(demo(t), noon)}
	day := h.state.Counters.Day
	h.place("ended", noon)
	h.place("open", noon)
	h.do(shop.Cancel{Channel: "shangou", Ref: "ended"}, noon)
	books, epoch := h.state.Ledger, h.state.Counters.Epoch

	h.do(shop.StepClock{By: time.Hour}, noon)
	if c := h.state.Counters; h.state.Ledger != books || c.Number != 2 || c.Day != day || len(c.Ahead) != 0 || c.Epoch != epoch+1 {
		t.Fatalf("an hour on: %+v, books %+v; want %+v, number 2, day %s, epoch %d", c, h.state.Ledger, books, day, epoch+1)
	}
	now := noon.Add(time.Hour)
	h.do(shop.Tick{}, now.Add(24*time.Hour))
	tomorrow := h.state.Counters.Day
	if tomorrow <= day || len(h.state.Counters.Unclosed) != 1 {
		t.Fatalf("the wrong clock has opened %s, not closed %v; the test needs another day", tomorrow, h.state.Counters.Unclosed)
	}
	h.place("wrong", now.Add(24*time.Hour))
	h.do(shop.Tick{}, now)
	c := h.state.Counters
	if c.Day != day || c.Number != 2 || len(c.Unclosed) != 0 || !slices.Equal(c.Ahead, []shop.Day{tomorrow}) || c.Epoch != epoch+2 {
		t.Errorf("put right: %+v; want day %s, number 2, nothing to close, %s ahead, epoch %d", c, day, tomorrow, epoch+2)
	}
	if l := h.state.Ledger; l.Ordered != books.Ordered+1 || l.In[shop.Voided] != books.In[shop.Voided] || l.In[shop.Waiting] != 2 {
		t.Errorf("the books are %+v; want those of before and one cup more: %+v", l, books)
	}
	if n := h.place("next", now).Number; n != 3 {
		t.Errorf("the next number is %d, want 3", n)
	}
	// A day that comes is not ahead any more; a later one still is.
	h.do(shop.Tick{}, now.Add(48*time.Hour))
	h.do(shop.Tick{}, now)
	if c := h.state.Counters; len(c.Ahead) != 1 || c.Ahead[0] <= tomorrow {
		t.Fatalf("%v are ahead, want the day after tomorrow", c.Ahead)
	}
	h.do(shop.Tick{}, now.Add(24*time.Hour))
	if c := h.state.Counters; c.Day != tomorrow || len(c.Ahead) != 1 || len(c.Unclosed) != 1 {
		t.Errorf("the next day: %+v; want %s, with one day ahead of it and one to close", c, tomorrow)
	}
	h.do(shop.Tick{}, now.Add(48*time.Hour))
	if c := h.state.Counters; len(c.Ahead) != 0 || len(c.Unclosed) != 2 {
		t.Errorf("the day after: %+v; want none ahead, two to close", c)
	}
}

// Orders of a day that a wrong clock has opened are moved to the right one, also those that were not in memory.
func TestADayThatCameTooEarlyIsMended(t *testing.T) {
	h := &timeline{t, shop.New(demo(t), noon)}
	o := h.place("one", noon)
	later := h.state
	moved := *o
	moved.Day = "2026-02-09"
	later.Orders = later.Orders.With(int64(o.ID), &moved)
	d := must(t, later, shop.MendDay{Day: moved.Day}, noon)
	if o, _ := d.Next.Order(o.ID); o.Day != later.Counters.Day || len(d.Events) != 1 {
		t.Errorf("the order is of %s after %d events, want %s", o.Day, len(d.Events), later.Counters.Day)
	}
	for _, day := range []shop.Day{later.Counters.Day, "2026-02-01"} {
		if d := must(t, h.state, shop.MendDay{Day: day}, noon); !d.Replayed || len(d.Events) != 0 {
			t.Errorf("%s is not to come: %d events; want none", day, len(d.Events))
		}
	}
}

// A clock may lie a minute behind the last event, as two processors may; more is a clock that was put back.
func TestHowFarBackIsPutBack(t *testing.T) {
	for back, want := range map[time.Duration]int64{shop.ClockBackMax: 1, shop.ClockBackMax + time.Millisecond: 2} {
		h := &timeline{t, shop.New(demo(t), noon)}
		h.place("one", noon)
		h.do(shop.Tick{}, noon.Add(-back))
		if e := h.state.Counters.Epoch; e != want {
			t.Errorf("%v back: epoch %d, want %d", back, e, want)
		}
	}
}

// Only what the wrong clock has stamped is stamped anew.
func TestOnlyWhatIsWrongIsStampedAnew(t *testing.T) {
	h := &timeline{t, shop.New(demo(t), noon)}
	right, wrong := h.place("right", noon), h.place("wrong", noon.Add(time.Hour))
	d := h.do(shop.Tick{}, noon.Add(time.Minute))
	var anew []shop.OrderID
	for _, e := range d.Events {
		if _, ok := e.Fact.(shop.OrderRestamped); ok {
			anew = append(anew, e.Order)
		}
	}
	if !slices.Equal(anew, []shop.OrderID{wrong.ID}) {
		t.Errorf("stamped anew: %v, want order %d and not %d", anew, wrong.ID, right.ID)
	}
}

// A clock that was a day behind is put right: the day that it had left is gone on with.
func TestADayThatWasLeftIsGoneOnWith(t *testing.T) {
	h := &timeline{t, shop.New(demo(t), noon)}
	h.place("one", noon)
	h.do(shop.Cancel{Channel: "shangou", Ref: "one"}, noon)
	h.place("two", noon)
	books, day := h.state.Ledger, h.state.Counters.Day
	h.do(shop.Tick{}, noon.Add(-24*time.Hour))
	if h.state.Counters.Day >= day || h.state.DayClosed(day) || h.state.DayClosed(h.state.Counters.Day) {
		t.Fatalf("a day back it is %s", h.state.Counters.Day)
	}
	h.do(shop.Tick{}, noon)
	if c := h.state.Counters; c.Day != day || c.Number != 2 || h.state.Ledger != books || len(c.Unclosed) != 1 {
		t.Errorf("put right: %+v, books %+v; want %s, number 2, the day before to close, books %+v", c, h.state.Ledger, day, books)
	}
	if n := h.place("three", noon).Number; n != 3 {
		t.Errorf("the next number is %d, want 3", n)
	}
}
