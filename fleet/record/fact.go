package record

import (
	"time"

	"weir/shop/capacity"
)

// Fact is something that happened. The facts are the types of this file.
type Fact interface{ fact() }

// Assign is a router that has chosen a shop and has credit for it.
type Assign struct {
	Store    string
	To       Identity
	Digest   string
	Bare     bool // it comes without its lines
	PlacedAt time.Time
	Stamp    *capacity.Stamp // nil: sent without credit
	Work     capacity.Work
	Nonce    string // fresh
	Now      time.Time
}

// Due is a record whose NextAt has come.
type Due struct {
	To    Identity // of the shop now
	Nonce string   // fresh
	Gone  bool     // what was ordered is not kept any more: it cannot be sent again
	Now   time.Time
}

// Unheard says that nobody was there to hear the send with this nonce. Only the router that published it knows.
type Unheard struct{ Nonce string }

// Answered is what a shop said about the order.
type Answered struct {
	Store   string
	From    Identity
	Nonce   string // that it repeats; "" where the shop repeats none
	Verdict Verdict
	Order   Told
	Pinned  bool   // a refusal that holds for the ref for ever
	Next    string // fresh nonce, for what has to be sent upon it
	Now     time.Time
}

// Told is what a shop says of an order it has.
type Told struct {
	ID      string
	Number  string
	ReadyBy time.Time
	Receipt string
}

// TakenBack says that the caller does not want the order any more.
type TakenBack struct {
	To    Identity // of the shop now
	Nonce string   // fresh
	Now   time.Time
}

// Happened is an event that the order's shop has told, by its type.
type Happened struct {
	Store    string
	Type     string
	ID       string
	Number   string    // pick-up number
	ReadyBy  time.Time // as the shop has promised
	Expected time.Time // of order.delayed and order.early: when it should be ready
}

// Rose says that the shop's epoch is higher than when it got the order.
type Rose struct {
	Store string
	To    Identity
	Nonce string // fresh
	Now   time.Time
}

// Filled says that the order's shop has taken the lines of an order that came without them.
type Filled struct {
	Store   string
	Digest  string // of the order with its lines
	Receipt string // of the shop's yes to them; "" where it gives none
}

// Judged is a person's word on an order in doubt.
type Judged struct{ Made bool }

func (Assign) fact()    {}
func (Due) fact()       {}
func (Unheard) fact()   {}
func (Answered) fact()  {}
func (TakenBack) fact() {}
func (Happened) fact()  {}
func (Rose) fact()      {}
func (Filled) fact()    {}
func (Judged) fact()    {}

// Do is what a router has to do after the record is written.
type Do uint8

// The actions.
const (
	Nothing Do = iota
	Send       // publish the order to the attempt's shop, with its nonce, sent_at and confirm_by, and the receipt if proving
	Recall     // publish the tombstone to the attempt's shop
	Tell       // the record is finished: whoever waits can be told
	Alarm      // what was certain is contradicted: a person must look
)
