package kds

import (
	"sync"
	"time"
)

// practiceClock is the time in a practice. It runs as fast as the shop's clock or some times faster, and somebody who
// prepares the practice moves it.
type practiceClock struct {
	real func() time.Time

	mu    sync.Mutex
	at    time.Time // in the practice …
	since time.Time // … at this real time
	speed int       // 0 stands still
}

// Now is the time in the practice.
func (c *practiceClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now(c.real())
}

func (c *practiceClock) now(real time.Time) time.Time {
	return c.at.Add(time.Duration(c.speed) * max(0, real.Sub(c.since)))
}

// stand sets the clock to a time at which it stands still.
func (c *practiceClock) stand(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.speed = at, 0
}

// run lets the clock run on, so many times as fast as the real one.
func (c *practiceClock) run(speed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	c.at, c.since, c.speed = c.now(real), real, speed
}
