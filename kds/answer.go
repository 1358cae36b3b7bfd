package kds

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// answered is what a program reads after a tap: the order as it is now and the cups that really moved.
type answered struct {
	*wire.Order
	Moved    []shop.CupID `json:"moved"`
	Replayed bool         `json:"replayed,omitempty"` // it had been done before: nothing changed
	Say      string       `json:"say,omitempty"`      // which cup it was, for the person who scanned it
}

// wantsJSON tells a program or a page's script from a plain form.
func wantsJSON(c echo.Context) bool {
	r := c.Request()
	return strings.Contains(r.Header.Get("Accept"), "json") || strings.HasPrefix(r.Header.Get("Content-Type"), echo.MIMEApplicationJSON)
}

// answer tells what came of a tap: JSON to a program, the page it came from to a form.
func (s *Screens) answer(c echo.Context, r shop.Result) error { return s.answerSaying(c, r, "") }

// answerSaying answers with a sentence for the person.
func (s *Screens) answerSaying(c echo.Context, r shop.Result, say string) error {
	if !wantsJSON(c) {
		return s.back(c)
	}
	a := answered{Moved: r.Cups, Replayed: r.Replayed, Say: say}
	if a.Moved == nil {
		a.Moved = []shop.CupID{}
	}
	if r.Order != nil {
		o := wire.NewOrder(r.Order, s.Kitchen.Snapshot().Config.Menu)
		a.Order = &o
	}
	return c.JSON(http.StatusOK, a)
}

// refuse tells why a tap did nothing: problem+json to a program, a page to a form. What is not a refusal is
// our own fault and is left to the server's error handler, which logs it.
func (s *Screens) refuse(c echo.Context, err error) error { return s.refuseTo(c, err, "") }

// refuseTo refuses and leads a form to back instead of the page it came from.
func (s *Screens) refuseTo(c echo.Context, err error, back string) error {
	refusal := (*shop.Error)(nil)
	if !errors.As(err, &refusal) {
		return err
	}
	if back == "" {
		back = s.whereFrom(c)
	}
	l := page.Lang(c)
	r := page.Refusal{Problem: wire.NewProblem(err, s.Kitchen.Snapshot().Config.Menu), Say: say(l, refusal), Back: back}
	r.Frame = s.frame().New(c, r.Say, "")
	r.Frame.Path = s.Base + "/kds"
	return page.Refuse(c, r, !wantsJSON(c))
}

// say is what is true now, in one sentence, where the person expected something else.
func say(l words.Lang, e *shop.Error) string {
	switch {
	case e.Type == shop.ProblemWrongCup && e.Order != nil:
		return l.T("answer.wrong_cup_it_belongs", e.Order.PickupNumber())
	case e.Type == shop.ProblemIncomplete && e.Order != nil:
		return l.T("answer.number_lacks_cups", e.Order.PickupNumber(), len(e.Cups), cupNumbers(e.Cups))
	case e.Type == shop.ProblemInvalidTransition && e.Order != nil && len(e.Cups) > 0 && e.Order.Cup(e.Cups[0].N) != nil:
		return l.T("answer.cup_is", e.Order.PickupNumber(), e.Cups[0].N, templates.CupWord(l, e.Order.Cup(e.Cups[0].N).State))
	case e.Type == shop.ProblemInvalidTransition && e.Order != nil:
		return l.T("answer.number", e.Order.PickupNumber(), templates.OrderWord(l, e.Order.State()))
	case len(e.Fields) > 0 && fieldWords[e.Fields[0].Pointer] != "":
		return l.T(fieldWords[e.Fields[0].Pointer])
	case e.Type == shop.ProblemInvalid:
		return l.T("answer.not_understood")
	}
	entry, _ := wire.Lookup(e.Type)
	return entry.Title(l)
}

// fieldWords are what was wrong with a form, by the member that was wrong.
var fieldWords = map[string]string{
	"/orders": "answer.orders", "/cups": "answer.cups", "/reason": "answer.reason", "/amount": "answer.amount",
	"/code": "answer.no_label", "/until": "answer.until",
}

func cupNumbers(ids []shop.CupID) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(id.N))
	}
	return b.String()
}
