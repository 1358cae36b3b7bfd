package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"weir/fleet/route"
	"weir/fleet/table"
	"weir/shop"
	"weir/shop/words"
)

// Where is a place and how far from it.
type Where struct {
	Lat     float64 `json:"lat" jsonschema:"degrees, GCJ-02"`
	Lon     float64 `json:"lon" jsonschema:"degrees, GCJ-02"`
	RadiusM float64 `json:"radius_m,omitempty" jsonschema:"metres; 3000 when left out"`
	Lang    string  `json:"lang,omitempty" jsonschema:"language of say: zh (when left out) or en"`
}

// Quote is what is asked before an order.
type Quote struct {
	Where
	Items    []Drink `json:"items"`
	Delivery bool    `json:"delivery,omitempty" jsonschema:"also say when it would be at the door"`
}

// Order is an order as an agent places it.
type Order struct {
	Where
	Ref       string  `json:"ref" jsonschema:"your own name of this order, new for each; the same call with the same ref is the same order"`
	Items     []Drink `json:"items"`
	Delivery  bool    `json:"delivery,omitempty" jsonschema:"a rider brings it; otherwise the customer comes"`
	WithinMin int     `json:"within_min,omitempty" jsonschema:"minutes from now until it is ready, or at the door with delivery; 0: whenever"`
	Store     string  `json:"store,omitempty" jsonschema:"only this shop, by its id; any near by when left out"`
	SlotStart string  `json:"slot_start,omitempty" jsonschema:"book this slot of an answer's instead, RFC 3339; needs store"`
	PaidFen   *int64  `json:"paid_fen,omitempty" jsonschema:"what the customer has paid; left out when not known yet"`
	Note      string  `json:"note,omitempty" jsonschema:"what the customer wants said to the shop"`
	BringTo   string  `json:"place,omitempty" jsonschema:"where to bring it, in words, such as a floor or desk"`
}

// Ref is an order that was placed.
type Ref struct {
	Ref  string `json:"ref"`
	Lang string `json:"lang,omitempty" jsonschema:"language of say: zh (when left out) or en"`
}

const (
	// withinMax is the longest time that an agent may name, minutes.
	withinMax = 24 * 60
	// refMax is the length of a ref, as at the door.
	refMax = 128
)

func lang(text string) words.Lang {
	if l, ok := words.Parse(text); ok && text != "" {
		return l
	}
	return words.ZH
}

func unclear(why string) Answer { return Answer{State: Unclear, Say: why} }

// order is a place and drinks as the router searches for them.
func (w Where) order(channel string, lines []shop.Line) (route.Order, bool) {
	o := route.Order{Channel: channel, Near: table.Point{Lat: w.Lat, Lon: w.Lon}, RadiusM: w.RadiusM, Draft: shop.Draft{Lines: lines}}
	if o.RadiusM == 0 {
		o.RadiusM = table.RadiusUsual
	}
	there := w.Lat >= -90 && w.Lat <= 90 && w.Lon >= -180 && w.Lon <= 180 && o.RadiusM > 0 && o.RadiusM <= table.RadiusMax
	return o, there
}

func (a *Agents) find(_ context.Context, who caller, in Where) Answer {
	return a.near(who, in, []shop.Line{{Qty: 1}}, false, 0)
}

func (a *Agents) quote(_ context.Context, who caller, in Quote) Answer {
	lines, fen, why := understand(who.router, lang(in.Lang), in.Items)
	if why != "" {
		return unclear(why)
	}
	return a.near(who, in.Where, lines, in.Delivery, fen)
}

// near says which shops would take drinks now.
func (a *Agents) near(who caller, in Where, lines []shop.Line, delivery bool, fen int64) Answer {
	l := lang(in.Lang)
	o, there := in.order(who.channel, lines)
	if !there {
		return unclear(l.T("agent.where"))
	}
	list := choices(who.router.Near(o, table.NearMax), delivery, a.now())
	if len(list) == 0 {
		return Answer{State: Nothing, Say: l.T("agent.instead_nothing"), PriceFen: fen}
	}
	return Answer{State: Found, Say: a.instead(l, list), PriceFen: fen, Instead: list}
}

// place orders in one call: it reads the drinks, leaves out shops that are not in time, has one of the others make it, and
// takes back at once what its shop cannot make in time after all.
func (a *Agents) place(ctx context.Context, who caller, in Order) Answer {
	l := lang(in.Lang)
	lines, fen, why := understand(who.router, l, in.Items)
	o, there := in.order(who.channel, lines)
	switch {
	case why != "":
		return unclear(why)
	case in.Ref == "" || len(in.Ref) > refMax:
		return unclear(l.T("agent.ref"))
	case !there:
		return unclear(l.T("agent.where"))
	case in.WithinMin < 0 || in.WithinMin > withinMax:
		return unclear(l.T("agent.within"))
	}
	known, err := who.router.Find(ctx, who.key(in.Ref))
	if err != nil && !errors.Is(err, shop.ErrNotFound) {
		return Answer{State: Unknown, Ref: in.Ref, Say: l.T("agent.unknown")}
	}
	fresh := err != nil || known.State == "free"
	var stores []string
	if in.Store != "" {
		stores = []string{in.Store}
	}
	now := a.now()
	deadline := now.Add(time.Duration(in.WithinMin) * time.Minute)
	if fresh && in.WithinMin > 0 { // what was placed before is answered as it is
		all := choices(who.router.Near(o, table.NearMax), in.Delivery, now)
		var intime []string
		for _, c := range all {
			if c.in(deadline) && (in.Store == "" || in.Store == c.Store) {
				intime = append(intime, c.Store)
			}
		}
		if stores = intime; len(stores) == 0 {
			return Answer{State: Refused, Ref: in.Ref, PriceFen: fen, Instead: all,
				Say: l.T("agent.not_in_time", in.WithinMin) + a.instead(l, all)}
		}
	}
	text, err := in.body(lines, stores, fen, now)
	if err != nil {
		return unclear(l.T("agent.where"))
	}
	r, err := a.door.Place(ctx, who.router, who.channel, text)
	out := a.placed(ctx, who, l, in, o, r, err)
	out.Ref, out.PriceFen = in.Ref, fen
	late := in.WithinMin > 0 && r.Status == http.StatusCreated && out.State == Accepted && out.due(in.Delivery).After(deadline)
	if late {
		return a.takeBack(ctx, who, l, in, o, out)
	}
	return out
}

// in reports whether a choice is there by a time.
func (c Choice) in(deadline time.Time) bool {
	switch {
	case !c.AtDoorBy.IsZero():
		return !c.AtDoorBy.After(deadline)
	case !c.ReadyBy.IsZero():
		return !c.ReadyBy.After(deadline)
	}
	return false
}

// due is when the customer has it.
func (out Answer) due(delivery bool) time.Time {
	if delivery && !out.AtDoorBy.IsZero() {
		return out.AtDoorBy
	}
	return out.ReadyBy
}

// body is the order as a platform sends it.
func (in Order) body(lines []shop.Line, stores []string, fen int64, now time.Time) ([]byte, error) {
	items := []any{}
	for _, line := range lines {
		items = append(items, map[string]any{"item": line.Item, "qty": line.Qty, "options": line.Options, "note": in.Note})
	}
	order := map[string]any{"ref": in.Ref, "items": items, "near": map[string]float64{"lat": in.Lat, "lon": in.Lon},
		"placed_at": now.UTC().Format(time.RFC3339), "fulfilment": shop.Pickup}
	if in.Delivery {
		order["fulfilment"] = shop.Delivery
	}
	if in.RadiusM > 0 {
		order["radius_m"] = in.RadiusM
	}
	if len(stores) > 0 {
		order["stores"] = stores
	}
	if in.BringTo != "" {
		order["place"] = in.BringTo
	}
	if in.SlotStart != "" {
		order["slot_start"] = in.SlotStart
	}
	if in.PaidFen != nil {
		order["totals"] = map[string]int64{"total_fen": fen, "paid_fen": *in.PaidFen, "subsidy_fen": max(0, fen-*in.PaidFen)}
	}
	return json.Marshal(order)
}

// placed says what became of an order that was given to the door.
func (a *Agents) placed(ctx context.Context, who caller, l words.Lang, in Order, o route.Order, r route.Reply, err error) Answer {
	refused := func(p route.Problem) Answer {
		list := choices(p.Alternatives, in.Delivery, a.now())
		if p.Outcome == "unknown" {
			return Answer{State: Unknown, Say: l.T("agent.unknown")}
		}
		return Answer{State: Refused, Say: l.T("agent.refused") + a.instead(l, list), Instead: list}
	}
	if p, ok := route.ProblemOf(err); ok {
		return refused(p)
	}
	own := (*shop.Error)(nil)
	switch {
	case errors.As(err, &own) && own.Unknown:
		return Answer{State: Unknown, Say: l.T("agent.unknown")}
	case errors.As(err, &own) && own.Type == shop.ProblemOrderConflict:
		return unclear(l.T("agent.conflict"))
	case errors.As(err, &own):
		return unclear(l.T("agent.wrong", own.Detail))
	case err != nil:
		return Answer{State: Unknown, Say: l.T("agent.unknown")}
	}
	if p, ok := r.Body.(route.Problem); ok {
		return refused(p)
	}
	if r.Status >= http.StatusBadRequest {
		return Answer{State: Refused, Say: l.T("agent.refused") + a.instead(l, nil)}
	}
	s, err := who.router.Find(ctx, who.key(in.Ref))
	if err != nil {
		return Answer{State: Unknown, Say: l.T("agent.unknown")}
	}
	out := a.stands(who, l, s)
	if t := read(r.Body); out.State == Accepted && out.ReadyBy.IsZero() { // an event was heard before the answer
		out.PickupNumber, out.ReadyBy = t.PickupNumber, t.Quote.ReadyBy
		out.Say = l.T("agent.waiting", out.Shop, out.PickupNumber, a.clock(out.ReadyBy))
	}
	if at, ok := a.atDoor(who, o, in, out); ok {
		out.AtDoorBy = at
		out.Say += l.T("agent.at_door", a.clock(at))
	}
	return out
}

// atDoor is when an accepted order is at the door, by an estimate of the ride.
func (a *Agents) atDoor(who caller, o route.Order, in Order, out Answer) (time.Time, bool) {
	s, ok := who.router.Table.Get(out.Store)
	if !ok || !in.Delivery || out.State != Accepted || out.ReadyBy.IsZero() {
		return time.Time{}, false
	}
	return out.ReadyBy.Add(ride(int(table.Distance(o.Near, table.Point{Lat: s.Lat, Lon: s.Lon})))), true
}

// takeBack cancels what its shop cannot make in time: the customer has said until when they want it.
func (a *Agents) takeBack(ctx context.Context, who caller, l words.Lang, in Order, o route.Order, late Answer) Answer {
	r, err := who.router.Cancel(ctx, who.key(in.Ref), false)
	if err != nil || r.Status != http.StatusOK {
		late.Say = l.T("agent.late", in.WithinMin) + late.Say
		return late
	}
	list := choices(who.router.Near(o, table.NearMax), in.Delivery, a.now())
	return Answer{State: Refused, Ref: in.Ref, PriceFen: late.PriceFen, Instead: list,
		Say: l.T("agent.not_in_time", in.WithinMin) + a.instead(l, list)}
}

func (a *Agents) status(ctx context.Context, who caller, in Ref) Answer {
	l := lang(in.Lang)
	s, err := who.router.Find(ctx, who.key(in.Ref))
	switch {
	case errors.Is(err, shop.ErrNotFound):
		return unclear(l.T("agent.no_such_order"))
	case err != nil:
		return Answer{State: Unknown, Ref: in.Ref, Say: l.T("agent.unknown")}
	}
	return a.stands(who, l, s)
}

func (a *Agents) cancel(ctx context.Context, who caller, in Ref) Answer {
	l := lang(in.Lang)
	if in.Ref == "" || len(in.Ref) > refMax {
		return unclear(l.T("agent.ref"))
	}
	r, err := who.router.Cancel(ctx, who.key(in.Ref), false)
	switch {
	case err != nil || r.Status >= http.StatusInternalServerError:
		return Answer{State: Unknown, Ref: in.Ref, Say: l.T("agent.cancel_unknown")}
	case r.Status == http.StatusConflict:
		return Answer{State: TooLate, Ref: in.Ref, Say: l.T("agent.too_late")}
	case r.Replayed: // it had ended: as it has
		if s, ok := r.Body.(route.Status); ok {
			return a.stands(who, l, s)
		}
	}
	return Answer{State: Cancelled, Ref: in.Ref, Say: l.T("agent.cancelled")}
}
