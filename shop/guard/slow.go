package guard

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// triesFree is how many wrong answers in a row cost nothing: fingers are wet.
	triesFree = 2
	// slowFirst is the wait after the next one; it doubles with each.
	slowFirst = time.Second
	// slowMax is the longest wait: a thief of a tablet tries a hundred PINs a day, and somebody who has
	// forgotten theirs is not locked out.
	slowMax = 15 * time.Minute
	// slowKept is how long wrong answers are remembered.
	slowKept = 24 * time.Hour
	// triesMax bounds what is remembered; the oldest is forgotten first.
	triesMax = 4096
	// strangersRate and strangersBurst bound the guesses a minute of everybody who is not known, taken
	// together: one who has a thousand addresses is still slow. Six hundred guesses in the life of a
	// pairing code, against 100 million codes.
	strangersRate  = 1.0 // a second
	strangersBurst = 30
)

// TooSoon is the answer to a guess that came too soon after a wrong one. The guess was not looked at.
type TooSoon struct{ Wait time.Duration }

// Error implements error.
func (e TooSoon) Error() string { return fmt.Sprintf("too soon after a wrong one: wait %v", e.Wait) }

// Tries slows down who guesses: each wrong answer in a row makes the next wait longer. It slows one key (a
// person on a device, an address) and no other, so that nobody can keep others out. Several goroutines may use it.
type Tries struct {
	mu        sync.Mutex
	of        map[string]guesses
	strangers float64   // guesses that strangers may still make, up to strangersBurst
	filled    time.Time // when strangers was right
}

// guesses are the wrong answers in a row for one key.
type guesses struct {
	wrong int
	last  time.Time
}

// NewTries makes one that remembers nothing yet.
func NewTries() *Tries { return &Tries{of: map[string]guesses{}, strangers: strangersBurst} }

// Guess is one answer that is looked at. It counts as wrong until [Guess.Right] says otherwise, so that a hundred at
// once are not one.
type Guess struct {
	Wrong    int // how many are counted in a row, with this one
	tries    *Tries
	key      string
	stranger bool
}

// Guess begins a guess. The error is [TooSoon] when the answer must not be looked at. Guesses of strangers are counted
// together as well.
func (t *Tries) Guess(key string, stranger bool, now time.Time) (Guess, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x, known := t.of[key]
	if now.Sub(x.last) > slowKept || now.Before(x.last) {
		x = guesses{}
	}
	if wait := x.last.Add(delay(x.wrong)).Sub(now); x.wrong > triesFree && wait > 0 {
		return Guess{}, TooSoon{wait}
	}
	if stranger && !t.takeOne(now) {
		return Guess{}, TooSoon{time.Second}
	}
	if !known && len(t.of) >= triesMax {
		t.forgetOldest()
	}
	x.wrong, x.last = x.wrong+1, now
	t.of[key] = x
	return Guess{x.wrong, t, key, stranger}, nil
}

// takeOne takes one of the strangers' guesses. The caller holds the lock.
func (t *Tries) takeOne(now time.Time) bool {
	if passed := now.Sub(t.filled); passed > 0 {
		t.strangers = min(strangersBurst, t.strangers+strangersRate*passed.Seconds())
	}
	t.filled = now // also when the clock was put back
	if t.strangers < 1 {
		return false
	}
	t.strangers--
	return true
}

// Right forgets what was wrong: the answer was right. It costs the other strangers nothing.
func (g Guess) Right() {
	g.tries.mu.Lock()
	defer g.tries.mu.Unlock()
	delete(g.tries.of, g.key)
	g.giveBack()
}

// Undo takes back an answer that could not be looked at.
func (g Guess) Undo() {
	g.tries.mu.Lock()
	defer g.tries.mu.Unlock()
	if x := g.tries.of[g.key]; x.wrong > 0 {
		x.wrong--
		g.tries.of[g.key] = x
	}
	g.giveBack()
}

// giveBack gives the strangers their guess back. The caller holds the lock.
func (g Guess) giveBack() {
	if g.stranger {
		g.tries.strangers = min(strangersBurst, g.tries.strangers+1)
	}
}

func (t *Tries) forgetOldest() {
	var oldest string
	for key, x := range t.of {
		if oldest == "" || x.last.Before(t.of[oldest].last) {
			oldest = key
		}
	}
	delete(t.of, oldest)
}

// delay is how long after the last of so many wrong answers the next is looked at.
func delay(wrong int) time.Duration {
	if wrong <= triesFree {
		return 0
	}
	doubled := min(wrong-triesFree-1, 20) // further is beyond slowMax anyway
	return min(slowFirst<<doubled, slowMax)
}

// AddressKey is the network that a request comes from, as a key for [Tries]. An IPv6 customer has a whole /64 to try
// from, so it is one key.
func AddressKey(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return "address:?"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return "address:?"
	}
	bits := ip.Unmap().BitLen()
	if bits == 128 {
		bits = 64
	}
	prefix, err := ip.Unmap().WithZone("").Prefix(bits)
	if err != nil {
		return "address:?"
	}
	return "address:" + prefix.String()
}
