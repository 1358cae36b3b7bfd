package kds

import (
	"strings"
	"time"
	"unicode/utf8"

	"weir/shop"
	"weir/shop/words"
)

// standingClass names a standing for the style sheet.
func standingClass(s shop.Standing) string { return [...]string{"track", "due", "late"}[s] }

// promiseTime is how long there is until a promise, or since: short, to be read from two metres. What is
// more than an hour away is a time of day.
func promiseTime(l words.Lang, by, now time.Time, zone *time.Location) string {
	left := by.Sub(now)
	switch {
	case left >= time.Hour:
		return by.In(zone).Format("15:04")
	case left >= 0:
		return l.T("state.minutes_left", int(left/time.Minute))
	case left > -time.Hour:
		return l.T("state.minutes_late", int(-left/time.Minute))
	}
	return l.T("state.hours_late", int(-left/time.Hour))
}

// short cuts the word that its place on the card says already: 大杯 is 大 in the place of the size, 三分糖 is
// 三分 in that of sugar; "Full sugar" is "Full", "Large" is "L".
func short(l words.Lang, group, name string) string {
	switch {
	case l != words.ZH && group == shop.GroupSize && !strings.Contains(name, " "):
		_, first := utf8.DecodeRuneInString(name)
		return name[:first]
	case l != words.ZH && group == shop.GroupIce:
		return name // "No ice" is not "No"
	case l != words.ZH:
		return strings.TrimSuffix(name, " "+group)
	case group == shop.GroupSize:
		return strings.TrimSuffix(name, "杯")
	case group == shop.GroupSugar && utf8.RuneCountInString(name) > 2 && !strings.HasPrefix(name, "不"):
		return strings.TrimSuffix(name, "糖")
	}
	return name // 燕麦 is not 燕麦奶, and 去冰 is not 去
}
