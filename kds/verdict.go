package kds

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
)

// verdict is how a practice went. Of an order that was open when it ended only a broken promise counts.
type verdict struct {
	scene   *scene
	speed   int
	lasted  time.Duration // by the practice's clock
	kept    int           // orders ready as they were promised first
	told    int           // ready later than that, as their customers were told
	lates   []time.Duration
	open    int          // orders that were not ready and not late
	ended   time.Time    // in real time
	orders  shop.OrderID // the real shop's last order when the practice began …
	needed  bool         // … and whether a later one has ended it
	made    int          // cups
	rate    float64      // cups a minute that the crew was expected to make
	refused int          // orders
	remade  int          // cups
	waste   int          // cups that were begun or made for nobody
	given   int          // orders that the crew gave back, with a reason
}

// verdict sums up a rehearsal.
func (r *rehearsal) verdict(now time.Time) *verdict {
	v := &verdict{scene: r.scene, speed: r.speed, lasted: now.Sub(r.began), rate: r.rate, refused: r.refused}
	for _, o := range r.shop.All() {
		v.count(o, r.began, now)
	}
	slices.Sort(v.lates)
	return v
}

func (v *verdict) count(o *shop.Order, began, now time.Time) {
	for i := range o.Cups {
		c := &o.Cups[i]
		done := !c.At.Before(began)
		switch {
		case c.NoWork || c.State == shop.Booked:
		case done && c.State == shop.Made, done && c.State == shop.Handed && !o.ReadyAt.Before(began):
			v.made++
		case done && (c.State == shop.Discarded || c.State == shop.Voided && !c.Started.IsZero()):
			v.waste++
		}
		if c.Replaces > 0 {
			v.remade++
		}
	}
	switch at := o.ReadyAt; {
	case o.End == shop.OrderReleased:
		v.given++
	case o.End == shop.OrderCancelled || o.End == shop.OrderExpired || !at.IsZero() && at.Before(began):
	case !at.IsZero():
		v.stand(o, at)
	case o.Promise.By().Before(now):
		v.lates = append(v.lates, now.Sub(o.Promise.By()))
	default:
		v.open++
	}
}

// stand counts an order that was ready at a time.
func (v *verdict) stand(o *shop.Order, at time.Time) {
	switch {
	case !at.After(o.Promise.ReadyBy):
		v.kept++
	case !at.After(o.Promise.By()):
		v.told++
	default:
		v.lates = append(v.lates, at.Sub(o.Promise.By()))
	}
}

// view is the verdict as the crew reads it.
func (v *verdict) view(l words.Lang) *templates.Section {
	s := &templates.Section{ID: "result", Title: l.T("practice.result", l.T(v.scene.name), l.Span(v.lasted))}
	fact := func(name, value string, bad bool) {
		s.Facts = append(s.Facts, templates.Fact{Name: l.T(name), Value: value, Bad: bad})
	}
	fact("practice.kept", l.T("practice.of_orders", v.kept, v.kept+v.told+len(v.lates)), false)
	if v.told > 0 {
		fact("practice.told", l.N(v.told, "practice.orders"), false)
	}
	late := l.N(len(v.lates), "practice.orders")
	if n := len(v.lates); n > 0 {
		late = l.T("practice.by_how_much", late, l.Span(v.lates[n/2]), l.Span(v.lates[n-1]))
	}
	fact("practice.late", late, len(v.lates) > 0)
	fact("practice.made", l.T("practice.made_pace", v.made, fmt.Sprintf("%.1f", v.pace()), fmt.Sprintf("%.1f", v.rate)), false)
	fact("practice.waste", l.N(v.waste, "practice.cups"), v.waste > 0)
	fact("practice.remade", l.N(v.remade, "practice.cups"), v.remade > 0)
	fact("practice.refused", l.N(v.refused, "practice.orders"), false)
	if v.given > 0 {
		fact("practice.given", l.N(v.given, "practice.orders"), false)
	}
	if v.open > 0 {
		fact("practice.open", l.N(v.open, "practice.orders"), false)
	}
	fact("practice.speed", strconv.Itoa(v.speed)+"×", false)
	return s
}

// pace is the cups a minute that were made.
func (v *verdict) pace() float64 {
	if v.lasted < time.Second {
		return 0
	}
	return float64(v.made) / v.lasted.Minutes()
}
