package wire

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// Ask is a question for a quote: items as in an order, or just so many standard cups.
type Ask struct {
	Lines []shop.Line
	Cups  int // 0 when there are lines
}

// Work is the work of an ask that names cups.
func (a Ask) Work() capacity.Work { return capacity.Work(a.Cups) * capacity.Cup }

// DecodeAsk reads {"items": […]} or {"cups": N}.
func DecodeAsk(body []byte) (Ask, error) {
	f, r, err := read(body)
	if err != nil {
		return Ask{}, err
	}
	a := r.ask()
	return a, f.err(shop.ProblemInvalidOrder)
}

func (r reader) ask() (a Ask) {
	if r.has("cups") {
		cups, _ := r.whole("cups", 1, cupsMax)
		a.Cups = int(cups)
	} else {
		a.Lines, _ = r.lines()
	}
	return a
}

// Cancellation takes an order back.
type Cancellation struct {
	Ref   string
	Final bool // settle it whatever has been made
}

// DecodeCancellation reads {"ref": …, "final": true}.
func DecodeCancellation(body []byte) (Cancellation, error) {
	f, r, err := read(body)
	if err != nil {
		return Cancellation{}, err
	}
	c := Cancellation{Ref: r.ref(), Final: r.flag("final")}
	return c, f.err(shop.ProblemInvalidOrder)
}

// PartCancellation takes a part of an order back. Over HTTP the path names the order; over MQTT ID or Ref does.
type PartCancellation struct {
	ID    shop.OrderID // 0 when not named
	Ref   string       // "" when not named
	Cups  []shop.CupID
	Lines []int
	Final bool // take back what is made too
}

// DecodePartCancellation reads {"cups": ["c1-2"]} or {"lines": [0]}, with "final": true for cups that are made.
func DecodePartCancellation(body []byte) (PartCancellation, error) {
	f, r, err := read(body)
	if err != nil {
		return PartCancellation{}, err
	}
	p := PartCancellation{Final: r.flag("final")}
	p.ID, p.Ref = r.named()
	for i, e := range r.list("cups", cupsMax) {
		text, _ := e.(string)
		id, err := shop.ParseCupID(text)
		if err != nil {
			r.wrong(fmt.Sprintf("cups/%d", i), "want a cup's id, as in c1042-2")
		}
		p.Cups = append(p.Cups, id)
	}
	for i, e := range r.list("lines", linesMax) {
		number, _ := e.(json.Number)
		n, err := strconv.Atoi(string(number))
		if err != nil || n < 0 {
			r.wrong(fmt.Sprintf("lines/%d", i), "want the number of a line, counted from 0")
		}
		p.Lines = append(p.Lines, n)
	}
	if len(f.list) == 0 && len(p.Cups)+len(p.Lines) == 0 {
		r.wrong("cups", "name the cups or the lines that are not wanted any more; all of an order is cancelled with /v1/cancellations")
	}
	return p, f.err(shop.ProblemInvalid)
}

// named reads the order that a body names, by id or by ref.
func (r reader) named() (id shop.OrderID, ref string) {
	if r.has("ref") {
		ref = r.ref()
	}
	if text, ok := r.str("id"); ok {
		var err error
		if id, err = shop.ParseOrderID(text); err != nil {
			r.wrong("id", err.Error())
		}
	}
	return id, ref
}

// Progress is a step of an order outside the kitchen. Over HTTP the path names the order; over MQTT
// ID or Ref does.
type Progress struct {
	ID   shop.OrderID // 0 when not named
	Ref  string       // "" when not named
	Step shop.Step
	Eta  time.Time // of courier_assigned: when the rider is expected; zero is not known
}

// DecodeProgress reads one of [shop.Steps], as in {"arrived": true}; instead of true it may be the time at which it
// happened. {"step": "arrived"} says the same. A rider's eta is in {"courier_assigned": {"eta": …}}, or beside the step.
func DecodeProgress(body []byte) (Progress, error) {
	f, r, err := read(body)
	if err != nil {
		return Progress{}, err
	}
	p := Progress{Step: r.step()}
	if p.Step == shop.CourierAssigned {
		p.Eta = r.eta()
	}
	p.ID, p.Ref = r.named()
	return p, f.err(shop.ProblemInvalid)
}

func (r reader) step() shop.Step {
	word, _ := r.str("step")
	said := []shop.Step{}
	for _, s := range shop.Steps() {
		if r.happened(string(s)) || word == string(s) {
			said = append(said, s)
		}
	}
	if len(said) != 1 {
		r.add(r.at, fmt.Sprintf("want one of %v", shop.Steps()))
		return ""
	}
	return said[0]
}

// happened reads true or a time.
func (r reader) happened(name string) bool {
	switch r.members[name].(type) {
	case string:
		return !r.moment(name).IsZero()
	case map[string]any:
		if name == string(shop.CourierAssigned) {
			return true
		}
	}
	return r.flag(name)
}

// eta reads when a rider is expected.
func (r reader) eta() time.Time {
	if _, isObject := r.members[string(shop.CourierAssigned)].(map[string]any); isObject {
		r, _ = r.object(string(shop.CourierAssigned))
	}
	return r.moment("eta")
}

// DecodeAvailability reads {"available": false}.
func DecodeAvailability(body []byte) (available bool, err error) {
	f, r, err := read(body)
	if err != nil {
		return false, err
	}
	return r.available(), f.err(shop.ProblemInvalid)
}

// available reads a flag that has to be there.
func (r reader) available() bool {
	if !r.has("available") {
		r.missing("available")
	}
	return r.flag("available")
}

// DecodeMark reads what a channel says is sold out or back: {"item" | "option" | "ingredient": …, "available": false},
// with until (a time, or "closing") and scope ("channel" or "shop") where it wants them.
func DecodeMark(body []byte) (shop.SetAvailable, error) {
	f, r, err := read(body)
	if err != nil {
		return shop.SetAvailable{}, err
	}
	c := shop.SetAvailable{
		Item: r.id("item", idMax), Option: r.id("option", partMax), Ingredient: r.id("ingredient", idMax),
		Available: r.available(), Scope: shop.ScopeChannel,
	}
	named := 0
	for _, name := range []string{"item", "option", "ingredient"} {
		if !r.has(name) {
			continue
		}
		if named++; r.members[name] == "" {
			r.wrong(name, "is empty")
		}
	}
	if named != 1 {
		r.add(r.at, "want one of item, option and ingredient")
	}
	if r.members["until"] == "closing" {
		c.Closing = true
	} else {
		c.Until = r.moment("until")
	}
	if scope, ok := r.str("scope"); ok {
		if c.Scope = shop.Scope(scope); c.Scope != shop.ScopeChannel && c.Scope != shop.ScopeShop {
			r.wrong("scope", "want channel or shop")
		}
	}
	return c, f.err(shop.ProblemInvalid)
}

// DecodeAck reads how far a channel has read its feed: {"cursor": "3.120"} or, as in an event's own
// attributes, {"epoch": 3, "through": 120}.
func DecodeAck(body []byte) (Cursor, error) {
	f, r, err := read(body)
	if err != nil {
		return Cursor{}, err
	}
	if r.has("cursor") {
		text, _ := r.str("cursor")
		if err := f.err(shop.ProblemInvalid); err != nil {
			return Cursor{}, err
		}
		return ParseCursor(text)
	}
	c := Cursor{Epoch: r.needed("epoch", countMax), Seq: uint64(r.needed("through", countMax))}
	return c, f.err(shop.ProblemInvalid)
}
