package capacity

import (
	"testing"
	"time"
)

// bounded is the open book with a bound on meituan from noon for two hours.
func bounded(left Work) Book {
	s := settings()
	s.Channels[0].Bounds = []Bound{{From: noon, Until: noon.Add(2 * time.Hour), Left: left}}
	return open().Set(s)
}

// credit is what a fresh grant gives each channel.
func credit(b Book, now time.Time) map[string]Work {
	given := map[string]Work{}
	for _, l := range b.Grant(now) {
		given[l.Channel] = l.Limit - l.Used
	}
	return given
}

func TestABoundCutsCreditAndNotOtherChannels(t *testing.T) {
	free := credit(open(), noon)
	if free["meituan"] <= 3*Cup {
		t.Fatalf("without a bound meituan gets %d: the test would prove nothing", free["meituan"])
	}
	got := credit(bounded(3*Cup), noon)
	if got["meituan"] != 3*Cup || got["shangou"] < free["shangou"] {
		t.Errorf("credit %v; want 300 for meituan and no less than %v for shangou", got, free)
	}
	for name, at := range map[string]time.Time{"before": noon.Add(-time.Minute), "after": noon.Add(2 * time.Hour)} {
		if got := credit(bounded(3*Cup), at); got["meituan"] != credit(open(), at)["meituan"] {
			t.Errorf("%s its time the bound changes the credit to %v", name, got)
		}
	}
}

func TestABoundThatIsUsedUpLeavesOnlySlots(t *testing.T) {
	for _, tt := range []struct {
		name    string
		book    Book
		at      time.Time
		channel string
		want    Level
	}{
		{"used up", bounded(0), noon, "meituan", Level{LevelSlots, Campaign, noon.Add(2 * time.Hour)}},
		{"less than a cup", bounded(Cup - 1), noon, "meituan", Level{LevelSlots, Campaign, noon.Add(2 * time.Hour)}},
		{"a cup left", bounded(Cup), noon, "meituan", Level{LevelOpen, None, time.Time{}}},
		{"another channel", bounded(0), noon, "shangou", Level{LevelOpen, None, time.Time{}}},
		{"the shop", bounded(0), noon, "", Level{LevelOpen, None, time.Time{}}},
		{"over", bounded(0), noon.Add(2 * time.Hour), "meituan", Level{LevelOpen, None, time.Time{}}},
	} {
		if got := tt.book.Level(tt.at, tt.channel); got != tt.want {
			t.Errorf("%s: level %+v, want %+v", tt.name, got, tt.want)
		}
	}
	for _, l := range bounded(0).Grant(noon) {
		if l.Channel == "meituan" && (l.Limit != l.Used || l.Reason != Campaign) {
			t.Errorf("lease %+v, want no credit and the reason campaign", l)
		}
	}
}

func TestTheCallersBoundsAreCopied(t *testing.T) {
	s := settings()
	s.Channels[0].Bounds = []Bound{{From: noon, Until: noon.Add(time.Hour), Left: 0}}
	b := open().Set(s)
	s.Channels[0].Bounds[0].Left = 100 * Cup
	if b.Level(noon, "meituan").Reason != Campaign {
		t.Error("a change of the caller's reached the book")
	}
}

func TestOfSeveralBoundsTheTightestHolds(t *testing.T) {
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	for _, c := range []struct {
		name   string
		bounds []Bound
		left   Work
		until  time.Time
	}{
		{"the tighter one", []Bound{{noon, hour(3), 500}, {noon, hour(1), 499}}, 499, hour(1)},
		{"in any order", []Bound{{noon, hour(1), 499}, {noon, hour(3), 500}}, 499, hour(1)},
		{"two alike: until both are over", []Bound{{noon, hour(1), 0}, {noon, hour(2), 0}}, 0, hour(2)},
		{"two alike, in the other order", []Bound{{noon, hour(2), 0}, {noon, hour(1), 0}}, 0, hour(2)},
		{"one that has not begun", []Bound{{noon.Add(time.Millisecond), hour(1), 0}, {noon, hour(2), 500}}, 500, hour(2)},
		{"one that is over", []Bound{{hour(-1), noon, 0}, {noon, hour(2), 500}}, 500, hour(2)},
	} {
		ch := Channel{Bounds: c.bounds}
		if left, until := ch.left(noon.UnixMilli()); left != c.left || !until.Equal(c.until) {
			t.Errorf("%s: %d until %v, want %d until %v", c.name, left, until, c.left, c.until)
		}
	}
}

func TestAFullKitchenIsTheReasonEvenWhenTheCampaignIsUsedUp(t *testing.T) {
	if got := stuffed(bounded(0), 47*Cup).Level(noon, "meituan"); got.Level != LevelSlots || got.Reason != NoRoom {
		t.Errorf("level %+v", got)
	}
}
