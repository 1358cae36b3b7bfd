package owner

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/store"
	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// logShown is how many lines of the log are on a page.
const logShown = 50

// logPage is what people did, newest first.
func (p *Pages) logPage(c echo.Context) error {
	before, _ := strconv.ParseUint(c.QueryParam("before"), 10, 63) // anything else is the newest
	entries, err := p.Tally.Audit(c.Request().Context(), before, logShown)
	if err != nil {
		return err
	}
	o := templates.OwnerLog{Page: title(c, page.Lang(c).T("log.log")), Changes: p.changes(page.Lang(c), p.Tally.Snapshot().Config, entries)}
	if len(entries) == logShown {
		o.Older = fmt.Sprintf("/owner/log?before=%d", entries[logShown-1].Seq)
	}
	return page.Show(c, http.StatusOK, templates.OwnerLogPage(o))
}

func (p *Pages) changes(l words.Lang, config *shop.Config, entries []store.LogEntry) []templates.OwnerChange {
	list := make([]templates.OwnerChange, 0, len(entries))
	for _, e := range entries {
		list = append(list, templates.OwnerChange{At: p.clock(e.At), Who: actor(l, config, e.By), What: p.what(l, config, e)})
	}
	return list
}

// what says in words what a line of the log says. A fact that has no words yet is shown by its name.
func (p *Pages) what(l words.Lang, config *shop.Config, e store.LogEntry) string {
	fact, err := shop.DecodeFact(e.Name, e.Body)
	if err != nil {
		return e.Name // a fact of another version of the program
	}
	order := (&shop.Order{Number: e.Number}).PickupNumber() // as it was called and printed: people know no other
	switch f := fact.(type) {
	case shop.IntakeSet:
		return p.intakeChange(l, config, f)
	case shop.StaffSet:
		return l.T("log.on_duty", stationName(l, config, f.Station), f.Staff)
	case shop.RotaChanged:
		var parts []string
		for _, t := range f.Removed {
			parts = append(parts, l.T("log.rota_without", turnWords(l, config, t)))
		}
		for _, t := range f.Added {
			parts = append(parts, l.T("log.rota_with", turnWords(l, config, t)))
		}
		return strings.Join(parts, l.T("rota_page.comma"))
	case shop.TermsSet:
		text := l.T("log.promise_min_cups_for",
			minutes(f.Terms.Horizon), cups(f.Terms.Reserve), f.Terms.ShelfMax, templates.CheckWord(l, f.Terms.CheckMode))
		if len(config.Stations) > 1 {
			text += l.T("rota_page.comma") + templates.TapsWord(l, f.Terms.OneTap)
		}
		return text
	case shop.ItemSet:
		name := templates.PartName(l, config.Menu, f.Part())
		if f.Available {
			return name + l.T("log.is_back")
		}
		if !f.Until.IsZero() {
			return name + l.T("log.sold_out_until", p.clock(f.Until))
		}
		return name + l.T("log.sold_out")
	case shop.OrderEnded:
		if f.Reason == "" {
			return l.T("log.order_ended", order, templates.OrderWord(l, f.State))
		}
		return l.T("log.order_ended_why", order, templates.OrderWord(l, f.State), templates.EndWord(l, f.Reason))
	case shop.CupsMoved:
		if f.Reason != "" {
			return l.T("log.order_cups_given_out", order, len(f.Moves), templates.EndWord(l, f.Reason))
		}
		return l.T("log.order_before_cups", order) + l.N(len(f.Moves), "log.cups_not_made_or")
	case shop.CupRemade:
		if f.Reason != "" {
			return l.T("log.order_a_cup_made", order) + l.T("shared.colon") + f.Reason
		}
		return l.T("log.order_a_cup_made", order)
	case shop.StockSet:
		name := templates.PartName(l, config.Menu, shop.IngredientPart(f.Ingredient))
		switch {
		case f.Amount < 0:
			return name + l.T("log.not_counted_any_more")
		case f.Was != nil && *f.Was != f.Amount:
			return l.T("log.counted_instead", name, amount(l, config, f.Ingredient, f.Amount), amount(l, config, f.Ingredient, *f.Was))
		}
		return l.T("log.counted_left", name, amount(l, config, f.Ingredient, f.Amount))
	case shop.StockWasted:
		return l.T("log.wasted", templates.PartName(l, config.Menu, shop.IngredientPart(f.Ingredient)), amount(l, config, f.Ingredient, f.Amount))
	case shop.StockReceived:
		return l.T("log.received", templates.PartName(l, config.Menu, shop.IngredientPart(f.Ingredient)),
			amount(l, config, f.Ingredient, f.Amount))
	case shop.CookStepped:
		word := map[shop.CookStep]string{shop.CookBegin: "log.cook_begin", shop.CookDone: "log.cook_done", shop.CookStop: "log.cook_stop"}[f.Step]
		return l.T(word, templates.PartName(l, config.Menu, shop.IngredientPart(f.Ingredient)), amount(l, config, f.Ingredient, f.Amount))
	case shop.NamesMapped:
		return l.T("log.names_mapped", channelName(l, config, f.Channel), len(f.Entries), len(f.Remove))
	case shop.OrderCompensated:
		return l.T("log.compensated", order, l.T("compensation."+string(f.Cause)), f.What)
	case shop.MenuChanged:
		return menuChanged(l, config, f)
	case shop.OrderPutFirst:
		return l.T("log.put_first", order, f.Reason)
	case shop.ClosingSet:
		return l.T("log.closes_early", p.clock(f.At))
	case shop.StopDismissed:
		return l.T("log.has_seen_a_stop")
	case shop.OrderReopened:
		return l.T("log.order_opened_again", order)
	case shop.DayOpened:
		return l.T("log.a_new_day") + string(f.Day)
	case shop.DayClosed:
		return l.T("log.books_closed_of") + string(f.Day)
	case shop.StatementImported:
		return l.T("log.statement_of_for_taken", channelName(l, config, f.Channel), f.Day, f.File)
	case shop.NoticeGiven:
		return p.campaignWord(l, f.Campaign.ID) + l.T("campaigns.announced")
	case shop.NoticeRevised:
		return p.campaignWord(l, f.Campaign) + l.T("campaigns.changed")
	case shop.NoticeCancelled:
		return p.campaignWord(l, f.Campaign) + l.T("campaigns.log_cancelled")
	case shop.NoticesTrimmed:
		return l.T("campaigns.past_campaigns_cleared_away")
	case shop.NoticeAcknowledged:
		channel := p.Tally.Snapshot().Campaigns[f.Campaign].Channel // "" of one that is forgotten
		return p.campaignWord(l, f.Campaign) + l.T("campaigns.log_answered") + limitWord(l, config, channel, f.Acknowledgement.Limit)
	case shop.FleetJoined:
		return l.T("outside.log_joined", f.Fleet)
	case shop.FleetLeft:
		return l.T("outside.log_left", f.Fleet)
	case shop.FleetKeyed:
		if f.Gone {
			return l.T("outside.log_key_gone", f.Fleet, f.Key)
		}
		return l.T("outside.log_key_new", f.Fleet, f.Key)
	case shop.RemoteSet:
		return l.T("outside.log_may", mayWords(l, f.Remote))
	case shop.CarriedOut: // of what was done there are entries of their own
		return l.T("outside.log_not_done", problemWord(l, f.Carried.Refused))
	case shop.AskedAgain:
		return l.T("outside.log_again")
	case shop.Audited:
		if id, ok := auditWords[f.What]; ok {
			if f.About == "" {
				return strings.TrimRight(l.T(id), ":：") // a colon with nothing behind it says nothing
			}
			return l.T(id) + " " + about(l, config, f.About)
		}
		return strings.TrimSpace(f.What + " " + f.About)
	}
	return e.Name
}

func amount(l words.Lang, config *shop.Config, ingredient string, n int) string {
	return templates.AmountWord(l, config.Menu, ingredient, n)
}

// about is what an audit is about, in the page's language: a name, with a role behind it; a channel; or what
// a code was made for.
func about(l words.Lang, config *shop.Config, text string) string {
	switch name, role, ok := strings.Cut(strings.TrimSuffix(text, ")"), " ("); {
	case ok:
		r, _ := access.ParseRole(role)
		return l.T("log.name_with_role", name, access.RoleWord(l, r))
	case text == access.CodeForTablet:
		return l.T("log.a_device")
	case text == access.CodeForOwner:
		return l.T("log.the_owners_password")
	}
	return actor(l, config, text)
}

func (p *Pages) intakeChange(l words.Lang, config *shop.Config, f shop.IntakeSet) string {
	text := actor(l, config, f.Channel) + " " + intakeSign(f.Intake.Mode) + " " + templates.IntakeWord(l, f.Intake.Mode)
	if f.Intake.Reason == shop.IntakeExpired {
		return text + l.T("log.its_time_was_up")
	}
	if !f.Intake.Until.IsZero() {
		text += " · " + p.until(l, f.Intake.Until)
	}
	if f.Intake.Reason != "" {
		text += " · " + pauseWord(l, f.Intake.Reason)
	}
	return text
}

func stationName(l words.Lang, config *shop.Config, id string) string {
	for _, s := range config.Stations {
		if s.ID == id {
			return l.Of(s.Name)
		}
	}
	return id
}

// auditWords say what was done outside the rules of orders.
var auditWords = map[string]string{
	shop.AuditCodeMade:       "log.one_time_code_made",
	shop.AuditDevicePaired:   "log.paired",
	shop.AuditDeviceRevoked:  "log.removed_the_device",
	shop.AuditMemberAdded:    "log.added",
	shop.AuditMemberChanged:  "log.new_pin_or_role",
	shop.AuditMemberEnded:    "log.removed",
	shop.AuditSignInSlowed:   "log.many_wrong_pins_or",
	shop.AuditOwnerSet:       "log.set_the_owners_password",
	shop.AuditOwnerSignedIn:  "log.the_owner_signed_in",
	shop.AuditKeyAdded:       "log.new_channel_key_for",
	shop.AuditKeyRevoked:     "log.revoked_the_channel_key",
	shop.AuditClockTrusted:   "log.clock_is_right",
	shop.AuditSentAgain:      "log.events_sent_again",
	shop.AuditShopClaimed:    "log.this_box_is_the_shop",
	shop.AuditOutsideRefused: "outside.log_refused",
}

// real is a moment of the real clock, by which devices, people and keys live.
func (p *Pages) real(at time.Time) string {
	return short(at, p.Guard.Now(), p.Tally.Snapshot().Config.Location)
}
