package owner

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/templates"
	"weir/templates/page"
)

func (p *Pages) keysPage(c echo.Context) error {
	return p.showKeys(c, http.StatusOK, templates.OwnerKeys{})
}

func (p *Pages) showKeys(c echo.Context, status int, o templates.OwnerKeys) error {
	l, config := page.Lang(c), p.Tally.Snapshot().Config
	o.Page = title(c, page.Lang(c).T("owner_page.channel_keys"))
	o.Path = "/owner/keys"
	keys, err := p.Keys.List(c.Request().Context())
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.RevokedAt.IsZero() {
			o.Keys = append(o.Keys, templates.OwnerKey{ID: k.ID, Channel: actor(l, config, k.Channel), Since: p.real(k.CreatedAt)})
		}
	}
	if access.CallerOf(c.Request().Context()).Open {
		o.Command = "weir key add --channel " + config.Channels[0].ID
	}
	for _, ch := range config.Channels {
		o.Channels = append(o.Channels, templates.Choice{Value: ch.ID, Name: l.Of(ch.Name)})
	}
	return page.Show(c, status, templates.OwnerKeysPage(o))
}

// addKey makes a key and shows it, once.
func (p *Pages) addKey(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	l, channel := page.Lang(c), form.Get("channel")
	ch, ok := p.Tally.Snapshot().Config.Channel(channel)
	if !ok {
		return p.showKeys(c, http.StatusUnprocessableEntity, templates.OwnerKeys{Wrong: l.T("owner_page.there_is_no_such")})
	}
	ctx := c.Request().Context()
	if _, err := p.Tally.Do(ctx, shop.Audit{By: access.Who(c), What: shop.AuditKeyAdded, About: channel}); err != nil {
		return err
	}
	key, _, err := p.Keys.Add(ctx, channel)
	if err != nil {
		return err
	}
	return p.showKeys(c, http.StatusOK, templates.OwnerKeys{Fresh: key, For: l.Of(ch.Name)})
}

func (p *Pages) revokeKey(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	err := p.Keys.Revoke(ctx, id)
	if err == nil {
		_, err = p.Tally.Do(ctx, shop.Audit{By: access.Who(c), What: shop.AuditKeyRevoked, About: id})
	}
	if err != nil && !errors.Is(err, shop.ErrNotFound) {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/keys")
}
