package wire

import (
	"weir/shop"
	"weir/shop/capacity"
)

// Resync is a channel that wants everything retained published once more.
type Resync struct {
	Counter *capacity.Stamp // the router's own; nil when it does not tell
	Hello   string          // a fresh id of a router that has lost its counter
	Want    capacity.Work   // credit it would like; 0 when it does not say
}

// DecodeResync reads {"epoch": 3, "spent_work": 4200}, {"hello": "…"} and {"want_work": 300}, each of
// which may be absent. An empty message asks for the retained messages only.
func DecodeResync(body []byte) (Resync, error) {
	if len(body) == 0 {
		return Resync{}, nil
	}
	f, r, err := read(body)
	if err != nil {
		return Resync{}, err
	}
	ask := Resync{Hello: r.id("hello", idMax)}
	if r.has("epoch") || r.has("spent_work") {
		ask.Counter = &capacity.Stamp{Epoch: r.needed("epoch", countMax), Spent: capacity.Work(r.needed("spent_work", countMax))}
	}
	if want, ok := r.whole("want_work", 0, countMax); ok {
		ask.Want = capacity.Work(want)
	}
	return ask, f.err(shop.ProblemInvalid)
}
