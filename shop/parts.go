package shop

import (
	"fmt"
	"strings"
)

// Parts is an order's money as a platform's statement has it, in fen, beside what was paid and what is subsidised. Each is
// nil until the channel says it.
type Parts struct {
	ChannelPartFen *int64 `json:"channel_part_fen,omitempty"` // of the discounts, what the channel bears
	ShopPartFen    *int64 `json:"shop_part_fen,omitempty"`    // of the discounts, what the shop bears
	FeeFen         *int64 `json:"fee_fen,omitempty"`          // what the channel keeps for its service
	PackingFen     *int64 `json:"packing_fen,omitempty"`      // what the customer pays for packing
}

// SettledParts is what the parts of a channel's orders are together for a day: of the orders that the subsidy is due for,
// and of each the share of its cups that was made.
type SettledParts struct {
	ChannelPartFen int64 `json:"channel_part_fen"`
	ShopPartFen    int64 `json:"shop_part_fen"`
	FeeFen         int64 `json:"fee_fen"`
	PackingFen     int64 `json:"packing_fen"`
	Unknown        int   `json:"unknown"` // orders of which at least one part is not known: counted as 0
}

// all are the parts in the order in which they are written.
func (p *Parts) all() [4]**int64 {
	return [4]**int64{&p.ChannelPartFen, &p.ShopPartFen, &p.FeeFen, &p.PackingFen}
}

// known is how many of the parts are known.
func (p Parts) known() (n int) {
	for _, part := range p.all() {
		if *part != nil {
			n++
		}
	}
	return n
}

// with is the parts with those of others that are not known yet; filled reports whether there were any.
func (p Parts) with(said Parts) (_ Parts, filled bool) {
	news := said.all()
	for i, part := range p.all() {
		if *part == nil && *news[i] != nil {
			*part, filled = *news[i], true
		}
	}
	return p, filled
}

// share is the parts for so many of the cups that were ordered.
func (p Parts) share(cups, ordered int) Parts {
	for _, part := range p.all() {
		if *part != nil {
			fen := shareOf(**part, cups, ordered)
			*part = &fen
		}
	}
	return p
}

// text is the parts as [Digest] has them: nothing while none is known.
func (p Parts) text() string {
	if p.known() == 0 {
		return ""
	}
	var text strings.Builder
	for _, part := range p.all() {
		if *part == nil {
			text.WriteString("\t-")
		} else {
			fmt.Fprintf(&text, "\t%d", **part) // a builder takes every byte
		}
	}
	return text.String()
}

// saysParts reports whether any part of the order's money is known.
func (o *Order) saysParts() bool { return o.Totals != nil && o.Totals.known() > 0 }

// PartsDue is the parts of an order's money by the shop's own book: of each the share of the cups that was made, and nothing
// of an order that was not made. What is not known yet is nil.
func (o *Order) PartsDue() (parts Parts) {
	if o.Totals == nil {
		return parts
	}
	if !o.done() {
		return Parts{new(int64), new(int64), new(int64), new(int64)}
	}
	ordered, made := o.MadeOf()
	return o.Totals.Parts.share(made, ordered)
}

// add counts an order's parts.
func (sum *SettledParts) add(o *Order) {
	parts := o.PartsDue()
	if parts.known() < len(parts.all()) {
		sum.Unknown++
	}
	sums := [4]*int64{&sum.ChannelPartFen, &sum.ShopPartFen, &sum.FeeFen, &sum.PackingFen}
	for i, part := range parts.all() {
		if *part != nil {
			*sums[i] += **part
		}
	}
}
