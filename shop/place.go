package shop

import (
	"time"

	"weir/shop/capacity"
)

// Place asks for an order.
type Place struct {
	Channel string
	Draft   Draft
}

// Draft is an order as a channel wishes it, already checked for shape (numbers in range, text clean).
type Draft struct {
	Ref           string
	DisplayNumber string
	Lease         *capacity.Stamp
	PlacedAt      time.Time
	ConfirmBy     time.Time     // after it the channel has given up; zero is never
	By            time.Time     // it has to be ready by then; zero is whenever
	DeliverAt     time.Time     // when it is wanted at the door; zero is as soon as possible
	Ride          time.Duration // from the shop to the door; 0 is as shop.yaml says of the channel
	DistanceM     int           // to the door, in metres; 0 is not told
	SlotStart     time.Time     // zero is now
	AnyTime       bool          // the customer takes another slot as well: such an order is the first to be moved
	Lines         []Line        // none: the channel left them out, under load, and fills them in later
	Cups          int           // of an order without lines: how many there are; 0 is not told
	TotalFen      int64         // of an order without lines: what it costs in all; 0 is not told
	Totals        *Totals       // nil when the channel does not know them yet
	Fulfilment    Fulfilment
	BringTo       string // where to bring or keep it, in the channel's words
	TrackURL      string // of the customer's page, printed as a QR code; "" is none
	Campaign      string // the campaign that sent it, by id or the channel's ref; "" or unknown is none
	Customer      Customer
	SentAt        time.Time // of this message, by the sender's clock; zero is not told
	FirstSentAt   time.Time // of the first message about this order; zero is not told
	Pin           bool      // a refusal is to be final for the ref
	Standby       bool      // it waits for room, where it would be refused for want of it
	StandbyUntil  time.Time // how long it waits; zero is [StandbyFor]
	Hold          HoldID    // the room that was kept for it; 0 or unknown is none
	Tapped        bool      // a person entered it at the counter, see [Walkin]
	Receipt       string    // that this shop had accepted it, before its memory was restored from a copy; "" is none
}

func (c Place) subject() Subject { return Subject{Channel: c.Channel, Ref: c.Draft.Ref} }

// OrderPlaced says that an order was accepted. With Tombstone it was cancelled before it came and is never made.
type OrderPlaced struct {
	Order     *Order `json:"-"` // in a row of its own
	Tombstone bool   `json:"-"` // said by the name in the log
	Cups      int    `json:"cups"`
	Paid      *int64 `json:"paid_fen,omitempty"`
}

func (f OrderPlaced) name() string {
	if f.Tombstone {
		return "order.tombstone"
	}
	return "order.placed"
}

// decide accepts or refuses an order. A known ref comes first and has the answer that it had: a channel that lost the
// answer asks again with the same ref.
func (c Place) decide(d *decider) error {
	d.by = c.Channel
	channel, ok := d.state.Config.Channel(c.Channel)
	if !ok {
		return notFound("there is no channel %q", c.Channel)
	}
	if c.Draft.Fulfilment == "" {
		c.Draft.Fulfilment = channel.fulfilment()
	}
	if prior, ok := d.state.ByRef(c.Channel, c.Draft.Ref); ok {
		if said, ok := d.state.Receipts.read(c.Channel, c.Draft); ok && prior.OnStandby() {
			return d.takeAgain(c, channel, said, prior) // the copy of the rows is of before the order was accepted
		}
		return d.replay(prior, c.Draft)
	}
	err := d.place(c, channel)
	if err != nil && c.Draft.Pin {
		return d.pin(c, err)
	}
	return err
}

// place accepts or refuses an order whose ref is not known.
func (d *decider) place(c Place, channel Channel) error {
	if at := c.Draft.PlacedAt; !at.IsZero() && d.now.Sub(at) > TombstonesKept {
		return conflict(ProblemDeadlinePassed, "placed_at %s is too long ago: the shop does not know any more whether this was taken back; "+
			"nothing was made", at.Format(timeFormat))
	}
	if said, ok := d.state.Receipts.read(c.Channel, c.Draft); ok && d.now.Sub(said.ReadyBy) <= TombstonesKept {
		return d.takeAgain(c, channel, said, nil)
	}
	if d.state.Counters.forgets(c.Draft.SentAt) {
		return ErrForgotten // that it was taken back may be forgotten too
	}
	forgets := d.state.Counters.forgets(c.Draft.firstSent())
	err := d.consider(c, channel, forgets)
	if forgets && err != nil {
		return ErrForgotten // a no would be taken for the word of the shop that was asked first
	}
	return err
}

// firstSent is when the shop may have heard of the order for the first time.
func (d Draft) firstSent() time.Time {
	for _, at := range []time.Time{d.FirstSentAt, d.SentAt} {
		if !at.IsZero() {
			return at
		}
	}
	return d.PlacedAt
}

// consider accepts or refuses an order by the menu, its deadline and the room there is. What may have been made before
// the shop's memory was restored is marked.
func (d *decider) consider(c Place, channel Channel, again bool) error {
	kept := d.useHold(c)
	lines, sent, err := d.lines(c.Draft, channel)
	if err != nil {
		return err
	}
	if by := c.Draft.ConfirmBy; !by.IsZero() && d.now.After(by) {
		return conflict(ProblemDeadlinePassed, "confirm_by %s is past; nothing was made, send it again if it is still wanted",
			by.Format(timeFormat))
	}
	o := d.draw(c, channel, lines, sent)
	if campaign := d.state.full(o, o.when(), len(o.Cups)); campaign != nil {
		return d.refuseFull(o, campaign)
	}
	request := o.request(c.Draft.ConfirmBy)
	keeps := kept.covers(&d.state, o) && !o.DueOnArrival
	request.Again = keeps // the shop has said that it has room, whatever has come since
	answer := d.state.Capacity.Admit(d.now, request)
	said := keeps && !kept.ReadyBy.After(o.WantedBy) // the hold has promised it by then
	if ready, late := d.misses(o, answer); late && !said {
		return d.refuseMissed(o, answer, ready)
	}
	if !answer.Accepted {
		if until, ok := d.mayWait(o, c.Draft, answer); ok && c.Draft.Standby && !again && !c.Draft.bare() {
			d.wait(o, c.Draft, until)
			return nil
		}
		return d.refuse(o, answer)
	}
	if d.promise(o, answer); keeps {
		o.Promise.ReadyBy = earlier(o.Promise.ReadyBy, kept.ReadyBy)
	}
	o.MayBeMade = again && d.printed(o)
	d.accept(o)
	return nil
}

// timeFormat is how times are written in sentences.
const timeFormat = "2006-01-02T15:04:05Z07:00"

// draw makes the order that would be accepted, without a promise yet.
func (d *decider) draw(c Place, channel Channel, lines, sent []Line) *Order {
	draft := c.Draft
	o := &Order{
		ID: d.state.Counters.Order + 1, Channel: c.Channel, Ref: draft.Ref, DisplayNumber: draft.DisplayNumber,
		PlacedAt: draft.PlacedAt, Fulfilment: draft.Fulfilment, WantedBy: draft.wantedBy(channel), DeliverAt: draft.DeliverAt,
		TrackURL: draft.TrackURL,
		Lines:    lines, Sent: sent, Totals: draft.Totals, Lease: draft.Lease, Customer: draft.Customer,
		AnyTime:      draft.AnyTime && !draft.SlotStart.IsZero(),
		DueOnArrival: channel.HoldUntilArrival && draft.SlotStart.IsZero() && draft.DeliverAt.IsZero(), Epoch: d.state.Counters.Epoch,
		LinesUnknown: draft.bare(), Tapped: draft.Tapped,
	}
	if draft.bare() && draft.Cups == 0 {
		o.SaidFen = draft.TotalFen
	}
	if campaign, ok := d.state.CampaignNamed(c.Channel, draft.Campaign); ok {
		o.Campaign = campaign.ID
	}
	if o.Promise.SlotStart = draft.SlotStart; !o.DeliverAt.IsZero() {
		o.Promise.SlotStart = slotFor(o.WantedBy, d.now)
	}
	o.setPlace(draft, channel)
	d.fill(o)
	return o
}

// fill gives an order what it has from its acceptance on, which is now: day, number and cups.
func (d *decider) fill(o *Order) {
	o.Day, o.Number, o.AcceptedAt, o.Promise.Position = d.state.Counters.Day, d.state.Counters.nextNumber(), d.now, 0
	state := Waiting
	later := !o.Promise.SlotStart.IsZero() || !o.DeliverAt.IsZero() || o.DueOnArrival && o.ArrivedAt.IsZero() && o.CourierAt.IsZero()
	if later || o.LinesUnknown {
		state = Booked
	} else {
		o.KitchenAt = d.now
	}
	if o.LinesUnknown {
		o.Cups = d.unknownCups(o.Channel, o.Lines[0].Qty)
	} else {
		o.Cups = d.cupsOf(o.Lines, state)
	}
	if len(o.Cups) == 0 {
		o.ReadyAt = o.KitchenAt // bags only: nothing has to be made
	}
}

// request is what the order asks of capacity.
func (o *Order) request(confirmBy time.Time) capacity.Request {
	return capacity.Request{
		Channel: o.Channel, Campaign: o.campaign(), Work: o.Work(), Spare: o.demand().Spare, Cups: len(o.Cups), Slot: o.Promise.SlotStart,
		WalkIn: o.Channel == CounterChannel,
		Held:   o.DueOnArrival && o.KitchenAt.IsZero(), Due: o.Promise.due(), ConfirmBy: confirmBy, Lease: o.Lease,
	}
}

// promise keeps with the order what its customer is told.
func (d *decider) promise(o *Order, a capacity.Answer) {
	o.Promise.Quote, o.Promise.ReadyBy = a.Quote, a.Due
	o.Promise.Position = a.Quote.Ahead
	if a.Span > 1 {
		o.Promise.SlotSpan = a.Span
	}
	d.setWanted(o, a.Due)
}

// accept establishes the order and its paper.
func (d *decider) accept(o *Order) {
	kind := ToldAccepted
	if o.KitchenAt.IsZero() {
		kind = ToldBooked
	}
	var paid *int64
	if o.Totals != nil {
		paid = &o.Totals.PaidFen
	}
	d.emitTold(o.ID, OrderPlaced{Order: o, Cups: len(o.Cups), Paid: paid}, tell(kind, o, o.State(), ""))
	d.out.Order = o.ID
	if !o.KitchenAt.IsZero() {
		d.paper(o)
	}
	d.begin(o, &queued{})
}

// setPlace keeps where an order goes, if anybody in the shop needs it: a place in the shop to bring it to, or the door for
// the shop's own riders. Where a platform's rider brings it is the platform's to know.
func (o *Order) setPlace(draft Draft, channel Channel) {
	switch {
	case o.Fulfilment != Delivery:
		o.BringTo = draft.BringTo
	case channel.OwnRiders:
		o.Customer.Address, o.DistanceM = draft.BringTo, draft.DistanceM
	}
}

// refuse turns capacity's answer into an error that says what would be possible.
func (d *decider) refuse(o *Order, a capacity.Answer) *Error {
	slots := d.state.bookable(o, len(o.Cups), a.Slots)
	if len(slots) > 0 && (a.Earliest.IsZero() || slots[0].End().Before(a.Earliest)) {
		a.Earliest = slots[0].End()
	}
	refusal := &Refusal{Reason: a.Reason, EarliestAt: a.Earliest, Slots: slots, Sisters: d.state.Config.Sisters, Why: a.Why}
	if !a.RetryAt.IsZero() {
		refusal.RetryAfter = a.RetryAt.Sub(d.now)
	}
	e := &Error{Kind: Unavailable, Type: ProblemReducedCapacity, Refusal: refusal,
		Detail: "the kitchen cannot make this within the promise it may give; nothing was made"}
	switch a.Reason {
	case capacity.Owner:
		e.Type, e.Detail = ProblemIntakePaused, "the shop has paused intake from this channel; nothing was made"
	case capacity.Closed:
		e.Type, e.Detail = ProblemIntakePaused, "the shop is closed; nothing was made"
	case capacity.Campaign:
		e.Detail = "the shop has taken all the cups of this campaign that it said it would; nothing was made"
	case capacity.Shelf:
		e.Detail = "the pick-up shelf is full; nothing was made"
	case capacity.SlotFull, capacity.SlotPast:
		e.Kind, e.Type, e.Detail = Conflict, ProblemSlotFull, "the slot is full or past; nothing was made"
	case capacity.Deadline:
		e.Kind, e.Type, e.Detail = Conflict, ProblemDeadlinePassed, "confirm_by is past; nothing was made"
	}
	return e
}

func (f OrderPlaced) apply(s State, e Event) State {
	o := f.Order
	before := capacity.Order{} // nothing, unless it was on the waiting list
	if waited, ok := s.Order(o.ID); ok {
		before = waited.load()
	}
	s.Counters.Order = max(s.Counters.Order, o.ID)
	s.Counters.Number = max(s.Counters.Number, o.Number)
	s.Ledger = s.Ledger.placed(o)
	if f.Tombstone {
		return s.buried(o)
	}
	if o.End == "" {
		s.Capacity = s.Capacity.Arrive(e.At, o.request(time.Time{})).Swap(before, o.load())
		s = s.counted(o, len(o.Cups)).used(nil, o).ordered(o, e.At)
		s.Usuals = s.Usuals.with(o)
		s.Unread = s.unread(o, e.At)
	}
	return s.Recall(o)
}
