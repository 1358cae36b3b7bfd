package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/wire"
)

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
