package kds

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates/page"
)

// How fast one device may scan: a person with a scanner reads one code a second, a gate on a belt a few. What comes
// faster is a reader that is stuck.
const (
	scansPerSecond = 20
	scansAtOnce    = 60
)

// deviceScan is what a reader sends.
type deviceScan struct {
	Code    string `json:"code"`    // as it was read
	Step    string `json:"step"`    // "start" or "done"; "" is done
	Station string `json:"station"` // where the reader is; "" finishes the whole cup
}

// readLabel is what a reader is told: the cup as it is now, and how it is made.
type readLabel struct {
	Cup      scannedCup    `json:"cup"`
	Recipe   scannedRecipe `json:"recipe"`
	Moved    bool          `json:"moved"`    // this scan changed something
	Replayed bool          `json:"replayed"` // it had been done before
}

type scannedCup struct {
	ID     string `json:"id"`
	Order  string `json:"order"`
	Number string `json:"pickup_number"`
	N      int    `json:"n"`
	Of     int    `json:"of"`
	State  string `json:"state"`          // of the whole cup
	Next   string `json:"next,omitempty"` // the station at which it is, or lies, now
	InHand bool   `json:"in_hand"`        // somebody works on it there
}

type scannedRecipe struct {
	Item     string          `json:"item"`
	Name     shop.Name       `json:"name"`
	Size     string          `json:"size,omitempty"`
	Ice      string          `json:"ice,omitempty"`
	Sugar    string          `json:"sugar,omitempty"`
	Milk     string          `json:"milk,omitempty"`
	Toppings []string        `json:"toppings"`
	Note     string          `json:"note,omitempty"`
	Stations []recipeStation `json:"stations"`
	Uses     []recipeUse     `json:"uses"` // of which the shop does not say at which station they go in
}

type recipeStation struct {
	Station string      `json:"station"`
	Name    shop.Name   `json:"name"`
	Seconds int         `json:"seconds"`
	State   string      `json:"state"` // waiting, making or made
	Uses    []recipeUse `json:"uses"`
}

type recipeUse struct {
	Ingredient string    `json:"ingredient"`
	Name       shop.Name `json:"name"`
	Amount     int       `json:"amount"` // in the menu's own units
}

// deviceScan is POST /v1/device/scans {code, step?, station?}: a reader has read a cup's label. The same label read again
// changes nothing and is answered with the same cup.
func (s *Screens) deviceScan(c echo.Context) error {
	now := time.Now() // a quota is about the real time, also where the shop's is fast
	device := s.Who(c)
	if wait := s.scans.Wait(device, now); wait > 0 {
		return page.Refuse(c, page.Refusal{Problem: wire.TooMany(wait)}, false)
	}
	s.scans.Charge(device, now)
	ask, err := readScan(c)
	if err != nil {
		return s.refuseDevice(c, err)
	}
	id, err := shop.ParseCupID(wire.Scanned(ask.Code))
	if err != nil {
		return s.refuseDevice(c, &shop.Error{
			Kind: shop.NotFound, Type: shop.ProblemNotFound, Detail: err.Error(), Fields: []shop.FieldError{{Pointer: "/code", Detail: err.Error()}},
		})
	}
	tap := shop.Tap{By: device, Cups: []shop.CupID{id}, To: shop.Made, Station: ask.Station}
	if ask.Step == "start" {
		waiting := shop.Waiting // starting what is made would take it back
		tap.To, tap.Seen = shop.Making, &waiting
	}
	r, err := s.Kitchen.Do(c.Request().Context(), tap)
	if err != nil {
		return s.refuseDevice(c, err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, s.scannedOf(r, id))
}

// readScan reads what a reader sends. Members that it does not know are ignored.
func readScan(c echo.Context) (ask deviceScan, err error) {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationJSON {
		return ask, &shop.Error{Kind: shop.Invalid, Type: wire.ProblemMediaType, Detail: "send Content-Type: application/json"}
	}
	decoder := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, wire.BodyMax))
	if err := decoder.Decode(&ask); err != nil {
		if errors.Is(err, io.EOF) {
			return ask, malformed(errors.New("the body is empty"))
		}
		return ask, misread(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return ask, malformed(errors.New("there is something behind the JSON value"))
	}
	if ask.Step != "" && ask.Step != "start" && ask.Step != "done" {
		return ask, invalidField("/step", errors.New("want start or done"))
	}
	ask.Station = wire.Typed(ask.Station)
	return ask, nil
}

// refuseDevice answers with problem+json, whatever the reader says that it accepts.
func (s *Screens) refuseDevice(c echo.Context, err error) error {
	refusal := (*shop.Error)(nil)
	if !errors.As(err, &refusal) {
		return err
	}
	return page.Refuse(c, page.Refusal{Problem: wire.NewProblem(err, s.Kitchen.Snapshot().Config.Menu), Say: say(page.Lang(c), refusal)},
		false)
}

// scannedOf is the cup after a scan.
func (s *Screens) scannedOf(r shop.Result, id shop.CupID) readLabel {
	state := s.Kitchen.Snapshot()
	q := shop.Queued{Order: r.Order, Cup: r.Order.Cup(id.N)}
	return readLabel{
		Cup: scannedCup{
			ID: id.String(), Order: r.Order.ID.String(), Number: r.Order.PickupNumber(), N: id.N, Of: len(r.Order.Cups),
			State: q.Cup.State.String(), Next: state.Where(q), InHand: q.Cup.InHand(),
		},
		Recipe: recipeOf(state, q), Moved: len(r.Cups) > 0, Replayed: len(r.Cups) == 0,
	}
}

// recipeOf is how a cup is made, station by station.
func recipeOf(state *shop.State, q shop.Queued) scannedRecipe {
	config, line := state.Config, q.Line()
	menu := config.Menu.Of(line)
	name := func(l words.Lang) string { return lineName(config.Menu, l, line) }
	r := scannedRecipe{
		Item: line.Item, Name: shop.Name{ZH: name(words.ZH), EN: name(words.EN)}, Size: line.Options.Size, Ice: line.Options.Ice,
		Sugar: line.Options.Sugar, Milk: line.Options.Milk, Toppings: append([]string{}, line.Options.Toppings...),
		Stations: []recipeStation{}, Uses: []recipeUse{},
	}
	for _, g := range []struct {
		group string
		id    *string
	}{{shop.GroupSize, &r.Size}, {shop.GroupIce, &r.Ice}, {shop.GroupSugar, &r.Sugar}, {shop.GroupMilk, &r.Milk}} {
		if *g.id == "" && menu.Item(line.Item) != nil {
			*g.id = menu.Standard(g.group)
		}
	}
	r.Note = q.Order.Note(q.Cup.Line)
	at := map[string]int{}
	for _, id := range config.Route(line) {
		at[id] = len(r.Stations)
		r.Stations = append(r.Stations, recipeStation{
			Station: id, Name: shop.Name{ZH: stationName(config, words.ZH, id), EN: stationName(config, words.EN, id)},
			Seconds: menu.Item(line.Item).Seconds[id], State: state.At(id, q).Cup.State.String(), Uses: []recipeUse{},
		})
	}
	for _, n := range config.Needs(line) {
		use := recipeUse{Ingredient: n.Ingredient, Amount: n.Amount}
		use.Name = shop.Name{ZH: ingredientName(menu, words.ZH, n.Ingredient), EN: ingredientName(menu, words.EN, n.Ingredient)}
		if i, known := at[n.Station]; known {
			r.Stations[i].Uses = append(r.Stations[i].Uses, use)
		} else {
			r.Uses = append(r.Uses, use)
		}
	}
	return r
}

func newScanQuota() *guard.Quota { return guard.NewQuota(scansPerSecond, scansAtOnce) }
