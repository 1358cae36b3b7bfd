package kds

import (
	"slices"
	"sync"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
)

// levelChangesMax is how many changes of the level are remembered: those of a rush. The log has all of them.
const levelChangesMax = 20

// levelChange is a change of the level, with what the kitchen looked like at that moment.
type levelChange struct {
	at     time.Time
	report capacity.Report
}

// levelChanges remembers the last changes of the level since the start, for "why?".
type levelChanges struct {
	mu   sync.Mutex
	last []levelChange // oldest first
}

// note looks whether the level or its reason has changed.
func (t *levelChanges) note(state *shop.State, now time.Time) {
	level := state.Capacity.Level(now, "")
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.last); n > 0 && t.last[n-1].report.Level.Level == level.Level && t.last[n-1].report.Level.Reason == level.Reason {
		return
	}
	if len(t.last) == levelChangesMax {
		t.last = slices.Delete(t.last, 0, 1)
	}
	t.last = append(t.last, levelChange{now, state.Capacity.Report(now)})
}

func (t *levelChanges) list() []levelChange {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.last)
}

// levelSection tells how the level came to be what it is, the newest change first.
func (s *Screens) levelSection(l words.Lang, zone *time.Location) templates.Section {
	section := templates.Section{Title: l.T("why.how_the_level_changed")}
	for _, t := range slices.Backward(s.levels.list()) {
		r := t.report
		why := templates.ReasonWord(l, r.Level.Reason)
		if why != "" {
			why = l.T("level.why", why)
		}
		text := l.T("why.room_to_make_budget", templates.LevelWord(l, r.Level.Level), why, r.Room.Work().Cups(), r.Backlog.Cups(),
			r.Room.Budget.Cups())
		section.Facts = append(section.Facts, templates.Fact{Name: t.at.In(zone).Format("15:04:05"), Value: text})
	}
	return section
}

// refusalsSection tells why the last orders were not accepted: what was asked, the room at that moment, the
// rule.
func (s *Screens) refusalsSection(l words.Lang, config *shop.Config) templates.Section {
	section := templates.Section{Title: l.T("why.orders_refused_lately_and")}
	for _, r := range s.Refusals() {
		why := r.Refusal.Why
		text := l.T("why.cups_standard_room_then",
			channelName(config, l, r.Channel), r.Cups, why.Asked.Cups(), ruleWord(l, why), max(0, why.Room).Cups())
		if at := r.Refusal.EarliestAt; !at.IsZero() {
			text += l.T("why.earliest", at.In(config.Location).Format("15:04"))
		}
		section.Facts = append(section.Facts, templates.Fact{Name: r.At.In(config.Location).Format("15:04:05"), Value: text})
	}
	if len(section.Facts) == 0 {
		section.Facts = []templates.Fact{{Name: "–", Value: l.T("shared.none")}}
	}
	return section
}

// ruleWord says a rule of admission in words.
func ruleWord(l words.Lang, why capacity.Why) string {
	switch why.Rule {
	case capacity.RuleHours:
		return l.T("why.closed_or_ready_only")
	case capacity.RuleOwner:
		return l.T("why.the_owner_has_switched")
	case capacity.RuleShelf:
		return l.N(why.Bags, "why.bags_on_the_shelf", why.BagsMax)
	case capacity.RuleStaff:
		return l.T("reason.staff")
	case capacity.RuleStandby:
		return l.T("why.others_wait_for_room")
	case capacity.RuleBudget:
		return l.T("why.more_than_this_crew")
	case capacity.RulePromise:
		return l.T("why.would_need_a_promise", l.Span(why.Needed), l.Span(why.Longest))
	case capacity.RuleDeadlines:
		return l.T("why.would_break_promises_already")
	case capacity.RuleSlotTime:
		return l.T("why.no_such_slot_or")
	case capacity.RuleSlotShare:
		return l.T("why.the_channel_has_its")
	case capacity.RuleSlotFull:
		return l.T("why.the_slot_is_full")
	case capacity.RuleLater:
		return l.T("why.would_push_a_later")
	}
	return string(why.Rule)
}
