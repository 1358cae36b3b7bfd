package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

// giveNotice takes a campaign's notice and answers with what the shop can take of it.
func (a *API) giveNotice(c echo.Context, channel string) error {
	text, err := body(c)
	if err != nil {
		return err
	}
	notice, err := wire.DecodeNotice(text)
	if err != nil {
		return err
	}
	result, err := a.shop.Do(c.Request().Context(), shop.GiveNotice{Channel: channel, Notice: notice})
	if err != nil {
		return err
	}
	if result.Replayed {
		replayed(c)
		return a.json(c, http.StatusOK, a.campaignOf(result))
	}
	c.Response().Header().Set("Location", "/v1/campaigns/"+result.Campaign.ID.String())
	return a.json(c, http.StatusCreated, a.campaignOf(result))
}

// reviseNotice takes what a campaign has become.
func (a *API) reviseNotice(c echo.Context, channel string) error {
	id, err := shop.ParseCampaignID(c.Param("id"))
	if err != nil {
		return errNotFound
	}
	text, err := body(c)
	if err != nil {
		return err
	}
	notice, err := wire.DecodeRevision(text)
	if err != nil {
		return err
	}
	result, err := a.shop.Do(c.Request().Context(), shop.ReviseNotice{Channel: channel, Campaign: id, Notice: notice})
	if err != nil {
		return err
	}
	if result.Replayed {
		replayed(c)
	}
	return a.json(c, http.StatusOK, a.campaignOf(result))
}

// cancelNotice takes that a campaign will not be.
func (a *API) cancelNotice(c echo.Context, channel string) error {
	id, err := shop.ParseCampaignID(c.Param("id"))
	if err != nil {
		return errNotFound
	}
	result, err := a.shop.Do(c.Request().Context(), shop.CancelNotice{Channel: channel, Campaign: id})
	if err != nil {
		return err
	}
	if result.Replayed {
		replayed(c)
	}
	return a.json(c, http.StatusOK, a.campaignOf(result))
}

// campaign shows one campaign with the forecast of now.
func (a *API) campaign(c echo.Context, channel string) error {
	state := a.shop.Snapshot()
	id, err := shop.ParseCampaignID(c.Param("id"))
	campaign, ok := state.Campaigns[id]
	if err != nil || !ok || campaign.Channel != channel {
		return errNotFound
	}
	return a.json(c, http.StatusOK, wire.NewCampaign(state, &campaign, a.now()))
}

// campaigns lists the channel's campaigns that lie ahead, run, or were over less than two months ago.
func (a *API) campaigns(c echo.Context, channel string) error {
	state := a.shop.Snapshot()
	list := wire.Campaigns{Campaigns: []wire.Campaign{}}
	for _, campaign := range state.CampaignsOf(channel) {
		list.Campaigns = append(list.Campaigns, wire.NewCampaign(state, &campaign, a.now()))
	}
	return a.json(c, http.StatusOK, list)
}

// campaignOf shows the campaign that a command was about.
func (a *API) campaignOf(r shop.Result) wire.Campaign {
	return wire.NewCampaign(a.shop.Snapshot(), r.Campaign, a.now())
}

// TakeNotice takes a notice that came over MQTT, in the words of HTTP: it announces, revises (with an id) or cancels
// (with cancelled) a campaign.
func (a *API) TakeNotice(ctx context.Context, channel string, text []byte) (status int, answer any, err error) {
	m, err := wire.DecodeCampaignMessage(text)
	if err != nil {
		return 0, nil, err
	}
	command, status := shop.Command(shop.GiveNotice{Channel: channel, Notice: m.Notice}), http.StatusCreated
	switch {
	case m.Cancelled:
		command, status = shop.CancelNotice{Channel: channel, Campaign: m.ID}, http.StatusOK
	case m.ID != 0:
		command, status = shop.ReviseNotice{Channel: channel, Campaign: m.ID, Notice: m.Notice}, http.StatusOK
	}
	result, err := a.shop.Do(ctx, command)
	if err != nil {
		return 0, nil, err
	}
	if result.Replayed {
		status = http.StatusOK
	}
	return status, a.campaignOf(result), nil
}
