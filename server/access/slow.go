package access

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
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
	// slowTold is the wrong answer in a row that is written into the log.
	slowTold = 6
	// triesMax bounds what is remembered; the oldest is forgotten first.
	triesMax = 4096
	// strangersRate and strangersBurst bound the guesses a minute of everybody who is not known, taken
	// together: one who has a thousand addresses is still slow. Six hundred guesses in the life of a
	// pairing code, against 100 million codes.
	strangersRate  = 1.0 // a second
	strangersBurst = 30
)

// tries slows down who guesses: each wrong answer in a row makes the next wait longer. It slows one key
// and no other, so that nobody can keep others out.
type tries struct {
	strangers *rate.Limiter

	mu sync.Mutex
	of map[string]try
}

type try struct {
	wrong int
	last  time.Time
}

func newTries() *tries {
	return &tries{strangers: rate.NewLimiter(strangersRate, strangersBurst), of: map[string]try{}}
}

// guess counts an answer as wrong until [tries.right] says otherwise, so that a hundred at once are not one.
// It is [TooSoon] when the answer must not be looked at. Guesses of strangers are counted together as well.
func (t *tries) guess(key string, stranger bool, now time.Time) (wrong int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x, known := t.of[key]
	if now.Sub(x.last) > slowKept || now.Before(x.last) {
		x = try{}
	}
	if wait := x.last.Add(delay(x.wrong)).Sub(now); x.wrong > triesFree && wait > 0 {
		return x.wrong, TooSoon{wait}
	}
	if stranger && !t.strangers.AllowN(now, 1) {
		return x.wrong, TooSoon{time.Second}
	}
	if !known && len(t.of) >= triesMax {
		t.forgetOldest()
	}
	x.wrong, x.last = x.wrong+1, now
	t.of[key] = x
	return x.wrong, nil
}

// right forgets what was wrong.
func (t *tries) right(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.of, key)
}

// undo takes back an answer that could not be looked at.
func (t *tries) undo(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x := t.of[key]; x.wrong > 0 {
		x.wrong--
		t.of[key] = x
	}
}

func (t *tries) forgetOldest() {
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

// addressKey is the network a request comes from: an IPv6 customer has a whole /64 to try from.
func addressKey(remote string) string {
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
