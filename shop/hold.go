package shop

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/shop/capacity"
)

// HoldRoom asks that room for an order is kept for a moment: the caller has to ask its customer first, or its payment.
type HoldRoom struct {
	Channel string
	Lines   []Line        // what the order will be; none: only Cups is known
	Cups    int           // standard cups, where there are no lines
	For     time.Duration // 0 is [HoldFor]
}

func (HoldRoom) subject() Subject { return Subject{} }

// DropHold gives room back that is not needed any more.
type DropHold struct {
	Channel string
	Hold    HoldID
}

func (DropHold) subject() Subject { return Subject{} }

// HoldID numbers the holds of a shop from 1. Outside it is written "h12".
type HoldID int64

// String returns the form used in URLs and JSON.
func (id HoldID) String() string { return "h" + strconv.FormatInt(int64(id), 10) }

// MarshalText implements encoding.TextMarshaler.
func (id HoldID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *HoldID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseHoldID(string(text))
	return err
}

// ParseHoldID reads the name of a hold.
func ParseHoldID(text string) (HoldID, error) {
	digits, ok := strings.CutPrefix(text, "h")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 || HoldID(n).String() != text {
		return 0, fmt.Errorf("%.32q: want a hold's id, as in h12", text)
	}
	return HoldID(n), nil
}

// Hold is room that is kept. It never changes.
type Hold struct {
	ID      HoldID         `json:"id"`
	Channel string         `json:"channel"`
	Lines   []Line         `json:"lines,omitempty"` // as the kitchen would make them; none: only Cups is known
	Cups    int            `json:"cups"`            // standard cups without lines, else those of the lines
	At      time.Time      `json:"at"`
	Until   time.Time      `json:"until"` // it lapses then
	Quote   capacity.Quote `json:"quote"`
	ReadyBy time.Time      `json:"ready_by"` // of an order that uses it, sent as late as it can be
}

// Holds are all that there are, by id. They are never changed in place.
type Holds map[HoldID]*Hold

const (
	// HoldFor is how long room is kept: as long as a customer needs to say yes, or a payment to go through.
	HoldFor = time.Minute
	// HoldLeast and HoldMost bound what a caller may ask for. Longer is an order, which can be taken back.
	HoldLeast, HoldMost = 5 * time.Second, time.Minute
	// HoldCups is how many cups a channel may hold at once where shop.yaml says nothing: about five minutes of a small line.
	// Callers that hold and never order take no more than that from all others.
	HoldCups = 20
)

// Why a hold has ended.
const (
	holdUsed    = "order"
	holdDropped = "dropped"
	holdLapsed  = "lapsed"
	holdClock   = "clock" // the clock was wrong: nobody knows how long it was kept
)

// RoomHeld says that room is kept.
type RoomHeld struct {
	Hold *Hold `json:"hold"`
}

func (RoomHeld) name() string { return "room.held" }

// HoldEnded says that room is not kept any more.
type HoldEnded struct {
	Hold HoldID `json:"hold"`
	Why  string `json:"why"`
}

func (HoldEnded) name() string { return "hold.ended" }

// decide keeps room that an order would be accepted for now, within what the channel may hold.
func (c HoldRoom) decide(d *decider) error {
	d.by = c.Channel
	channel, ok := d.state.Config.Channel(c.Channel)
	if !ok || c.Channel == CounterChannel {
		return notFound("there is no channel %q that can hold room", c.Channel)
	}
	h := &Hold{ID: d.state.Counters.Hold + 1, Channel: c.Channel, Cups: c.Cups, At: d.now}
	if len(c.Lines) > 0 {
		lines, _, err := d.known(c.Lines, channel, func(_ int, err error) error { return err })
		if err != nil {
			return err
		}
		h.Lines, h.Cups = lines, d.state.Config.Menu.cups(lines)
	}
	span := c.For
	if span == 0 {
		span = HoldFor
	}
	switch {
	case h.Cups < 1 || h.Cups > linesCupsMax:
		return invalid(ProblemInvalidOrder, "nothing of this has to be made, or too much",
			FieldError{"/items", fmt.Sprintf("want 1 to %d cups", linesCupsMax)})
	case span < HoldLeast || span > HoldMost:
		return invalid(ProblemInvalid, "the time for which room is kept is out of bounds",
			FieldError{"/seconds", fmt.Sprintf("want %v to %v seconds", HoldLeast.Seconds(), HoldMost.Seconds())})
	}
	if held := d.state.Holds.cups(c.Channel); held+h.Cups > channel.HoldCups {
		return &Error{Kind: Unavailable, Type: ProblemQuota, RetryAfter: HoldMost, Detail: fmt.Sprintf(
			"the channel holds %d cups and may hold %d; use or drop some, or send an order", held, channel.HoldCups)}
	}
	o := d.state.heldOrder(h)
	if campaign := d.state.full(o, d.now, h.Cups); campaign != nil {
		return d.refuseFull(o, campaign)
	}
	answer := d.state.Capacity.Admit(d.now, o.request(time.Time{}))
	if !answer.Accepted {
		return d.refuse(o, answer)
	}
	h.Until = d.now.Add(span)
	h.Quote, h.ReadyBy = answer.Quote, answer.Due.Add(span)
	d.emit(0, RoomHeld{Hold: h})
	d.out.Hold = h.ID
	return nil
}

// decide gives room back.
func (c DropHold) decide(d *decider) error {
	d.by = c.Channel
	h := d.state.Holds[c.Hold]
	if h == nil || h.Channel != c.Channel {
		return notFound("there is no hold %s; it may have lapsed or become an order", c.Hold)
	}
	d.emit(0, HoldEnded{Hold: h.ID, Why: holdDropped})
	return nil
}

// cups is how many cups a channel holds.
func (all Holds) cups(channel string) (n int) {
	for _, h := range all {
		if h.Channel == channel {
			n += h.Cups
		}
	}
	return n
}

// good reports whether room is kept at a moment. One that seems to begin later is of another clock.
func (h *Hold) good(now time.Time) bool { return now.Before(h.Until) && !now.Before(h.At) }

// useHold lets the room go that an order was kept, so that the order can have it; nil when it is kept none. An order whose
// hold has lapsed is an order like any other.
func (d *decider) useHold(c Place) *Hold {
	h := d.state.Holds[c.Draft.Hold]
	if h == nil || h.Channel != c.Channel || !h.good(d.now) || !c.Draft.SlotStart.IsZero() || !c.Draft.DeliverAt.IsZero() {
		return nil
	}
	d.emit(0, HoldEnded{Hold: h.ID, Why: holdUsed})
	return h
}

// covers reports whether an order is not more than what was kept for it.
func (h *Hold) covers(s *State, o *Order) bool {
	return h != nil && len(o.Cups) <= h.Cups && o.Work() <= s.heldOrder(h).Work()
}

// endHolds ends the holds that are over, or with all every one.
func (d *decider) endHolds(why string, all bool) {
	for _, id := range sortedKeys(d.state.Holds) {
		if all || !d.state.Holds[id].good(d.now) {
			d.emit(0, HoldEnded{Hold: id, Why: why})
		}
	}
}

// heldOrder is the order that room is kept for, as capacity and stock count it.
func (s *State) heldOrder(h *Hold) *Order {
	o := &Order{ID: -OrderID(h.ID), Channel: h.Channel, Lines: h.Lines, AcceptedAt: h.At}
	o.Promise.Quote, o.Promise.ReadyBy = h.Quote, h.ReadyBy
	if channel, ok := s.Config.Channel(h.Channel); ok {
		o.Fulfilment = channel.fulfilment()
	}
	if len(h.Lines) == 0 {
		o.Lines = unknownLines(h.Cups)
		for n := range h.Cups {
			o.Cups = append(o.Cups, Cup{N: n + 1, Work: capacity.Cup, State: Booked})
		}
		return o
	}
	for i := range o.Lines {
		work, each, _ := s.Config.Menu.lineWork(&o.Lines[i])
		for range each * o.Lines[i].Qty {
			o.Cups = append(o.Cups, Cup{N: len(o.Cups) + 1, Line: i, Work: work, State: Booked})
		}
	}
	return o
}

// HeldWork is the work that room is kept for.
func (s *State) HeldWork(h *Hold) capacity.Work { return s.heldOrder(h).Work() }

// keep is the state in which room is kept.
func (s State) keep(h *Hold) State {
	o := s.heldOrder(h)
	s.Capacity = s.Capacity.Swap(capacity.Order{}, o.load())
	return s.hold(nil, o)
}

func (f RoomHeld) apply(s State, _ Event) State {
	s.Counters.Hold = f.Hold.ID
	s.Holds = with(s.Holds, f.Hold.ID, f.Hold)
	return s.keep(f.Hold)
}

func (f HoldEnded) apply(s State, _ Event) State {
	h := s.Holds[f.Hold]
	if h == nil {
		return s
	}
	s.Holds = with(s.Holds, f.Hold, nil)
	if delete(s.Holds, f.Hold); len(s.Holds) == 0 { // with has made a copy
		s.Holds = nil
	}
	o := s.heldOrder(h)
	s.Capacity = s.Capacity.Swap(o.load(), capacity.Order{})
	free := o.clone()
	for i := range free.Cups {
		free.Cups[i].State = Voided
	}
	return s.hold(o, free)
}
