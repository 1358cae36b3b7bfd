package shop

import "slices"

// Command asks the shop to do something. It comes from a channel, a person, a printer or the clock, and [Decide] grants
// or refuses it.
type Command interface {
	subject() Subject
	decide(*decider) error
}

// Subject names orders by the channel's ref, by id, or all of a business day.
type Subject struct {
	Channel, Ref string
	Orders       []OrderID
	Day          Day
}

// SubjectOf names the orders that the decision on a command needs to see, ended ones too. The store
// recalls them before it decides.
func SubjectOf(c Command) Subject { return c.subject() }

func ordersOf(cups []CupID) []OrderID {
	var ids []OrderID
	for _, c := range cups {
		if !slices.Contains(ids, c.Order) {
			ids = append(ids, c.Order)
		}
	}
	return ids
}
