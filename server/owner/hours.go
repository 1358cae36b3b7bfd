package owner

import (
	"context"
	"time"

	"weir/shop/remote"
)

// Hours is today by the hour, as far as it has come, for an owner who is not in the shop.
func Hours(ctx context.Context, t *Tally, now time.Time) (list []remote.Hour, err error) {
	d, err := (&Pages{Config: Config{Tally: t}}).today(ctx, t.Snapshot(), now)
	if err != nil {
		return nil, err
	}
	for _, q := range d.quarters {
		if q.at.After(now) {
			break
		}
		if at := q.at.UTC().Truncate(time.Hour); len(list) == 0 || !list[len(list)-1].At.Equal(at) {
			list = append(list, remote.Hour{At: at})
		}
		h := &list[len(list)-1]
		h.Taken, h.Refused, h.Made = h.Taken+q.now+q.booked, h.Refused+q.refused, h.Made+q.made
	}
	return list, nil
}
