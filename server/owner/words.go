package owner

import (
	"fmt"
	"strings"
	"time"

	"weir/server/access"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
)

// intakeSign stands before the word for an intake, so that it is not told by colour alone.
func intakeSign(m capacity.IntakeMode) string {
	switch m {
	case capacity.IntakePaused:
		return "▲"
	case capacity.IntakeSlots:
		return "◆"
	}
	return "●"
}

// minutes is a span in whole minutes.
func minutes(d time.Duration) int { return int((d + time.Minute/2) / time.Minute) }

// cups is work in standard cups, without a decimal that says nothing.
func cups(w capacity.Work) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", w.Cups()), ".0")
}

// clock is a moment of the shop's clock.
func (p *Pages) clock(at time.Time) string {
	return short(at, p.Now(), p.Tally.Snapshot().Config.Location)
}

// short is a moment of today, or of another day with its date, or of another year with that, too.
func short(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	switch {
	case at.Year() != now.Year():
		return at.Format("2006-01-02 15:04")
	case at.YearDay() != now.YearDay():
		return at.Format("01-02 15:04")
	}
	return at.Format("15:04")
}

// actor is who did something, by what the log calls them.
func actor(l words.Lang, config *shop.Config, by string) string {
	return templates.ActorWord(l, config, by)
}

// channelName is a channel as people call it; one that has left shop.yaml goes by its id.
func channelName(l words.Lang, config *shop.Config, id string) string {
	if ch, ok := config.Channel(id); ok {
		return l.Of(ch.Name)
	}
	return id
}

// orders is a number of orders in words.
func orders(l words.Lang, n int) string { return l.N(n, "count.orders") }

// cupCount is a number of cups in words.
func cupCount(l words.Lang, n int) string { return l.N(n, "count.cups") }

// dayName is a business day with its day of the week.
func dayName(l words.Lang, day shop.Day) string {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return string(day)
	}
	return string(day) + " " + l.Weekday(at.Weekday())
}

// roleChoices are the roles a member may have.
func roleChoices(l words.Lang, now string) []templates.Choice {
	var list []templates.Choice
	for _, r := range []access.Role{access.Staff, access.Manager} {
		list = append(list, templates.Choice{Value: r.String(), Name: access.RoleWord(l, r), Chosen: r.String() == now})
	}
	return list
}
