package capacity

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSharesAreFair(t *testing.T) {
	for _, c := range []struct {
		name     string
		needs    []Work
		channels []Channel
		total    Work
		want     []Work
	}{
		{"enough for all", []Work{300, 200}, []Channel{{}, {}}, 900, []Work{300, 200}},
		{"just enough for all", []Work{300, 200}, []Channel{{}, {}}, 500, []Work{300, 200}},
		{"by need", []Work{600, 300}, []Channel{{}, {}}, 450, []Work{300, 150}},
		{"by weight", []Work{900, 900}, []Channel{{Weight: 2}, {Weight: 1}}, 600, []Work{400, 200}},
		{"no weight is a weight of 1", []Work{900, 900}, []Channel{{Weight: 2}, {}}, 600, []Work{400, 200}},
		{"three alike, rounded down", []Work{900, 900, 900}, []Channel{{}, {}, {}}, 1000, []Work{333, 333, 333}},
		{"a minimum, and a part of the rest", []Work{9000, 300}, []Channel{{}, {MinShare: 0.2}}, 1000, []Work{791, 208}},
		{"no more than the minimum is needed", []Work{9000, 200}, []Channel{{}, {MinShare: 0.2}}, 1000, []Work{800, 200}},
		{"a minimum that is not needed", []Work{0, 900}, []Channel{{MinShare: 0.5}, {}}, 500, []Work{0, 500}},
		{"what one does not need goes to the other", []Work{100, 900}, []Channel{{Weight: 9}, {}}, 500, []Work{100, 400}},
		{"nothing to share", []Work{100, 900}, []Channel{{}, {}}, 0, []Work{0, 0}},
		{"nothing needed", []Work{0, 0}, []Channel{{}, {}}, 500, []Work{0, 0}},
	} {
		if diff := cmp.Diff(c.want, share(c.needs, c.channels, c.total)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSharesGiveAwayAllThereIsAndNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "channels")
		needs, channels := make([]Work, n), make([]Channel, n)
		var needed Work
		for i := range needs {
			needs[i] = Work(rapid.IntRange(0, 2000).Draw(t, "need"))
			channels[i] = Channel{Weight: rapid.Float64Range(0, 9).Draw(t, "weight"), MinShare: rapid.Float64Range(0, 1/float64(n)).Draw(t, "least")}
			needed += needs[i]
		}
		total := Work(rapid.IntRange(0, 6000).Draw(t, "total"))
		var sum Work
		for i, given := range share(needs, channels, total) {
			if least := min(needs[i], Work(channels[i].MinShare*float64(total))); given < least || given > needs[i] {
				t.Fatalf("channel %d gets %d of %d, at least %d", i, given, needs[i], least)
			}
			sum += given
		}
		if sum > total || sum < min(total, needed)-Work(n) {
			t.Fatalf("%d given away of %d, and %d are needed", sum, total, needed)
		}
	})
}

func TestWhatAChannelGetsOfItsTarget(t *testing.T) {
	b := open().Issue([]Lease{{Channel: "meituan", Epoch: 1, Seq: 1, IssuedAt: noon, ExpiresAt: after(90), Limit: 300}})
	m := moment{Book: &b}
	m.at(noon)
	a := b.mem.Leases.find("meituan") // 300 are out
	open := Level{Level: LevelOpen, Reason: None}
	for _, c := range []struct {
		name         string
		target, free Work
		level        Level
		want         Work
	}{
		{"enough is free", 500, 1000, open, 500},
		{"just enough is free", 500, 200, open, 500},
		{"one too little is free", 500, 199, open, 499},
		{"nothing is free: what is out stays", 500, 0, open, 300},
		{"more is out than there should be: what is out stays", 500, -100, open, 300},
		{"as much as is out", 300, -100, open, 300},
		{"less than is out", 299, 1000, open, 299},
		{"nothing wanted", 0, 1000, open, 0},
		{"the kitchen is full: slots only, and what is left of it", 500, 0, Level{Level: LevelSlots, Reason: NoRoom}, 300},
		{"the shelf is full", 500, 1000, Level{Level: LevelSlots, Reason: Shelf}, 0},
		{"the owner wants slots only", 500, 1000, Level{Level: LevelSlots, Reason: Owner}, 0},
		{"the campaign is used up", 500, 1000, Level{Level: LevelSlots, Reason: Campaign}, 0},
		{"closed", 500, 1000, Level{Level: LevelPaused, Reason: Closed}, 0},
		{"the kitchen is nearly full", 500, 1000, Level{Level: LevelLimited, Reason: NoRoom}, 500},
	} {
		if got := m.cut(c.target, c.level, &a, c.free); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// The shelf takes credit away from where its level is left, at 28 bags of 40, to where it is full.
func TestAFullShelfThrottlesCredit(t *testing.T) {
	for bags, want := range map[int]Work{0: 600, 31: 600, 32: 400, 34: 300, 36: 200, 38: 100, 40: 0, 50: 0} {
		b := open().Swap(Order{}, Order{ID: 5, Bags: bags})
		if got := b.Grant(noon)[0].Limit; got != want {
			t.Errorf("with %d bags of 40 the credit is %d, want %d", bags, got, want)
		}
	}
}

func TestADeficitIsTakenOnceAndNotFromEachChannel(t *testing.T) {
	const channels = 10
	s := settings()
	s.Channels, s.Reserve = nil, 0
	for i := range channels {
		s.Channels = append(s.Channels, Channel{ID: fmt.Sprint("channel ", i), Leased: true})
	}
	b := Open(s, Steady(nominal), today(), known())
	for i := range channels { // so much demand that each wants more than it has
		b = b.Arrive(noon, Request{Channel: fmt.Sprint("channel ", i), Work: 40 * Cup})
	}
	b = b.Issue(b.Grant(noon))
	out := b.Room(noon, "").Credit
	free := b.Room(noon, "").Work()
	const deficit = 4 * Cup
	b = stuffed(b, free-s.Lease.Headroom+deficit)
	var sum Work
	for _, l := range b.Resync(after(1), "channel 0", nil).Grant(after(15)) {
		sum += l.Limit - l.Used
		if l.Limit-l.Used < out/channels/2 {
			t.Errorf("%s keeps %d of about %d: the others gave up the same %d", l.Channel, l.Limit-l.Used, out/channels, deficit)
		}
	}
	if sum > out-deficit || sum < out-deficit-channels {
		t.Errorf("of %d the channels keep %d together, want %d less and no more", out, sum, deficit)
	}
}

// Two channels that hold 300 each want more than there is: what is free is added once, half to each.
func TestWhatIsFreeIsAddedOnce(t *testing.T) {
	b := open()
	for i, channel := range []string{"meituan", "shangou"} {
		b = b.Arrive(noon, Request{Channel: channel, Work: 60 * Cup})
		b = b.Issue([]Lease{{Channel: channel, Epoch: 1, Seq: int64(i + 1), IssuedAt: noon, ExpiresAt: after(90), Limit: 300}})
	}
	const free = 700
	b = stuffed(b, b.Room(noon, "").Work()-b.set.Lease.Headroom-free)
	got := map[string]Work{}
	for _, l := range b.Grant(after(15)) {
		got[l.Channel] = l.Limit
	}
	if diff := cmp.Diff(map[string]Work{"meituan": 300 + free/2, "shangou": 300 + free/2}, got); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

func TestTheFirstLeasesAreNumberedInTurn(t *testing.T) {
	at := func(channel string, seq int64) Lease {
		return Lease{Channel: channel, Epoch: 1, Seq: seq, IssuedAt: noon, ExpiresAt: noon.Add(5 * time.Minute), Limit: 600, MaxOrder: 600,
			Reason: None, NextS: 60}
	}
	if diff := cmp.Diff([]Lease{at("meituan", 1), at("shangou", 2)}, open().Grant(noon)); diff != "" {
		t.Errorf("leases (-want +got):\n%s", diff)
	}
}

func TestWhenALeaseIsPublishedAgain(t *testing.T) {
	b := open()
	sent := Sent{AtMs: noon.UnixMilli(), Limit: 1000, Level: LevelOpen, Reason: None}
	is := Level{Level: LevelOpen, Reason: None}
	idle, active := 0.0, 2000.0 // work that came in lately
	for _, c := range []struct {
		name   string
		demand float64
		sent   Sent
		at     time.Duration
		credit Work
		level  Level
		want   bool
	}{
		{"never sent", idle, Sent{}, 0, 1000, is, true},
		{"at the moment it was sent", idle, sent, 0, 1000, is, false},
		{"idle, before its renewal", idle, sent, time.Minute - time.Millisecond, 1000, is, false},
		{"idle, at its renewal", idle, sent, time.Minute, 1000, is, true},
		{"active, before its renewal", active, sent, 15*time.Second - time.Millisecond, 1000, is, false},
		{"active, at its renewal", active, sent, 15 * time.Second, 1000, is, true},
		{"a clock that went back", idle, sent, -time.Millisecond, 1000, is, true},
		{"another level", idle, sent, time.Second, 1000, Level{Level: LevelBusy, Reason: None}, true},
		{"another reason", idle, sent, time.Second, 1000, Level{Level: LevelOpen, Reason: Owner}, true},
		{"a quarter more", idle, sent, time.Second, 1334, is, true},
		{"not quite a quarter more", idle, sent, time.Second, 1332, is, false},
		{"a quarter less", idle, sent, time.Second, 800, is, true},
		{"not quite a quarter less", idle, sent, time.Second, 801, is, false},
		{"little credit, a cup more", idle, Sent{AtMs: sent.AtMs, Limit: 100, Reason: None}, time.Second, 200, is, true},
		{"little credit, not quite a cup more", idle, Sent{AtMs: sent.AtMs, Limit: 100, Reason: None}, time.Second, 199, is, false},
	} {
		m := moment{Book: &b}
		m.at(noon.Add(c.at))
		a := Account{Channel: "meituan", Demand: c.demand, DemandMs: noon.UnixMilli(), Sent: c.sent}
		if _, due := m.lease(&a, c.credit, c.level); due != c.want {
			t.Errorf("%s: published %v", c.name, due)
		}
	}
}

func TestAnIdleChannelsLeaseLivesLonger(t *testing.T) {
	var m moment
	b := open()
	m.Book = &b
	m.at(noon)
	border := b.set.Lease.IdleBelow * demandMinutes
	for _, c := range []struct {
		demand float64
		life   time.Duration
		next   int
	}{
		{border - 1, 5 * time.Minute, 60}, {border, 90 * time.Second, 15},
	} {
		a := Account{Channel: "meituan", Settled: 250, Demand: c.demand, DemandMs: noon.UnixMilli()}
		want := Lease{Channel: "meituan", Epoch: 1, IssuedAt: noon, ExpiresAt: noon.Add(c.life), Limit: 1750, Used: 250,
			MaxOrder: 12 * Cup, Level: LevelBusy, Reason: NoRoom, NextS: c.next}
		got, _ := m.lease(&a, 1500, Level{Level: LevelBusy, Reason: NoRoom})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v work in ten minutes (-want +got):\n%s", c.demand, diff)
		}
	}
}

func TestTheCreditAChannelShouldHold(t *testing.T) {
	demand := func(b Book, perMinute float64) Book {
		b.mem.Leases = b.mem.Leases.with("meituan", func(a Account) Account {
			a.Demand, a.DemandMs = perMinute*demandMinutes, noon.UnixMilli()
			return a
		})
		return b
	}
	asked := func(work Work) func(Book) Book {
		return func(b Book) Book { return b.Ask(noon, "meituan", work) }
	}
	small := func(b Book) Book {
		s := *b.set
		s.Lease.OnRequest = b.Room(noon, "").Budget + 1
		return b.Set(s)
	}
	for _, c := range []struct {
		name  string
		book  func(Book) Book
		at    time.Duration
		total Work
		want  Work
	}{
		{"no demand, much to give: the stock", nil, 0, 6000, 600},
		{"no demand, just enough for the stock", nil, 0, 3600, 600},
		{"no demand, little to give: a sixth of it", nil, 0, 3000, 500},
		{"some demand: five minutes of it in stock and a minute's more", func(b Book) Book { return demand(b, 50) }, 0, 1200, 300},
		{"more demand: the stock and a minute's more", func(b Book) Book { return demand(b, 200) }, 0, 9000, 800},
		{"it asked for more", asked(700), 0, 6000, 700},
		{"it asked for less", asked(100), 0, 6000, 600},
		{"just before its asking lapses", asked(700), time.Minute - time.Millisecond, 6000, 700},
		{"when its asking lapses", asked(700), time.Minute, 6000, 600},
		{"a small shop gives nothing unasked", small, 0, 6000, 0},
		{"a small shop gives what is asked for", func(b Book) Book { return small(asked(400)(b)) }, 0, 6000, 400},
		{"a shop of just that size gives unasked", func(b Book) Book {
			s := *b.set
			s.Lease.OnRequest = b.Room(noon, "").Budget
			return b.Set(s)
		}, 0, 6000, 600},
	} {
		s := settings()
		s.Channels = []Channel{{ID: "counter"}, {ID: "meituan", Leased: true}}
		b := Open(s, Steady(nominal), today(), known())
		if c.book != nil {
			b = c.book(b)
		}
		m := moment{Book: &b}
		m.at(noon.Add(c.at))
		if diff := cmp.Diff([]Work{0, c.want}, m.targets(c.total)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSmallShopsGrantOnRequest(t *testing.T) {
	b := Open(settings(), Steady(nominal/3), today(), known())
	for _, l := range b.Grant(noon) {
		if l.Limit != 0 {
			t.Errorf("unasked: %+v", l)
		}
	}
	b = b.Issue(b.Grant(noon)).Ask(noon, "shangou", 4*Cup)
	i := slices.IndexFunc(b.Grant(after(1)), func(l Lease) bool { return l.Channel == "shangou" && l.Limit == 4*Cup })
	if i < 0 {
		t.Errorf("asked for four cups: %+v", b.Grant(after(1)))
	}
	if l := b.Grant(after(62)); l[1].Limit != 0 {
		t.Errorf("a minute later: %+v", l)
	}
}
