package capacity

import "time"

// Router is the other end of a lease: the rule that a platform's router must follow. It is a value; keep it where it
// survives a restart. One that could not starts with nothing but a fresh Hello, tells it to the shop ([Book.Forgot]) and
// has no credit until a lease brings it back.
type Router struct {
	Epoch     int64     `json:"epoch"`
	Seq       int64     `json:"seq"`
	Spent     Work      `json:"spent"` // cumulative in the epoch, lost orders included
	Limit     Work      `json:"limit"`
	Used      Work      `json:"used"`      // by the shop's count, when it issued the limit
	MaxOrder  Work      `json:"max_order"` // a larger order is sent without the lease
	ExpiresAt time.Time `json:"expires_at"`
	Hello     string    `json:"hello,omitempty"` // waits for this; empty once its counter is known
}

// Take reads a lease. Only a newer (epoch, seq) counts. What the shop says was used is spent, even if this router
// remembers less: the shop has written it off.
func (r Router) Take(l Lease) Router {
	if l.Epoch < r.Epoch || l.Epoch == r.Epoch && l.Seq <= r.Seq {
		return r
	}
	spent := r.Spent
	if l.Epoch > r.Epoch {
		spent = 0
	}
	hello := r.Hello
	if hello != "" && hello != l.Hello {
		spent = l.Limit // it cannot know what it spent of this before
	} else if hello != "" {
		spent, hello = l.Used, ""
	}
	return Router{
		Epoch: l.Epoch, Seq: l.Seq, Spent: max(spent, l.Used), Limit: l.Limit, Used: l.Used, MaxOrder: l.MaxOrder,
		ExpiresAt: l.ExpiresAt, Hello: hello,
	}
}

// Send asks for leave to send an order under the lease. now is the router's own clock, skew the bound on its error. If
// ok, send the order with the stamp; its work is spent whatever becomes of it.
func (r Router) Send(now time.Time, work Work, skew time.Duration) (next Router, s Stamp, ok bool) {
	if work <= 0 || work > r.MaxOrder || !now.Before(r.ExpiresAt.Add(-skew)) || r.Spent+work > r.Limit {
		return r, Stamp{}, false
	}
	r.Spent += work
	return r, Stamp{Epoch: r.Epoch, Spent: r.Spent}, true
}

// Stuck is whether the shop granted credit for so much work but this router has spent it on orders that the shop never
// saw. Then tell it this router's counter ([Book.Resync]): after the transit time it writes them off.
func (r Router) Stuck(work Work) bool {
	return work <= r.MaxOrder && r.Spent+work > r.Limit && r.Used+work <= r.Limit
}
