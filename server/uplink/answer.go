package uplink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/wire"
)

// calls are what the topics towards the shop ask for.
var calls = map[string]door.Call{
	wire.KindOrders: door.Order, wire.KindCancel: door.Cancel, wire.KindCancelPart: door.CancelPart,
	wire.KindProgress: door.Progress, wire.KindAcks: door.Ack,
	wire.KindResync: door.Resync, wire.KindReconciliation: door.Reconcile, wire.KindCampaigns: door.Notice, wire.KindAvailability: door.Mark,
	wire.KindHolds: door.Hold,
}

// quiet are the topics of which only what went wrong is answered.
var quiet = map[string]bool{wire.KindAcks: true, wire.KindResync: true}

// redeliverAfter is how long a request whose outcome is not known waits for the broker to deliver it
// again. It is not acknowledged before it is known; a disk that failed once has often recovered by then.
const redeliverAfter = 15 * time.Second

// carryOut carries a request to the door and its answer back, and only then acknowledges it to the broker. Where
// the outcome is not known, it answers so and does not acknowledge: the same request comes again with
// the next connection, and the ref keeps it from being made twice.
func (u *Uplink) carryOut(ctx context.Context, r *request) {
	if _, known := u.feeds[r.channel]; !known && r.kind == wire.KindCampaigns {
		// There is no topic to answer on; the log is all that is left.
		u.log.Warn("campaign notice names no channel of this shop", "channel", fmt.Sprintf("%.64q", r.channel))
		r.message.Ack()
		return
	}
	if r.unproven { // it does not count for that channel: somebody else may have sent it
		u.reply(ctx, r, u.unproven(r))
		r.message.Ack()
		return
	}
	answer := u.door.Do(ctx, r.channel, calls[r.kind], r.asked())
	if answer.Err != nil && ctx.Err() != nil {
		return // the shop is closing; the broker keeps the request until it is back
	}
	if answer.Again {
		r.link.again.Ring()
		u.feeds[r.channel].Ring()
	}
	if answer.Err != nil || !quiet[r.kind] {
		u.reply(ctx, r, answer)
	}
	if answer.Unknown() && !errors.Is(answer.Err, shop.ErrForgotten) { // asked again, that would be the same
		r.link.redeliver(u.redeliverAfter)
		return
	}
	r.message.Ack()
}

// unproven is the answer to a notice on the topic that all channels share, of a broker that lets nobody know who sent it.
func (u *Uplink) unproven(r *request) door.Answer {
	err := &shop.Error{Kind: shop.Invalid, Type: wire.ProblemNotPermitted,
		Detail: "this broker does not prove who sent a notice here; send it to campaigns/{channel}"}
	state := u.shop.Snapshot()
	return door.Answer{
		Re: "notice", Ref: r.seen.Ref, Nonce: r.seen.Nonce, Epoch: state.Counters.Epoch,
		Status: http.StatusForbidden, Body: wire.NewProblem(err, state.Config.Menu), Err: err,
	}
}

// reply publishes an answer, once. One that is lost on the way is asked for again.
func (u *Uplink) reply(ctx context.Context, r *request, answer door.Answer) {
	payload, err := answer.Envelope()
	if err != nil {
		u.log.Error("cannot write an answer", "channel", r.channel, "error", err)
		return
	}
	if err := r.link.publish(ctx, u.topics.Answers(r.channel), false, payload); err != nil && r.link.alive() {
		u.log.Warn("answer not confirmed", "channel", r.channel, "error", err)
	}
}

// refuseFlood answers 429 beside the lanes, which are full.
func (u *Uplink) refuseFlood(l *link, r *request) {
	answer := u.door.Refuse(r.channel, calls[r.kind], r.asked(), floodRetry)
	payload, err := answer.Envelope()
	if err != nil || r.channel == "" {
		return
	}
	l.putSpare(outgoing{u.topics.Answers(r.channel), payload, r.message})
}
