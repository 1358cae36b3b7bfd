package shop

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Result is what came of a command, for the caller who asked.
type Result struct {
	Order    *Order    // the order it was about, as it is now; nil when none was
	Campaign *Campaign // the campaign it was about, as it is now; nil when none was
	Hold     *Hold     // the hold that was made; nil when none was
	Carried  *Carried  // what became of a command from outside; nil when it was none
	Replayed bool      // it had been carried out before
	Deferred bool      // a cancellation that waits for its order
	Cups     []CupID
	Broken   Broken // what it did to promises that had been given
	Seq      uint64 // number of the last event; a reader must have seen it
}

// ErrNotFound says that there is no such thing. Whoever keeps the shop's things returns it.
var ErrNotFound = errors.New("not found")

// DecideSafely is [Decide], but a panic in a rule fails this one command and leaves the state as it was.
func DecideSafely(state State, c Command, now time.Time) (d Decision, err error) {
	defer func() {
		if p := recover(); p != nil {
			d, err = Decision{Next: state}, fmt.Errorf("decide %T: panic: %v\n%s", c, p, debug.Stack())
		}
	}()
	return Decide(state, c, now)
}
