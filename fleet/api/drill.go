package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"weir/fleet/campaign"
	"weir/fleet/table"
	"weir/shop/wire"
)

// drill asks shops what they would make of a campaign.
func (a *API) drill(c call) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	var in struct {
		Name   string `json:"name"`
		Window struct {
			Start time.Time `json:"start"`
			End   time.Time `json:"end"`
		} `json:"window"`
		Expected []int           `json:"expected"`
		Items    json.RawMessage `json:"items"`
		Stores   []string        `json:"stores"`
		Cities   []string        `json:"cities"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
			return field("/"+strings.ReplaceAll(wrong.Field, ".", "/"), "want "+wrong.Type.String())
		}
		return refuse(wire.ProblemMalformed, "the body is no JSON object of a drill")
	}
	d := campaign.Drill{Name: in.Name, Start: in.Window.Start, End: in.Window.End, Expected: in.Expected, Items: in.Items}
	if pointer, detail := d.Valid(a.now()); pointer != "" {
		return field(pointer, detail)
	}
	shops, err := chosen(c, in.Stores, in.Cities)
	if err != nil {
		return err
	}
	out, err := d.Ask(c.Request().Context(), c.router.Engine, c.channel, shops, a.now())
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, out)
}

// chosen are the shops that a body names, by id or by city, of those that take the caller's channel; none named is all.
func chosen(c call, stores, cities []string) (shops []*table.Shop, err error) {
	for _, id := range stores {
		if s, ok := c.router.Table.Get(id); !ok || !s.Takes(c.channel) {
			return nil, field("/stores", fmt.Sprintf("there is no shop %.64q that takes this channel", id))
		}
	}
	for _, s := range c.router.Table.All() {
		in := len(stores) == 0 && len(cities) == 0 || slices.Contains(stores, s.ID) || slices.Contains(cities, s.City)
		if in && s.Takes(c.channel) {
			shops = append(shops, s)
		}
	}
	slices.SortFunc(shops, func(a, b *table.Shop) int { return strings.Compare(a.ID, b.ID) })
	switch {
	case len(shops) == 0:
		return nil, field("/stores", "there is no shop to ask")
	case len(shops) > campaign.ShopsMax:
		return nil, field("/stores", fmt.Sprintf("%d shops: ask at most %d at a time", len(shops), campaign.ShopsMax))
	}
	return shops, nil
}
