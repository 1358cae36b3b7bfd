package wire

import (
	"cmp"
	"errors"
	"math"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// ProblemMediaName is the media type of a [Problem] (RFC 9457).
const ProblemMediaName = "application/problem+json"

// Problem is a refusal as callers read it (RFC 9457), with what they can do about it.
type Problem struct {
	Type   string `json:"type"` // /problems/<name>; the page explains it
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`

	Errors  []shop.FieldError `json:"errors,omitempty"`   // what to mend in the request
	NotMade bool              `json:"not_made,omitempty"` // nothing was made or kept of the order
	Pinned  bool              `json:"pinned,omitempty"`   // the refusal is final for the order's ref
	Outcome string            `json:"outcome,omitempty"`  // "unknown": ask again with the same ref
	*Refusal
	RetryAfter int64  `json:"retry_after_s,omitempty"`
	SoldOut    string `json:"sold_out,omitempty"`    // the item or option that is sold out, as "topping/pearl"
	WantOf     string `json:"for_want_of,omitempty"` // the ingredient by which it is closed
	Order      *Order `json:"order,omitempty"`       // as it is now, where that explains the refusal
	Cups       []Cup  `json:"cups,omitempty"`        // the cups it is about
	CupsMade   *int   `json:"cups_made,omitempty"`   // of a cancellation that came too late
}

// Refusal tells a refused caller what would be possible.
type Refusal struct {
	Reason       capacity.Reason `json:"reason"`
	EarliestAt   *time.Time      `json:"earliest_ready_at"` // null: not known, or not today
	Alternatives []Alternative   `json:"alternatives"`
	Why          *Why            `json:"why,omitempty"` // not of what is sold out
}

// Alternative is a slot of this shop, another shop of the same owner, or what else could be made of an order of which
// something is sold out.
type Alternative struct {
	Type      string         `json:"type"`             // "slot" or "store"; "without", "option", "item" or "fewer"
	Line      *int           `json:"line,omitempty"`   // index of the line of the order that would change
	Item      string         `json:"item,omitempty"`   // that there is instead
	Option    string         `json:"option,omitempty"` // that is left out, or that there is instead
	Qty       int            `json:"qty,omitempty"`    // of the line, where there are fewer
	Start     *time.Time     `json:"start,omitempty"`
	End       *time.Time     `json:"end,omitempty"`
	Work      *capacity.Work `json:"work,omitempty"` // the slot can still take
	ID        string         `json:"id,omitempty"`   // of the shop
	Name      *shop.Name     `json:"name,omitempty"`
	DistanceM int            `json:"distance_m,omitempty"`
}

// Why is the rule that refused and the figures it saw. Work is in hundredths of a standard cup.
type Why struct {
	Rule    capacity.Rule `json:"rule"`
	Asked   capacity.Work `json:"asked_work"`
	Room    capacity.Work `json:"room_work"`
	Slack   capacity.Work `json:"slack_work"` // what the promises already given leave
	Budget  capacity.Work `json:"budget_work"`
	Backlog capacity.Work `json:"backlog_work"`
	Credit  capacity.Work `json:"credit_work"` // granted to other channels
	Rate    float64       `json:"rate_cpm"`
	Longest int64         `json:"longest_s"`          // the longest promise the owner allows
	Needed  int64         `json:"needed_s,omitempty"` // the promise it would have needed
	Booked  capacity.Work `json:"booked_work,omitempty"`
	SlotMax capacity.Work `json:"slot_max_work,omitempty"`
	Bags    int           `json:"bags,omitempty"`
	BagsMax int           `json:"bags_max,omitempty"`
	Until   time.Time     `json:"until,omitzero"`
}

const (
	// retryLeast keeps a refused caller from asking in a tight loop.
	retryLeast = time.Second
	// retryUnknown is when to ask again where nobody knows when it would go: the owner's switch, closing.
	retryUnknown = 5 * time.Minute
	// retryStorage is when to ask again after a write that may have failed: most are over by then.
	retryStorage = 2 * time.Second
)

// NewProblem shows an error. What is not a [*shop.Error] is our own fault: the caller reads that it is
// internal and nothing more, and whoever calls this has to log it.
func NewProblem(err error, menu *shop.Menu) Problem {
	e := (*shop.Error)(nil)
	if !errors.As(err, &e) {
		return entryOf(ProblemInternal, shop.Invalid).problem("")
	}
	p := entryOf(e.Type, e.Kind).problem(e.Detail)
	p.Errors, p.Pinned = e.Fields, e.Pinned
	if e.Unknown {
		p.Outcome, p.NotMade, p.RetryAfter = "unknown", false, wait(retryStorage)
	} else if e.Type == ProblemQuota {
		p.RetryAfter = wait(cmp.Or(e.RetryAfter, retryUnknown))
	} else if e.Kind == shop.Unavailable {
		p.NotMade, p.RetryAfter = true, wait(retryStorage)
	}
	if e.Refusal != nil {
		p.Refusal = newRefusal(e.Refusal)
		p.RetryAfter = wait(e.Refusal.RetryAfter)
		if e.Refusal.RetryAfter <= 0 {
			p.RetryAfter = wait(retryUnknown)
		}
	}
	if e.Sold != nil {
		p.SoldOut, p.WantOf, p.Refusal = string(e.Sold.Part), e.Sold.Ingredient, newSold(e.Sold)
	}
	if e.Order != nil {
		o := NewOrder(e.Order, menu)
		p.Order = &o
	}
	p.Cups = newCups(e, menu)
	if e.Type == shop.ProblemCancelTooLate {
		n := len(e.Cups)
		p.CupsMade = &n
	}
	return p
}

// Name is the last part of the problem's type.
func (p *Problem) Name() string { return strings.TrimPrefix(p.Type, problemPath) }

// TooMany is the problem of a caller that floods.
func TooMany(retry time.Duration) Problem {
	p := entryOf(ProblemQuota, shop.Unavailable).problem("far more requests than a shop can cause; slow down")
	p.RetryAfter = wait(retry)
	return p
}

func newRefusal(r *shop.Refusal) *Refusal {
	out := &Refusal{Reason: r.Reason, Alternatives: []Alternative{}, Why: newWhy(&r.Why)}
	if !r.EarliestAt.IsZero() {
		at := r.EarliestAt.UTC()
		out.EarliestAt = &at
	}
	for _, s := range r.Slots[:min(len(r.Slots), nextSlotsMax)] {
		start, end, work := s.Start, s.End(), s.Work
		out.Alternatives = append(out.Alternatives, Alternative{Type: "slot", Start: &start, End: &end, Work: &work})
	}
	out.Alternatives = append(out.Alternatives, stores(r.Sisters)...)
	return out
}

// stores are the owner's other shops.
func stores(sisters []shop.Sister) (list []Alternative) {
	for _, s := range sisters {
		list = append(list, Alternative{Type: "store", ID: s.ID, Name: &s.Name, DistanceM: s.DistanceM})
	}
	return list
}

// newSold says what there is instead of what is sold out.
func newSold(s *shop.Sold) *Refusal {
	out := &Refusal{Reason: shop.RefusedSoldOut, Alternatives: make([]Alternative, 0, len(s.Offers))}
	for _, o := range s.Offers {
		a := Alternative{Type: string(o.Kind), Line: &o.Line}
		a.Item, a.Option, _ = o.Part.Names()
		if o.Kind == shop.OfferFewer {
			a.Qty = o.Cups
		}
		out.Alternatives = append(out.Alternatives, a)
	}
	if until := s.Out.Until; !until.IsZero() {
		out.EarliestAt = &until
	}
	return out
}

func newWhy(w *capacity.Why) *Why {
	return &Why{
		Rule: w.Rule, Asked: w.Asked, Room: w.Room, Slack: w.Slack, Budget: w.Budget, Backlog: w.Backlog, Credit: w.Credit,
		Rate: round(w.Rate / float64(capacity.Cup)), Longest: seconds(w.Longest), Needed: seconds(w.Needed),
		Booked: w.Booked, SlotMax: w.SlotMax, Bags: w.Bags, BagsMax: w.BagsMax, Until: w.Until,
	}
}

// newCups shows the cups an error names, with their states where its order is theirs.
func newCups(e *shop.Error, menu *shop.Menu) (cups []Cup) {
	for _, id := range e.Cups {
		if o := e.Order; o != nil && o.ID == id.Order && o.Cup(id.N) != nil {
			cups = append(cups, newCup(o, o.Cup(id.N), menu))
		} else {
			cups = append(cups, Cup{ID: id})
		}
	}
	return cups
}

// wait is a time to wait in whole seconds, as the header Retry-After wants it.
func wait(d time.Duration) int64 {
	return int64(math.Ceil(max(d, retryLeast).Seconds()))
}
