package kds

import (
	"strconv"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/words"
	"weir/templates"
)

// breakingWithin is how long before its promise a cup that nobody has started is an alarm: it can no longer
// be made in time by waiting its turn.
const breakingWithin = 2 * time.Minute

// alarms are what nobody may miss, the gravest first.
func (s *Screens) alarms(state *shop.State, l words.Lang, queue []shop.Queued, now time.Time) []templates.Alarm {
	var list []templates.Alarm
	if off := state.Lost(); off != 0 {
		list = append(list, templates.Alarm{
			Kind: "stop", Href: s.Base + "/kds/why", Button: l.T("shared.look"),
			Text: l.T("board.the_cup_ledger_is", off),
		})
	}
	for _, t := range s.Troubles(l) {
		list = append(list, templates.Alarm{Kind: "stop", Text: t})
	}
	list = append(list, s.linesAlarms(state, l, now)...)
	if none := s.noPaper(l); none != nil {
		list = append(list, none...) // the lights say which printer, and why
	} else {
		list = append(list, s.printerAlarms(l, now)...)
	}
	if state.Capacity.Rate(now).Estimated {
		list = append(list, templates.Alarm{
			Kind: "ask", Href: s.Base + "/kds/clear", Button: l.T("board.clear_up_to_which"),
			Text: l.T("board.orders_leave_and_nobody"),
		})
	}
	if n := breaking(queue, now); n > 0 && late(queue, now) == 0 {
		list = append(list, templates.Alarm{
			Kind: "ask", Text: l.N(n, "board.cups_are_about_to"),
		})
	}
	return list
}

// late counts the cups whose promise is broken. While there are some, the next one is no news.
func late(queue []shop.Queued, now time.Time) (n int) {
	for _, q := range queue {
		if q.Cup.State.Unmade() && q.Order.Standing(now) == shop.Late {
			n++
		}
	}
	return n
}

// breaking counts the cups that wait although their promise is about to break.
func breaking(queue []shop.Queued, now time.Time) (n int) {
	for _, q := range queue {
		if left := q.Order.Promise.By().Sub(now); q.Cup.State == shop.Waiting && left >= 0 && left <= breakingWithin {
			n++
		}
	}
	return n
}

// signsOf is what is worth a sound when it rises: new orders, cups that became late, trouble.
func signsOf(state *shop.State, b *templates.Board, queue []shop.Queued, now time.Time) templates.Signs {
	newest := map[string]int64{}
	for _, q := range queue {
		if at := q.Order.KitchenAt.UnixMilli(); q.Cup.State == shop.Waiting && at > newest[q.Order.Channel] {
			newest[q.Order.Channel] = at
		}
	}
	var fresh []string
	for _, ch := range state.Config.Channels {
		fresh = append(fresh, ch.ID+"="+strconv.FormatInt(newest[ch.ID], 10))
	}
	s := templates.Signs{Fresh: strings.Join(fresh, " "), Late: late(queue, now), Trouble: len(state.Stops)}
	for _, a := range b.Alarms {
		if a.Kind == "stop" {
			s.Trouble++
		}
	}
	return s
}
