package uplink

import (
	"sync"
	"time"
)

// How a clock is judged by the messages of a channel that say when they were sent.
const (
	clockSamples = 3                // fewer prove nothing
	clockWindow  = 10 * time.Minute // older ones do not count
	clockKept    = 32               // samples kept per channel
	transitUsual = 3 * time.Second  // a message is ordinarily here by then
	linkSettles  = 30 * time.Second // a new connection begins with messages that have waited
)

// clocks compares the shop's clock with those of its channels. A message cannot come before it was
// sent, so the smallest difference seen is the best guess, and too large by the fastest way only.
// Which of two clocks is wrong cannot be told from here; either way the times in a lease would not
// mean the same to both.
type clocks struct {
	mu    sync.Mutex
	heard map[string][]clockSample
}

type clockSample struct {
	at  time.Time     // when, by the machine's monotonic clock
	off time.Duration // the shop's clock when it came, less the sender's when it was sent
}

// hear takes in when a message says it was sent. machine is time.Now, which no setting of the clock moves.
func (c *clocks) hear(channel string, machine time.Time, off time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard == nil {
		c.heard = map[string][]clockSample{}
	}
	list := append(c.heard[channel], clockSample{machine, off})
	c.heard[channel] = list[max(0, len(list)-clockKept):]
}

// off is by how much the shop is ahead of a channel (behind, when negative), and whether that is more
// than tolerance.
func (c *clocks) off(channel string, machine time.Time, tolerance time.Duration) (off time.Duration, wrong bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := 0
	for _, s := range c.heard[channel] {
		if machine.Sub(s.at) > clockWindow {
			continue
		}
		if fresh == 0 || s.off < off {
			off = s.off
		}
		fresh++
	}
	if fresh < clockSamples {
		return 0, false
	}
	return off, off < -tolerance || off > tolerance+transitUsual
}
