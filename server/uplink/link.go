package uplink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/bell"
)

// Times of a connection.
const (
	keepAlive   = 30 * time.Second // the broker publishes the will after one and a half of it
	pingMax     = 10 * time.Second // wait for the answer to a ping
	writeMax    = 5 * time.Second  // wait for a packet to get onto the wire
	confirmMax  = 20 * time.Second // wait for the broker's word: a cluster that changes its leader takes ten
	goodbyeMax  = 500              // milliseconds for a clean end
	subackError = 0x80             // return code of a refused subscription [MQTT-3.9.3-2]
)

var (
	errLost        = errors.New("the connection is lost")
	errUnconfirmed = errors.New("the broker does not answer")
	errRedeliver   = errors.New("connecting again to have unanswered requests delivered again")
)

// link is one connection to the broker, from CONNECT to its end. The client behind it is not used
// again: the next connection gets its own, with a will of its own and nothing left to resend, so that
// an old report can never overtake a new one. What has to survive a connection is in the shop's rows
// and in the broker's session of this client id.
type link struct {
	client  paho.Client
	lost    chan struct{} // closed when the connection is gone
	once    sync.Once
	cause   error // why; read it after lost
	began   time.Time
	spare   chan outgoing // see putSpare
	again   bell.Bell     // rings when everything retained is wanted once more
	stale   sync.Once
	outside chan paho.Message // commands of the owner's fleet that wait
	echo    echo              // what has come back of what the shop wrote to itself

	mu       sync.Mutex
	released bool           // the shop has looked at what the broker kept, and takes what comes in
	held     []paho.Message // messages that came before
	dropped  bool           // more came than is held
}

// heldMax bounds what is held back until the shop has looked at what the broker kept: what a broker sends without an
// acknowledgement, most of the time.
const heldMax = 1024

// holdBack keeps a message until [link.release]; false is that it is to be taken now. What is too much is not
// acknowledged and comes again.
func (l *link) holdBack(m paho.Message) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released {
		return false
	}
	if len(l.held) < heldMax {
		l.held = append(l.held, m)
	} else {
		l.dropped = true
	}
	return true
}

// release has what was held back taken, in its order, and from now on everything at once.
func (l *link) release(take func(paho.Message)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.held {
		take(m)
	}
	l.released, l.held = true, nil
	if l.dropped {
		return errRedeliver
	}
	return nil
}

// hello is what a connection begins with.
type hello struct {
	clientID string
	will     []byte
	willTo   string
	handle   func(*link, paho.Message) // must not block: it holds up everything that comes in
}

// connect opens a connection. Messages of the session reach h.handle at once.
func connect(ctx context.Context, r Remote, h hello) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialMax+confirmMax)
	defer cancel()
	l := &link{lost: make(chan struct{}), began: time.Now(), spare: make(chan outgoing, spareMax),
		outside: make(chan paho.Message, outsideMax)}
	opts := paho.NewClientOptions().
		AddBroker("tcp://broker"). // a placeholder: the way there is r.Dial
		SetClientID(h.clientID).SetUsername(r.User).SetPassword(r.Password).
		SetProtocolVersion(4).SetCleanSession(false).
		SetAutoReconnect(false).SetConnectRetry(false).
		SetOrderMatters(true).SetAutoAckDisabled(true).
		SetKeepAlive(keepAlive).SetPingTimeout(pingMax).SetWriteTimeout(writeMax).SetConnectTimeout(dialMax).
		SetBinaryWill(h.willTo, h.will, 1, true).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { h.handle(l, m) }).
		SetConnectionLostHandler(func(_ paho.Client, err error) { l.end(err) })
	opts.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
		conn, err := r.Dial(ctx)
		if err != nil {
			return nil, err
		}
		// The handshake does not look at ctx; closing what it reads from ends it.
		return &dialled{conn, context.AfterFunc(ctx, func() { conn.Close() })}, nil
	})
	l.client = paho.NewClient(opts)
	token := l.client.Connect()
	<-token.Done() // bounded: by ctx and by the connect timeout
	if err := token.Error(); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", r.Name, err)
	}
	return l, nil
}

// dialled is a connection that ctx may close until the handshake is over: paho then lifts the deadline.
type dialled struct {
	net.Conn
	stop func() bool
}

// SetDeadline implements net.Conn.
func (c *dialled) SetDeadline(t time.Time) error {
	if t.IsZero() {
		c.stop()
	}
	return c.Conn.SetDeadline(t)
}

func (l *link) end(cause error) {
	l.once.Do(func() {
		l.cause = cause
		close(l.lost)
	})
}

// alive reports whether the connection is not known to be gone.
func (l *link) alive() bool {
	select {
	case <-l.lost:
		return false
	default:
		return true
	}
}

// publish sends a message and waits for the broker to confirm it. An error says that it may not have
// got there, and unless ctx is the reason, the connection is at its end; nil says that the broker had
// it, which is no proof that anybody will read it.
func (l *link) publish(ctx context.Context, topic string, retained bool, payload []byte) error {
	if !l.alive() {
		return errLost // a client that is down would keep it, and send it out of order later
	}
	err := l.confirmed(ctx, l.client.Publish(topic, 1, retained, payload))
	if err != nil && ctx.Err() == nil {
		l.end(err)
	}
	return err
}

// say sends a message at most once.
func (l *link) say(ctx context.Context, topic string, payload []byte) error {
	if !l.alive() {
		return errLost
	}
	return l.confirmed(ctx, l.client.Publish(topic, 0, false, payload))
}

// confirmed waits for a token. A token completes without an error when the connection drops: only
// one that completed on a living connection counts.
func (l *link) confirmed(ctx context.Context, token paho.Token) error {
	timer := time.NewTimer(confirmMax)
	defer timer.Stop()
	select {
	case <-token.Done():
		if err := token.Error(); err != nil {
			return err
		}
		if !l.alive() || !l.client.IsConnectionOpen() {
			return errLost
		}
		return nil
	case <-l.lost:
		return errLost
	case <-timer.C:
		return errUnconfirmed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// subscribe asks for topics and checks that every one was granted.
func (l *link) subscribe(ctx context.Context, qos byte, filters ...string) error {
	wanted := make(map[string]byte, len(filters))
	for _, f := range filters {
		wanted[f] = qos
	}
	token := l.client.SubscribeMultiple(wanted, nil)
	if err := l.confirmed(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	for topic, code := range token.(*paho.SubscribeToken).Result() {
		if code == subackError {
			return fmt.Errorf("subscribe: the broker refuses %s", topic)
		}
	}
	return nil
}

// unsubscribe takes subscriptions back.
func (l *link) unsubscribe(ctx context.Context, filters ...string) error {
	if err := l.confirmed(ctx, l.client.Unsubscribe(filters...)); err != nil {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	return nil
}

// outgoing is an answer that goes beside the lanes, and the message that is acknowledged with it.
type outgoing struct {
	topic   string // "" for an acknowledgement alone
	payload []byte
	about   paho.Message
}

// spareMax bounds what goes beside the lanes. What is more is not acknowledged: the broker holds it
// back, and delivers it with the next connection.
const spareMax = 64

// putSpare has a message answered if there is room, without waiting: not even an acknowledgement may
// be sent from where messages come in, because the way out may be waiting for the way in.
func (l *link) putSpare(m outgoing) {
	select {
	case l.spare <- m:
	default:
	}
}

// sendSpare sends them until the connection or ctx ends.
func (l *link) sendSpare(ctx context.Context) {
	for {
		select {
		case m := <-l.spare:
			if m.topic != "" && l.publish(ctx, m.topic, false, m.payload) != nil {
				return // the connection is gone, and what waited with it
			}
			m.about.Ack()
		case <-l.lost:
			return
		case <-ctx.Done():
			return
		}
	}
}

// redeliver ends the connection after a time, so that the broker delivers again what was not acknowledged.
func (l *link) redeliver(after time.Duration) {
	l.stale.Do(func() { time.AfterFunc(after, func() { l.end(errRedeliver) }) })
}

// close ends the connection cleanly: the broker forgets the will and keeps the session.
func (l *link) close() {
	l.client.Disconnect(goodbyeMax)
	l.end(errLost)
}
