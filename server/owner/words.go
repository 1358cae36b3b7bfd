package owner

import (
	"fmt"
	"strings"
	"time"

	"weir/server/access"
	"weir/shop"
	"weir/shop/capacity"
	"weir/templates"
)

// intakeWord says what a channel may order.
func intakeWord(l templates.Lang, m capacity.IntakeMode) string {
	switch m {
	case capacity.IntakePaused:
		return l.T("▲ 暂停", "▲ paused")
	case capacity.IntakeSlots:
		return l.T("◆ 只接预约", "◆ slots only")
	}
	return l.T("● 开放", "● open")
}

// modeWord is a check mode at hand-over.
func modeWord(l templates.Lang, mode string) string {
	switch mode {
	case shop.CheckCup:
		return l.T("扫每一杯", "scan every cup")
	case shop.CheckBag:
		return l.T("每袋扫一次", "scan the bag once")
	}
	return l.T("点一下", "one tap")
}

// minutes is a span in whole minutes.
func minutes(d time.Duration) int { return int((d + time.Minute/2) / time.Minute) }

// span is a span in words, to the minute.
func span(l templates.Lang, d time.Duration) string {
	m := minutes(d)
	if m < 60 {
		return fmt.Sprintf(l.T("%d 分", "%d min"), m)
	}
	return fmt.Sprintf(l.T("%d 小时 %02d 分", "%d h %02d min"), m/60, m%60)
}

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
func actor(l templates.Lang, config *shop.Config, by string) string {
	kind, name, _ := strings.Cut(by, ":")
	switch {
	case by == "clock":
		return l.T("自动", "by itself")
	case by == "open":
		return l.T("本机（未登录）", "this machine, not signed in")
	case by == "console":
		return l.T("主机命令行", "the box's command line")
	case by == "stranger":
		return l.T("未配对的设备", "a device that is not paired")
	case kind == "tablet" && name != "":
		return name
	case kind == "owner" && name != "":
		return name + l.T("（店主）", " (owner)")
	}
	if ch, ok := config.Channel(by); ok {
		return l.Of(ch.Name)
	}
	return by
}

// channelName is a channel as people call it; one that has left shop.yaml goes by its id.
func channelName(l templates.Lang, config *shop.Config, id string) string {
	if ch, ok := config.Channel(id); ok {
		return l.Of(ch.Name)
	}
	return id
}

// orders is a number of orders in words.
func orders(l templates.Lang, n int) string { return counted(l, n, "单", "order") }

// cupCount is a number of cups in words.
func cupCount(l templates.Lang, n int) string { return counted(l, n, "杯", "cup") }

// counted is a number of something whose English plural ends in s.
func counted(l templates.Lang, n int, zh, en string) string {
	if n != 1 {
		en += "s"
	}
	return fmt.Sprintf("%d %s", n, l.T(zh, en))
}

// weekday is the day of the week, short.
func weekday(l templates.Lang, at time.Time) string {
	if l == templates.EN {
		return at.Format("Mon")
	}
	return "周" + string([]rune("日一二三四五六")[at.Weekday()])
}

// dayName is a business day with its day of the week.
func dayName(l templates.Lang, day shop.Day) string {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return string(day)
	}
	return string(day) + " " + weekday(l, at)
}

// roleChoices are the roles a member may have.
func roleChoices(l templates.Lang, now string) []templates.Choice {
	var list []templates.Choice
	for _, r := range []access.Role{access.Staff, access.Manager} {
		list = append(list, templates.Choice{Value: r.String(), Name: access.RoleWord(l, r), Chosen: r.String() == now})
	}
	return list
}
