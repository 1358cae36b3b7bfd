package uplink

import (
	"context"

	paho "github.com/eclipse/paho.mqtt.golang"

	"weir/shop/remote"
)

// outsideMax bounds the commands from outside that wait. The fleet asks again for what finds no room.
const outsideMax = 16

// heeds reports whether this connection is the one on which commands of the owner's fleet come.
func (u *Uplink) heeds() bool {
	to := u.shop.Snapshot().Joining.To
	return u.desk != nil && to != nil && (u.only || to.Broker == "")
}

// putOutside keeps a command from outside until it is looked at, without waiting. One that was kept by the broker is old: the
// fleet asks again for what it still wants.
func (u *Uplink) putOutside(l *link, m paho.Message) {
	if m.Retained() {
		m.Ack()
		return
	}
	select {
	case l.outside <- m:
	default:
		m.Ack()
	}
}

// heedOutside listens to the owner's fleet while the shop has joined it, and has its commands carried out, one after the other.
// Not every broker of a platform lets a shop hear them: then the platform's orders go on.
func (u *Uplink) heedOutside(ctx context.Context, l *link) {
	topic, listens := u.topics.OwnerCommands(), false
	for ctx.Err() == nil && l.alive() {
		rung := u.shop.Bell()
		if want := u.heeds(); want != listens {
			ask := l.unsubscribe
			if want {
				ask = func(ctx context.Context, filters ...string) error { return l.subscribe(ctx, u.remote.QoS, filters...) }
			}
			if err := ask(ctx, topic); err != nil && ctx.Err() == nil {
				u.log.Warn("the broker does not let this shop hear its owner's fleet", "broker", u.remote.Name, "error", err)
			}
			listens = want // what was refused once is asked again with the next connection
		}
		select {
		case m := <-l.outside:
			u.carryOutside(ctx, l, m)
		case <-rung:
		case <-l.lost:
		case <-ctx.Done():
		}
	}
}

// carryOutside has a command carried out and answers it. It is acknowledged whatever came of it: nothing but its own id keeps it
// from being done twice, and the fleet goes on asking until it has an answer.
func (u *Uplink) carryOutside(ctx context.Context, l *link, m paho.Message) {
	defer m.Ack()
	if len(m.Payload()) > remote.MessageMax {
		return
	}
	answer, err := u.desk.Carry(ctx, m.Payload())
	if err != nil {
		u.log.Error("cannot carry out a command from outside", "error", err)
	}
	if answer == nil {
		return
	}
	if err := l.publish(ctx, u.topics.OwnerAnswers(), false, answer); err != nil && l.alive() {
		u.log.Warn("answer to the owner's fleet not confirmed", "error", err)
	}
}
