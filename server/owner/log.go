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
	o := templates.OwnerLog{Page: title(c, "操作记录", "Log"), Changes: p.changes(page.Lang(c), p.Tally.Snapshot().Config, entries)}
	if len(entries) == logShown {
		o.Older = fmt.Sprintf("/owner/log?before=%d", entries[logShown-1].Seq)
	}
	return page.Show(c, http.StatusOK, templates.OwnerLogPage(o))
}

func (p *Pages) changes(l templates.Lang, config *shop.Config, entries []store.LogEntry) []templates.OwnerChange {
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
func (p *Pages) what(l templates.Lang, config *shop.Config, e store.LogEntry) string {
	var b body
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return e.Name
	}
	order := shop.OrderID(e.Order).String()
	switch e.Name {
	case "intake.set":
		return p.intakeChange(l, config, b)
	case "staff.set":
		return fmt.Sprintf(l.T("在岗：%s %d 人", "On duty: %s %d"), stationName(l, config, b.Station), b.Staff)
	case "terms.set":
		return fmt.Sprintf(l.T("承诺 %d 分，柜台留 %s 杯，货架 %d 袋，%s", "Promise %d min, %s cups for the counter, shelf %d bags, %s"),
			minutes(b.Terms.Horizon), cups(b.Terms.Reserve), b.Terms.ShelfMax, modeWord(l, b.Terms.CheckMode))
	case "item.set":
		name := b.Item
		if item := config.Menu.Item(b.Item); item != nil {
			name = l.Of(item.Name)
		}
		if b.Available {
			return name + l.T(" 恢复售卖", " is back")
		}
		return name + l.T(" 售罄", " sold out")
	case "order.ended":
		return fmt.Sprintf(l.T("%s 单 %s：%s", "Order %s %s: %s"), order, endWord(l, b.State), b.Reason)
	case "cups.moved":
		if b.Reason != "" {
			return fmt.Sprintf(l.T("%s 单交出 %d 杯：%s", "Order %s: %d cups given out: %s"), order, strings.Count(string(b.Moves), `"to"`), b.Reason)
		}
		return fmt.Sprintf(l.T("%s 单", "Order %s: "), order) + l.N(strings.Count(string(b.Moves), `"to"`), " %d 杯作废", "%d cup not made or thrown away", "%d cups not made or thrown away")
	case "cup.remade":
		return fmt.Sprintf(l.T("%s 单重做 1 杯", "Order %s: a cup made again"), order)
	case "stock.set":
		name := b.Ingredient
		if n, ok := config.Menu.Pantry[b.Ingredient]; ok {
			name = l.Of(n)
		}
		if b.Amount < 0 {
			return name + l.T("：不再盘点", ": not counted any more")
		}
		return fmt.Sprintf(l.T("盘点 %s：还剩 %d", "Counted %s: %d left"), name, b.Amount)
	case "stop.dismissed":
		return l.T("看到了“停做”", "Has seen a STOP")
	case "order.reopened":
		return fmt.Sprintf(l.T("%s 单重新打开", "Order %s opened again"), order)
	case "day.opened":
		return l.T("新的一天 ", "A new day, ") + b.Day
	case "day.closed":
		return l.T("结账 ", "Books closed of ") + b.Day
	case "statement.imported":
		return fmt.Sprintf(l.T("导入 %s %s 的账单：%s", "Statement of %s for %s taken in: %s"), channelName(l, config, b.Channel), b.Day, b.File)
	case "notice.given", "notice.revised", "notice.cancelled", "notice.acknowledged", "notices.trimmed":
		return p.noticeChange(l, config, e.Name, b)
	}
	if words, ok := auditWords[e.Name]; ok {
		return strings.TrimSpace(l.Of(words) + " " + about(l, config, b.About))
	}
	return strings.TrimSpace(e.Name + " " + b.About)
}

// about is what an audit is about, in the page's language: a name, with a role behind it; a channel; or what
// a code was made for.
func about(l templates.Lang, config *shop.Config, text string) string {
	switch name, role, ok := strings.Cut(strings.TrimSuffix(text, ")"), " ("); {
	case ok:
		r, _ := access.ParseRole(role)
		return name + l.T("（", " (") + access.RoleWord(l, r) + l.T("）", ")")
	case text == access.CodeForTablet:
		return l.T("（配对设备）", "a device")
	case text == access.CodeForOwner:
		return l.T("（店主密码）", "the owner's password")
	}
	return actor(l, config, text)
}

func (p *Pages) intakeChange(l templates.Lang, config *shop.Config, b body) string {
	text := actor(l, config, b.Channel) + " " + intakeWord(l, b.Intake.Mode)
	if b.Intake.Reason == "expired" {
		return text + l.T("（到时自动恢复）", " (its time was up)")
	}
	if !b.Intake.Until.IsZero() {
		text += " · " + p.until(l, b.Intake.Until)
	}
	if b.Intake.Reason != "" {
		text += " · " + why(l, b.Intake.Reason)
	}
	return text
}

func stationName(l templates.Lang, config *shop.Config, id string) string {
	for _, s := range config.Stations {
		if s.ID == id {
			return l.Of(s.Name)
		}
	}
	return id
}

func endWord(l templates.Lang, state string) string {
	switch shop.OrderState(state) {
	case shop.OrderReleased:
		return l.T("退单", "released")
	case shop.OrderUnclaimed:
		return l.T("无人取", "unclaimed")
	}
	return state
}

// auditWords are what was done to who may come in.
var auditWords = map[string]shop.Name{
	shop.AuditCodeMade:      {ZH: "生成一次性码", EN: "One-time code made for"},
	shop.AuditDevicePaired:  {ZH: "配对设备", EN: "Paired"},
	shop.AuditDeviceRevoked: {ZH: "移除设备", EN: "Removed the device"},
	shop.AuditMemberAdded:   {ZH: "添加人员", EN: "Added"},
	shop.AuditMemberChanged: {ZH: "更改 PIN 或角色", EN: "New PIN or role for"},
	shop.AuditMemberEnded:   {ZH: "移除人员", EN: "Removed"},
	shop.AuditSignInSlowed:  {ZH: "▲ 多次输错，已放慢：", EN: "▲ Many wrong PINs or passwords, slowed down:"},
	shop.AuditOwnerSet:      {ZH: "设置店主密码", EN: "Set the owner's password:"},
	shop.AuditOwnerSignedIn: {ZH: "店主登录", EN: "The owner signed in"},
	shop.AuditKeyAdded:      {ZH: "新渠道密钥", EN: "New channel key for"},
	shop.AuditKeyRevoked:    {ZH: "撤销渠道密钥", EN: "Revoked the channel key"},
}

// real is a moment of the real clock, by which devices, people and keys live.
func (p *Pages) real(at time.Time) string {
	return short(at, p.Guard.Now(), p.Tally.Snapshot().Config.Location)
}
