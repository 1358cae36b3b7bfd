package shop_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"weir/shop"
)

// campaign gives, revises, cancels or acknowledges a notice.
func (m *machine) campaign(t *rapid.T) {
	id := shop.CampaignID(rapid.IntRange(1, int(m.state.Counters.Campaign)+1).Draw(t, "id"))
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		m.do(t, shop.GiveNotice{Channel: "shangou", Notice: m.notice(t, fmt.Sprint("free-", rapid.IntRange(0, 3).Draw(t, "ref")))})
	case 1:
		m.do(t, shop.ReviseNotice{Channel: "shangou", Campaign: id, Notice: m.notice(t, "")})
	case 2:
		m.do(t, shop.CancelNotice{Channel: "shangou", Campaign: id})
	default:
		c := shop.AcknowledgeNotice{By: "owner", Campaign: id, Revision: m.state.Campaigns[id].Revision}
		if rapid.Bool().Draw(t, "limited") {
			of := rapid.SampledFrom([]shop.LimitOf{shop.LimitOfCampaign, shop.LimitOfChannel}).Draw(t, "of")
			c.Limit = &shop.Limit{Cups: rapid.IntRange(0, 12).Draw(t, "cups"), Of: of}
		}
		m.do(t, c)
	}
}

func (m *machine) notice(t *rapid.T, ref string) shop.Notice {
	start := noon.Add(time.Duration(rapid.IntRange(-4, 8).Draw(t, "start")) * 15 * time.Minute)
	n := shop.Notice{Ref: ref, Name: "free", Start: start, Subsidy: shop.Subsidy{Fen: 1500, Per: shop.SubsidyPerCup}}
	n.Expected = rapid.SliceOfN(rapid.IntRange(0, 100), 1, 20).Draw(t, "expected")
	n.End = start.Add(time.Duration(len(n.Expected)) * 15 * time.Minute)
	return n
}

// books lets days pass and closes them. A day that is closed has nothing open in the rows.
func (m *machine) books(t *rapid.T) {
	if rapid.Bool().Draw(t, "night") {
		m.now = m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
		m.do(t, shop.Tick{})
	}
	day := shop.Day(noon.AddDate(0, 0, rapid.IntRange(-1, 5).Draw(t, "day")).Format(time.DateOnly))
	closable := slices.Contains(m.state.Closable(), day)
	d, err := m.do(t, shop.CloseDay{By: "owner", Day: day})
	if closed := err == nil && !d.Replayed; closed != closable {
		t.Fatalf("%s: closable %v, closing %v: %v", day, closable, closed, err)
	}
	for id := range m.rows.orders {
		if o := m.rows.order(t, id); closable && o.Day == day && !o.State().Ended() {
			t.Fatalf("%s was closed although %s is %s", day, id, o.State())
		}
	}
}

// withinLimits checks that an accepted order did not go beyond what a person said the shop takes.
func (m *machine) withinLimits(t *rapid.T, d shop.Decision) {
	o, ok := d.Next.Order(d.Order)
	if !ok || d.Replayed {
		return
	}
	for id, c := range d.Next.Campaigns {
		l, taken := c.Limit(), d.Next.Taken[id]
		if l == nil || o.Channel != c.Channel {
			continue
		}
		if l.Of == shop.LimitOfCampaign && o.Campaign == id && taken.Campaign > l.Cups ||
			l.Of == shop.LimitOfChannel && c.Notice.Covers(o.AcceptedAt) && o.Promise.SlotStart.IsZero() && taken.Channel > l.Cups {
			t.Fatalf("%s was accepted and makes %+v of %+v", o.ID, taken, l)
		}
	}
}

// counts checks that what was taken of each campaign is what its orders' rows say. A cancelled one is not counted on.
func (m *machine) counts(t *rapid.T) {
	taken := map[shop.CampaignID]int{}
	for id := range m.rows.orders {
		o := m.rows.order(t, id)
		ordered, made := o.MadeOf()
		if o.End == shop.OrderCancelled || o.End == shop.OrderReleased {
			ordered = made
		}
		taken[o.Campaign] += ordered
	}
	for id, c := range m.state.Campaigns {
		if got := m.state.Taken[id].Campaign; c.CancelledAt.IsZero() && got != taken[id] {
			t.Fatalf("campaign %s has taken %d cups, its orders say %d", id, got, taken[id])
		}
	}
}
