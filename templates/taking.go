package templates

import (
	"strings"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
)

// Taking is how far the shop's intake is open, in words. It is never better than what a platform's customers meet.
type Taking struct {
	Level int    // how it is coloured: one of capacity.LevelOpen …
	Word  string // "正常接单"
	Why   string // "" where there is nothing to explain
}

// TakingNow says what the shop takes, and which channels may order less than the rest of it.
func TakingNow(l words.Lang, state *shop.State, level capacity.Level, now time.Time) Taking {
	t := Taking{Level: level.Level, Word: LevelWord(l, level.Level), Why: ReasonWord(l, level.Reason)}
	if level.Reason == capacity.Staff {
		t.Word, t.Why = l.T("shared.nobody_on_duty"), ""
	}
	less, paused, platforms := restricted(l, state, level, now)
	switch {
	case len(less) == 0:
		return t
	case level.Level == capacity.LevelOpen && paused == platforms:
		t.Level, t.Word = capacity.LevelPaused, l.T("level.platforms_paused")
	case level.Level == capacity.LevelOpen:
		t.Level, t.Word = capacity.LevelLimited, l.T("level.partly")
	}
	if t.Why != "" {
		less = append([]string{t.Why}, less...)
	}
	t.Why = strings.Join(less, " · ")
	return t
}

// restricted names the platforms that may order less than the shop's level says. It counts those that are paused, and all.
func restricted(l words.Lang, state *shop.State, level capacity.Level, now time.Time) (less []string, paused, platforms int) {
	for _, ch := range state.Config.Channels {
		if ch.ID == shop.CounterChannel {
			continue
		}
		platforms++
		mode := state.TakenNow(ch.ID, now)
		if mode == capacity.IntakeOpen || level.Level >= capacity.LevelPaused ||
			mode == capacity.IntakeSlots && level.Level >= capacity.LevelSlots {
			continue
		}
		if mode == capacity.IntakePaused {
			paused++
		}
		name, word, until := l.Of(ch.Name), IntakeWord(l, mode), state.Capacity.Level(now, ch.ID).ResumeAt
		if text := fromOutside(l, state, ch.ID, name, now); text != "" {
			less = append(less, text)
		} else if !until.IsZero() && until.Sub(now) < 24*time.Hour {
			less = append(less, l.T("level.restricted_until", name, word, until.In(state.Config.Location).Format("15:04")))
		} else {
			less = append(less, l.T("level.restricted", name, word))
		}
	}
	return less, paused, platforms
}

// fromOutside says who restricted a channel, when it was somebody who is not in the shop: the crew has not heard of it. "" when
// it was not.
func fromOutside(l words.Lang, state *shop.State, channel, name string, now time.Time) string {
	in := state.Intake(channel, now)
	who := shop.OutsideName(in.By)
	if who == "" || in.Mode == capacity.IntakeOpen {
		return ""
	}
	text := l.T("outside.slots", who, name)
	if in.Mode == capacity.IntakePaused {
		text = l.T("outside.paused", who, name)
	}
	if in.Until.IsZero() {
		return text
	}
	return l.T("outside.reopens", text, in.Until.In(state.Config.Location).Format("15:04"))
}
