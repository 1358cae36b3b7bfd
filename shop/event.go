package shop

import (
	"time"

	"weir/shop/capacity"
)

// Event is one fact that a decision established: who, when, what, and what the channel is told of it.
// It is written to the log as it is and never executed again: the rows are the state.
type Event struct {
	Seq   uint64
	At    time.Time
	By    string  // a channel's id, a person or tablet, a printer, or "clock"
	Order OrderID // the order concerned, 0 when none is
	Fact  Fact
	Told  *Told // nil when nobody outside has to know
}

// Name is the fact's word in the log.
func (e Event) Name() string { return e.Fact.name() }

// Fact is what changed. The concrete types below are all there are.
type Fact interface{ name() string }

// OrderPlaced is an accepted order, or a tombstone for one that was cancelled before it came.
type OrderPlaced struct {
	Order *Order `json:"-"`
	Cups  int    `json:"cups"`
	Paid  *int64 `json:"paid_fen,omitempty"`
}

// CupsMoved is cups of one order that changed state.
type CupsMoved struct {
	Moves   []Move `json:"moves"`
	Implied bool   `json:"implied,omitempty"` // nobody tapped: it follows from the order having left
	Reason  string `json:"reason,omitempty"`  // why a part leaves, or leaves unscanned
}

// Move is one cup's change of state.
type Move struct {
	N    int      `json:"n"`
	From CupState `json:"from"`
	To   CupState `json:"to"`
}

// CupRemade is a new cup in place of another.
type CupRemade struct {
	Cup Cup `json:"cup"`
}

// OrderKitchened is a booked order that went to the kitchen.
type OrderKitchened struct {
	Why string `json:"why"` // slot, arrived, courier_arrived
}

// OrderTold is a turn of the order that its channel now knows.
type OrderTold struct {
	State OrderState `json:"state"` // making, ready, or accepted for "not ready after all"
}

// OrderEnded is an order that needs nothing more.
type OrderEnded struct {
	State  OrderState `json:"state"`
	Reason string     `json:"reason,omitempty"`
}

// OrderReopened is an ended order of which a cup is made again.
type OrderReopened struct{}

// OrderStepped is progress outside the kitchen.
type OrderStepped struct {
	Step Step `json:"step"`
}

// SlotMoved is a booked order that its customer has been told to fetch later.
type SlotMoved struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Mended is a look at whether every slot can still be kept.
type Mended struct {
	Moves int `json:"moves"`
}

// Stepped is time that changed a level or settled a lease.
type Stepped struct {
	Level  int             `json:"level"`
	Reason capacity.Reason `json:"reason"`
}

// LeasesIssued is credit granted, before it is published.
type LeasesIssued struct {
	Leases []capacity.Lease `json:"leases"`
}

// Resynced is a channel that wants its lease again.
type Resynced struct {
	Channel string          `json:"channel"`
	Counter *capacity.Stamp `json:"counter,omitempty"`
	Hello   string          `json:"hello,omitempty"`
	Want    capacity.Work   `json:"want_work,omitempty"`
}

// EpochBegun is a new epoch: what was published under older ones is not in the rows any more.
type EpochBegun struct {
	Epoch int64  `json:"epoch"`
	Why   string `json:"why"`
}

// TotalsFilled is money that was not known at acceptance.
type TotalsFilled struct {
	Totals Totals `json:"totals"`
}

// ItemSet is an item sold out or back.
type ItemSet struct {
	Item      string `json:"item"`
	Available bool   `json:"available"`
}

// IntakeSet is a channel's intake toggled, by the owner or by its expiry.
type IntakeSet struct {
	Channel string `json:"channel"`
	Intake  Intake `json:"intake"`
}

// StaffSet is who is on duty now.
type StaffSet struct {
	Station string `json:"station"`
	Staff   int    `json:"staff"`
}

// TermsSet is the owner's terms changed.
type TermsSet struct {
	Terms Terms `json:"terms"`
}

// Audited is something done outside the rules of orders. What is its name in the log.
type Audited struct {
	What  string `json:"-"`
	About string `json:"about,omitempty"`
}

// FeedAcked is how far a channel has read.
type FeedAcked struct {
	Channel string `json:"channel"`
	Through uint64 `json:"through"`
}

// JobAdded is paper that is due.
type JobAdded struct {
	Job Job `json:"job"`
}

// JobMoved is what became of a print job.
type JobMoved struct {
	Job    JobID    `json:"job"`
	From   JobState `json:"from"`
	To     JobState `json:"to"`
	Reason string   `json:"reason,omitempty"`
	Onto   string   `json:"onto,omitempty"` // another printer
}

// Announced is a channel told of something that concerns every channel.
type Announced struct{}

// NoticeGiven is a campaign that the shop was told of.
type NoticeGiven struct {
	Campaign Campaign `json:"campaign"`
}

// NoticeRevised is a campaign that has become another.
type NoticeRevised struct {
	Campaign CampaignID `json:"campaign"`
	Revision int        `json:"revision"`
	Notice   Notice     `json:"notice"`
}

// NoticeCancelled is a campaign that will not be.
type NoticeCancelled struct {
	Campaign CampaignID `json:"campaign"`
}

// NoticeAcknowledged is a person's answer to a notice.
type NoticeAcknowledged struct {
	Campaign        CampaignID      `json:"campaign"`
	Acknowledgement Acknowledgement `json:"acknowledgement"`
}

// NoticesTrimmed is campaigns that are past: of the ended ones the curve is forgotten, of the others all.
type NoticesTrimmed struct {
	Ended     []CampaignID `json:"ended,omitempty"`
	Forgotten []CampaignID `json:"forgotten,omitempty"`
}

// DayClosed is a business day whose books are closed, and what they say.
type DayClosed struct {
	Day      Day       `json:"day"`
	Orders   int       `json:"orders"`
	Channels []Settled `json:"channels"`
	Digest   string    `json:"digest"` // of all orders of the day; see [Digest]
}

// StatementImported is a platform's list of what it owes. The lines are in a row of their own and not in the log.
type StatementImported struct {
	Channel   string    `json:"channel"`
	Day       Day       `json:"day"`
	Orders    int       `json:"orders"`
	Fen       int64     `json:"subsidy_fen"`
	File      string    `json:"file"`
	SHA256    string    `json:"sha256"`
	Statement Statement `json:"-"`
}

// DayOpened is a new business day. The one before is over; its books close with [DayClosed].
type DayOpened struct {
	Day    Day    `json:"day"`
	Over   Day    `json:"over"`
	Ledger Ledger `json:"ledger"` // of the day that is over
}

func (f OrderPlaced) name() string {
	if f.Order.End == OrderCancelled {
		return "order.tombstone"
	}
	return "order.placed"
}

func (CupsMoved) name() string          { return "cups.moved" }
func (CupRemade) name() string          { return "cup.remade" }
func (OrderKitchened) name() string     { return "order.kitchened" }
func (OrderTold) name() string          { return "order.told" }
func (OrderEnded) name() string         { return "order.ended" }
func (OrderReopened) name() string      { return "order.reopened" }
func (OrderStepped) name() string       { return "order.stepped" }
func (TotalsFilled) name() string       { return "totals.filled" }
func (ItemSet) name() string            { return "item.set" }
func (IntakeSet) name() string          { return "intake.set" }
func (StaffSet) name() string           { return "staff.set" }
func (TermsSet) name() string           { return "terms.set" }
func (f Audited) name() string          { return f.What }
func (FeedAcked) name() string          { return "feed.acked" }
func (JobAdded) name() string           { return "job.added" }
func (JobMoved) name() string           { return "job.moved" }
func (DayOpened) name() string          { return "day.opened" }
func (DayClosed) name() string          { return "day.closed" }
func (NoticeGiven) name() string        { return "notice.given" }
func (NoticeRevised) name() string      { return "notice.revised" }
func (NoticeCancelled) name() string    { return "notice.cancelled" }
func (NoticeAcknowledged) name() string { return "notice.acknowledged" }
func (NoticesTrimmed) name() string     { return "notices.trimmed" }
func (StatementImported) name() string  { return "statement.imported" }
func (Announced) name() string          { return "announced" }
func (SlotMoved) name() string          { return "slot.moved" }
func (Mended) name() string             { return "slots.mended" }
func (Stepped) name() string            { return "capacity.stepped" }
func (LeasesIssued) name() string       { return "leases.issued" }
func (Resynced) name() string           { return "channel.resynced" }
func (EpochBegun) name() string         { return "epoch.begun" }
