package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"weir/fleet/record"
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
	PlacedAt  string  `json:"placed_at,omitempty" jsonschema:"when the customer ordered, RFC 3339; the same in each repeat"`
	BringTo   string  `json:"place,omitempty" jsonschema:"where to bring it, in words, such as a floor or desk"`
}

// Ref is an order that was placed.
type Ref struct {
	Ref  string `json:"ref"`
	Lang string `json:"lang,omitempty" jsonschema:"language of say: zh (when left out) or en"`
}

const (
	// withinMax is the longest time that an agent may name, minutes: a day. What is wanted later is another day's order.
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

// order is a place as the router searches there; ok is false when it is none.
func (w Where) order(channel string) (o route.Order, ok bool) {
	o = route.Order{Channel: channel, Near: table.Point{Lat: w.Lat, Lon: w.Lon}, RadiusM: w.RadiusM}
	if o.RadiusM == 0 {
		o.RadiusM = table.RadiusUsual
	}
	there := w.Lat >= -90 && w.Lat <= 90 && w.Lon >= -180 && w.Lon <= 180 && o.RadiusM > 0 && o.RadiusM <= table.RadiusMax
	return o, there
}

func (a *Agents) find(_ context.Context, who caller, in Where) Answer {
	l := lang(in.Lang)
	o, there := in.order(who.channel)
	if !there {
		return unclear(l.T("agent.where"))
	}
	o.Draft.Lines = []shop.Line{{Qty: 1}}
	return a.near(who, l, o, false, 0)
}

func (a *Agents) quote(_ context.Context, who caller, in Quote) Answer {
	l := lang(in.Lang)
	o, there := in.order(who.channel)
	if !there {
		return unclear(l.T("agent.where"))
	}
	lines, fen, why := understand(menusNear(who.router, o, a.now()), l, in.Items)
	if why != "" {
		return unclear(why)
	}
	o.Draft.Lines = lines
	return a.near(who, l, o, in.Delivery, fen)
}

// near says which shops would take an order now.
func (a *Agents) near(who caller, l words.Lang, o route.Order, delivery bool, fen int64) Answer {
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
	o, there := in.order(who.channel)
	if !there {
		return unclear(l.T("agent.where"))
	}
	var stores []string
	if in.Store != "" {
		stores = []string{in.Store}
	}
	reach := o
	reach.Stores = stores
	lines, fen, why := understand(menusNear(who.router, reach, a.now()), l, in.Items)
	switch {
	case why != "":
		return unclear(why)
	case in.Ref == "" || len(in.Ref) > refMax:
		return unclear(l.T("agent.ref"))
	case in.WithinMin < 0 || in.WithinMin > withinMax:
		return unclear(l.T("agent.within"))
	}
	known, err := who.router.Find(ctx, who.key(in.Ref))
	if err != nil && !errors.Is(err, shop.ErrNotFound) {
		return Answer{State: Unknown, Ref: in.Ref, Say: l.T("agent.unknown")}
	}
	o.Draft.Lines = lines
	o.Draft.PlacedAt, _ = time.Parse(time.RFC3339, in.PlacedAt) // the door says what is wrong with it
	// Of an order that a shop may have since before a restore it is not said that nobody makes it.
	fresh := (err != nil || known.Free()) && !who.router.Forgotten(o)
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
	text, err := in.body(lines, stores, fen)
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

// body is the order as a platform sends it. When it was placed only the agent knows: a repeat with the time of
// its own call would pass for a new order after a restore.
func (in Order) body(lines []shop.Line, stores []string, fen int64) ([]byte, error) {
	items := []any{}
	for _, line := range lines {
		items = append(items, map[string]any{"item": line.Item, "qty": line.Qty, "options": line.Options, "note": in.Note})
	}
	order := map[string]any{"ref": in.Ref, "items": items, "near": map[string]float64{"lat": in.Lat, "lon": in.Lon},
		"fulfilment": shop.Pickup}
	if in.Delivery {
		order["fulfilment"] = shop.Delivery
	}
	if in.RadiusM > 0 {
		order["radius_m"] = in.RadiusM
	}
	if len(stores) > 0 {
		order["stores"] = stores
	}
	if in.PlacedAt != "" {
		order["placed_at"] = in.PlacedAt
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
	if _, told := r.Read(); out.State == Accepted && out.ReadyBy.IsZero() { // an event was heard before the answer
		out.PickupNumber, out.ReadyBy = told.Number, told.ReadyBy
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
	switch back := a.cancelled(who, l, in.Ref, r, err); back.State {
	case Cancelled, Refused: // nobody makes it
	case TooLate:
		late.Say = l.T("agent.late_made", in.WithinMin) + late.Say
		return late
	case Unknown:
		late.State, late.Say = Unknown, l.T("agent.late", in.WithinMin)+late.Say
		return late
	default:
		back.PriceFen = late.PriceFen
		return back
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
	return a.cancelled(who, l, in.Ref, r, err)
}

// cancelled says what became of a cancellation: what the record says, or what the shop has answered. Only a shop that says
// so has cancelled an order that it had.
func (a *Agents) cancelled(who caller, l words.Lang, ref string, r route.Reply, err error) Answer {
	out := Answer{State: Unknown, Ref: ref, Say: l.T("agent.cancel_unknown")}
	if err != nil {
		return out
	}
	if s, ok := r.Body.(route.Status); ok {
		return a.stands(who, l, s)
	}
	switch verdict, _ := r.Read(); verdict {
	case record.NotMade:
		out.State, out.Say = Cancelled, l.T("agent.cancelled")
	case record.TooLate:
		out.State, out.Say = TooLate, l.T("agent.too_late")
	}
	return out
}
