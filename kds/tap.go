package kds

import (
	"errors"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/shop"
)

// verbs are the taps on a cup and the state each takes it to. Undo goes back to where the bump found the
// cup; remake makes a new cup.
var verbs = map[string]shop.CupState{
	"start": shop.Making, "done": shop.Made, "recall": shop.Waiting,
}

// askCup reads a call about one cup: the cup that its path names, and what it says.
func askCup(c echo.Context) (shop.CupID, ask, error) {
	id, err := shop.ParseCupID(c.Param("id"))
	if err != nil {
		return id, ask{}, noSuch("cup", c.Param("id"))
	}
	a, err := readAsk(c)
	return id, a, err
}

// askOrder reads a call about one order, likewise.
func askOrder(c echo.Context) (shop.OrderID, ask, error) {
	id, err := shop.ParseOrderID(c.Param("id"))
	if err != nil {
		return id, ask{}, noSuch("order", c.Param("id"))
	}
	a, err := readAsk(c)
	return id, a, err
}

// tapCup is POST /kds/cups/{id}/{verb}. The form carries the state that the person saw; a cup that has
// moved on since is a conflict that says where it is now. Tapping twice is tapping once.
func (s *Screens) tapCup(c echo.Context) error {
	id, ask, err := askCup(c)
	if err != nil {
		return s.refuse(c, err)
	}
	verb := c.Param("verb")
	var command shop.Command
	switch to, known := verbs[verb]; {
	case known:
		command = shop.Tap{By: s.Who(c), Cups: []shop.CupID{id}, To: to, Station: ask.Station, Seen: ask.Seen}
	case verb == "undo":
		command = shop.TakeBack{By: s.Who(c), Cups: []shop.CupID{id}, Station: ask.Station}
	case verb == "before":
		return s.allBefore(c, id, ask)
	case verb == "remake":
		command = shop.Remake{By: s.Who(c), Cup: id, Reason: ask.Reason}
	default:
		return echo.ErrNotFound
	}
	return s.carryOut(c, command)
}

// takeOff is POST /kds/cups/{id}/void and …/discard. It needs a reason: with its last cup an order ends, and the
// customer is told.
func (s *Screens) takeOff(to shop.CupState) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, ask, err := askCup(c)
		if err != nil {
			return s.refuse(c, err)
		}
		if strings.TrimSpace(ask.Reason) == "" {
			return s.refuse(c, invalidField("/reason", errors.New("say why: with the last cup the customer is told")))
		}
		return s.carryOut(c, shop.Tap{By: s.Who(c), Cups: []shop.CupID{id}, To: to, Seen: ask.Seen, Reason: ask.Reason})
	}
}

// bringBack is POST /kds/cups/{id}/back: it takes back that a cup was voided or discarded.
func (s *Screens) bringBack(c echo.Context) error {
	id, _, err := askCup(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.BringBack{By: s.Who(c), Cup: id})
}

// undoCups is POST /kds/undo: it takes back the cups that one tap finished, all at once.
func (s *Screens) undoCups(c echo.Context) error {
	ask, err := readAsk(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.TakeBack{By: s.Who(c), Cups: ask.Cups.IDs, Station: ask.Station})
}

// handOver is POST /kds/orders/{id}/handover.
func (s *Screens) handOver(c echo.Context) error {
	id, ask, err := askOrder(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.Handover{By: s.Who(c), Order: id, Cups: ask.Cups.IDs, Scanned: ask.Scanned, Bag: ask.Bag, Made: ask.Made,
		Reason: ask.Reason})
}

// endOrder is POST /kds/orders/{id}/release and …/unclaimed.
func (s *Screens) endOrder(to shop.OrderState) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, ask, err := askOrder(c)
		if err != nil {
			return s.refuse(c, err)
		}
		return s.carryOut(c, shop.End{By: s.Who(c), Order: id, To: to, Reason: ask.Reason})
	}
}

// putFirst is POST /kds/orders/{id}/first {reason}: an order goes before all others, and those it passes are told.
func (s *Screens) putFirst(c echo.Context) error {
	id, ask, err := askOrder(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.PutFirst{By: s.Who(c), Order: id, Reason: ask.Reason})
}

// compensate is POST /kds/orders/{id}/compensation {cause}: a person says that the shop did not keep its word, and the customer
// is given what the owner's rule says.
func (s *Screens) compensate(c echo.Context) error {
	id, ask, err := askOrder(c)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.carryOut(c, shop.Compensate{By: s.Who(c), Order: id, Cause: shop.Cause(ask.Cause)})
}

// carryOut gives a command to the shop and answers with what came of it.
func (s *Screens) carryOut(c echo.Context, command shop.Command) error {
	r, err := s.Kitchen.Do(c.Request().Context(), command)
	if err != nil {
		return s.refuse(c, err)
	}
	return s.answer(c, r)
}

func noSuch(what, id string) error {
	return &shop.Error{Kind: shop.NotFound, Type: shop.ProblemNotFound,
		Detail: "there is no " + what + " " + strconv.Quote(strings.ToValidUTF8(id, "?"))}
}
