package shop

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// Command is a wish: something a channel, a person, a printer or the clock asks the shop to do.
// [Decide] grants or refuses it.
type Command interface{ subject() Subject }

// Subject names orders by the channel's ref, by id, or all of a business day.
type Subject struct {
	Channel, Ref string
	Orders       []OrderID
	Day          Day
}

// SubjectOf names the orders that the decision on a command needs to see, ended ones too. The store
// recalls them before it decides.
func SubjectOf(c Command) Subject { return c.subject() }

// Draft is an order as a channel wishes it, already checked for shape (numbers in range, text clean).
type Draft struct {
	Ref           string
	DisplayNumber string
	Lease         *capacity.Stamp
	PlacedAt      time.Time
	ConfirmBy     time.Time // after it the channel has given up; zero is never
	SlotStart     time.Time // zero is now
	Lines         []Line
	Totals        *Totals // nil when the channel does not know them yet
	Fulfilment    Fulfilment
	BringTo       string // where to bring or keep it, in the channel's words
	Campaign      string // the campaign that sent it, by id or the channel's ref; "" or unknown is none
	Customer      Customer
}

// Place asks for an order.
type Place struct {
	Channel string
	Draft   Draft
}

// Cancel takes an order back. With Final it is settled whatever has been made.
type Cancel struct {
	Channel, Ref string
	Final        bool
}

// Step is something that happens to an order outside the kitchen.
type Step string

// The steps of a [Progress] call.
const (
	Arrived        Step = "arrived"         // the customer is here
	CourierArrived Step = "courier_arrived" // the rider is here
	PickedUp       Step = "picked_up"       // it has left the shop
)

// Progress reports a step. Channel is empty when the shop itself reports it.
type Progress struct {
	By      string // the person who saw it; "" is the channel
	Channel string
	Order   OrderID
	Step    Step
}

// Tap moves cups to a state: started, done, undone, recalled, voided or discarded.
type Tap struct {
	By   string
	Cups []CupID
	To   CupState
	Seen *CupState // what the person saw; nil when it does not matter
	// Some accepts that a few of the cups cannot be moved, as when two tablets start the same batch:
	// the decision names those that were.
	Some bool
}

// Remake asks for a cup to be made again.
type Remake struct {
	By  string
	Cup CupID
}

// Handover gives an order out. Cups names those that go when it is not all of them; then a reason is due.
type Handover struct {
	By      string
	Order   OrderID
	Cups    []CupID
	Scanned []CupID // cups whose code was read
	Bag     bool    // the bag's code was read
	Made    bool    // the person says that they are all here, tapped or not
	Reason  string
}

// End closes an order without hand-over: [OrderReleased] with a reason, or [OrderUnclaimed].
type End struct {
	By     string
	Order  OrderID
	To     OrderState
	Reason string
}

// Walkin adds cups sold at the counter, so that the backlog is true although the till is elsewhere.
type Walkin struct {
	By   string
	Cups int
	Tap  string // names the tap, so that sending it again adds nothing
}

// SetAvailable marks an item as sold out or back.
type SetAvailable struct {
	By        string
	Item      string
	Available bool
}

// SetIntake is the owner's toggle for one channel.
type SetIntake struct {
	Channel string
	Intake  Intake
}

// SetStaff says who is on duty at a station.
type SetStaff struct {
	By      string
	Station string
	Staff   int
}

// SetTerms changes the owner's terms, all of them at once.
type SetTerms struct {
	By    string
	Terms Terms
}

// Audit writes into the log what was done outside the rules of orders: who may come in.
type Audit struct {
	By    string
	What  string // one of the Audit… words
	About string // the device, person or key it was done to, by the name people know
}

// Ack says how far a channel has read its feed.
type Ack struct {
	Channel string
	Through uint64
}

// MoveJob reports what became of a print job, or what a person wants of it.
type MoveJob struct {
	By      string
	Job     JobID
	Printer string   // the printer that reports; "" when a person does
	From    JobState // must be the job's state, otherwise the report is too late
	To      JobState
	Reason  string
}

// SendJob gives a print job to another printer.
type SendJob struct {
	By   string
	Job  JobID
	Onto string
}

// Reprint asks for a job once more, marked as a reprint.
type Reprint struct {
	By      string
	Job     JobID
	Printer string // the printer that asks by itself, of an unconfirmed job; "" when a person does
}

// Resync is a channel that wants its lease again.
type Resync struct {
	Channel string
	Counter *capacity.Stamp // the router's own counter, if it told; credit of orders that were lost is then written off
	Hello   string          // of a router that lost its counter; "" is one that did not
	Want    capacity.Work   // credit it would like; shops too small to grant ahead grant on request
}

// NewEpoch begins an epoch above one that was found outside, because what was published under it is
// not in this shop's memory. It does nothing when the shop's epoch is higher already.
type NewEpoch struct {
	Above int64
	Why   string
}

// GiveNotice tells of a campaign.
type GiveNotice struct {
	Channel string
	Notice  Notice
}

// ReviseNotice says what a campaign has become.
type ReviseNotice struct {
	Channel  string
	Campaign CampaignID
	Notice   Notice // its Ref may be empty
}

// CancelNotice says that a campaign will not be.
type CancelNotice struct {
	Channel  string
	Campaign CampaignID
}

// AcknowledgeNotice is a person's answer to a notice.
type AcknowledgeNotice struct {
	By       string
	Campaign CampaignID
	Revision int    // that the person saw
	Limit    *Limit // the cups the shop takes; nil is no limit
}

// CloseDay closes the books of a business day that is over.
type CloseDay struct {
	By  string
	Day Day
}

// ImportStatement takes in what a platform says it owes for a day.
type ImportStatement struct {
	By, Channel string
	Day         Day
	Statement   Statement
	File        string // its name, for people
	SHA256      string // of the file, hex
}

// Tick is the clock: what is due is done. Sending it more often than needed does nothing.
type Tick struct{}

func (c Place) subject() Subject    { return Subject{Channel: c.Channel, Ref: c.Draft.Ref} }
func (c Cancel) subject() Subject   { return Subject{Channel: c.Channel, Ref: c.Ref} }
func (c Walkin) subject() Subject   { return Subject{Channel: CounterChannel, Ref: c.Tap} }
func (c Progress) subject() Subject { return Subject{Orders: []OrderID{c.Order}} }
func (c Tap) subject() Subject      { return Subject{Orders: ordersOf(c.Cups)} }
func (c Remake) subject() Subject   { return Subject{Orders: []OrderID{c.Cup.Order}} }
func (c End) subject() Subject      { return Subject{Orders: []OrderID{c.Order}} }
func (c Handover) subject() Subject {
	return Subject{Orders: append(append([]OrderID{c.Order}, ordersOf(c.Scanned)...), ordersOf(c.Cups)...)}
}
func (SetAvailable) subject() Subject      { return Subject{} }
func (SetIntake) subject() Subject         { return Subject{} }
func (SetStaff) subject() Subject          { return Subject{} }
func (SetTerms) subject() Subject          { return Subject{} }
func (Audit) subject() Subject             { return Subject{} }
func (Ack) subject() Subject               { return Subject{} }
func (MoveJob) subject() Subject           { return Subject{} }
func (SendJob) subject() Subject           { return Subject{} }
func (Reprint) subject() Subject           { return Subject{} }
func (Resync) subject() Subject            { return Subject{} }
func (NewEpoch) subject() Subject          { return Subject{} }
func (GiveNotice) subject() Subject        { return Subject{} }
func (ReviseNotice) subject() Subject      { return Subject{} }
func (CancelNotice) subject() Subject      { return Subject{} }
func (AcknowledgeNotice) subject() Subject { return Subject{} }
func (c CloseDay) subject() Subject        { return Subject{Day: c.Day} }
func (ImportStatement) subject() Subject   { return Subject{} }
func (Tick) subject() Subject              { return Subject{} }

func ordersOf(cups []CupID) []OrderID {
	var ids []OrderID
	for _, c := range cups {
		if !slices.Contains(ids, c.Order) {
			ids = append(ids, c.Order)
		}
	}
	return ids
}
