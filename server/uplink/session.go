package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/wire"
)

// session is one connection, from CONNECT to its end. It returns why it ended.
func (u *Uplink) session(ctx context.Context) error {
	conn := u.nextConn()
	will, err := json.Marshal(u.statusNow(conn, false))
	if err != nil {
		return fmt.Errorf("encode the will: %w", err)
	}
	seen := &past{}
	l, err := connect(ctx, u.remote, hello{
		clientID: u.shop.Snapshot().Config.ID, will: will, willTo: u.topics.Status(),
		handle: func(l *link, m paho.Message) {
			switch kind, channel, ok := u.topics.Parse(m.Topic()); {
			case ok && l.echo.note(kind, channel, m):
				m.Ack()
			case m.Topic() == u.topics.OwnerCommands():
				u.putOutside(l, m)
			case u.remote.inside || u.topics.IsOwn(m.Topic()) || !l.holdBack(m):
				u.take(l, m, seen)
			}
		},
	})
	if err != nil {
		return err
	}
	defer l.close()
	if err := u.greet(ctx, l, conn, seen); err != nil {
		return err
	}
	u.note(true, nil)
	u.log.Info("connected to the broker", "broker", u.remote.Name, "conn", conn)
	u.serve(ctx, l, conn)
	if ctx.Err() != nil {
		u.inbox.close(drainMax)
		u.goodbye(l, conn)
		return nil
	}
	return l.cause
}

// nextConn is a number above that of every connection before. It grows with the clock, so that it goes
// on growing over a restart without being stored; greet finds out when the clock has jumped back.
func (u *Uplink) nextConn() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.conn = max(u.conn+1, u.now().UnixMilli())
	return u.conn
}

func (u *Uplink) statusNow(conn int64, online bool) wire.Status {
	state := u.shop.Snapshot()
	u.mu.Lock()
	joined := u.joined
	u.mu.Unlock()
	if joined == 0 {
		joined = conn
	}
	return wire.Status{
		V: wire.Version, Shop: state.Config.ID, Epoch: state.Counters.Epoch, Conn: conn, Online: online,
		At: u.now().UTC().Truncate(time.Millisecond), Run: u.run, Joined: joined, Claim: u.twin.claim(), Box: u.door.Box(),
	}
}

// errOldConn ends a connection whose number is not above that of an earlier one.
var errOldConn = errors.New("the clock has gone back: connecting again under a higher number")

// greet looks at what the broker kept, subscribes, makes sure that it hears, and says that the shop is there.
func (u *Uplink) greet(ctx context.Context, l *link, conn int64, seen *past) error {
	if err := u.lookBack(ctx, l, conn, seen); err != nil {
		return err
	}
	if u.twin.Down() { // the broker had the message of the connection before, or there is nobody to tell
		u.untold = false
		return errTwin
	}
	status := u.statusNow(conn, true)
	if old := seen.status.Load(); old != nil && old.Conn >= conn {
		u.mu.Lock()
		u.conn = max(u.conn, old.Conn)
		u.mu.Unlock()
		return errOldConn
	}
	if err := u.hearPlatforms(ctx, l); err != nil {
		if deaf := (*deafError)(nil); errors.As(err, &deaf) { // what the broker keeps may say online, from when it could hear
			status.Online = false
			err = errors.Join(err, u.publishJSON(ctx, l, u.topics.Status(), true, status))
		}
		return err
	}
	if err := u.publishJSON(ctx, l, u.topics.Status(), true, status); err != nil {
		return err
	}
	u.mu.Lock()
	u.published, u.joined, u.doubted = conn, status.Joined, 0
	u.mu.Unlock()
	return l.release(func(m paho.Message) { u.take(l, m, seen) })
}

// hearPlatforms subscribes to what platforms ask, and makes sure that it reaches the shop. On its owner's fleet nobody asks.
func (u *Uplink) hearPlatforms(ctx context.Context, l *link) error {
	if u.only {
		return nil
	}
	if err := l.subscribe(ctx, u.remote.QoS, u.topics.Writable("+")...); err != nil {
		return err
	}
	return u.hears(ctx, l)
}

// serve publishes what changes until the connection or ctx ends.
func (u *Uplink) serve(ctx context.Context, l *link, conn int64) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	wait.Go(func() { u.report(ctx, l, conn) })
	wait.Go(func() { l.sendSpare(ctx) })
	if u.desk != nil {
		wait.Go(func() { u.heedOutside(ctx, l) })
	}
	if !u.only {
		wait.Go(func() { u.lend(ctx, l) })
		for channel := range u.feeds {
			wait.Go(func() { u.feed(ctx, l, channel) })
		}
	}
	if !u.remote.inside && !u.only {
		wait.Go(func() { u.listen(ctx, l) })
	}
	select {
	case <-l.lost:
	case <-ctx.Done():
	}
	stop()
	wait.Wait()
}

// goodbyePatience is how long the last words may take.
const goodbyePatience = time.Second

// goodbye says that the shop is going, which the will would otherwise say later.
func (u *Uplink) goodbye(l *link, conn int64) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyePatience)
	defer cancel()
	if err := u.publishJSON(ctx, l, u.topics.Status(), true, u.statusNow(conn, false)); err != nil {
		u.log.Warn("cannot say goodbye to the broker", "error", err)
	}
}

func (u *Uplink) publishJSON(ctx context.Context, l *link, topic string, retained bool, message any) error {
	payload, err := u.encode(message)
	if err != nil {
		return fmt.Errorf("encode %s: %w", topic, err)
	}
	return l.publish(ctx, topic, retained, payload)
}

// take takes a message that came in. It must not wait.
func (u *Uplink) take(l *link, m paho.Message, seen *past) {
	if u.topics.IsOwn(m.Topic()) {
		seen.note(u.topics, m)
		return
	}
	r, ok := u.read(l, m)
	if !ok {
		l.putSpare(outgoing{about: m}) // nothing of ours
		return
	}
	u.compareClocks(r)
	// A shop that is closing takes nothing; the broker keeps it.
	if err := u.inbox.put(r); errors.Is(err, errFlood) {
		u.refuseFlood(l, r)
	}
}

// compareClocks learns from a message that says when it was sent.
func (u *Uplink) compareClocks(r *request) {
	if _, known := u.feeds[r.channel]; !known || r.message.Duplicate() || time.Since(r.link.began) < u.settles {
		return
	}
	now := u.now()
	if sent, err := time.Parse(time.RFC3339, r.seen.SentAt); err == nil {
		u.clocks.hear(r.channel, time.Now(), now.Sub(sent))
	} else if placed, err := time.Parse(time.RFC3339, r.seen.PlacedAt); err == nil && r.kind == wire.KindOrders && placed.After(now) {
		// An order may have waited anywhere after it was placed, but cannot be from the future.
		u.clocks.hear(r.channel, time.Now(), now.Sub(placed))
	}
}
