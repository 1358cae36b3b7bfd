package uplink

import (
	"context"
	"net/http"

	"weir/shop/wire"
)

// reconcile lists a business day for a channel that cannot reach the shop over HTTP, page by page: a day of a thousand
// orders is larger than a packet.
func (u *Uplink) reconcile(ctx context.Context, r *request) (status int, body any, err error) {
	state := u.shop.Snapshot()
	ask, err := wire.DecodeReconcile(r.message.Payload(), state.Counters.Day)
	if err != nil {
		return 0, nil, err
	}
	orders, err := u.shop.OrdersOfDay(ctx, ask.Day, r.channel)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, wire.NewReconciliation(state, ask.Day, orders).Page(ask.After, ask.Limit), nil
}
