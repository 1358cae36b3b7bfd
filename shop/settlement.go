package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Settled is what one channel owes for one business day. A sum is in fen; cups are physical cups that were ordered,
// so a cup that was made again counts once.
type Settled struct {
	Channel string `json:"channel"`

	Orders int   `json:"orders"` // handed over
	Cups   int   `json:"cups"`   // of them, made
	Zero   int   `json:"zero_yuan"`
	Due    int64 `json:"subsidy_due_fen"` // for orders handed over, made and then cancelled, and made and unclaimed

	Provisional    int   `json:"provisional"`     // of the orders that Due is for: money not known yet, counted as 0 in Due
	ProvisionalFen int64 `json:"provisional_fen"` // what their campaigns' notices would make of them

	Parts *SettledParts `json:"parts,omitempty"` // nil while no order says any

	Compensation *SettledCompensation `json:"compensation,omitempty"` // nil while no customer was given any

	MadeCancelled     int   `json:"made_then_cancelled"` // orders
	MadeCancelledCups int   `json:"made_then_cancelled_cups"`
	MadeCancelledFen  int64 `json:"made_then_cancelled_fen"` // in Due

	Unclaimed     int   `json:"unclaimed"` // orders
	UnclaimedCups int   `json:"unclaimed_cups"`
	UnclaimedFen  int64 `json:"unclaimed_fen"` // in Due

	Cancelled int `json:"cancelled"` // orders that were not made
	Released  int `json:"released"`
	Open      int `json:"open"` // not ended yet: the day cannot be closed

	Digest string `json:"digest"` // SHA-256, hex, of the day's orders of the channel; see [Digest]
}

// Settlement sums up the orders of a business day: a line for each channel of shop.yaml, in its order, and for each
// that has left it since. The orders are all that were accepted that day; they have to come by their ids.
func (s *State) Settlement(orders []*Order) []Settled {
	byChannel := map[string][]*Order{}
	var names, gone []string
	for _, ch := range s.Config.Channels {
		names = append(names, ch.ID)
	}
	for _, o := range orders {
		if !slices.Contains(names, o.Channel) && !slices.Contains(gone, o.Channel) {
			gone = append(gone, o.Channel)
		}
		byChannel[o.Channel] = append(byChannel[o.Channel], o)
	}
	slices.Sort(gone)
	names = append(names, gone...)
	lines := make([]Settled, 0, len(names))
	for _, channel := range names {
		line := Settled{Channel: channel, Digest: Digest(byChannel[channel])}
		if slices.ContainsFunc(byChannel[channel], (*Order).saysParts) {
			line.Parts = &SettledParts{}
		}
		for _, o := range byChannel[channel] {
			s.settle(&line, o)
		}
		lines = append(lines, line)
	}
	return lines
}

// settle adds an order to its channel's line.
func (s *State) settle(line *Settled, o *Order) {
	_, made := o.MadeOf()
	due := o.SubsidyDue()
	if o.Compensation != nil {
		if line.Compensation == nil {
			line.Compensation = &SettledCompensation{}
		}
		line.Compensation.add(o.Compensation)
	}
	switch state := o.State(); {
	case !state.Ended():
		line.Open++
		return
	case state == OrderHanded:
		line.Orders++
		line.Cups += made
		if o.Totals != nil && o.Totals.PaidFen == 0 {
			line.Zero++
		}
	case state == OrderUnclaimed:
		line.Unclaimed++
		line.UnclaimedCups += made
		line.UnclaimedFen += due
	case state == OrderCancelled && made > 0:
		line.MadeCancelled++
		line.MadeCancelledCups += made
		line.MadeCancelledFen += due
	case state == OrderExpired: // the shop never took it
		return
	case state == OrderCancelled:
		line.Cancelled++
		return
	default:
		line.Released++
		return
	}
	line.Due += due
	if line.Parts != nil {
		line.Parts.add(o)
	}
	if o.Totals == nil {
		line.Provisional++
		line.ProvisionalFen += s.provisional(o, made)
	}
}

// provisional is what an order whose money is not known would bring by its campaign's notice; 0 without one.
func (s *State) provisional(o *Order, made int) int64 {
	c, ok := s.Campaigns[o.Campaign]
	if !ok || made == 0 {
		return 0
	}
	return c.Notice.Subsidy.For(made)
}

// SubsidyDue is the part of an order's subsidy that its channel owes, in fen: for the share of its cups that was made,
// rounded down. An order that was never made is owed nothing; one whose money is not known counts as 0. An order
// without cups, such as bags alone, is owed when it was handed over or unclaimed.
func (o *Order) SubsidyDue() int64 {
	if o.Totals == nil || !o.State().Ended() {
		return 0
	}
	ordered, made := o.MadeOf()
	if ordered == 0 {
		if o.End == OrderHanded || o.End == OrderUnclaimed {
			return o.Totals.SubsidyFen
		}
		return 0
	}
	return shareOf(o.Totals.SubsidyFen, made, ordered)
}

// shareOf is the money for so many of the cups that were ordered, rounded down; all of it where that is no part of them.
func shareOf(fen int64, cups, ordered int) int64 {
	if ordered == 0 || cups >= ordered {
		return fen
	}
	return fen/int64(ordered)*int64(cups) + fen%int64(ordered)*int64(cups)/int64(ordered)
}

// Digest is the SHA-256, in hex, over orders: of each the line
//
//	id TAB channel TAB ref TAB state TAB cups ordered TAB cups made TAB total TAB paid TAB subsidy LF
//
// with the money in fen, or three times "-" where it is not known. Where a part of it is known, its four parts follow, each
// after a TAB, "-" where it is not known. Where its customer is compensated, cause, fen and payer follow. Whatever is later
// changed about one of them shows.
func Digest(orders []*Order) string {
	sum := sha256.New()
	for _, o := range orders {
		ordered, made := o.MadeOf()
		money := "-\t-\t-"
		if t := o.Totals; t != nil {
			money = fmt.Sprintf("%d\t%d\t%d%s", t.TotalFen, t.PaidFen, t.SubsidyFen, t.Parts.text())
		}
		fmt.Fprintf(sum, "%s\t%s\t%s\t%s\t%d\t%d\t%s%s\n", // a hash takes every byte
			o.ID, o.Channel, o.Ref, o.State(), ordered, made, money, o.Compensation.text())
	}
	return hex.EncodeToString(sum.Sum(nil))
}
