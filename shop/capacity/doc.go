// Package capacity knows what a shop can make: how fast this crew works now, what that allows it to promise, to
// book and to grant, and why.
//
// It is pure: no clock, no goroutine, no I/O. Time comes in as an argument called now. The same code runs in the
// server and in the simulator.
//
// Everything hangs off one immutable value, the [Book]. Its methods either ask or tell. Those that ask (Admit,
// Quote, Slots, Mend, Due, Level, Grant, Report) change nothing. Those that tell (Swap, Arrive, Made, Issue, Tick and
// the settings) cannot fail and return the next Book; the old one stays as it was, so that many goroutines may read
// it.
//
// A Book has three parts. Settings, the nominal rate and the day are given by the caller. The [Memory] is what was
// learned and what was granted; it must be stored with the orders. The load is a sum over the open orders; after a
// restart it is rebuilt by adding them again.
//
// Work is counted in hundredths of a standard cup; rates are floats in work per minute.
package capacity
