package capacity

import "time"

// Router is the other end of a lease: the rule that a platform's router must follow. It is a value; keep it where it
// survives a restart. The zero value knows nothing and sends nothing before [Book.Forgot] has been told or a lease of a
// newer epoch comes.
type Router struct {
	Epoch     int64     `json:"epoch"`
	Seq       int64     `json:"seq"`
	Spent     Work      `json:"spent"` // cumulative in the epoch, lost orders included
	Limit     Work      `json:"limit"`
	MaxOrder  Work      `json:"max_order"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Take reads a lease. Only a newer (epoch, seq) counts. What the shop says was used is spent, even if this router
// remembers less: the shop has written it off.
func (r Router) Take(l Lease) Router {
	if l.Epoch < r.Epoch || l.Epoch == r.Epoch && l.Seq <= r.Seq {
		return r
	}
	spent := r.Spent
	switch {
	case r.Epoch == 0:
		spent = l.Limit // it cannot know what it spent before: nothing of this limit
	case l.Epoch > r.Epoch:
		spent = 0
	}
	return Router{Epoch: l.Epoch, Seq: l.Seq, Spent: max(spent, l.Used), Limit: l.Limit, MaxOrder: l.MaxOrder, ExpiresAt: l.ExpiresAt}
}

// Send asks for leave to send an order. now is the router's own clock and skew the terms' bound on its error. If ok, send it
// with the stamp; it is spent whatever becomes of it.
func (r Router) Send(now time.Time, work Work, skew time.Duration) (next Router, s Stamp, ok bool) {
	if work <= 0 || !now.Before(r.ExpiresAt.Add(-skew)) || r.Spent+work > r.Limit {
		return r, Stamp{}, false
	}
	r.Spent += work
	return r, Stamp{Epoch: r.Epoch, Spent: r.Spent}, true
}
