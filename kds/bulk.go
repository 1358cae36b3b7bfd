package kds

import (
	"cmp"
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

// clearShown is how many cups the clear page lists: more than a crew loses count of between two looks.
const clearShown = 120

// batchTaps are the taps on a batch: the state each takes its cups to, and the state it has seen them in.
var batchTaps = map[string][2]shop.CupState{
	"start": {shop.Making, shop.Waiting}, "done": {shop.Made, shop.Making}, "back": {shop.Waiting, shop.Making},
}

// tapBatch is POST /kds/batches/{start|done|back} with the cups of a batch. What another tablet was quicker
// with stays as it is; the answer names the cups that were really moved.
func (s *Screens) tapBatch(c echo.Context) error {
	tap, known := batchTaps[c.Param("verb")]
	if !known {
		return echo.ErrNotFound
	}
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.Tap{By: s.Who(c), Cups: ask.Cups.IDs, To: tap[0], Station: ask.Station, Seen: &tap[1], Some: true})
}

// allBefore is POST /kds/cups/{id}/before: everything that comes before this cup is done. A cup that came
// into the queue after the page was made was not seen by the person, and stays; so does one that has not come to the
// station yet, where it was tapped at one.
func (s *Screens) allBefore(c echo.Context, id shop.CupID, ask ask) error {
	asOf := ask.AsOf
	if asOf.IsZero() {
		asOf = s.Now()
	}
	var before []shop.CupID
	found := false
	for _, q := range s.Kitchen.Snapshot().Queue(ask.Station, time.Time{}) {
		if q.ID() == id {
			found = true
			break
		}
		if !q.Coming && !q.Cup.At.After(asOf) {
			before = append(before, q.ID())
		}
	}
	switch o, err := s.Kitchen.Order(c.Request().Context(), id.Order); {
	case err != nil && !errors.Is(err, shop.ErrNotFound):
		return fmt.Errorf("read order %s: %w", id.Order, err)
	case err != nil || o.Cup(id.N) == nil:
		return s.refuse(c, noSuch("cup", id.String()))
	case !found:
		return s.refuse(c, &shop.Error{Kind: shop.Conflict, Type: shop.ProblemInvalidTransition, Order: o, Cups: []shop.CupID{id},
			Detail: fmt.Sprintf("cup %s is %s: nothing is before it any more", id, o.Cup(id.N).State)})
	case len(before) == 0:
		return s.answer(c, shop.Result{Order: o, Replayed: true})
	}
	return s.carryOut(c, shop.Tap{By: s.Who(c), Cups: before, To: shop.Made, Station: ask.Station, Some: true})
}

// clearPage lists the queue, each cup with "everything before this is done": for a crew that works from
// paper and comes back to the board once in a while.
func (s *Screens) clearPage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	p := templates.Clear{Page: s.frame().New(c, l.T("release.how_far_have_you"), "pages.css"), AsOf: now.UTC().Format(time.RFC3339Nano)}
	station, _ := stationAsked(c, state.Config)
	queue := slices.DeleteFunc(state.Queue(station, time.Time{}), func(q shop.Queued) bool { return q.Coming })
	p.Of, p.Station = len(queue), station
	for i, q := range queue[:min(len(queue), clearShown)] {
		p.Cups = append(p.Cups, templates.Row{Card: cardOf(state, l, q, now), Before: i})
	}
	return page.Show(c, http.StatusOK, templates.ClearPage(p))
}

// dismissStop is POST /kds/stops/{id}/dismiss.
func (s *Screens) dismissStop(c echo.Context) error {
	id, err := shop.ParseCupID(c.Param("id"))
	if err != nil {
		return s.refuse(c, noSuch("cup", c.Param("id")))
	}
	if _, err := readAsk(c); err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.DismissStop{By: s.Who(c), Cup: id})
}

// releasePage lists the open orders, to be released together with one reason; ?item= chooses those with a
// drink that cannot be made.
func (s *Screens) releasePage(c echo.Context) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	p := templates.Release{Page: s.frame().New(c, l.T("release.release_orders"), "pages.css"), Reasons: releaseReasons(l)}
	chosen := c.QueryParam("item")
	items := map[string]int{}
	for o := range state.Orders.All() {
		if o.State().Ended() || o.State() == shop.OrderReady {
			continue
		}
		has := false
		seen := map[string]bool{}
		for i := range o.Lines {
			line := &o.Lines[i]
			if !seen[line.Item] {
				seen[line.Item] = true
				items[line.Item]++
			}
			has = has || line.Item == chosen
		}
		if chosen != "" && !has {
			continue
		}
		p.Of++
		if len(p.Orders) < asksMax {
			p.Orders = append(p.Orders, orderRow(state, l, o, now, chosen != ""))
		}
	}
	for i := range state.Config.Menu.Items {
		if item := &state.Config.Menu.Items[i]; items[item.ID] > 0 {
			p.Items = append(p.Items, templates.Tab{
				Name: fmt.Sprintf("%s %d", l.Of(item.Name), items[item.ID]), Href: s.Base + "/kds/release?item=" + item.ID, Here: item.ID == chosen,
			})
		}
	}
	return page.Show(c, http.StatusOK, templates.ReleasePage(p))
}

func orderRow(state *shop.State, l words.Lang, o *shop.Order, now time.Time, chosen bool) templates.OrderRow {
	row := templates.OrderRow{
		ID: o.ID.String(), Number: o.PickupNumber(), Channel: channelName(state.Config, l, o.Channel) + " " + o.DisplayNumber,
		State: templates.OrderWord(l, o.State()), Time: promiseTime(l, o.Promise.By(), now, state.Config.Location), Chosen: chosen,
		Standing: standingClass(o.Standing(now)),
	}
	for i := range o.Lines {
		if i > 0 {
			row.Cups += "，"
		}
		row.Cups += fmt.Sprintf("%s ×%d", lineName(state.Config.Menu, l, &o.Lines[i]), o.LiveQty(i))
	}
	return row
}

// releaseMany is POST /kds/release {orders, reason}.
func (s *Screens) releaseMany(c echo.Context) error { return s.endMany(c, shop.OrderReleased) }

// unclaimedMany is POST /handoff/unclaimed {orders}: bags that nobody came for.
func (s *Screens) unclaimedMany(c echo.Context) error { return s.endMany(c, shop.OrderUnclaimed) }

// endMany ends orders one by one. Those that have ended already, or cannot end so, stay as they are; when
// none could be ended, the first refusal is the answer. Anything else that goes wrong stops it: the tablet
// asks again, and what has ended stays so.
func (s *Screens) endMany(c echo.Context, to shop.OrderState) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	if len(ask.Orders) == 0 {
		return s.refuse(c, invalidField("/orders", fmt.Errorf("choose the orders first")))
	}
	if !ask.Sure && !wantsJSON(c) {
		return s.askSure(c, ask, to)
	}
	var moved []shop.CupID
	var last shop.Result
	var refusal error
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ask.Orders))) {
		r, err := s.Kitchen.Do(c.Request().Context(), shop.End{By: s.Who(c), Order: id, To: to, Reason: ask.Reason})
		if e := (*shop.Error)(nil); errors.As(err, &e) && (e.Kind == shop.Conflict || e.Kind == shop.NotFound) {
			refusal = cmp.Or(refusal, err)
			continue
		}
		if err != nil {
			return s.refuse(c, err)
		}
		moved, last = append(moved, r.Cups...), r
	}
	if last.Order == nil {
		return s.refuse(c, refusal)
	}
	last.Cups = moved
	return s.answer(c, last)
}

// askSure shows what one more tap would end, and says what customers are told. It ends nothing.
func (s *Screens) askSure(c echo.Context, a ask, to shop.OrderState) error {
	state, now, l := s.Kitchen.Snapshot(), s.Now(), page.Lang(c)
	if to == shop.OrderReleased && strings.TrimSpace(a.Reason) == "" {
		return s.refuse(c, invalidField("/reason", errors.New("say why the orders will not be made: customers are told")))
	}
	p := templates.Sure{Href: c.Request().URL.Path, Back: s.whereFrom(c), Reason: a.Reason}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(a.Orders))) {
		o, ok := state.Order(id)
		if !ok || o.State().Ended() || to == shop.OrderUnclaimed && o.State() != shop.OrderReady {
			continue // it has gone on meanwhile
		}
		p.IDs = append(p.IDs, id.String())
		p.Orders = append(p.Orders, orderRow(state, l, o, now, false))
	}
	switch n := len(p.Orders); {
	case n == 0:
		p.Ask = l.T("release.no_orders_to_release")
	case to == shop.OrderReleased:
		p.Ask, p.Do, p.Say = l.N(n, "release.sure"), l.N(n, "release.do"), l.T("release.customers_are_told", a.Reason)
	default:
		p.Ask, p.Do, p.Say = l.N(n, "unclaimed.sure"), l.N(n, "unclaimed.do"), l.T("unclaimed.customers_are_told")
	}
	p.Page = s.frame().New(c, p.Ask, "pages.css")
	p.Path = p.Back
	return page.Show(c, http.StatusOK, templates.SurePage(p))
}
