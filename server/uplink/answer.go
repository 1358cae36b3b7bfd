package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"weir/shop"
	"weir/shop/wire"
)

// Notice takes a campaign's notice that came over MQTT, as POST /v1/campaigns would. It returns what
// HTTP would have said; an error is a [*shop.Error] or our own fault.
type Notice func(ctx context.Context, channel string, body []byte) (status int, answer any, err error)

// redeliverAfter is how long a request whose outcome is not known waits for the broker to deliver it
// again. It is not acknowledged before it is known; a disk that failed once has often recovered by then.
const redeliverAfter = 15 * time.Second

// carryOut has a request carried out, answers it, and only then acknowledges it to the broker. Where
// the outcome is not known, it answers so and does not acknowledge: the same request comes again with
// the next connection, and the ref keeps it from being made twice.
func (u *Uplink) carryOut(ctx context.Context, r *request) {
	status, body, err := u.handle(ctx, r)
	if err != nil && ctx.Err() != nil {
		return // the shop is closing; the broker keeps the request until it is back
	}
	unknown := false
	if err != nil {
		problem := wire.NewProblem(err, u.menu())
		status, body, unknown = problem.Status, problem, problem.Outcome != ""
		if e := (*shop.Error)(nil); !errors.As(err, &e) {
			u.log.Error("cannot carry out an MQTT request", "topic", r.kind, "channel", r.channel, "error", err)
		}
	}
	if status != 0 && r.channel != "" {
		u.reply(ctx, r, status, body)
	}
	if unknown {
		r.link.redeliver(u.redeliverAfter)
		return
	}
	r.message.Ack()
}

// reply publishes an answer, once. One that is lost on the way is asked for again.
func (u *Uplink) reply(ctx context.Context, r *request, status int, body any) {
	payload, err := encodeAnswer(r.ref, status, body)
	if err != nil {
		u.log.Error("cannot write an answer", "channel", r.channel, "error", err)
		return
	}
	if err := r.link.publish(ctx, u.topics.Answers(r.channel), false, payload); err != nil && r.link.alive() {
		u.log.Warn("answer not confirmed", "channel", r.channel, "error", err)
	}
}

func encodeAnswer(ref string, status int, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return json.Marshal(wire.Answer{Ref: ref, Status: status, Body: text})
}

// handle does what a request asks for. Status 0 is nothing to say.
func (u *Uplink) handle(ctx context.Context, r *request) (status int, body any, err error) {
	defer func() {
		if p := recover(); p != nil { // one request that goes wrong must not close the shop
			status, body, err = 0, nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if r.fault != nil {
		return 0, nil, r.fault
	}
	switch r.kind {
	case wire.KindOrders:
		done, err := u.shop.Do(ctx, r.command)
		if err != nil {
			return 0, nil, err
		}
		status, body = wire.Placed(done.Order, done.Replayed, u.menu())
		return status, body, nil
	case wire.KindCancel:
		done, err := u.shop.Do(ctx, r.command)
		if err != nil {
			return 0, nil, err
		}
		status, body = wire.Cancelled(done.Order, done.Deferred, u.menu())
		return status, body, nil
	case wire.KindProgress:
		return u.progress(ctx, r)
	case wire.KindAcks:
		return 0, nil, u.ack(ctx, r)
	case wire.KindResync:
		return 0, nil, u.resync(ctx, r)
	case wire.KindReconciliation:
		return u.reconcile(ctx, r)
	default:
		return u.campaign(ctx, r)
	}
}

func (u *Uplink) progress(ctx context.Context, r *request) (status int, body any, err error) {
	p, err := wire.DecodeProgress(r.message.Payload())
	if err != nil {
		return 0, nil, err
	}
	if p.ID == 0 {
		o, err := u.shop.OrderByRef(ctx, r.channel, p.Ref)
		if errors.Is(err, shop.ErrNotFound) {
			return 0, nil, &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: fmt.Sprintf("there is no order with ref %.128q", p.Ref)}
		}
		if err != nil {
			return 0, nil, err
		}
		p.ID = o.ID
	}
	done, err := u.shop.Do(ctx, shop.Progress{Channel: r.channel, Order: p.ID, Step: p.Step})
	if err != nil {
		return 0, nil, err
	}
	r.ref = done.Order.Ref
	return http.StatusOK, wire.NewOrder(done.Order, u.menu()), nil
}

// ack moves the channel's cursor. It is the only thing that does: a broker's word proves nothing.
func (u *Uplink) ack(ctx context.Context, r *request) error {
	cursor, err := wire.DecodeAck(r.message.Payload())
	if err != nil {
		return err
	}
	if err := cursor.Check(u.shop.Snapshot(), r.channel); err != nil {
		return err
	}
	_, err = u.shop.Do(ctx, shop.Ack{Channel: r.channel, Through: cursor.Seq})
	return err
}

// resync grants the channel's lease again and has everything retained published once more.
func (u *Uplink) resync(ctx context.Context, r *request) error {
	ask, err := wire.DecodeResync(r.message.Payload())
	if err != nil {
		return err
	}
	if ask == (wire.Resync{}) && !u.mayResync(r.channel) {
		return nil // it was done a moment ago
	}
	if _, err := u.shop.Do(ctx, shop.Resync{Channel: r.channel, Counter: ask.Counter, Hello: ask.Hello, Want: ask.Want}); err != nil {
		return err
	}
	r.link.again.ring()
	u.feeds[r.channel].ring()
	return nil
}

func (u *Uplink) campaign(ctx context.Context, r *request) (status int, body any, err error) {
	if _, known := u.shop.Snapshot().Config.Channel(r.channel); !known {
		// There is no topic to answer on; the log is all that is left.
		u.log.Warn("campaign notice names no channel of this shop", "channel", r.channel)
		return 0, nil, nil
	}
	if u.notice == nil {
		return 0, nil, &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: "this shop takes no campaign notices"}
	}
	return u.notice(ctx, r.channel, r.message.Payload())
}
