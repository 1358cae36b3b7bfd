package kds

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/templates"
)

// turnsMax is how many changes of the level are remembered: those of a rush. The log has all of them.
const turnsMax = 20

// turn is a change of the level, with what the kitchen looked like at that moment.
type turn struct {
	at     time.Time
	report capacity.Report
}

// turns remembers the last changes of the level since the start, for "why?".
type turns struct {
	mu   sync.Mutex
	last []turn // oldest first
}

// note looks whether the level or its reason has changed.
func (t *turns) note(state *shop.State, now time.Time) {
	level := state.Book.Level(now, "")
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.last); n > 0 && t.last[n-1].report.Level.Level == level.Level && t.last[n-1].report.Level.Reason == level.Reason {
		return
	}
	if len(t.last) == turnsMax {
		t.last = slices.Delete(t.last, 0, 1)
	}
	t.last = append(t.last, turn{now, state.Book.Report(now)})
}

func (t *turns) list() []turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.last)
}

// turnsSection tells how the level came to be what it is, the newest turn first.
func (s *Screens) turnsSection(l templates.Lang, zone *time.Location) templates.Section {
	section := templates.Section{Title: l.T("档位怎么变的", "How the level changed")}
	for _, t := range slices.Backward(s.turns.list()) {
		r := t.report
		text := fmt.Sprintf(l.T("%d %s %s · 还能接 %.1f · 待做 %.1f · 预算 %.1f 标准杯", "%d %s %s · room %.1f · to make %.1f · budget %.1f standard cups"),
			r.Level.Level, l.Level(r.Level.Level), l.Reason(r.Level.Reason), r.Room.Work().Cups(), r.Backlog.Cups(), r.Room.Budget.Cups())
		section.Facts = append(section.Facts, templates.Fact{Name: t.at.In(zone).Format("15:04:05"), Value: text})
	}
	return section
}

// refusalsSection tells why the last orders were not accepted: what was asked, the room at that moment, the
// rule.
func (s *Screens) refusalsSection(l templates.Lang, config *shop.Config) templates.Section {
	section := templates.Section{Title: l.T("最近没接的单，为什么", "Orders refused lately, and why")}
	for _, r := range s.Kitchen.Refusals() {
		why := r.Refusal.Why
		text := fmt.Sprintf(l.T("%s %d 杯（%.1f 标准杯）：%s · 当时还能接 %.1f", "%s, %d cups (%.1f standard): %s · room then %.1f"),
			channelName(config, l, r.Channel), r.Cups, why.Asked.Cups(), ruleWord(l, why), max(0, why.Room).Cups())
		if at := r.Refusal.EarliestAt; !at.IsZero() {
			text += fmt.Sprintf(l.T(" · 最早 %s", " · earliest %s"), at.In(config.Location).Format("15:04"))
		}
		section.Facts = append(section.Facts, templates.Fact{Name: r.At.In(config.Location).Format("15:04:05"), Value: text})
	}
	if len(section.Facts) == 0 {
		section.Facts = []templates.Fact{{Name: "–", Value: l.T("没有", "none")}}
	}
	return section
}

// ruleWord says a rule of admission in words.
func ruleWord(l templates.Lang, why capacity.Why) string {
	switch why.Rule {
	case capacity.RuleHours:
		return l.T("打烊或做好已过打烊时间", "closed, or ready only after closing")
	case capacity.RuleOwner:
		return l.T("店主关了这个渠道", "the owner has switched the channel off")
	case capacity.RuleShelf:
		return fmt.Sprintf(l.T("货架上已有 %d 袋，上限 %d", "%d bags on the shelf, %d allowed"), why.Bags, why.BagsMax)
	case capacity.RuleStaff:
		return l.T("有工位无人在岗", "nobody on duty at a station")
	case capacity.RuleBudget:
		return l.T("超过这班人在最长承诺内能做的量", "more than this crew makes within the longest promise")
	case capacity.RulePromise:
		return fmt.Sprintf(l.T("要承诺 %s，最长只许 %s", "would need a promise of %s, %s allowed"), span(l, why.Needed), span(l, why.Longest))
	case capacity.RuleDeadlines:
		return l.T("会让已答应的单迟到", "would break promises already given")
	case capacity.RuleSlotTime:
		return l.T("没有这个时段，或已过", "no such slot, or past")
	case capacity.RuleSlotShare:
		return l.T("这个渠道在该时段的份额已满", "the channel has its share of the slot")
	case capacity.RuleSlotFull:
		return l.T("该时段已满", "the slot is full")
	case capacity.RuleLater:
		return l.T("会挤掉后面的时段", "would push a later slot over")
	}
	return string(why.Rule)
}
