package door

import (
	"context"
	"net/http"

	"weir/shop"
	"weir/shop/wire"
)

// Hold keeps room for an order to come; over MQTT it also gives room back.
var Hold = Call{reHold, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	ask, err := wire.DecodeHold(body)
	if err != nil {
		return Answer{}, err
	}
	if ask.Drop != 0 {
		return d.drop(ctx, r, ask.Drop)
	}
	r.command = shop.HoldRoom{Channel: r.channel, Lines: ask.Lines, Cups: ask.Cups, For: ask.For}
	done, err := d.shop.Do(ctx, r.command)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusCreated, Body: wire.NewHold(done.Hold, d.shop.Snapshot()),
		Location: "/v1/holds/" + done.Hold.ID.String()}, nil
}}

// DropHold gives back the room that a path names.
func DropHold(id string) Call {
	return Call{reHold, func(ctx context.Context, d *Door, r *request) (Answer, error) {
		hold, err := shop.ParseHoldID(id)
		if err != nil {
			return Answer{}, notFound("%v", err)
		}
		return d.drop(ctx, r, hold)
	}}
}

func (d *Door) drop(ctx context.Context, r *request, id shop.HoldID) (Answer, error) {
	r.command = shop.DropHold{Channel: r.channel, Hold: id}
	if _, err := d.shop.Do(ctx, r.command); err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: wire.Dropped{ID: id, Dropped: true}}, nil
}
