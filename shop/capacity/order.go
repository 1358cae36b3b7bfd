package capacity

import "time"

// Stage is what an order's unmade cups wait for.
type Stage int

// The stages.
const (
	Waiting Stage = iota // for the kitchen: the work is due now
	Booked               // for the time of their slot
	Held                 // for the customer's arrival; due nowhere before closing
	Standby              // for room: it is on the waiting list, and nothing is promised
)

// Order is what capacity must know of an open order. The caller makes it from its own order, and gives it to
// [Book.Swap] as it was before each change and as it is after. It must follow from the stored order alone: it is made
// again after a restart.
type Order struct {
	ID       int64
	Channel  string
	Campaign string    // the campaign that sent it, or empty
	Placed   time.Time // when it was accepted; of a slot the last placed is the first to be moved
	Due      time.Time // the promise: ready by
	Slot     time.Time // start of its slot; zero for an order to be made now
	Span     int       // slots that it takes, up to and with that one; 0 and 1 are one
	AnyTime  bool      // its customer said that any time will do: it is the first to be moved
	Moved    bool      // to a later slot before: it is not moved again while others have not been
	Stage    Stage
	WalkIn   bool
	Work     Work // of the cups that are not made yet
	Spare    Spare
	Cups     int // that are not made yet
	Bags     int // on the shelf: finished and not fetched
	Quote    Quote
	Again    time.Time // by when it should be ready, as it was told again after acceptance; zero: it was not
}

// Request asks for an order to be accepted.
type Request struct {
	Channel   string
	Campaign  string
	Work      Work
	Spare     Spare
	Cups      int
	Slot      time.Time // start of the slot it wants; zero is now
	WalkIn    bool      // at the counter: always enters
	Again     bool      // was accepted before, and forgotten: always enters
	Held      bool      // made when the customer arrives
	Standby   bool      // it is the first on the waiting list: what waits behind it takes no room from it
	Due       time.Time // when it was accepted: its promise
	ConfirmBy time.Time // the caller does not want it any more after this; zero is no limit
	Lease     *Stamp    // of the lease it was sent under, if any
}

// Reason says why intake is not open or an order was refused. The values are those of the contract, and three that
// an order can meet and a shop cannot.
type Reason string

// The reasons.
const (
	None     Reason = "none"
	NoRoom   Reason = "room"   // the kitchen is full
	Shelf    Reason = "shelf"  // the pick-up shelf is full
	Owner    Reason = "owner"  // switched off by hand
	Staff    Reason = "staff"  // nobody is on duty at a station
	Closed   Reason = "closed" // outside the opening hours
	SlotFull Reason = "slot-full"
	SlotPast Reason = "slot-past" // over, closed for booking, outside the day or not a slot's start
	Deadline Reason = "deadline"  // past the caller's confirm-by
)

// Answer is what the shop says to a [Request].
type Answer struct {
	Accepted bool
	Reason   Reason    // None when accepted
	Leased   bool      // it came under a lease that was still good
	Due      time.Time // the promise: ready by; set when accepted
	Quote    Quote     // what to expect; also set on a refusal if the kitchen can say
	Span     int       // slots that it takes, when it is accepted for one; see [Order]
	Earliest time.Time // on a refusal: the earliest time such an order could be ready; zero if not today
	RetryAt  time.Time // on a refusal: when asking again makes sense; zero if not today
	Slots    []Slot    // on a refusal: open slots it fits into
	Why      Why
}

// Why explains an answer: what was asked, the figures at that moment and the rule that decided.
type Why struct {
	Rule    Rule          `json:"rule"`
	Asked   Work          `json:"asked"`
	Cups    int           `json:"cups"`
	Room    Work          `json:"room"`               // what could be accepted; may be negative
	Slack   Work          `json:"slack"`              // what the promises already given leave, at the horizon
	Budget  Work          `json:"budget"`             // B
	Backlog Work          `json:"backlog"`            // W
	Credit  Work          `json:"credit"`             // granted and not spent, which this order must leave alone
	Rate    float64       `json:"rate"`               // p50, work per minute
	Longest time.Duration `json:"longest"`            // the longest promise allowed
	Needed  time.Duration `json:"needed"`             // the promise it would have needed; 0 if none was found
	Booked  Work          `json:"booked,omitempty"`   // in the slot it asked for
	SlotMax Work          `json:"slot_max,omitempty"` // what that slot may hold for this caller
	Bags    int           `json:"bags,omitempty"`     // on the shelf
	BagsMax int           `json:"bags_max,omitempty"` //
	Until   time.Time     `json:"until,omitzero"`     // end of the owner's switch, or opening time
}

// Rule names the rule that decided an answer.
type Rule string

// The rules. Those for all orders and those for an order to be made now are tried in this order; an order that would
// be ready after closing is refused by [RuleHours] after [RuleShelf]. Of the rules for a slot the tightest decides.
const (
	// For all orders.
	RuleConfirmBy Rule = "confirm-by" // refused: too late for the caller
	RuleBy        Rule = "by"         // refused: it would be ready later than its customer wants it
	RuleWalkIn    Rule = "walk-in"    // accepted: at the counter
	RuleAgain     Rule = "again"      // accepted: it had been before
	RuleHours     Rule = "hours"      // refused: closed, or would be ready after closing
	RuleOwner     Rule = "owner"      // refused: switched off by hand
	RuleStaff     Rule = "staff"      // refused: nobody is on duty

	// For an order to be made now.
	RuleShelf     Rule = "shelf"     // refused: too many bags wait
	RuleLease     Rule = "lease"     // accepted: sent under credit that the shop had granted
	RuleStandby   Rule = "standby"   // refused: others wait for room, and come first
	RuleBudget    Rule = "budget"    // refused: more work than the crew makes within the horizon
	RulePromise   Rule = "promise"   // refused: could not be promised within the horizon
	RuleDeadlines Rule = "deadlines" // refused: would break promises already given

	// For an order in a slot.
	RuleSlotTime  Rule = "slot-time"  // refused: no such slot, or past
	RuleSlotFull  Rule = "slot-full"  // refused: the slot is full
	RuleLater     Rule = "later"      // refused: a later slot could not be kept any more
	RuleSlotShare Rule = "slot-share" // refused: this channel or campaign has its share of the slot

	RuleFits Rule = "fits" // accepted: no rule refuses it
)

// Slot is a quarter of an hour that can still be booked.
type Slot struct {
	Start time.Time `json:"start"`
	Work  Work      `json:"work"` // what it can still take; of a large order, with the slots before it
	span  int       // slots that the order asked about would take
}

// End is when an order of the slot is ready at the latest.
func (s Slot) End() time.Time { return s.Start.Add(SlotLength) }

// Move says that a booked order cannot keep its slot.
type Move struct {
	ID   int64
	From time.Time
	To   time.Time     // start of the later slot; zero: released, it will not be made
	Late time.Duration // by how much the end of its slot would be missed
}
