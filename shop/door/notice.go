package door

import (
	"context"
	"net/http"

	"weir/shop"
	"weir/shop/wire"
)

// Notice takes a campaign's notice whose body says what is to become of it: it announces, revises (with an id) or
// cancels (with cancelled) a campaign. The answer carries what the shop can take of it.
var Notice = Call{reNotice, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	m, err := wire.DecodeCampaignMessage(body)
	switch {
	case err != nil:
		return Answer{}, err
	case m.Drill:
		return d.drill(r, m.Notice)
	case m.Cancelled:
		return d.notice(ctx, r, shop.CancelNotice{Channel: r.channel, Campaign: m.ID})
	case m.ID != 0:
		return d.notice(ctx, r, shop.ReviseNotice{Channel: r.channel, Campaign: m.ID, Notice: m.Notice})
	}
	return d.notice(ctx, r, shop.GiveNotice{Channel: r.channel, Notice: m.Notice})
}}

// NewNotice announces a campaign.
var NewNotice = Call{reNotice, func(ctx context.Context, d *Door, r *request) (Answer, error) {
	body, err := r.body()
	if err != nil {
		return Answer{}, err
	}
	notice, drill, err := wire.DecodeNotice(body)
	if err != nil {
		return Answer{}, err
	}
	if drill {
		return d.drill(r, notice)
	}
	return d.notice(ctx, r, shop.GiveNotice{Channel: r.channel, Notice: notice})
}}

// ReviseNotice takes what the campaign that a path names has become.
func ReviseNotice(id string) Call {
	return Call{reNotice, func(ctx context.Context, d *Door, r *request) (Answer, error) {
		campaign, err := shop.ParseCampaignID(id)
		if err != nil {
			return Answer{}, shop.ErrNotFound
		}
		body, err := r.body()
		if err != nil {
			return Answer{}, err
		}
		notice, err := wire.DecodeRevision(body)
		if err != nil {
			return Answer{}, err
		}
		return d.notice(ctx, r, shop.ReviseNotice{Channel: r.channel, Campaign: campaign, Notice: notice})
	}}
}

// CancelNotice takes that the campaign that a path names will not be.
func CancelNotice(id string) Call {
	return Call{reNotice, func(ctx context.Context, d *Door, r *request) (Answer, error) {
		campaign, err := shop.ParseCampaignID(id)
		if err != nil {
			return Answer{}, shop.ErrNotFound
		}
		return d.notice(ctx, r, shop.CancelNotice{Channel: r.channel, Campaign: campaign})
	}}
}

// drill answers what the shop would say to a notice.
func (d *Door) drill(r *request, n shop.Notice) (Answer, error) {
	state, now := d.shop.Snapshot(), d.now()
	c, err := state.Drill(r.channel, n, now)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: wire.NewCampaign(state, c, now)}, nil
}

// notice has a command about a campaign carried out.
func (d *Door) notice(ctx context.Context, r *request, c shop.Command) (Answer, error) {
	r.command = c
	done, err := d.shop.Do(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: http.StatusOK, Replayed: done.Replayed, Body: wire.NewCampaign(d.shop.Snapshot(), done.Campaign, d.now())}
	if _, isNew := c.(shop.GiveNotice); isNew && !done.Replayed {
		a.Status, a.Location = http.StatusCreated, "/v1/campaigns/"+done.Campaign.ID.String()
	}
	return a, nil
}
