package owner

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// outsideWay leads to the fleet that the shop has joined.
func outsideWay(l words.Lang, state *shop.State) templates.Way {
	w := templates.Way{Href: "/owner/fleet", Name: l.T("outside.title"), For: l.T("outside.joined_none")}
	if to := state.Joining.To; to != nil {
		w.For = l.T("outside.joined", to.Fleet)
	}
	return w
}

// outsidePage says whom the shop has joined and what they may do.
func (p *Pages) outsidePage(c echo.Context) error {
	l, state := page.Lang(c), p.Tally.Snapshot()
	o := templates.OwnerOutside{Page: title(c, l.T("outside.title"))}
	o.Path, o.May = "/owner/fleet", access.CallerOf(c.Request().Context()).Role >= access.Owner
	if to := state.Joining.To; to != nil {
		o.Fleet = to.Fleet
		o.Facts = []templates.Fact{
			{Name: l.T("outside.fleet"), Value: to.Fleet}, {Name: l.T("outside.pages"), Value: to.Pages},
			{Name: l.T("outside.since"), Value: p.clock(to.At)},
		}
	}
	is := state.Settings.Remote
	o.Rights = []templates.OwnerRight{
		{Name: "intake", Text: l.T("outside.may_intake"), Is: is.Intake}, {Name: "staff", Text: l.T("outside.may_staff"), Is: is.Staff},
		{Name: "notices", Text: l.T("outside.may_notices"), Is: is.Notices},
	}
	return page.Show(c, http.StatusOK, templates.OwnerOutsidePage(o))
}

// setOutside changes what people outside may do.
func (p *Pages) setOutside(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	_, err = p.Tally.Do(c.Request().Context(), shop.SetRemote{By: access.Who(c), Remote: shop.Remote{
		Intake: form.Get("intake") == "true", Staff: form.Get("staff") == "true", Notices: form.Get("notices") == "true",
	}})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/fleet")
}

// leaveOutside ends it at once.
func (p *Pages) leaveOutside(c echo.Context) error {
	if _, err := p.Tally.Do(c.Request().Context(), shop.LeaveFleet{By: access.Who(c)}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/fleet")
}

// problemWord is what was wrong, as the table of problems says it.
func problemWord(l words.Lang, name string) string {
	entry, ok := wire.Lookup(name)
	if !ok {
		return name
	}
	return entry.Title(l)
}

// mayWords are what people outside may do, in words.
func mayWords(l words.Lang, is shop.Remote) string {
	text := ""
	for _, r := range []struct {
		is bool
		id string
	}{{is.Intake, "outside.may_intake"}, {is.Staff, "outside.may_staff"}, {is.Notices, "outside.may_notices"}} {
		if !r.is {
			continue
		}
		if text != "" {
			text += l.T("rota_page.comma")
		}
		text += l.T(r.id)
	}
	if text == "" {
		return l.T("outside.may_look")
	}
	return text
}
