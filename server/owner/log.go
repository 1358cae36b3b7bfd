package owner

import (
	"encoding/json"
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

// body is what the facts of the log say, all of them together: each has a few of the members.
type body struct {
	Channel    string          `json:"channel"`
	Intake     shop.Intake     `json:"intake"`
	Station    string          `json:"station"`
	Staff      int             `json:"staff"`
	Terms      shop.Terms      `json:"terms"`
	Item       string          `json:"item"`
	Available  bool            `json:"available"`
	About      string          `json:"about"`
	State      string          `json:"state"`
	Reason     string          `json:"reason"`
	Moves      json.RawMessage `json:"moves"`
	Ingredient string          `json:"ingredient"`
	Amount     int             `json:"amount"`
	Day        string          `json:"day"`
	File       string          `json:"file"`

	Campaign        campaignRef          `json:"campaign"`
	Acknowledgement shop.Acknowledgement `json:"acknowledgement"`
}

// what says in words what a line of the log says. A fact that has no words yet is shown by its name.
func (p *Pages) what(l words.Lang, config *shop.Config, e store.LogEntry) string {
	var b body
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return e.Name
	}
	order := shop.OrderID(e.Order).String()
	switch e.Name {
	case "intake.set":
		return p.intakeChange(l, config, b)
	case "staff.set":
		return l.T("log.on_duty", stationName(l, config, b.Station), b.Staff)
	case "terms.set":
		return l.T("log.promise_min_cups_for",
			minutes(b.Terms.Horizon), cups(b.Terms.Reserve), b.Terms.ShelfMax, templates.CheckWord(l, b.Terms.CheckMode))
	case "item.set":
		name := b.Item
		if item := config.Menu.Item(b.Item); item != nil {
			name = l.Of(item.Name)
		}
		if b.Available {
			return name + l.T("log.is_back")
		}
		return name + l.T("log.sold_out")
	case "order.ended":
		return l.T("log.order", order, templates.OrderWord(l, shop.OrderState(b.State)), b.Reason)
	case "cups.moved":
		if b.Reason != "" {
			return l.T("log.order_cups_given_out", order, strings.Count(string(b.Moves), `"to"`), b.Reason)
		}
		return l.T("log.order_2", order) + l.N(strings.Count(string(b.Moves), `"to"`), "log.cups_not_made_or")
	case "cup.remade":
		return l.T("log.order_a_cup_made", order)
	case "stock.set":
		name := b.Ingredient
		if n, ok := config.Menu.Pantry[b.Ingredient]; ok {
			name = l.Of(n)
		}
		if b.Amount < 0 {
			return name + l.T("log.not_counted_any_more")
		}
		return l.T("log.counted_left", name, b.Amount)
	case "stop.dismissed":
		return l.T("log.has_seen_a_stop")
	case "order.reopened":
		return l.T("log.order_opened_again", order)
	case "day.opened":
		return l.T("log.a_new_day") + b.Day
	case "day.closed":
		return l.T("log.books_closed_of") + b.Day
	case "statement.imported":
		return l.T("log.statement_of_for_taken", channelName(l, config, b.Channel), b.Day, b.File)
	case "notice.given", "notice.revised", "notice.cancelled", "notice.acknowledged", "notices.trimmed":
		return p.noticeChange(l, config, e.Name, b)
	}
	if id, ok := auditWords[e.Name]; ok {
		return strings.TrimSpace(l.T(id) + " " + about(l, config, b.About))
	}
	return strings.TrimSpace(e.Name + " " + b.About)
}

// about is what an audit is about, in the page's language: a name, with a role behind it; a channel; or what
// a code was made for.
func about(l words.Lang, config *shop.Config, text string) string {
	switch name, role, ok := strings.Cut(strings.TrimSuffix(text, ")"), " ("); {
	case ok:
		r, _ := access.ParseRole(role)
		return name + l.T("log.mark") + access.RoleWord(l, r) + l.T("log.mark_2")
	case text == access.CodeForTablet:
		return l.T("log.a_device")
	case text == access.CodeForOwner:
		return l.T("log.the_owners_password")
	}
	return actor(l, config, text)
}

func (p *Pages) intakeChange(l words.Lang, config *shop.Config, b body) string {
	text := actor(l, config, b.Channel) + " " + intakeSign(b.Intake.Mode) + " " + templates.IntakeWord(l, b.Intake.Mode)
	if b.Intake.Reason == "expired" {
		return text + l.T("log.its_time_was_up")
	}
	if !b.Intake.Until.IsZero() {
		text += " · " + p.until(l, b.Intake.Until)
	}
	if b.Intake.Reason != "" {
		text += " · " + why(l, b.Intake.Reason)
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

// auditWords are what was done to who may come in.
var auditWords = map[string]string{
	shop.AuditCodeMade:      "log.one_time_code_made",
	shop.AuditDevicePaired:  "log.paired",
	shop.AuditDeviceRevoked: "log.removed_the_device",
	shop.AuditMemberAdded:   "log.added",
	shop.AuditMemberChanged: "log.new_pin_or_role",
	shop.AuditMemberEnded:   "log.removed",
	shop.AuditSignInSlowed:  "log.many_wrong_pins_or",
	shop.AuditOwnerSet:      "log.set_the_owners_password",
	shop.AuditOwnerSignedIn: "log.the_owner_signed_in",
	shop.AuditKeyAdded:      "log.new_channel_key_for",
	shop.AuditKeyRevoked:    "log.revoked_the_channel_key",
}

// real is a moment of the real clock, by which devices, people and keys live.
func (p *Pages) real(at time.Time) string {
	return short(at, p.Guard.Now(), p.Tally.Snapshot().Config.Location)
}
