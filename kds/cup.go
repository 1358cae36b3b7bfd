package kds

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// recallMax is how many of the last bumps can be taken back from the recall page.
const recallMax = 50

// cupPage is one cup and everything that can be done about it.
func (s *Screens) cupPage(c echo.Context) error {
	id, err := shop.ParseCupID(c.Param("id"))
	if err != nil {
		return echo.ErrNotFound
	}
	o, err := s.Kitchen.Order(c.Request().Context(), id.Order)
	if errors.Is(err, shop.ErrNotFound) || err == nil && o.Cup(id.N) == nil {
		return echo.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("cup page: %w", err)
	}
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	q := shop.Queued{Order: o, Cup: o.Cup(id.N)}
	v := templates.Cup{
		Card: cardOf(state, l, q, now), Order: o.ID.String(), OrderFor: templates.OrderWord(l, o.State()),
		StateFor: templates.CupWord(l, q.Cup.State),
		CanEnd:   !o.State().Ended(), Reasons: releaseReasons(l),
	}
	v.Page = s.frame().New(c, o.PickupNumber()+" "+v.Card.Name, "pages.css")
	v.Facts = cupFacts(state, l, q, v.Card)
	for i := range o.Cups {
		other := shop.Queued{Order: o, Cup: &o.Cups[i]}
		v.Cups = append(v.Cups, templates.Sibling{
			ID: other.ID().String(), State: templates.CupWord(l, other.Cup.State),
			Name: fmt.Sprintf("%d/%d %s", other.Cup.N, len(o.Cups), lineName(state.Config.Menu, l, other.Line())),
		})
	}
	v.Station, _ = stationAsked(c, state.Config)
	v.Actions, v.First, v.TakeOff = s.cupActions(l, state.At(v.Station, q)), s.firstOf(l, q), s.takeOffOf(l, q)
	return page.Show(c, http.StatusOK, templates.CupPage(v))
}

func cupFacts(state *shop.State, l words.Lang, q shop.Queued, card templates.Card) []templates.Fact {
	o, zone := q.Order, state.Config.Location
	clock := func(at time.Time) string { return at.In(zone).Format("15:04") }
	choice := ""
	for _, chip := range card.Chips {
		choice += chip.Text + "  "
	}
	choice += card.Milk
	for _, t := range card.Toppings {
		choice += " +" + t
	}
	facts := []templates.Fact{
		{Name: l.T("cup_page.this_cup"), Value: templates.CupWord(l, q.Cup.State) + " · " + clock(q.Cup.At)},
		{Name: l.T("cup_page.options"), Value: choice},
		{Name: l.T("cup_page.stations"), Value: partsWord(state, l, q)},
		{Name: l.T("cup_page.order"), Value: o.PickupNumber() + " · " + templates.OrderWord(l, o.State())},
		{Name: l.T("shared.channel"), Value: card.Channel + " " + o.DisplayNumber},
		{Name: l.T("cup_page.placed"), Value: clock(o.AcceptedAt)},
		{Name: l.T("shared.promised"), Value: clock(o.Promise.By()) + " · " + card.Word},
	}
	facts = slices.DeleteFunc(facts, func(f templates.Fact) bool { return f.Value == "" })
	if card.Note != "" {
		facts = append(facts, templates.Fact{Name: l.T("cup_page.note"), Value: card.Note})
	}
	if !o.Promise.First.IsZero() {
		facts = append(facts, templates.Fact{Name: l.T("cup_page.put_first"), Value: clock(o.Promise.First)})
	}
	if o.Reason != "" {
		facts = append(facts, templates.Fact{Name: l.T("cup_page.reason"), Value: templates.EndWord(l, o.Reason)})
	}
	return facts
}

// partsWord says which stations are done with a cup, and when; "" where cups do not go from station to station.
func partsWord(state *shop.State, l words.Lang, q shop.Queued) string {
	route := state.Config.Route(q.Line())
	if !state.Passing() || len(route) < 2 {
		return ""
	}
	list := make([]string, len(route))
	for i, id := range route {
		list[i] = stationName(state.Config, l, id)
		for _, p := range q.Cup.Parts {
			if p.Station == id {
				list[i] += " ✓ " + p.At.In(state.Config.Location).Format("15:04:05")
			}
		}
	}
	return strings.Join(list, " → ")
}

// cupActions are the taps that the cup's state allows.
func (s *Screens) cupActions(l words.Lang, q shop.Queued) []templates.Action {
	at := s.Base + "/kds/cups/" + q.ID().String() + "/"
	seen := q.Cup.State.String()
	act := func(verb, word, class string) templates.Action {
		return templates.Action{Href: at + verb, Seen: seen, Name: l.T(word), Class: class}
	}
	before := act("before", "cup_page.all_before_it_are", "")
	switch q.Cup.State {
	case shop.Waiting:
		return []templates.Action{act("start", "cup_page.start", ""), act("done", "shared.done", "go"), before}
	case shop.Making:
		return []templates.Action{
			act("done", "shared.done", "go"), act("recall", "cup_page.put_back", ""), act("remake", "cup_page.spoilt_remake", "stop"), before,
		}
	case shop.Made:
		return []templates.Action{
			act("undo", "shared.undo", ""), act("recall", "cup_page.recall", "go"), act("remake", "shared.remake", "stop"),
		}
	case shop.Handed:
		return []templates.Action{act("remake", "shared.remake", "stop")}
	case shop.Voided, shop.Discarded:
		if q.Order.MayComeBack(q.Cup.N) {
			return []templates.Action{act("back", "shared.undo", "go")}
		}
	}
	return nil
}

// firstOf is how the cup's order can be put before all others that wait; nil when it does not wait, or is first already.
func (s *Screens) firstOf(l words.Lang, q shop.Queued) *templates.Reasoned {
	o := q.Order
	if o.State().Ended() || q.Cup.State != shop.Waiting || !o.Promise.First.IsZero() {
		return nil
	}
	return &templates.Reasoned{
		ID: "first", Class: "go", Href: s.Base + "/kds/orders/" + o.ID.String() + "/first", Back: s.Base + "/kds/cups/" + q.ID().String(),
		Name: l.T("cup_page.make_it_first"), Say: l.T("cup_page.first_passes_others"),
		Reasons: []string{l.T("cup_page.rider_is_here"), l.T("cup_page.customer_is_here"), l.T("cup_page.was_made_wrong")},
	}
}

// takeOffOf is how the cup can be voided, or discarded when it is made; nil when it cannot. It says what follows.
func (s *Screens) takeOffOf(l words.Lang, q shop.Queued) *templates.Reasoned {
	t := &templates.Reasoned{ID: "take-off", Class: "stop", Seen: q.Cup.State.String(), Reasons: releaseReasons(l)}
	at := s.Base + "/kds/cups/" + q.ID().String()
	t.Back = at
	switch {
	case q.Order.State().Ended():
		return nil
	case q.Cup.State.Unmade() || q.Cup.State == shop.Booked:
		t.Href, t.Name = at+"/void", l.T("cup_page.void_this_cup")
	case q.Cup.State == shop.Made:
		t.Href, t.Name = at+"/discard", l.T("cup_page.discard")
		t.Reasons = []string{l.T("cup_page.spilt"), l.T("cup_page.made_wrong"), l.T("cup_page.stood_too_long")}
	default:
		return nil
	}
	others := slices.ContainsFunc(q.Order.Cups, func(c shop.Cup) bool { return c.N != q.Cup.N && c.State.Open() })
	handed := slices.ContainsFunc(q.Order.Cups, func(c shop.Cup) bool { return c.State == shop.Handed })
	switch {
	case others:
		t.Say = l.T("cup_page.others_go_on")
	case handed:
		t.Say = l.T("cup_page.rest_has_left")
	case q.Cup.State == shop.Made:
		t.Say = l.T("cup_page.last_discarded", int(shop.GoneTime/time.Minute))
	default:
		t.Say = l.T("cup_page.last_voided", q.Order.PickupNumber())
	}
	return t
}

// releaseReasons are why an order may not be made, to be tapped instead of typed.
func releaseReasons(l words.Lang) []string {
	return []string{
		l.T("cup_page.out_of_an_ingredient"), l.T("cup_page.too_many_orders"), l.T("cup_page.equipment_down"), l.T("cup_page.customer_asked"),
	}
}

// recallPage is the last bumps.
func (s *Screens) recallPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	r := templates.Recall{Page: s.frame().New(c, l.T("shared.recall"), "pages.css")}
	r.Station, _ = stationAsked(c, state.Config)
	for _, q := range state.Bumped(r.Station, recallMax) {
		card := cardOf(state, l, q, now)
		if ago := now.Sub(q.Cup.At); ago < time.Minute {
			card.Time = l.T("cup_page.just_now")
		} else {
			card.Time = l.T("cup_page.ago", l.Span(ago))
		}
		r.Cups = append(r.Cups, card)
	}
	return page.Show(c, http.StatusOK, templates.RecallPage(r))
}
