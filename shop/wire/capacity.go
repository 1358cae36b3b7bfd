package wire

import (
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Capacity is the shop's capacity report, the same over MQTT and HTTP. A reader takes only one with a
// newer (epoch, seq), and believes it until ExpiresAt.
type Capacity struct {
	V            int             `json:"v"`
	Shop         string          `json:"store"`
	Epoch        int64           `json:"epoch"`
	Seq          uint64          `json:"seq"`
	At           time.Time       `json:"at"`
	ExpiresAt    time.Time       `json:"expires_at"`
	Level        int             `json:"level"` // 0 open, 1 busy, 2 limited, 3 slots only, 4 paused
	Reason       capacity.Reason `json:"reason"`
	BacklogCups  int             `json:"backlog_cups"` // accepted, due now, not made
	BacklogWork  capacity.Work   `json:"backlog_work"` // hundredths of a standard cup
	InProgress   int             `json:"in_progress"`  // cups being made
	Waiting      int             `json:"waiting"`      // orders on the waiting list
	WaitingCups  int             `json:"waiting_cups"` // of those
	ShelfBags    int             `json:"shelf_bags"`   // finished, not fetched
	Rate         Rate            `json:"rate_cpm"`
	Quote        ReportQuote     `json:"quote"`
	Slots        []Slot          `json:"slots"`
	SoldOut      []string        `json:"sold_out"`         // items
	NoOption     []string        `json:"sold_out_options"` // with their groups, as "topping/pearl"
	Left         map[string]int  `json:"left,omitempty"`   // cups of items and with options, where few are left by the count
	MenuRev      string          `json:"menu_rev"`
	ResumeHintAt time.Time       `json:"resume_hint_at,omitzero"`
	NextReport   int64           `json:"next_report_s"` // at the latest, if nothing changes
	Adapters     []Adapter       `json:"adapters,omitempty"`
	Lease        *Lease          `json:"lease,omitempty"` // over HTTP with a key
	// Since is the Seq of the first report that said the same; only At, ExpiresAt and Seq are newer now.
	Since uint64 `json:"-"`
}

// Adapter says that a channel's platform takes no credit, what it takes instead, and what it does not learn thereby.
type Adapter struct {
	Channel string           `json:"channel"`
	Kind    shop.AdapterKind `json:"kind"`
	Loses   []shop.Loss      `json:"loses"`
}

func newAdapters(config *shop.Config) (list []Adapter) {
	for _, ch := range config.Channels {
		if a := ch.Adapter; a != nil {
			list = append(list, Adapter{Channel: ch.ID, Kind: a.Kind, Loses: a.Kind.Loses()})
		}
	}
	return list
}

// Rate is how fast this crew works now, in standard cups per minute.
type Rate struct {
	P10 float64 `json:"p10"`
	P50 float64 `json:"p50"`
}

// ReportQuote is what one standard cup could expect.
type ReportQuote struct {
	P50        int64   `json:"p50_s"`
	P90        int64   `json:"p90_s"`
	Promise    int64   `json:"promise_s"`
	Samples    int     `json:"samples"`
	Coverage90 float64 `json:"coverage90"`
	Calibrated bool    `json:"calibrated"`
}

// Lease is credit granted to one channel; docs/protocol.md says how a router has to obey it.
type Lease struct {
	V    int    `json:"v"`
	Shop string `json:"store"`
	capacity.Lease
}

// NewLease is a channel's latest lease; nil when it was never granted one.
func NewLease(state *shop.State, channel string) *Lease {
	l, ok := state.Leases[channel]
	if !ok {
		return nil
	}
	return &Lease{Version, state.Config.ID, l}
}

// Reasons why a shop takes nothing that lie outside its rules.
const (
	ReasonStorage capacity.Reason = "storage" // nothing can be written
	ReasonClock   capacity.Reason = "clock"   // the shop's clock is in doubt: no credit
)

// reportSlotsMax bounds the slots in a report, which goes to every router of a platform: two hours.
// GET /v1/slots has the others.
const reportSlotsMax = 8

// hintGrain is what a resume hint is rounded up to. Finer, it would be news every second.
const hintGrain = time.Minute

// content is the report without when and which: what makes it news.
func content(state *shop.State, now time.Time, trouble capacity.Reason) Capacity {
	r := state.Capacity.Report(now)
	c := Capacity{
		V: Version, Shop: state.Config.ID, Epoch: state.Counters.Epoch,
		Level: r.Level.Level, Reason: r.Level.Reason,
		BacklogCups: r.BacklogCups, BacklogWork: r.Backlog, InProgress: state.Ledger.In[shop.Making], ShelfBags: r.ShelfBags,
		Rate: Rate{P10: round(r.Rate.P10 / float64(capacity.Cup)), P50: round(r.Rate.P50 / float64(capacity.Cup))},
		Quote: ReportQuote{
			P50: seconds(r.Quote.P50), P90: seconds(r.Quote.P90), Promise: seconds(r.Quote.Promise),
			Samples: r.Quote.Samples, Coverage90: round(r.Quote.Coverage90), Calibrated: r.Quote.Calibrated,
		},
		Slots:   newSlots(state.Capacity.Slots(now, "", "", capacity.Cup), reportSlotsMax),
		MenuRev: state.Config.Menu.Rev, Adapters: newAdapters(state.Config),
	}
	for _, o := range state.OnStandby() {
		c.Waiting++
		c.WaitingCups += o.Standby.Cups
	}
	c.SoldOut, c.NoOption, c.Left = soldOut(state, "")
	if at := r.Level.ResumeAt; !at.IsZero() {
		c.ResumeHintAt = at.Add(hintGrain - 1).Truncate(hintGrain)
	}
	if state.Counters.ClockDoubt && c.Level < capacity.LevelBusy {
		c.Level, c.Reason = capacity.LevelBusy, ReasonClock // orders are taken; credit is not granted
	}
	if trouble != "" {
		c.Level, c.Reason, c.ResumeHintAt = capacity.LevelPaused, trouble, time.Time{}
	}
	for i := range c.Slots {
		c.Slots[i].End = time.Time{} // a slot is a quarter of an hour: bytes that say nothing
	}
	return c
}

// soldOut lists the items and options that a channel ("" is any) cannot order, in the order of the menu, and how many cups there still are
// of what is nearly gone.
func soldOut(state *shop.State, channel string) (items, options []string, left map[string]int) {
	items, options = []string{}, []string{}
	look := func(part shop.MenuPart, gone *[]string) {
		if !state.AvailableTo(channel, part) {
			*gone = append(*gone, string(part))
		} else if cups, few := state.FewLeft(part); few {
			if left == nil {
				left = map[string]int{}
			}
			left[string(part)] = cups
		}
	}
	for i := range state.Config.Menu.Items {
		look(shop.MenuPart(state.Config.Menu.Items[i].ID), &items)
	}
	for _, g := range state.Config.Menu.Groups {
		for i := range g.Options {
			look(shop.OptionPart(g.ID, g.Options[i].ID), &options)
		}
	}
	return items, options, left
}
