package kds

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"weir/shop"
	"weir/shop/capacity"
	"weir/templates"
)

// intakeWord says what a channel may order.
func intakeWord(l templates.Lang, m capacity.IntakeMode) string {
	switch m {
	case capacity.IntakePaused:
		return l.T("停", "paused")
	case capacity.IntakeSlots:
		return l.T("预约", "slots")
	}
	return l.T("开", "open")
}

// standingClass names a standing for the style sheet.
func standingClass(s shop.Standing) string { return [...]string{"track", "due", "late"}[s] }

// standingWord says a standing without colour.
func standingWord(l templates.Lang, s shop.Standing) string {
	return [...]string{l.T("准时", "on track"), l.T("将到", "due"), l.T("已迟", "late")}[s]
}

// stateWord is a cup's state as the crew calls it.
func stateWord(l templates.Lang, s shop.CupState) string {
	switch s {
	case shop.Booked:
		return l.T("预约", "booked")
	case shop.Waiting:
		return l.T("等待", "waiting")
	case shop.Making:
		return l.T("在做", "making")
	case shop.Made:
		return l.T("做好", "made")
	case shop.Handed:
		return l.T("已取", "handed over")
	case shop.Voided:
		return l.T("作废", "voided")
	}
	return l.T("倒掉", "discarded")
}

// promiseTime is how long there is until a promise, or since: short, to be read from two metres. What is
// more than an hour away is a time of day.
func promiseTime(l templates.Lang, by, now time.Time, zone *time.Location) string {
	left := by.Sub(now)
	switch {
	case left >= time.Hour:
		return by.In(zone).Format("15:04")
	case left >= 0:
		return fmt.Sprintf(l.T("%d分", "%dm"), int(left/time.Minute))
	case left > -time.Hour:
		return fmt.Sprintf(l.T("迟%d", "+%dm"), int(-left/time.Minute))
	}
	return fmt.Sprintf(l.T("迟%d时", "+%dh"), int(-left/time.Hour))
}

// span is a stretch of time in words, to the minute.
func span(l templates.Lang, d time.Duration) string {
	minutes := int((d + time.Minute/2) / time.Minute)
	if minutes < 60 {
		return fmt.Sprintf(l.T("%d分", "%d min"), minutes)
	}
	return fmt.Sprintf(l.T("%d时%02d分", "%d h %02d min"), minutes/60, minutes%60)
}

// short cuts the word that its place on the card says already: 大杯 is 大 in the place of the size, 三分糖 is
// 三分 in that of sugar; "Full sugar" is "Full", "Large" is "L".
func short(l templates.Lang, group, name string) string {
	switch {
	case l == templates.EN && group == shop.GroupSize && !strings.Contains(name, " "):
		_, first := utf8.DecodeRuneInString(name)
		return name[:first]
	case l == templates.EN && group == shop.GroupIce:
		return name // "No ice" is not "No"
	case l == templates.EN:
		return strings.TrimSuffix(name, " "+group)
	case group == shop.GroupSize:
		return strings.TrimSuffix(name, "杯")
	}
	if len([]rune(name)) <= 2 {
		return name
	}
	return strings.TrimRight(name, "糖奶冰")
}

// orderWord is where an order stands, as the crew calls it.
func orderWord(l templates.Lang, s shop.OrderState) string {
	switch s {
	case shop.OrderBooked:
		return l.T("预约", "booked")
	case shop.OrderAccepted:
		return l.T("等待制作", "waiting")
	case shop.OrderMaking:
		return l.T("制作中", "being made")
	case shop.OrderReady:
		return l.T("已做好", "ready")
	case shop.OrderHanded:
		return l.T("已取走", "handed over")
	case shop.OrderCancelled:
		return l.T("已取消", "cancelled")
	case shop.OrderReleased:
		return l.T("已退单", "released")
	}
	return l.T("无人取", "unclaimed")
}
