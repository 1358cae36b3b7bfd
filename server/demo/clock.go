package demo

import (
	"sync"
	"time"
)

// Speed is how much faster the demo's clock runs: a minute is an hour of the shop's day, so that a
// newcomer sees the shop fill, throttle and recover while reading the first page.
const Speed = 60

// TickShare is how much oftener the demo's clock is a command: its seconds are short.
const TickShare = 10

// opens is the hour at which the first run of a demo begins.
const opens = 10

// Clock is a clock that runs [Speed] times as fast from a moment on. Make it with [NewClock].
type Clock struct {
	mu          sync.Mutex
	start, real time.Time
}

// NewClock makes a clock that begins now.
func NewClock() *Clock {
	c := &Clock{}
	c.from(time.Now())
	return c
}

// Resume sets the clock to ten in the morning of the shop's today, or to where the last run ended if that is later.
// A zero last is no run before.
func (c *Clock) Resume(last time.Time, in *time.Location) {
	y, m, d := time.Now().In(in).Date()
	start := time.Date(y, m, d, opens, 0, 0, 0, in)
	if last.After(start) {
		start = last
	}
	c.from(start)
}

func (c *Clock) from(start time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start, c.real = start, time.Now()
}

// Now is the demo's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start.Add(Speed * time.Since(c.real))
}
