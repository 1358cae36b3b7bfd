package shop

import (
	"fmt"
	"time"

	"weir/shop/capacity"
)

// CupState says where a cup is. A cup is in exactly one state; the [Ledger] counts them.
type CupState uint8

// The states of a cup, in the order it goes through them; the last two are exits.
const (
	Booked    CupState = iota // for a later time or an arrival; not yet in the kitchen
	Waiting                   // in the kitchen's queue
	Making                    // somebody has started it
	Made                      // done, on the counter or in the bag
	Handed                    // given to the customer or rider
	Voided                    // will not be made
	Discarded                 // made, never collected
	cupStates
)

var cupStateNames = [cupStates]string{"booked", "waiting", "making", "made", "handed", "voided", "discarded"}

// String returns the state's word.
func (s CupState) String() string {
	if s < cupStates {
		return cupStateNames[s]
	}
	return fmt.Sprintf("CupState(%d)", uint8(s))
}

// MarshalText implements encoding.TextMarshaler.
func (s CupState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *CupState) UnmarshalText(text []byte) (err error) {
	*s, err = ParseCupState(string(text))
	return err
}

// ParseCupState reads a state's word.
func ParseCupState(word string) (CupState, error) {
	for s, name := range cupStateNames {
		if name == word {
			return CupState(s), nil
		}
	}
	return 0, fmt.Errorf("cup state %q: want one of %v", word, cupStateNames)
}

// Unmade reports whether the kitchen still owes this cup.
func (s CupState) Unmade() bool { return s == Waiting || s == Making }

// Open reports whether the cup has not reached an end.
func (s CupState) Open() bool { return s <= Made }

// NumberOf is which cup of how many a cup is, as its customer counts them: a remake has the number of the cup that it
// stands for.
func (o *Order) NumberOf(n int) (number, of int) {
	number = n
	for again := o.Cup(n); again != nil && again.Replaces != 0; again = o.Cup(number) {
		number = again.Replaces
	}
	fees := 0 // before it: what turned out to be no drink has no number
	for i := range o.Cups {
		switch c := &o.Cups[i]; {
		case c.NoWork && c.N < number:
			fees++
		case c.Replaces == 0 && !c.NoWork:
			of++
		}
	}
	return number - fees, of
}

// Cup is one physical cup of an order.
type Cup struct {
	N        int            `json:"n"`                  // 1 … number of cups, as on the label
	Line     int            `json:"line"`               // index into Order.Lines
	Work     capacity.Work  `json:"work"`               // hundredths of a standard cup
	Spare    capacity.Spare `json:"spare,omitzero"`     // by how much it is lighter at each station
	State    CupState       `json:"state"`              //
	At       time.Time      `json:"at"`                 // since when it is in State
	Started  time.Time      `json:"started,omitzero"`   // since when it is being made; zero while it waits
	PackedAt time.Time      `json:"packed_at,omitzero"` // when its code was read into the bag
	Replaces int            `json:"replaces,omitempty"` // number of the cup this one remakes
	NoWork   bool           `json:"no_work,omitempty"`  // it was counted for what turned out to be no drink: a fee. It is voided
	Parts    []CupPart      `json:"parts,omitempty"`    // done by stations, in the order of its route; never changed in place
	Labelled bool           `json:"labelled,omitempty"` // a label was given to a printer, and the cup was not voided since
	Taken    time.Time      `json:"taken,omitzero"`     // since when the station at which it is has it in hand; zero: see [Cup.InHand]
}
