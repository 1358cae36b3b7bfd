package shop_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// holds keeps room for so many cups and returns the hold.
func holds(t *testing.T, s shop.State, cups int, now time.Time) (shop.State, *shop.Hold) {
	t.Helper()
	d := must(t, s, shop.HoldRoom{Channel: "shangou", Cups: cups}, now)
	return d.Next, d.Next.Holds[d.Hold]
}

// TestHeldRoomIsCountedAndBecomesAnOrder: who comes in between does not get it, and the order is taken even then.
func TestHeldRoomIsCountedAndBecomesAnOrder(t *testing.T) {
	s := shop.New(demo(t), noon)
	free := s.Capacity.Room(noon, "").Amount
	s, h := holds(t, s, 5, noon)
	if got := s.Capacity.Room(noon, "").Amount; got != free-5*capacity.Cup || h.Until != noon.Add(shop.HoldFor) {
		t.Errorf("room went from %d to %d, kept until %v", free, got, h.Until)
	}
	for i := 0; ; i++ { // others take what there is
		d, err := shop.Decide(s, shop.Place{Channel: "meituan", Draft: one(fmt.Sprint("m", i))}, noon)
		if err != nil {
			break
		}
		s = d.Next
	}
	five := shop.Draft{Ref: "a", Lines: []shop.Line{{Item: "green-tea", Qty: 5}}}
	later := noon.Add(50 * time.Second)
	refused(t, s, shop.Place{Channel: "shangou", Draft: five}, later, shop.ProblemReducedCapacity)
	five.Hold = h.ID
	refused(t, s, shop.Place{Channel: "meituan", Draft: five}, later, shop.ProblemReducedCapacity) // another channel's
	paused := must(t, s, shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: "paused", Until: noon.Add(time.Hour)}}, later).Next
	for _, state := range []shop.State{s, paused} {
		after, o := placed(t, state, five, later, false)
		if o.Promise.ReadyBy.After(h.ReadyBy) || len(after.Holds) != 0 ||
			after.Capacity.Room(later, "").Backlog > s.Capacity.Room(later, "").Backlog {
			t.Errorf("promised %v, was told %v; %d holds", o.Promise.ReadyBy, h.ReadyBy, len(after.Holds))
		}
		placed(t, after, five, later, true)
	}
	wanted := five
	wanted.Ref, wanted.By = "by", h.ReadyBy // the queue has grown since, the shop's word stands
	placed(t, s, wanted, later, false)
	wanted.By = h.ReadyBy.Add(-time.Second) // sooner than the shop has said
	refused(t, s, shop.Place{Channel: "shangou", Draft: wanted}, later, shop.ProblemDeadlinePassed)
	// An order that is more than what was kept is judged like any other, and the hold stays when it is refused.
	more := five
	more.Ref, more.Lines = "b", []shop.Line{{Item: "green-tea", Qty: 30}}
	refused(t, s, shop.Place{Channel: "shangou", Draft: more}, later, shop.ProblemReducedCapacity)
	// One that has lapsed is none, and gives its room back with the next tick.
	refused(t, s, shop.Place{Channel: "shangou", Draft: five}, noon.Add(time.Minute), shop.ProblemReducedCapacity)
	if s = must(t, s, shop.Tick{}, noon.Add(time.Minute)).Next; len(s.Holds) != 0 {
		t.Error("it has not lapsed")
	}
}

func TestHoldsKeepIngredientsToo(t *testing.T) {
	s := must(t, shop.New(demo(t), noon), shop.SetStock{By: "x", Ingredient: "grape", Amount: 240}, noon).Next
	grape := func(ref string, qty int) shop.Draft {
		return shop.Draft{Ref: ref, Lines: []shop.Line{{Item: "grape", Qty: qty}}}
	}
	d := must(t, s, shop.HoldRoom{Channel: "shangou", Lines: grape("", 2).Lines, For: 10 * time.Second}, noon)
	s = d.Next
	refused(t, s, shop.HoldRoom{Channel: "meituan", Lines: grape("", 1).Lines}, noon, shop.ProblemSoldOut)
	refused(t, s, shop.Place{Channel: "meituan", Draft: grape("m", 1)}, noon, shop.ProblemSoldOut)
	draft := grape("a", 2)
	draft.Hold = d.Hold
	after, _ := placed(t, s, draft, noon, false)
	if left, _ := after.Free("grape"); left != 0 || len(after.StockOff()) != 0 {
		t.Errorf("%d free, %v", left, after.StockOff())
	}
	s = must(t, s, shop.DropHold{Channel: "shangou", Hold: d.Hold}, noon).Next
	if left, _ := s.Free("grape"); left != 240 || len(s.StockOff()) != 0 {
		t.Errorf("%d free after it was dropped", left)
	}
	refused(t, s, shop.DropHold{Channel: "shangou", Hold: d.Hold}, noon, shop.ProblemNotFound)
}

func TestAFloodOfHoldsIsBounded(t *testing.T) {
	config := demo(t)
	config.Channels[1].HoldCups = 0
	s := shop.New(config, noon)
	for range 4 {
		s, _ = holds(t, s, 5, noon)
	}
	refused(t, s, shop.HoldRoom{Channel: "shangou", Cups: 1}, noon, shop.ProblemQuota)
	_, err := shop.Decide(s, shop.HoldRoom{Channel: "shangou", Cups: 1}, noon)
	if e := (*shop.Error)(nil); !errors.As(err, &e) || e.RetryAfter != shop.HoldMost {
		t.Errorf("a full bound says %v, want to be asked again when the holds have lapsed", err)
	}
	refused(t, s, shop.HoldRoom{Channel: "meituan", Cups: 1}, noon, shop.ProblemQuota)
	refused(t, s, shop.HoldRoom{Channel: shop.CounterChannel, Cups: 1}, noon, shop.ProblemNotFound)
	refused(t, s, shop.HoldRoom{Channel: "shangou", Lines: []shop.Line{{Item: "bag", Qty: 1}}}, noon, shop.ProblemInvalidOrder)
	refused(t, s, shop.HoldRoom{Channel: "shangou", Cups: 1, For: time.Hour}, noon, shop.ProblemInvalid)
	refused(t, s, shop.DropHold{Channel: "meituan", Hold: 1}, noon, shop.ProblemNotFound)
	s = must(t, s, shop.Tick{}, noon.Add(shop.HoldFor)).Next
	if _, h := holds(t, s, 5, noon.Add(shop.HoldFor)); h.ID != 5 {
		t.Errorf("hold %s after the others lapsed", h.ID)
	}
	// A clock that was ahead: what was kept on it is let go, and does not stay for a day.
	s, _ = holds(t, s, 5, noon.Add(3*time.Hour))
	if s = must(t, s, shop.Tick{}, noon.Add(2*time.Minute)).Next; len(s.Holds) != 0 {
		t.Errorf("%d holds of another clock", len(s.Holds))
	}
}

// TestAgentsHoldAndDrop is a rush in which agents hold room and half of them drop it or forget it: every order with a hold
// is taken, none beyond the budget, and nothing is left held.
func TestAgentsHoldAndDrop(t *testing.T) {
	s, now := shop.New(demo(t), noon), noon
	budget := s.Capacity.Room(now, "").Budget
	type kept struct {
		hold  shop.HoldID
		at    time.Time
		fate  int
		units int
	}
	var open []kept
	taken, dropped, forgotten, refusedHolds := 0, 0, 0, 0
	for second := range 1200 {
		now = noon.Add(time.Duration(second) * time.Second)
		s = must(t, s, shop.Tick{}, now).Next
		units := 1 + second%4
		if d, err := shop.Decide(s, shop.HoldRoom{Channel: "shangou", Cups: units}, now); err == nil {
			s = d.Next
			open = append(open, kept{d.Hold, now, second % 4, units})
		} else {
			refusedHolds++
		}
		var left []kept
		for _, k := range open {
			switch age := now.Sub(k.at); {
			case age < time.Duration(10+k.fate*13)*time.Second:
				left = append(left, k)
			case k.fate == 3:
				forgotten++
			case k.fate == 2:
				s = must(t, s, shop.DropHold{Channel: "shangou", Hold: k.hold}, now).Next
				dropped++
			default:
				draft := shop.Draft{Ref: fmt.Sprint("o", k.hold), Hold: k.hold, Lines: []shop.Line{{Item: "green-tea", Qty: k.units}}}
				s, _ = placed(t, s, draft, now, false)
				taken++
			}
		}
		open = left
		if over := s.Capacity.Room(now, "").Online - budget; over > 0 {
			t.Fatalf("second %d: %d of work beyond the budget", second, over)
		}
		if second%20 == 19 { // the crew makes the oldest order
			for o := range s.Orders.All() {
				if o.End == "" && o.State() == shop.OrderAccepted {
					for n := range o.Cups {
						s = must(t, s, shop.Tap{By: "tablet", Cups: []shop.CupID{o.CupID(n + 1)}, To: shop.Made}, now).Next
					}
					break
				}
			}
		}
	}
	s = must(t, s, shop.Tick{}, now.Add(time.Hour)).Next
	if taken < 20 || dropped == 0 || forgotten == 0 || refusedHolds == 0 || len(s.Holds) != 0 || s.Lost() != 0 {
		t.Errorf("%d taken, %d dropped, %d forgotten, %d refused; %d holds left", taken, dropped, forgotten, refusedHolds, len(s.Holds))
	}
}

// The bounds of a hold, and what it covers.
func TestTheBoundsOfAHold(t *testing.T) {
	config := demo(t)
	config.Channels[0].HoldCups = 1000
	s := shop.New(config, noon)
	hold := func(cups int, span time.Duration) shop.Command {
		return shop.HoldRoom{Channel: "shangou", Cups: cups, For: span}
	}
	for name, c := range map[string]struct {
		do   shop.Command
		want string
	}{
		"nothing":        {hold(0, 0), shop.ProblemInvalidOrder},
		"less than that": {hold(-1, 0), shop.ProblemInvalidOrder},
		"too much":       {hold(501, 0), shop.ProblemInvalidOrder},
		"the most":       {hold(500, 0), shop.ProblemReducedCapacity},
		"too short":      {hold(1, shop.HoldLeast-1), shop.ProblemInvalid},
		"the shortest":   {hold(1, shop.HoldLeast), ""},
		"too long":       {hold(1, shop.HoldMost+1), shop.ProblemInvalid},
		"the longest":    {hold(1, shop.HoldMost), ""},
	} {
		if got := refusal(t, s, c.do); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
