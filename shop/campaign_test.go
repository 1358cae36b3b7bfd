package shop_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/capacity"
)

// free is a notice of a campaign from noon for so many quarters of an hour.
func free(expected ...int) shop.Notice {
	return shop.Notice{
		Ref: "free", Name: "免单", Start: noon, End: noon.Add(time.Duration(len(expected)) * capacity.SlotLength), Expected: expected,
		Subsidy: shop.Subsidy{Fen: 1500, Per: shop.SubsidyPerCup},
	}
}

// must decides on a command that has to be granted.
func must(t *testing.T, s shop.State, c shop.Command, now time.Time) shop.Decision {
	t.Helper()
	d, err := shop.Decide(s, c, now)
	if err != nil {
		t.Fatalf("%#v: %v", c, err)
	}
	return d
}

// refused decides on a command that has to be refused.
func refused(t *testing.T, s shop.State, c shop.Command, now time.Time, problem string) *shop.Error {
	t.Helper()
	_, err := shop.Decide(s, c, now)
	e := (*shop.Error)(nil)
	if !errors.As(err, &e) || e.Type != problem {
		t.Fatalf("%#v: %v, want %s", c, err, problem)
	}
	return e
}

func given(t *testing.T, n shop.Notice) shop.State {
	t.Helper()
	return must(t, shop.New(demo(t), noon), shop.GiveNotice{Channel: "shangou", Notice: n}, noon).Next
}

func limited(t *testing.T, cups int, of shop.LimitOf) shop.State {
	t.Helper()
	s := given(t, free(40, 40, 40, 40))
	return must(t, s, shop.AcknowledgeNotice{By: "owner", Campaign: 1, Revision: 1, Limit: &shop.Limit{Cups: cups, Of: of}}, noon).Next
}

func cups(ref string, n int, campaign string) shop.Draft {
	d := one(ref)
	d.Lines[0].Qty, d.Campaign = n, campaign
	return d
}

func TestANoticeIsOneCampaignHoweverOftenItIsGiven(t *testing.T) {
	n := free(10, 20)
	s := given(t, n)
	again := must(t, s, shop.GiveNotice{Channel: "shangou", Notice: n}, noon.Add(time.Second))
	if !again.Replayed || again.Campaign != 1 || len(again.Events) != 0 {
		t.Errorf("given again: %+v", again)
	}
	other := n
	other.Expected = []int{10, 30}
	refused(t, s, shop.GiveNotice{Channel: "shangou", Notice: other}, noon, shop.ProblemNoticeConflict)
	if d := must(t, s, shop.GiveNotice{Channel: "meituan", Notice: other}, noon); d.Campaign != 2 {
		t.Errorf("another channel's notice of the same ref is campaign %s, want one of its own", d.Campaign)
	}
}

func TestNoticesThatCannotBe(t *testing.T) {
	for _, id := range []string{"n0", "n-1", "n", "7", "n07", "n+7", "m7"} {
		if got, err := shop.ParseCampaignID(id); err == nil {
			t.Errorf("%q is campaign %v", id, got)
		}
	}
	s := shop.New(demo(t), noon)
	for _, tt := range []struct {
		name    string
		change  func(*shop.Notice)
		pointer string
	}{
		{"ends before it starts", func(n *shop.Notice) { n.End = n.Start }, "/window/end"},
		{"past", func(n *shop.Notice) { n.Start, n.End = noon.Add(-time.Hour), noon.Add(-30*time.Minute) }, "/window/end"},
		{"not a quarter", func(n *shop.Notice) { n.Start = n.Start.Add(time.Minute) }, "/window/start"},
		{"longer than a month", func(n *shop.Notice) { n.End = n.Start.Add(32 * 24 * time.Hour) }, "/window/end"},
		{"numbers missing", func(n *shop.Notice) { n.Expected = n.Expected[:1] }, "/expected"},
		{"unknown drink", func(n *shop.Notice) { n.Items = []shop.ItemShare{{Item: "gold", Share: 1}} }, "/items/0/item"},
	} {
		n := free(10, 20)
		tt.change(&n)
		e := refused(t, s, shop.GiveNotice{Channel: "shangou", Notice: n}, noon, shop.ProblemInvalid)
		if len(e.Fields) != 1 || e.Fields[0].Pointer != tt.pointer {
			t.Errorf("%s: %v, want it at %s", tt.name, e.Fields, tt.pointer)
		}
	}
	refused(t, s, shop.GiveNotice{Channel: "nobody", Notice: free(1)}, noon, shop.ProblemNotFound)
	must(t, s, shop.GiveNotice{Channel: "shangou", Notice: free(10, 20)}, noon)
}

func TestANoticeIsRevisedCancelledAndAnsweredByAPerson(t *testing.T) {
	s := given(t, free(10, 20))
	standing := func(want shop.CampaignState) {
		t.Helper()
		c := s.Campaigns[1]
		if got := c.State(noon); got != want {
			t.Fatalf("the campaign is %s, want %s", got, want)
		}
	}
	do := func(c shop.Command) shop.Decision {
		t.Helper()
		d := must(t, s, c, noon)
		s = d.Next
		return d
	}
	standing(shop.CampaignNoticed)
	d := do(shop.AcknowledgeNotice{By: "li", Campaign: 1, Revision: 1, Limit: &shop.Limit{Cups: 25, Of: shop.LimitOfCampaign}})
	standing(shop.CampaignAcknowledged)
	want := &shop.Told{Channel: "shangou", Feed: 1, Type: "campaign.acknowledged", Ref: "free",
		Campaign: &shop.ToldOfCampaign{ID: 1, Revision: 1, Limit: &shop.Limit{Cups: 25, Of: "campaign"}, Expected: 30, CanTake: 30}}
	if diff := cmp.Diff(want, d.Events[0].Told); diff != "" {
		t.Errorf("the channel is told (-want +got):\n%s", diff)
	}

	wider := free(10, 20, 900)
	wider.Ref = ""
	do(shop.ReviseNotice{Channel: "shangou", Campaign: 1, Notice: wider})
	standing(shop.CampaignRevised)
	if c := s.Campaigns[1]; c.Limit().Cups != 25 || c.Notice.Ref != "free" {
		t.Errorf("after the revision: %+v, want the limit of 25 to hold until it is answered anew", c)
	}
	if d := do(shop.ReviseNotice{Channel: "shangou", Campaign: 1, Notice: wider}); !d.Replayed {
		t.Error("the same revision again is a new one")
	}
	refused(t, s, shop.AcknowledgeNotice{By: "li", Campaign: 1, Revision: 1}, noon, shop.ProblemNoticeConflict) // did not see it
	do(shop.AcknowledgeNotice{By: "li", Campaign: 1, Revision: 2})
	standing(shop.CampaignAcknowledged)

	refused(t, s, shop.CancelNotice{Channel: "meituan", Campaign: 1}, noon, shop.ProblemNotFound) // not its own
	do(shop.CancelNotice{Channel: "shangou", Campaign: 1})
	standing(shop.CampaignCancelled)
	if d := do(shop.CancelNotice{Channel: "shangou", Campaign: 1}); !d.Replayed {
		t.Error("cancelled twice")
	}
	refused(t, s, shop.ReviseNotice{Channel: "shangou", Campaign: 1, Notice: free(1)}, noon, shop.ProblemNoticeConflict)
	refused(t, s, shop.AcknowledgeNotice{By: "li", Campaign: 1, Revision: 2}, noon, shop.ProblemNoticeConflict)
}

// The cups a person said the shop takes are the cups it takes. Without the limit, the control, it takes them all.
func TestALimitIsKept(t *testing.T) {
	for _, tt := range []struct {
		name     string
		state    shop.State
		campaign string // named by the orders
		want     int    // cups accepted of 6 orders of 2
	}{
		{"no limit", given(t, free(40, 40, 40, 40)), "free", 12},
		{"of the campaign", limited(t, 5, shop.LimitOfCampaign), "free", 4},
		{"of the campaign, by id", limited(t, 5, shop.LimitOfCampaign), "n1", 4},
		{"of the campaign, orders do not say", limited(t, 5, shop.LimitOfCampaign), "", 12},
		{"of the campaign, another is named", limited(t, 5, shop.LimitOfCampaign), "spring", 12},
		{"of the channel", limited(t, 5, shop.LimitOfChannel), "", 4},
		{"of the channel, orders say", limited(t, 5, shop.LimitOfChannel), "free", 4},
		{"none at all", limited(t, 0, shop.LimitOfCampaign), "free", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, accepted := tt.state, 0
			for i := range 6 {
				d, err := shop.Decide(s, shop.Place{Channel: "shangou", Draft: cups(fmt.Sprint("r", i), 2, tt.campaign)}, noon)
				if err == nil {
					s, accepted = d.Next, accepted+2
				}
			}
			if accepted != tt.want {
				t.Errorf("%d cups accepted, want %d; counted %+v", accepted, tt.want, s.Taken)
			}
		})
	}
}

func TestARefusalForALimitSaysWhatWouldGo(t *testing.T) {
	campaign, channel := limited(t, 1, shop.LimitOfCampaign), limited(t, 1, shop.LimitOfChannel)
	e := refused(t, campaign, shop.Place{Channel: "shangou", Draft: cups("a", 2, "free")}, noon, shop.ProblemReducedCapacity)
	if r := e.Refusal; r.Reason != "campaign" || len(r.Slots) != 0 || len(r.Sisters) == 0 || r.Why.Rule != "campaign" ||
		r.Why.Room != capacity.Cup {
		t.Errorf("of a campaign that is full: %+v, want other shops and no slot of the same campaign", r)
	}
	e = refused(t, channel, shop.Place{Channel: "shangou", Draft: cups("a", 2, "")}, noon, shop.ProblemReducedCapacity)
	r := e.Refusal
	if r.Reason != "campaign" || len(r.Slots) == 0 || r.Slots[0].Start.Before(noon.Add(time.Hour)) || r.RetryAfter != time.Hour {
		t.Errorf("of a channel that is full until one: %+v, want the slots after that, and to ask again then", r)
	}
	if !r.EarliestAt.Equal(r.Slots[0].End()) {
		t.Errorf("earliest %v, want the end of the first slot %v", r.EarliestAt, r.Slots[0].End())
	}
	if slots := channel.Slots(noon, "shangou", "", 150); len(slots) == 0 || slots[0].Start.Before(noon.Add(time.Hour)) {
		t.Errorf("slots offered: %v", slots)
	}
	if slots := channel.Slots(noon, "meituan", "", 100); len(slots) == 0 || !slots[0].Start.Before(noon.Add(time.Hour)) {
		t.Errorf("slots of a channel without a limit: %v", slots)
	}
	inside := cups("a", 2, "")
	inside.SlotStart = noon.Add(45 * time.Minute)
	refused(t, channel, shop.Place{Channel: "shangou", Draft: inside}, noon, shop.ProblemReducedCapacity)
	after := cups("a", 2, "")
	after.SlotStart = noon.Add(2 * time.Hour)
	must(t, channel, shop.Place{Channel: "shangou", Draft: after}, noon)
	if _, err := shop.Decide(channel, shop.Walkin{By: "tablet", Cups: 3}, noon); err != nil {
		t.Errorf("the counter was refused: %v", err)
	}
}

// An order that is taken back before it was made gives its cups back, once; one that was made does not.
func TestCupsThatWereNotMadeComeBack(t *testing.T) {
	order := func(s shop.State) shop.State {
		return must(t, s, shop.Place{Channel: "shangou", Draft: cups("a", 2, "free")}, noon).Next
	}
	taken := func(s shop.State, want shop.Taken) {
		t.Helper()
		if got := s.Taken[1]; got != want {
			t.Errorf("taken %+v, want %+v", got, want)
		}
	}
	s := order(limited(t, 2, shop.LimitOfCampaign))
	taken(s, shop.Taken{Campaign: 2, Channel: 2})
	cancelled := must(t, s, shop.Cancel{Channel: "shangou", Ref: "a"}, noon).Next
	taken(cancelled, shop.Taken{})
	must(t, cancelled, shop.Place{Channel: "shangou", Draft: cups("b", 2, "free")}, noon)

	released := must(t, s, shop.End{By: "tablet", Order: 1, To: shop.OrderReleased, Reason: "no milk"}, noon).Next
	taken(released, shop.Taken{})
	taken(must(t, released, shop.Cancel{Channel: "shangou", Ref: "a", Final: true}, noon).Next, shop.Taken{})

	one := must(t, s, shop.Tap{By: "tablet", Cups: []shop.CupID{{Order: 1, N: 1}}, To: shop.Made}, noon).Next
	taken(must(t, one, shop.Cancel{Channel: "shangou", Ref: "a", Final: true}, noon).Next, shop.Taken{Campaign: 1, Channel: 1})
	handed := must(t, s, shop.Handover{By: "tablet", Order: 1, Made: true}, noon).Next
	taken(must(t, handed, shop.Cancel{Channel: "shangou", Ref: "a", Final: true}, noon).Next, shop.Taken{Campaign: 2, Channel: 2})
}

// A limit on a channel goes upstream with its lease: no credit beyond it, and the level says why.
func TestALimitShapesTheLease(t *testing.T) {
	granted := func(s shop.State) capacity.Lease {
		s = leaseAfter(t, s, noon, 2)
		return s.Leases["shangou"]
	}
	if l := granted(given(t, free(40, 40))); l.Limit-l.Used <= 3*capacity.Cup {
		t.Fatalf("without a limit the lease is %+v: the test would prove nothing", l)
	}
	if l := granted(limited(t, 3, shop.LimitOfChannel)); l.Limit-l.Used != 3*capacity.Cup {
		t.Errorf("three cups are left and the lease is %+v", l)
	}
	s := must(t, limited(t, 3, shop.LimitOfChannel), shop.Place{Channel: "shangou", Draft: cups("a", 3, "")}, noon).Next
	if l := granted(s); l.Limit != l.Used || l.Level != capacity.LevelSlots || l.Reason != "campaign" {
		t.Errorf("nothing is left and the lease is %+v", l)
	}
	if l := granted(limited(t, 3, shop.LimitOfCampaign)); l.Limit-l.Used <= 3*capacity.Cup {
		t.Errorf("a limit on marked orders took the channel's credit: %+v", l)
	}
}

// An order says which campaign sent it, and capacity counts its bookings to that.
func TestAnOrderBelongsToItsCampaign(t *testing.T) {
	for word, want := range map[string]shop.CampaignID{"free": 1, "n1": 1, "": 0, "n2": 0, "other": 0} {
		draft := cups("a", 1, word)
		draft.SlotStart = noon.Add(3 * time.Hour)
		s := must(t, given(t, free(40, 40)), shop.Place{Channel: "shangou", Draft: draft}, noon).Next
		if o, _ := s.Order(1); o.Campaign != want {
			t.Errorf("%q is campaign %s, want %s", word, o.Campaign, want)
		}
	}
	s := must(t, given(t, free(40, 40)), shop.Place{Channel: "meituan", Draft: cups("a", 1, "free")}, noon).Next
	if o, _ := s.Order(1); o.Campaign != 0 {
		t.Error("an order counts to another channel's campaign")
	}
}

func TestCampaignsArePast(t *testing.T) {
	s := given(t, free(10, 20))
	s = must(t, s, shop.Tick{}, noon.Add(24*time.Hour)).Next
	if c := s.Campaigns[1]; c.Notice.Expected != nil || c.State(noon.Add(24*time.Hour)) != shop.CampaignOver {
		t.Errorf("a day later: %+v, want it over and without its curve", c)
	}
	s = must(t, s, shop.Tick{}, noon.Add(61*24*time.Hour)).Next
	if len(s.Campaigns) != 0 {
		t.Errorf("two months later: %+v", s.Campaigns)
	}
}

func TestCampaignsAreBounded(t *testing.T) {
	s := shop.New(demo(t), noon)
	for i := range 16 {
		n := free(1)
		n.Ref = fmt.Sprint(i)
		s = must(t, s, shop.GiveNotice{Channel: "shangou", Notice: n}, noon).Next
	}
	refused(t, s, shop.GiveNotice{Channel: "shangou", Notice: free(1)}, noon, shop.ProblemNoticeConflict)
	for i := range 300 { // given and taken back, over and over
		s = must(t, s, shop.CancelNotice{Channel: "shangou", Campaign: s.Counters.Campaign}, noon).Next
		n := free(1)
		n.Ref = fmt.Sprint("again", i)
		s = must(t, s, shop.GiveNotice{Channel: "shangou", Notice: n}, noon).Next
	}
	if len(s.Campaigns) > 128 {
		t.Errorf("%d campaigns are kept", len(s.Campaigns))
	}
}
