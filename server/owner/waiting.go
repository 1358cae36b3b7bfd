package owner

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// waitingShown bounds the orders of the waiting list that are on the page.
const waitingShown = 100

// waitingPage lists the orders that wait for room.
func (p *Pages) waitingPage(c echo.Context) error {
	l, state := page.Lang(c), p.Tally.Snapshot()
	o := templates.OwnerWaiting{Page: title(c, l.T("waiting_page.waiting_list"))}
	o.Path = "/owner/waiting"
	list := state.OnStandby()
	for _, w := range list[:min(len(list), waitingShown)] {
		name := p.clock(w.Standby.Since) + " " + channelName(l, state.Config, w.Channel)
		if w.DisplayNumber != "" {
			name += " " + w.DisplayNumber
		}
		o.Orders = append(o.Orders, templates.Fact{Name: name,
			Value: l.N(w.Standby.Cups, "shared.cups_counted") + l.T("waiting_page.until", p.clock(w.Standby.Until))})
	}
	o.More = len(list) - len(o.Orders)
	if len(list) > 0 {
		o.Count = waitingCount(l, list)
	}
	return page.Show(c, http.StatusOK, templates.OwnerWaitingPage(o))
}

// waiting is the line of the owner's page that says who waits for room; ok is false when nobody does.
func (p *Pages) waiting(l words.Lang, state *shop.State) (f templates.Fact, ok bool) {
	list := state.OnStandby()
	if len(list) == 0 {
		return f, false
	}
	return templates.Fact{Name: l.T("waiting_page.waiting_list"), Value: waitingCount(l, list), Href: "/owner/waiting"}, true
}

// waitingCount is how many orders wait, and their cups.
func waitingCount(l words.Lang, list []*shop.Order) string {
	cups := 0
	for _, o := range list {
		cups += o.Standby.Cups
	}
	return l.N(len(list), "waiting_page.orders") + l.N(cups, "shared.cups_counted")
}
