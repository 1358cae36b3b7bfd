package kds

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates/page"
)

// scanCup is POST /kds/scan {code, station?, seen?}: a cup's label was read at the board. The cup is finished as by a tap
// on its card, at the board's station, with the state that the board showed where it is on it; the answer says which cup
// it was.
func (s *Screens) scanCup(c echo.Context) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	id, err := shop.ParseCupID(ask.Code)
	if err != nil {
		return s.refuse(c, &shop.Error{
			Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: err.Error(), Fields: []shop.FieldError{{Pointer: "/code", Detail: err.Error()}},
		})
	}
	r, err := s.Kitchen.Do(c.Request().Context(), shop.Tap{By: s.Who(c), Cups: []shop.CupID{id}, To: shop.Made, Station: ask.Station,
		Seen: ask.Seen})
	if err != nil {
		return s.refuse(c, err)
	}
	return s.answerSaying(c, r, scannedWords(page.Lang(c), s.Kitchen.Snapshot(), r, id))
}

// scannedWords say which cup a scan has finished.
func scannedWords(l words.Lang, state *shop.State, r shop.Result, id shop.CupID) string {
	menu, q := state.Config.Menu, shop.Queued{Order: r.Order, Cup: r.Order.Cup(id.N)}
	if next := state.Where(q); next != "" {
		return l.T("answer.goes_on", r.Order.PickupNumber(), id.N, lineName(menu, l, q.Line()), stationName(state.Config, l, next))
	}
	if len(r.Cups) == 0 {
		return l.T("answer.was_done", r.Order.PickupNumber(), id.N, lineName(menu, l, q.Line()))
	}
	return l.T("answer.is_done", r.Order.PickupNumber(), id.N, lineName(menu, l, q.Line()))
}

// scan is POST /handoff/scan {code, order?, hand?}: what a scanner read or a person typed. A cup goes into the bag
// of the order in hand; somebody else's cup is stopped. Anything else finds an order. A page without script names
// its hand, too; see [hands].
func (s *Screens) scan(c echo.Context) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	ctx := c.Request().Context()
	h, err := s.hands.take(ctx, ask.Hand)
	if err != nil {
		return err
	}
	defer h.release()
	if h.wrong != nil {
		return s.refuseTo(c, h.wrong, view{screen: handoffScreen, order: h.order}.path(s.Base))
	}
	if h.order != 0 {
		ask.Order = h.order
	}
	v, code, err := s.judge(ctx, ask, s.Who(c))
	if wrong := (*shop.Error)(nil); errors.As(err, &wrong) && wrong.Type == shop.ProblemWrongCup {
		h.order, h.wrong = ask.Order, wrong
	}
	if err != nil {
		return s.refuseTo(c, err, view{screen: handoffScreen, order: ask.Order}.path(s.Base))
	}
	h.order, v.lang = v.order, page.Lang(c)
	return s.goTo(c, v, code)
}

// judge decides where a scan leads: to an order in hand, or to what was found for a code that is left.
func (s *Screens) judge(ctx context.Context, ask ask, by string) (v view, code string, err error) {
	state := s.Kitchen.Snapshot()
	if _, open := state.Order(ask.Order); !open {
		ask.Order = 0 // it was given out or cancelled meanwhile
	}
	v.screen = handoffScreen
	if cup, err := shop.ParseCupID(ask.Code); err == nil {
		r, err := s.Kitchen.Do(ctx, shop.Pack{By: by, Order: ask.Order, Cup: cup})
		if err != nil {
			return v, "", err
		}
		v.order = r.Order.ID
		return v, "", nil
	}
	if id, err := shop.ParseOrderID(strings.ToLower(ask.Code)); err == nil {
		o, err := s.Kitchen.Order(ctx, id)
		switch {
		case errors.Is(err, shop.ErrNotFound):
			return v, "", noSuch("order", ask.Code)
		case err != nil:
			return v, "", fmt.Errorf("read order %s: %w", id, err)
		}
		if ask.Order != 0 && ask.Order != id {
			return v, "", &shop.Error{Kind: shop.Conflict, Type: shop.ProblemWrongCup, Order: o, Detail: "bag " + ask.Code + " is of another order"}
		}
		v.order, v.bag = id, true
		return v, "", nil
	}
	if orders := found(state, ask.Code); len(orders) == 1 {
		v.order = orders[0].ID
		return v, "", nil
	}
	return v, ask.Code, nil
}

// handsMax is how many pages are remembered that have scanned something: far more than are open at once. A page that was
// forgotten scans as if it had just been loaded.
const handsMax = 256

// hands remembers what the scans of a page without script have led to. Such a page sends its scans without waiting for
// the answers: the second says, as the first did, what was in hand when the page was made. It is judged with what the
// first has brought into hand; and after a wrong cup nothing more is taken from this page until it was loaded anew, which
// is what the way out of the warning does.
type hands struct {
	mu   sync.Mutex
	of   map[string]*hand
	ages []string // the names in the order in which they came
}

// hand is one page's. Whoever has its turn may read and write it.
type hand struct {
	turn  chan struct{} // holds one while nobody has it
	order shop.OrderID
	wrong *shop.Error // the wrong cup that was not understood yet
}

// newHand is a name for the hand of a page.
func newHand() string { return rand.Text() }

// take waits for the turn of a page's scan; the caller must release it. A page without a name has a hand for this scan only.
func (h *hands) take(ctx context.Context, name string) (*hand, error) {
	one := h.named(name)
	select {
	case <-one.turn:
		return one, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the scan before: %w", ctx.Err())
	}
}

func (h *hands) named(name string) *hand {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one := h.of[name]; one != nil {
		return one
	}
	one := &hand{turn: make(chan struct{}, 1)}
	one.turn <- struct{}{}
	if name == "" {
		return one
	}
	if len(h.ages) == handsMax {
		delete(h.of, h.ages[0])
		h.ages = h.ages[1:]
	}
	if h.of == nil {
		h.of = map[string]*hand{}
	}
	h.of[name] = one
	h.ages = append(h.ages, name)
	return one
}

func (h *hand) release() { h.turn <- struct{}{} }
