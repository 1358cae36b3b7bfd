package shopfile

import (
	"fmt"
	"slices"
	"time"

	"weir/shop"
)

// reserved is no channel's id: on this topic the shop answers its owner's fleet.
const reserved = "owner"

func (f *file) channels(c *shop.Config) error {
	var shares float64
	for i, ch := range f.Channels {
		at := fmt.Sprintf("$.channels[%d]", i)
		if _, twice := c.Channel(ch.ID); !idForm.MatchString(ch.ID) || twice {
			return wrong(at, "channel %q: want an id of its own, of a-z, 0-9 and -", ch.ID)
		}
		if ch.ID == reserved {
			return wrong(at, "channel %q: this id is the owner's, who may act from outside; want another one", ch.ID)
		}
		if !slices.Contains([]string{"delivery", "pickup", "counter"}, ch.Fulfilment) {
			return wrong(at, "channel %s: fulfilment %q: want delivery, pickup or counter", ch.ID, ch.Fulfilment)
		}
		if !slices.Contains([]string{"", "channel", "shop"}, ch.SoldOut) {
			return wrong(at+".sold_out", "channel %s: sold_out %q: want channel (what it marks as sold out is so for itself) "+
				"or shop (for every channel)", ch.ID, ch.SoldOut)
		}
		out := shop.Channel{
			ID: ch.ID, Name: ch.Name, Delivery: ch.Fulfilment == "delivery", Leased: ch.ID != shop.CounterChannel && ch.Adapter == nil,
			Weight: ch.Weight, MinShare: ch.MinShare, SlotShare: ch.SlotShare, Strict: ch.Strict, HoldUntilArrival: ch.HoldUntilArrival,
			SaysForAll: ch.SoldOut == "shop", Provisional: ch.Provisional, OwnRiders: ch.OwnRiders, Ride: shop.RideUsual,
		}
		if ch.RideMin != nil {
			out.Ride = time.Duration(*ch.RideMin) * time.Minute
		}
		if out.HoldCups = shop.HoldCups; ch.HoldCups != nil {
			out.HoldCups = *ch.HoldCups
		}
		if ch.Compensation != nil {
			var err error
			if out.Compensation, err = ch.Compensation.shop(at+".compensation", ch.ID); err != nil {
				return err
			}
		}
		if ch.Adapter != nil {
			var err error
			if out.Adapter, err = ch.Adapter.shop(at+".adapter", ch.ID); err != nil {
				return err
			}
		}
		if ch.Webhook != nil {
			var err error
			if out.Webhook, err = ch.Webhook.shop(at+".webhook", ch.ID); err != nil {
				return err
			}
		}
		if ch.Connector != nil {
			var err error
			if out.Connector, err = ch.Connector.shop(at+".connector", ch.ID); err != nil {
				return err
			}
			out.Leased = false // the platform takes no credit
		}
		c.Channels = append(c.Channels, out)
		if shares += ch.MinShare; shares > 1 {
			return wrong(at+".min_share", "channels: the least shares are %.2f together by channel %s, want at most 1", shares, ch.ID)
		}
	}
	if len(c.Channels) == 0 {
		return wrong("$.channels", "channels: want at least one")
	}
	return nil
}
