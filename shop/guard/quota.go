package guard

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// QuotaRate is the requests a second that one channel may cause for long. A shop that makes three
	// cups a minute gives reason for a few; a router that follows twenty times that, and a channel that
	// reads a day's events again, stay far below. More is a loop that has gone wild.
	QuotaRate = 400
	// QuotaBurst is what it may cause at once: after an outage, everything it has.
	QuotaBurst = 1200
)

// Quota stops floods, channel by channel. A request is charged when it has been answered, so that
// answers which are bounded by something better need not be charged.
type Quota struct {
	perSecond rate.Limit
	burst     int

	mu       sync.Mutex
	channels map[string]*rate.Limiter
}

// NewQuota makes a quota of so many requests a second for each channel, and so many at once.
func NewQuota(perSecond float64, burst int) *Quota {
	return &Quota{perSecond: rate.Limit(perSecond), burst: burst, channels: map[string]*rate.Limiter{}}
}

// Wait is how long a channel has to wait before its next request; 0 is not at all.
func (q *Quota) Wait(channel string, now time.Time) time.Duration {
	have := q.of(channel).TokensAt(now)
	if have >= 1 {
		return 0
	}
	return time.Duration((1 - have) / float64(q.perSecond) * float64(time.Second))
}

// Charge counts a request. Those that were under way together may go below zero; the wait is longer then.
func (q *Quota) Charge(channel string, now time.Time) { q.of(channel).ReserveN(now, 1) }

// of is the channel's own limiter. Only channels that exist are asked for, so there are few.
func (q *Quota) of(channel string) *rate.Limiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	l, ok := q.channels[channel]
	if !ok {
		l = rate.NewLimiter(q.perSecond, q.burst)
		q.channels[channel] = l
	}
	return l
}
