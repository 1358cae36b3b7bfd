package capacity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func after(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }

// granted is a book that has granted its channels their first leases.
func granted(t *testing.T, b Book) (Book, map[string]Lease) {
	t.Helper()
	leases := map[string]Lease{}
	for _, l := range b.Grant(noon) {
		leases[l.Channel] = l
	}
	if len(leases) != 2 {
		t.Fatalf("leases: %+v", leases)
	}
	return b.Issue(b.Grant(noon)), leases
}

func TestTheFirstLeases(t *testing.T) {
	b, leases := granted(t, open())
	want := Lease{
		Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: noon.Add(5 * time.Minute), Limit: 6 * Cup,
		MaxOrder: 6 * Cup, Reason: None, NextS: 60,
	}
	if diff := cmp.Diff(want, leases["meituan"]); diff != "" {
		t.Errorf("lease (-want +got):\n%s", diff)
	}
	if r := b.Room(noon, "meituan"); r.Credit != 6*Cup {
		t.Errorf("the other channel's credit is %d", r.Credit)
	}
	if again := b.Grant(noon.Add(time.Second)); again != nil {
		t.Errorf("nothing has changed and is published again: %+v", again)
	}
	if again := b.Resync(after(1), "shangou", nil).Grant(after(1)); len(again) != 1 || again[0].Channel != "shangou" || again[0].Seq != 3 {
		t.Errorf("one asked for its lease again: %+v", again)
	}
	if again := b.Grant(noon.Add(time.Minute)); len(again) != 2 || again[0].Limit != 6*Cup {
		t.Errorf("renewal: %+v", again)
	}
}

func TestGrantsStayWithinTheBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := settings()
		s.Channels[0].MinShare = rapid.Float64Range(0, 0.5).Draw(t, "share")
		s.Channels[1].Weight = rapid.Float64Range(0, 5).Draw(t, "weight")
		b := Open(s, Steady(nominal), today(), known())
		now := noon
		work := Work(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "s")) * time.Second)
			before := Order{ID: 1, Channel: "x", Due: noon.Add(30 * time.Minute), Work: work, Cups: 1}
			if work == 0 {
				before = Order{}
			}
			next := Work(rapid.IntRange(0, 60).Draw(t, "load")) * Cup
			after := Order{ID: 1, Channel: "x", Due: noon.Add(30 * time.Minute), Work: next, Cups: 1}
			if next == 0 {
				after = Order{}
			}
			b, work = b.Swap(before, after), next
			if rapid.Bool().Draw(t, "demand") {
				b = b.Arrive(now, Request{Channel: "meituan", Work: 10 * Cup})
			}
			credit := func(b Book) Work { return b.mem.Leases.credit(now.UnixMilli(), &b.set.Lease) }
			was := credit(b)
			b = b.Issue(b.Grant(now))
			room := b.Room(now, "")
			if is := credit(b); is > was && min(room.Amount, room.Reach) < s.Lease.Headroom {
				t.Fatalf("credit rose from %d to %d and leaves %+v", was, is, room)
			}
		}
	})
}

func TestTheOwnersSwitchTakesCreditAway(t *testing.T) {
	b, _ := granted(t, open())
	s := settings()
	s.Channels[0].Intake.Mode = IntakePaused
	b = b.Set(s)
	leases := b.Grant(after(1))
	if len(leases) != 1 || leases[0].Limit != 0 || leases[0].Level != LevelPaused || leases[0].Reason != Owner {
		t.Fatalf("paused: %+v", leases)
	}
	// What was granted before may still arrive: its room is kept until it is dead.
	b = b.Issue(leases)
	dead := 300 + 4 + 60
	if c := b.mem.Leases.creditOf(after(dead-1).UnixMilli(), "meituan", &b.set.Lease); c != 6*Cup {
		t.Errorf("credit %d while the old lease may be obeyed", c)
	}
	if c := b.mem.Leases.creditOf(after(dead).UnixMilli(), "meituan", &b.set.Lease); c != 0 {
		t.Errorf("credit %d after its death", c)
	}
}

func TestUsedCountsEachIntervalOnce(t *testing.T) {
	terms := Defaults().Lease
	stamp := func(from, to Work, s int64) Span { return Span{From: from, To: to, AtMs: s * 1000} }
	for _, c := range []struct {
		name    string
		spans   []Span
		at      int64 // seconds
		settled Work
		used    Work
	}{
		{"in order", []Span{stamp(0, 100, 0), stamp(100, 250, 1)}, 1, 250, 250},
		{"the same twice", []Span{stamp(0, 100, 0), stamp(0, 100, 1)}, 1, 100, 100},
		{"a gap", []Span{stamp(0, 100, 0), stamp(200, 300, 1)}, 60, 100, 200},
		{"a gap that is dead", []Span{stamp(0, 100, 0), stamp(200, 300, 1)}, 61, 300, 300},
		{"the gap fills", []Span{stamp(200, 300, 0), stamp(0, 100, 1), stamp(100, 200, 2)}, 2, 300, 300},
		{"out of order", []Span{stamp(500, 600, 0), stamp(100, 200, 1), stamp(300, 400, 2)}, 2, 0, 300},
		{"overlapping", []Span{stamp(100, 300, 0), stamp(200, 500, 1), stamp(50, 120, 2)}, 2, 0, 450},
		{"a piece between two", []Span{stamp(100, 200, 0), stamp(300, 400, 1), stamp(150, 350, 2)}, 2, 0, 300},
		{"below what is settled", []Span{stamp(0, 300, 0), stamp(100, 200, 1)}, 1, 300, 300},
	} {
		a := Account{Issued: 1000}
		for _, s := range c.spans {
			a = a.spend(s).settle(s.AtMs, &terms)
		}
		a = a.settle(c.at*1000, &terms)
		if a.Settled != c.settled || a.used() != c.used {
			t.Errorf("%s: settled %d used %d, want %d and %d; above %v", c.name, a.Settled, a.used(), c.settled, c.used, a.Above)
		}
	}
}

func TestSpansAgreeWithASet(t *testing.T) {
	terms := Defaults().Lease
	rapid.Check(t, func(t *rapid.T) {
		a := Account{Issued: 1000}
		var set [1000]bool
		for range rapid.IntRange(0, 40).Draw(t, "orders") {
			from := rapid.IntRange(0, 990).Draw(t, "from")
			to := rapid.IntRange(from+1, min(from+60, 1000)).Draw(t, "to")
			a = a.spend(Span{From: Work(from), To: Work(to)})
			for i := from; i < to; i++ {
				set[i] = true
			}
			if rapid.Bool().Draw(t, "settle") {
				a = a.settle(0, &terms)
			}
		}
		used := Work(0)
		for _, in := range set {
			if in {
				used++
			}
		}
		if a.used() != used {
			t.Fatalf("used %d, want %d: %+v", a.used(), used, a)
		}
	})
}

func TestALostBookIsSilentForAWhile(t *testing.T) {
	b, _ := granted(t, open())
	b = b.NewEpoch(noon, 2)
	quiet := 300 + 4 + 60
	if l := b.Grant(after(quiet - 1)); l != nil {
		t.Errorf("granted while leases of the lost book may live: %+v", l)
	}
	if l := b.Grant(after(quiet)); len(l) != 2 || l[0].Epoch != 2 {
		t.Errorf("after that: %+v", l)
	}
	a := b.Admit(after(1), Request{Channel: "meituan", Work: Cup, Lease: &Stamp{Epoch: 1, Spent: Cup}})
	if !a.Accepted || a.Leased {
		t.Errorf("an order of the old epoch is one without a lease: %+v", a)
	}
}

func TestLeasedOrdersAreTakenUpToTheBudget(t *testing.T) {
	b, _ := granted(t, open())
	full := b.Swap(Order{}, Order{ID: 1, Channel: "x", Due: noon.Add(30 * time.Minute), Work: 45 * Cup, Cups: 45})
	r := Request{Channel: "meituan", Work: 2 * Cup, Cups: 2, Lease: &Stamp{Epoch: 1, Spent: 2 * Cup}}
	if a := full.Admit(after(1), r); !a.Accepted || !a.Leased || a.Why.Rule != RuleLease {
		t.Errorf("invited and refused: %+v", a)
	}
	plain := r
	plain.Lease = nil
	if a := full.Admit(after(1), plain); a.Accepted {
		t.Errorf("uninvited and accepted: %+v", a)
	}
	fuller := full.Swap(Order{}, Order{ID: 2, Channel: "x", Due: noon.Add(30 * time.Minute), Work: Cup, Cups: 1})
	if a := fuller.Admit(after(1), r); a.Accepted {
		t.Errorf("I1: accepted over the budget: %+v", a)
	}
	for name, stamp := range map[string]Stamp{
		"of another epoch": {Epoch: 2, Spent: 2 * Cup}, "beyond the limit": {Epoch: 1, Spent: 7 * Cup}, "below zero": {Epoch: 1, Spent: Cup},
	} {
		forged := r
		forged.Lease = &stamp
		if a := full.Admit(after(1), forged); a.Leased {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for _, spent := range []Work{2 * Cup, 3 * Cup} { // what joins the settled part, and what leaves a gap
		r.Lease = &Stamp{Epoch: 1, Spent: spent}
		if a := full.Arrive(after(1), r).Admit(after(2), r); a.Leased {
			t.Errorf("one interval invited two orders: %+v", r.Lease)
		}
	}
}

func TestTheHighestLiveLimitHolds(t *testing.T) {
	terms := Defaults().Lease
	rapid.Check(t, func(t *rapid.T) {
		var a Account
		var all []Grant
		now := int64(0)
		for range rapid.IntRange(1, 30).Draw(t, "grants") {
			now += int64(1000 * rapid.IntRange(0, 120).Draw(t, "s"))
			g := Grant{Limit: Work(rapid.IntRange(0, 50).Draw(t, "limit")), ExpiresMs: now + 1000*int64(rapid.IntRange(1, 300).Draw(t, "life"))}
			a, all = a.settle(now, &terms).grant(g), append(all, g)
			for _, at := range []int64{now, now + 90_000, now + 300_000} {
				highest := Work(0)
				for _, g := range all {
					if at < terms.dead(g.ExpiresMs) {
						highest = max(highest, g.Limit)
					}
				}
				if got := a.limit(at, &terms); got != highest {
					t.Fatalf("limit %d, want %d: %+v of %+v", got, highest, a.Live, all)
				}
			}
		}
	})
}

func TestStampsThatWereNeverGrantedCountForNothing(t *testing.T) {
	b, _ := granted(t, open())
	b = b.Arrive(after(1), Request{Channel: "meituan", Work: Cup, Lease: &Stamp{Epoch: 1, Spent: 1e9}})
	if a := b.mem.Leases.find("meituan"); a.used() != 0 || len(a.Above) != 0 {
		t.Errorf("%+v", a)
	}
	b = b.Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 9, IssuedAt: after(1), ExpiresAt: after(60), Limit: 1e6}})
	for i := range 2 * spansMax { // each leaves a gap
		b = b.Arrive(after(2), Request{Channel: "meituan", Work: 1, Lease: &Stamp{Epoch: 1, Spent: Work(10 * (i + 1))}})
	}
	if n := len(b.mem.Leases.find("meituan").Above); n > spansMax {
		t.Errorf("%d spans remembered", n)
	}
}
