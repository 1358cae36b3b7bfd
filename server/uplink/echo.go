package uplink

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/bell"
	"weir/shop/wire"
)

// A broker may grant a subscription and then deliver nothing on it: mosquitto looks at its access list when a message is
// delivered, and not when it is subscribed to. Such a shop would look open and hear no order. So the shop writes to itself on
// every topic that it reads, when it connects and from then on every minute, and is connected only while all of it comes back.

const (
	// echoMax is how long its own words may take to come back. A cluster that changes its leader takes ten seconds.
	echoMax = 15 * time.Second
	// echoAgain is after how long what has not come back is written once more: it goes at most once (QoS 0), because what is
	// at least once would wait behind the orders that the shop has not answered yet.
	echoAgain = time.Second
	// echoEvery is how often a standing connection is looked at: the rules of a broker change while it runs.
	echoEvery = time.Minute
)

// deafError ends a connection on which the shop cannot hear.
type deafError struct{ topics []string }

// Error implements error.
func (e *deafError) Error() string {
	return "the broker takes what this shop writes and does not deliver it back: nothing comes in on " + strings.Join(e.topics, ", ") +
		"; its access rules have to let this shop read what asyncapi.yaml says, and write to weir/v1/{store}/+/" + wire.Self
}

// echo is what has come back on a connection.
type echo struct {
	mu    sync.Mutex
	word  string          // of this round; only this shop knows it
	heard map[string]bool // the kinds of topics on which something came in this round
	came  bell.Bell
}

// begin begins a round. Before the first word everything that comes in counts, too.
func (e *echo) begin(word string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.word != "" || e.heard == nil {
		e.heard = map[string]bool{}
	}
	e.word = word
}

// note takes in a message; own is true for one that only this shop reads. A platform's message proves as much as an own one.
func (e *echo) note(kind, channel string, m paho.Message) (own bool) {
	own = channel == wire.Self
	e.mu.Lock()
	defer e.mu.Unlock()
	if own && (e.word == "" || string(m.Payload()) != e.word) {
		return true // of an earlier round, or not by this shop
	}
	if e.heard == nil {
		e.heard = map[string]bool{}
	}
	if !e.heard[kind] {
		e.heard[kind] = true
		e.came.Ring()
	}
	return own
}

// missing are those of the topics on which nothing came.
func (e *echo) missing(u *Uplink, topics []string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(topics), func(topic string) bool {
		kind, _, _ := u.topics.Parse(topic)
		return e.heard[kind]
	})
}

// hears returns nil when all that the shop is to hear reaches it, a deafError when it does not, and another error when
// the connection or ctx ended.
func (u *Uplink) hears(ctx context.Context, l *link) error {
	if u.remote.inside {
		return nil
	}
	word := crand.Text()
	l.echo.begin(word)
	topics := u.topics.OwnEars()
	timer, again := time.NewTimer(u.echoMax), time.NewTicker(echoAgain)
	defer timer.Stop()
	defer again.Stop()
	write := true
	for {
		came := l.echo.came.Wait()
		left := l.echo.missing(u, topics)
		if len(left) == 0 {
			return nil
		}
		if write {
			for _, topic := range left {
				if err := l.say(ctx, topic, []byte(word)); err != nil {
					return fmt.Errorf("write to %s: %w", topic, err)
				}
			}
		}
		write = false
		select {
		case <-came:
		case <-again.C:
			write = true
		case <-timer.C:
			return &deafError{left}
		case <-l.lost:
			return l.cause
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// listen looks from time to time whether the shop still hears, and ends the connection when it does not.
func (u *Uplink) listen(ctx context.Context, l *link) {
	for bell.Sleep(ctx, u.echoEvery) {
		if err := u.hears(ctx, l); err != nil && ctx.Err() == nil {
			l.end(err)
			return
		}
	}
}
