package capacity

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func accountOf(b Book, channel string) Account { return b.mem.Leases.find(channel) }

func TestDemandIsForgottenInTenMinutes(t *testing.T) {
	const start = 1_000_000
	was := Account{Channel: "meituan", Demand: 1000, DemandMs: start}
	for _, c := range []struct {
		name    string
		minutes int64
		want    float64 // work per minute
	}{
		{"at once: what came in, over ten minutes", 0, 100},
		{"after ten minutes an e-th of it is left", 10, 100 / math.E},
		{"after twenty an e-th of that", 20, 100 / math.E / math.E},
		{"a clock that went back changes nothing", -5, 100},
	} {
		if got := was.perMinute(start + c.minutes*msPerMinute); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v a minute, want %v", c.name, got, c.want)
		}
	}
	if got := was.demand(start - 1); got.DemandMs != start {
		t.Errorf("a clock that went back moved the time of the demand to %d", got.DemandMs)
	}
	b := open().Arrive(noon, Request{Channel: "meituan", Work: 500}).Arrive(after(600), Request{Channel: "meituan", Work: 500})
	if got, want := accountOf(b, "meituan").Demand, 500/math.E+500; math.Abs(got-want) > 1e-9 {
		t.Errorf("500 now and 500 ten minutes ago are a demand of %v, want %v", got, want)
	}
}

func TestSpansThatArrivedStayApartAndInOrder(t *testing.T) {
	span := func(from, to Work) Span { return Span{From: from, To: to} }
	for _, c := range []struct {
		name     string
		settled  Work
		above    []Span
		arrives  Span
		want     []Span
		wantUsed Work
	}{
		{"the first", 0, nil, span(100, 200), []Span{span(100, 200)}, 100},
		{"what is settled already", 200, nil, span(100, 200), nil, 200},
		{"half of it is settled", 150, nil, span(100, 200), []Span{span(150, 200)}, 200},
		{"the same again", 0, []Span{span(100, 200)}, span(100, 200), []Span{span(100, 200)}, 100},
		{"before the others", 0, []Span{span(300, 400)}, span(100, 200), []Span{span(100, 200), span(300, 400)}, 200},
		{"next to one, below", 0, []Span{span(300, 400)}, span(200, 300), []Span{span(200, 300), span(300, 400)}, 200},
		{"next to one, above", 0, []Span{span(300, 400)}, span(400, 500), []Span{span(300, 400), span(400, 500)}, 200},
		{"it begins with one and goes on", 0, []Span{span(100, 200)}, span(100, 300), []Span{span(100, 200), span(200, 300)}, 200},
		{"it ends with one", 0, []Span{span(200, 300)}, span(100, 300), []Span{span(100, 200), span(200, 300)}, 200},
		{"it is within one", 0, []Span{span(100, 400)}, span(200, 300), []Span{span(100, 400)}, 300},
		{"it fills what is between two", 0, []Span{span(100, 200), span(300, 400)}, span(200, 300),
			[]Span{span(100, 200), span(200, 300), span(300, 400)}, 300},
		{"it is around two", 0, []Span{span(100, 200), span(300, 400)}, span(50, 450),
			[]Span{span(50, 100), span(100, 200), span(200, 300), span(300, 400), span(400, 450)}, 400},
	} {
		got := Account{Settled: c.settled, Above: c.above}.spend(c.arrives)
		if diff := cmp.Diff(Account{Settled: c.settled, Above: c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if used := got.used(); used != c.wantUsed {
			t.Errorf("%s: used %d, want %d", c.name, used, c.wantUsed)
		}
	}
}

func TestARoutersCounterMarksTheEndOfAGap(t *testing.T) {
	a := Account{Settled: 100, Issued: 900, Above: []Span{{From: 200, To: 300, AtMs: 1}, {From: 500, To: 600, AtMs: 2}}}
	mark := func(spent Work) Span { return Span{From: spent, To: spent, AtMs: 7} }
	first, second := a.Above[0], a.Above[1]
	for _, c := range []struct {
		name  string
		spent Work
		want  []Span
	}{
		{"what is settled", 100, a.Above},
		{"a gap below all", 101, []Span{mark(101), first, second}},
		{"where an order begins", 200, []Span{mark(200), first, second}},
		{"within an order", 250, a.Above},
		{"where an order ends", 300, a.Above},
		{"a gap between two", 301, []Span{first, mark(301), second}},
		{"above all", 700, []Span{first, second, mark(700)}},
		{"all that was granted", 900, []Span{first, second, mark(900)}},
		{"more than was ever granted", 901, a.Above},
	} {
		if diff := cmp.Diff(c.want, a.mark(c.spent, 7).Above); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAGapIsWrittenOffAfterTheTransitTime(t *testing.T) {
	terms := Defaults().Lease
	a := Account{Issued: 900, Above: []Span{{From: 200, To: 300, AtMs: 1000}, {From: 500, To: 600, AtMs: 9000}}}
	for _, c := range []struct {
		at      int64 // ms
		settled Work
	}{
		{1000 + 60_000 - 1, 0}, {1000 + 60_000, 300}, {9000 + 60_000 - 1, 300}, {9000 + 60_000, 600},
	} {
		if got := a.settle(c.at, &terms).Settled; got != c.settled {
			t.Errorf("at %d ms all up to %d is settled, want %d", c.at, got, c.settled)
		}
		b := Leases{Accounts: []Account{a}}.settle(c.at, &terms)
		if got := b.Accounts[0].Settled; got != c.settled {
			t.Errorf("the book at %d ms: all up to %d is settled, want %d", c.at, got, c.settled)
		}
	}
}

func TestSoManyGapsAreRememberedAndNoMore(t *testing.T) {
	terms := Defaults().Lease
	filled := func(orders int) Account {
		a := Account{Issued: 1e6}
		for i := range orders { // each leaves a gap of 9 below it
			a = a.spend(Span{From: Work(10*i + 9), To: Work(10*i + 10)})
		}
		return a.settle(0, &terms)
	}
	for _, c := range []struct {
		orders  int
		settled Work
		above   int
	}{
		{spansMax - 1, 0, spansMax - 1}, {spansMax, 0, spansMax}, {spansMax + 1, 10, spansMax}, {spansMax + 3, 30, spansMax},
	} {
		if a := filled(c.orders); a.Settled != c.settled || len(a.Above) != c.above {
			t.Errorf("%d orders: settled %d with %d above, want %d with %d", c.orders, a.Settled, len(a.Above), c.settled, c.above)
		}
	}
}

// A grant is remembered only while no other lives as long with as much. So those that are remembered live longer the
// less they allow.
func TestOfLiveGrantsOnlyThoseThatMatterAreRemembered(t *testing.T) {
	live := []Grant{{Limit: 500, ExpiresMs: 1000}, {Limit: 300, ExpiresMs: 2000}}
	for _, c := range []struct {
		name  string
		grant Grant
		want  []Grant
	}{
		{"less and shorter", Grant{400, 900}, live},
		{"the same again", Grant{300, 2000}, live},
		{"as much, shorter", Grant{300, 1500}, live},
		{"less, as long", Grant{200, 2000}, live},
		{"as much, longer", Grant{300, 2500}, []Grant{live[0], {300, 2500}}},
		{"more, as long", Grant{400, 2000}, []Grant{live[0], {400, 2000}}},
		{"more than all, longer than all", Grant{600, 3000}, []Grant{{600, 3000}}},
		{"more than all, shorter than all", Grant{600, 900}, []Grant{{600, 900}, live[0], live[1]}},
		{"between the two", Grant{400, 1500}, []Grant{live[0], {400, 1500}, live[1]}},
		{"less than all, longer than all", Grant{100, 3000}, []Grant{live[0], live[1], {100, 3000}}},
	} {
		got := Account{Issued: 500, Live: live}.grant(c.grant)
		if diff := cmp.Diff(Account{Issued: max(500, c.grant.Limit), Live: c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAGrantIsDeadWhenNoOrderCanComeUnderItAnyMore(t *testing.T) {
	terms := Defaults().Lease
	dead := terms.dead(0)
	if want := (2*terms.Skew + terms.Transit).Milliseconds(); dead != want || want != 64_000 {
		t.Fatalf("a grant is dead %d ms after its expiry, want %d: twice the skew and the transit time", dead, want)
	}
	a := Account{Settled: 100, Issued: 500, Live: []Grant{{Limit: 500, ExpiresMs: 0}}}
	for at, want := range map[int64]Account{
		dead - 1: a,
		dead:     {Settled: 100, Issued: 500},
	} {
		book := Leases{Accounts: []Account{a}}.settle(at, &terms)
		if diff := cmp.Diff(want, book.Accounts[0]); diff != "" {
			t.Errorf("at %d ms (-want +got):\n%s", at, diff)
		}
	}
	if before, at := a.credit(dead-1, &terms), a.credit(dead, &terms); before != 400 || at != 0 {
		t.Errorf("credit %d before and %d after, want 400 and 0", before, at)
	}
}

func TestCreditIsTheLimitLessWhatWasUsed(t *testing.T) {
	terms := Defaults().Lease
	live := []Grant{{Limit: 500, ExpiresMs: 1000}}
	for _, c := range []struct {
		name string
		a    Account
		want Work
	}{
		{"nothing used", Account{Live: live}, 500},
		{"some is settled", Account{Live: live, Settled: 200}, 300},
		{"some is settled and some came above a gap", Account{Live: live, Settled: 200, Above: []Span{{From: 300, To: 350}}}, 250},
		{"all is used", Account{Live: live, Settled: 500}, 0},
		{"more is settled than the limit allows now", Account{Live: live, Settled: 600}, 0},
		{"nothing is live", Account{Settled: 200}, 0},
	} {
		if got := c.a.credit(0, &terms); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestWhichOrdersALeaseCovers(t *testing.T) {
	b := open().Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: after(90), Limit: 1000}})
	arrived := func(b Book, spent, work Work) Book {
		return b.Arrive(noon, Request{Channel: "meituan", Work: work, Lease: &Stamp{Epoch: 1, Spent: spent}})
	}
	b = arrived(arrived(b, 200, 200), 500, 100) // settled up to 200, and from 400 to 500
	for _, c := range []struct {
		name    string
		channel string
		stamp   *Stamp
		work    Work
		at      time.Time
		want    bool
	}{
		{"the next in order", "meituan", &Stamp{1, 300}, 100, noon, true},
		{"all of the gap", "meituan", &Stamp{1, 400}, 200, noon, true},
		{"one into what is settled", "meituan", &Stamp{1, 300}, 101, noon, false},
		{"one into the order above the gap", "meituan", &Stamp{1, 401}, 201, noon, false},
		{"around the order above the gap", "meituan", &Stamp{1, 600}, 300, noon, false},
		{"right above it", "meituan", &Stamp{1, 600}, 100, noon, true},
		{"one into it from above", "meituan", &Stamp{1, 600}, 101, noon, false},
		{"up to the limit", "meituan", &Stamp{1, 1000}, 100, noon, true},
		{"one beyond the limit", "meituan", &Stamp{1, 1001}, 100, noon, false},
		{"no stamp", "meituan", nil, 100, noon, false},
		{"another epoch", "meituan", &Stamp{2, 300}, 100, noon, false},
		{"another channel", "shangou", &Stamp{1, 300}, 100, noon, false},
		{"just before the lease is dead", "meituan", &Stamp{1, 300}, 100, after(154).Add(-time.Millisecond), true},
		{"when the lease is dead", "meituan", &Stamp{1, 300}, 100, after(154), false},
	} {
		if got := b.mem.Leases.covers(c.at.UnixMilli(), c.channel, c.stamp, c.work, &b.set.Lease); got != c.want {
			t.Errorf("%s: covered %v, want %v", c.name, got, c.want)
		}
	}
	if full := accountOf(arrived(b, 1000, 100), "meituan"); full.used() != 400 {
		t.Errorf("an order up to all that was granted counts: used %d, want 400", full.used())
	}
	if over := accountOf(arrived(b, 1001, 100), "meituan"); over.used() != 300 {
		t.Errorf("an order beyond all that was granted does not: used %d, want 300", over.used())
	}
}

func TestAForgetfulRouterIsBarredUntilItsLeasesAreDead(t *testing.T) {
	b := open().Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: after(90), Limit: 1000}})
	b = b.Forgot(after(1), "meituan", "again")
	for _, c := range []struct {
		at   time.Time
		want Account
	}{
		{after(154).Add(-time.Millisecond), Account{Channel: "meituan", Issued: 1000, Hello: "again", Barred: true,
			Live: []Grant{{Limit: 1000, ExpiresMs: after(90).UnixMilli()}}}},
		{after(154), Account{Channel: "meituan", Issued: 1000, Hello: "again", Settled: 1000}},
	} {
		if diff := cmp.Diff(c.want, accountOf(b.Tick(c.at), "meituan")); diff != "" {
			t.Errorf("at %v (-want +got):\n%s", c.at, diff)
		}
	}
	fresh := accountOf(open().Forgot(noon, "shangou", "first"), "shangou")
	if diff := cmp.Diff(Account{Channel: "shangou", Hello: "first"}, fresh); diff != "" {
		t.Errorf("one that never had a lease need not wait (-want +got):\n%s", diff)
	}
}
