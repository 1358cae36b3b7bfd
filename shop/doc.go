// Package shop holds the rules of a milk-tea shop: what an order is, what may happen to it, and what follows.
//
// It does no I/O, reads no clock and starts no goroutine. Everything goes one way:
//
//	decision, err := Decide(state, command, now) // judge; state is not changed
//	state = decision.Next                        // the same as Apply(state, event) for each of its events
//
// [State] is an immutable value: Apply returns a new one and shares what did not change, so any
// number of readers may keep an old one. The store (package server/store) keeps the same state as
// rows; the simulator runs the same two functions on a virtual clock.
//
// Where to look: order.go and cup.go say what things are; command.go is what can be asked for and
// event.go what can happen; place.go, cancel.go, tap.go, handover.go, timer.go and so on hold one
// decision each; apply.go is everything that changes; ledger.go proves that no cup is lost; package
// capacity knows how much the crew can make.
package shop
