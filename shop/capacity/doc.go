// Package capacity knows how much a shop can make. It says which orders can be accepted and when they will be ready,
// which quarters of an hour can be booked, and how much work each channel may send without asking. Each answer says why.
//
// The package has no clock, starts no goroutine and reads or writes nothing. Time is an argument called now. So the
// server and the simulator run the same code.
//
// The central type is the [Book]. A Book is a value and never changes, so many goroutines may read it without a lock.
// Some methods ask a question and change nothing: Admit, Quote, Rate, Room, Slots, Due, Early, Mend, Level, Grant and Report.
// The other methods tell the Book what happened and return the next Book: Swap, Arrive, Made, Issue, Ask, Resync, Forgot,
// NewEpoch, Tick, Set, Staff and Today. They cannot fail.
//
// A Book is made of three parts:
//   - The settings, the rate of the staff on duty and the opening hours. The caller gives them.
//   - The [Memory]: what was learned and what was granted. Store it together with the orders.
//   - The load: sums over the open orders. It is not stored. After a restart, give the open orders to [Book.Swap] again.
//
// Work is an integer in hundredths of a standard cup. Rates are floats in work per minute.
package capacity
