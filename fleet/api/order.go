package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"weir/fleet/orders"
	"weir/fleet/route"
	"weir/fleet/table"
	"weir/shop"
	"weir/shop/wire"
)

// extra is what an order to the fleet says besides a shop's order.
type extra struct {
	Near      *place   `json:"near"`
	RadiusM   *float64 `json:"radius_m"`
	Stores    []string `json:"stores"`
	By        string   `json:"by"`
	Campaign  string   `json:"campaign"`
	Admission string   `json:"admission"` // the caller has asked for it: it is not counted again
}

type place struct {
	Lat *float64 `json:"lat"`
	Lon *float64 `json:"lon"`
}

// storesMax bounds the shops that one order may name.
const storesMax = 50

// read checks the members and puts them into an order.
func (x *extra) read(text []byte, o *route.Order) error {
	wrong := (*json.UnmarshalTypeError)(nil)
	if err := json.Unmarshal(text, x); errors.As(err, &wrong) {
		return field("/"+wrong.Field, "want "+wrong.Type.String())
	}
	o.RadiusM = table.RadiusUsual
	switch {
	case x.Near == nil && len(x.Stores) == 0:
		return field("/near", "is missing; or name stores")
	case len(x.Stores) > storesMax:
		return field("/stores", "are too many")
	case slices.Contains(x.Stores, ""):
		return field("/stores", "one has no name")
	}
	if x.Near != nil {
		if x.Near.Lat == nil || x.Near.Lon == nil || !(*x.Near.Lat >= -90 && *x.Near.Lat <= 90 && *x.Near.Lon >= -180 && *x.Near.Lon <= 180) {
			return field("/near", "want lat from -90 to 90 and lon from -180 to 180, GCJ-02")
		}
		o.Near = table.Point{Lat: *x.Near.Lat, Lon: *x.Near.Lon}
	}
	if x.RadiusM != nil {
		if o.RadiusM = *x.RadiusM; !(o.RadiusM > 0 && o.RadiusM <= table.RadiusMax) {
			return field("/radius_m", fmt.Sprintf("want metres up to %d", table.RadiusMax))
		}
	}
	if x.By != "" {
		by, err := time.Parse(time.RFC3339, x.By)
		if err != nil {
			return field("/by", "want a time by RFC 3339, as in 2026-02-06T12:00:00+08:00")
		}
		o.By = by.UTC()
	}
	o.Stores = x.Stores
	return nil
}

func field(pointer, detail string) error {
	return &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalidOrder, Detail: "the order is wrong",
		Fields: []shop.FieldError{{Pointer: pointer, Detail: detail}}}
}

// place has an order made by one shop.
func (a *API) place(c call) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	r, err := a.Place(c.Request().Context(), c.router, c.channel, text)
	if err != nil {
		return err
	}
	if r.Status == http.StatusCreated {
		c.Response().Header().Set("Location", "/v1/fleet/orders?ref="+wire.Look(text).Ref)
	}
	return reply(c, r)
}

// Place has the order of a body made by one shop, if the city's gate lets it in. Whoever carries an order here, a call or
// an agent, gets the same answer.
func (a *API) Place(ctx context.Context, router *route.Router, channel string, text []byte) (route.Reply, error) {
	draft, err := wire.DecodeOrder(text)
	if err != nil {
		return route.Reply{}, err
	}
	o := route.Order{Channel: channel, Draft: draft, Body: text}
	var x extra
	if err := x.read(text, &o); err != nil {
		return route.Reply{}, err
	}
	city, cups := router.CityNear(o), draft.Cups
	for _, l := range draft.Lines {
		cups += l.Qty
	}
	cups = max(1, cups) // of an order without items that says only what it costs
	later := draft.Later(a.now())
	if x.Admission == "" && !router.Forgotten(o) { // of such a one it cannot be said that nobody makes it
		if !a.limit.admit(router, city, cups, x.Campaign != "", later, a.now()).Admit {
			known, err := router.Find(ctx, orders.Key{Channel: channel, Ref: draft.Ref})
			// what is known is answered whatever the crowd
			if errors.Is(err, shop.ErrNotFound) || err == nil && known.Free() {
				p := router.Full(o)
				router.Counts.Refusal(p)
				return route.Reply{Status: p.Status, Body: p}, nil
			}
		}
	}
	r, err := router.Place(ctx, o)
	if p, ok := route.ProblemOf(err); ok {
		router.Counts.Refusal(p)
	}
	if err != nil {
		return r, err
	}
	router.Counts.Refusal(r.Body)
	if r.Status == http.StatusCreated && x.Admission == "" && !later {
		a.limit.charge(city, cups)
	}
	return r, nil
}

// order says how an order stands.
func (a *API) order(c call) error {
	ref := c.QueryParam("ref")
	if ref == "" {
		return badParameter("ref", "is missing")
	}
	s, err := c.router.Find(c.Request().Context(), orders.Key{Channel: c.channel, Ref: ref})
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, s)
}

func (a *API) cancel(c call) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	want, err := wire.DecodeCancellation(text)
	if err != nil {
		return err
	}
	r, err := c.router.Cancel(c.Request().Context(), orders.Key{Channel: c.channel, Ref: want.Ref}, want.Final)
	if err != nil {
		return err
	}
	return reply(c, r)
}

func (a *API) progress(c call) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	step, err := wire.DecodeProgress(text)
	if err != nil {
		return err
	}
	if step.Ref == "" {
		return &shop.Error{Kind: shop.Invalid, Type: shop.ProblemInvalid, Detail: "name the order by its ref",
			Fields: []shop.FieldError{{Pointer: "/ref", Detail: "is missing"}}}
	}
	r, err := c.router.Progress(c.Request().Context(), orders.Key{Channel: c.channel, Ref: step.Ref}, text)
	if err != nil {
		return err
	}
	return reply(c, r)
}
