package kds

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

// ask is what a staff call says, as a form or as JSON.
type ask struct {
	Seen      *shop.CupState `json:"seen"` // what the person saw; absent when it does not matter
	Cups      cupsField      `json:"cups"`
	Lines     linesField     `json:"lines"` // what is ordered at the counter, as "grape*2 size/l"
	Scanned   []shop.CupID   `json:"scanned"`
	Made      bool           `json:"made"`
	Reason    string         `json:"reason"`
	Cause     string         `json:"cause"` // why the customer is compensated
	Tap       string         `json:"tap"`   // names the tap, so that sending it again adds nothing
	Available bool           `json:"available"`
	Part      shop.MenuPart  `json:"part"`  // of the menu: an item, an option with its group, or an ingredient behind "ingredient/"
	For       string         `json:"for"`   // how long it is sold out: minutes, "close" until closing, "" until somebody says so
	At        string         `json:"at"`    // until when, as 15:04; instead of For
	Units     *float64       `json:"units"` // of what people count the ingredient in; instead of Amount
	Orders    []shop.OrderID `json:"orders"`
	Sure      bool           `json:"-"` // the person was asked; a program is sure by itself
	Code      string         `json:"code"`
	Station   string         `json:"station"` // where it was tapped or scanned; "" is the whole board
	Hand      string         `json:"hand"`    // of a page without script; see hands
	Order     shop.OrderID   `json:"order"`
	Bag       bool           `json:"bag"`    // the bag's code was read
	Ticked    bool           `json:"ticked"` // cups are named by ticking them: none is a mistake, not all of them
	Amount    *int           `json:"amount"`
	AsOf      time.Time      `json:"as_of"` // when the page was made that the person looked at
}

// cupsField is cups by name, or how many.
type cupsField struct {
	IDs   []shop.CupID
	Count int
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *cupsField) UnmarshalJSON(doc []byte) error {
	if json.Unmarshal(doc, &f.Count) == nil {
		return nil
	}
	return json.Unmarshal(doc, &f.IDs)
}

// linesField are lines of an order as a program writes them; see [lineText].
type linesField []shop.Line

// UnmarshalJSON implements json.Unmarshaler.
func (f *linesField) UnmarshalJSON(doc []byte) error {
	var texts []string
	if err := json.Unmarshal(doc, &texts); err != nil {
		return err
	}
	for _, text := range texts {
		line, err := readLine(text)
		if err != nil {
			return err
		}
		*f = append(*f, line)
	}
	return nil
}

// Limits of what a tablet sends.
const (
	reasonMax = 200        // bytes of a reason; it is told to the customer
	tapMax    = 64         // bytes of a tap's name: a UUID and to spare
	unitsMax  = 10_000_000 // bags or buckets, more than a shop can hold; the rules bound the amount
	asksMax   = 2000       // cups or orders of one tap: all that wait in a very long queue, which one tap clears and one takes back
)

// readAsk reads a staff call. What cannot be understood is a [*shop.Error].
func readAsk(c echo.Context) (ask, error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, wire.BodyMax)
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	var a ask
	switch {
	case kind == "" && c.Request().ContentLength == 0: // a bare POST says nothing more than its address
		err = nil
	case err != nil:
		return a, badMedia(kind)
	case kind == echo.MIMEApplicationJSON:
		err = a.readJSON(c.Request().Body)
	case kind == echo.MIMEApplicationForm || kind == echo.MIMEMultipartForm:
		err = a.readForm(c)
	default:
		return a, badMedia(kind)
	}
	if err != nil {
		return a, err
	}
	return a, a.check()
}

func badMedia(kind string) error {
	return &shop.Error{Kind: shop.Invalid, Type: wire.ProblemMediaType,
		Detail: fmt.Sprintf("want a form or application/json, not %.60q", kind)}
}

func malformed(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &shop.Error{Kind: shop.Invalid, Type: wire.ProblemTooLarge, Detail: "a staff call is never that large"}
	}
	return &shop.Error{Kind: shop.Invalid, Type: wire.ProblemMalformed, Detail: err.Error()}
}

// misread tells a wrong value from JSON that is none.
func misread(err error) error {
	var syntax *json.SyntaxError
	if wrongType := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrongType) {
		return invalidField("/"+wrongType.Field, errors.New("cannot be "+wrongType.Value))
	}
	if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, new(*http.MaxBytesError)) {
		return malformed(err)
	}
	return invalidField("", err) // a word that is none of those there are
}

func (a *ask) readJSON(body io.Reader) error {
	decoder := json.NewDecoder(body)
	if err := decoder.Decode(a); err != nil && !errors.Is(err, io.EOF) {
		return misread(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return malformed(errors.New("there is something behind the JSON value"))
	}
	return nil
}

func (a *ask) readForm(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return malformed(err)
	}
	typed := func(name string) string { return wire.Typed(form.Get(name)) }
	if seen := typed("seen"); seen != "" {
		state, err := shop.ParseCupState(seen)
		if err != nil {
			return invalidField("/seen", err)
		}
		a.Seen = &state
	}
	if n, err := strconv.Atoi(typed("cups")); err == nil {
		a.Cups.Count = n
	} else if a.Cups.IDs, err = cupIDs(form["cups"]); err != nil {
		return invalidField("/cups", err)
	}
	if a.Scanned, err = cupIDs(form["scanned"]); err != nil {
		return invalidField("/scanned", err)
	}
	if a.Lines, err = counterLines(form); err != nil {
		return err
	}
	for _, id := range listed(form["orders"]) {
		o, err := shop.ParseOrderID(id)
		if err != nil {
			return invalidField("/orders", err)
		}
		a.Orders = append(a.Orders, o)
	}
	if id := typed("order"); id != "" {
		if a.Order, err = shop.ParseOrderID(id); err != nil {
			return invalidField("/order", err)
		}
	}
	if at := typed("as_of"); at != "" {
		if a.AsOf, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return invalidField("/as_of", err)
		}
	}
	if text := typed("amount"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return invalidField("/amount", err)
		}
		a.Amount = &n
	}
	if form.Has("units") {
		n, err := strconv.ParseFloat(strings.ReplaceAll(typed("units"), "。", "."), 64)
		if err != nil {
			return invalidField("/amount", err)
		}
		a.Units = &n
	}
	a.Part, a.For, a.At = shop.MenuPart(typed("part")), typed("for"), typed("at")
	if again := typed("again"); again != "" { // the button of what is marked already
		a.Part, form["available"] = shop.MenuPart(again), []string{"true"}
	}
	a.Made, a.Available, a.Bag = form.Get("made") == "true", form.Get("available") == "true", form.Get("bag") == "true"
	a.Ticked, a.Sure = form.Get("ticked") == "true", form.Get("sure") == "true"
	a.Reason, a.Tap, a.Code, a.Hand = form.Get("reason"), form.Get("tap"), form.Get("code"), form.Get("hand")
	a.Station, a.Cause = typed("station"), typed("cause")
	if a.Reason == "" {
		a.Reason = form.Get("other") // typed, where none of the buttons fits
	}
	return nil
}

// check folds what a person typed or a scanner sent, in a form and in JSON alike, and holds it against its bounds.
func (a *ask) check() error {
	a.Code = wire.Scanned(a.Code)
	switch {
	case len(a.Reason) > reasonMax:
		return invalidField("/reason", fmt.Errorf("at most %d bytes", reasonMax))
	case len(a.Tap) > tapMax:
		return invalidField("/tap", fmt.Errorf("at most %d bytes", tapMax))
	case len(a.Hand) > tapMax:
		return invalidField("/hand", fmt.Errorf("at most %d bytes", tapMax))
	case len(a.Cups.IDs) > asksMax || len(a.Scanned) > asksMax || len(a.Orders) > asksMax:
		return invalidField("/cups", fmt.Errorf("at most %d at once", asksMax))
	case a.Units != nil && !(*a.Units >= 0 && *a.Units <= unitsMax): // not a number is neither
		return invalidField("/amount", fmt.Errorf("want a number from 0 to %d", unitsMax))
	case a.Ticked && len(a.Cups.IDs) == 0:
		return invalidField("/cups", errors.New("tick the cups that leave"))
	}
	return nil
}

func invalidField(pointer string, err error) error {
	return &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: err.Error(),
		Fields: []shop.FieldError{{Pointer: pointer, Detail: err.Error()}}}
}

// listed splits values that a button sends joined by commas, or that a person typed.
func listed(values []string) []string {
	var all []string
	for _, v := range values {
		for part := range strings.SplitSeq(wire.Typed(v), ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	return all
}

func cupIDs(values []string) ([]shop.CupID, error) {
	var ids []shop.CupID
	for _, v := range listed(values) {
		id, err := shop.ParseCupID(v)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
