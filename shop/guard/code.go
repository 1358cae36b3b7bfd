package guard

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// codeDigits makes 100 million codes, 26 bits; digits are typed on any keypad.
	codeDigits = 8
	// CodeLife is how long a code is good unless said otherwise: long enough to walk to the device that it is typed on.
	CodeLife = 10 * time.Minute
	// CodesMax is how many codes are good at once; the oldest goes first.
	CodesMax = 8
)

// Code lets somebody do one thing once: pair a device, set a first password.
type Code struct {
	Digits  string
	For     string // purpose of the code
	By      string // who asked for it
	Expires time.Time
}

// Spaced is the code as people read it.
func (c Code) Spaced() string { return c.Digits[:codeDigits/2] + " " + c.Digits[codeDigits/2:] }

// Codes are the one-time codes that are good at the moment. They live in memory: a restart ends them. The zero value
// has none. Several goroutines may use it.
type Codes struct {
	Life time.Duration // how long a code is good; 0 is [CodeLife]

	mu   sync.Mutex
	good map[string]Code
}

// New makes a code that is good for one thing, for Life from now.
func (c *Codes) New(forWhat, by string, now time.Time) (Code, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil))
	if err != nil {
		return Code{}, fmt.Errorf("make a code: %w", err)
	}
	code := Code{Digits: fmt.Sprintf("%0*d", codeDigits, n), For: forWhat, By: by, Expires: now.Add(cmp.Or(c.Life, CodeLife))}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.good == nil {
		c.good = map[string]Code{}
	}
	for len(c.good) >= CodesMax {
		var oldest Code
		for _, other := range c.good {
			if oldest.Digits == "" || other.Expires.Before(oldest.Expires) {
				oldest = other
			}
		}
		delete(c.good, oldest.Digits)
	}
	c.good[code.Digits] = code
	return code, nil
}

// Take takes the code that somebody typed; blanks and hyphens in it do not count. ok is false when there is no such
// code for this, or it is too old. A code is good once, unless it is given [Codes.Back].
func (c *Codes) Take(typed, forWhat string, now time.Time) (code Code, ok bool) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, typed)
	c.mu.Lock()
	defer c.mu.Unlock()
	code, ok = c.good[digits]
	if !ok || code.For != forWhat || !now.Before(code.Expires) {
		return Code{}, false
	}
	delete(c.good, digits)
	return code, true
}

// Back makes a code good again that was taken in vain: what it was to do could not be done.
func (c *Codes) Back(code Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.good[code.Digits] = code
}
