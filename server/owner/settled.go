package owner

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/settlement"
	"weir/shop"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// settled is what one channel owes for a day, beside what it was when the day was closed and what the platform says.
func (p *Pages) settled(c echo.Context, d *settlement.Day, line shop.Settled) (templates.OwnerSettled, error) {
	l, config := page.Lang(c), p.Tally.Snapshot().Config
	s := templates.OwnerSettled{ID: line.Channel, Name: channelName(l, config, line.Channel), Due: yuan(line.Due),
		Facts: settledFacts(l, line)}
	if len(d.Orders) > 0 {
		s.Digest = line.Digest
	}
	if then := lineOf(d.Then, line.Channel); d.Changed && then.Digest != line.Digest {
		was := append(settledFacts(l, then), templates.Fact{Value: yuan(then.Due)})
		s.Facts = since(l, was, append(s.Facts, templates.Fact{Name: l.T("settlement.subsidy_due"), Value: yuan(line.Due)}))
		s.Then = then.Digest
	}
	s.Facts = said(s.Facts)
	if _, known := config.Channel(line.Channel); !known || line.Channel == shop.CounterChannel {
		return s, nil
	}
	row := templates.OwnerRow{
		Href: "/owner/settlement/" + string(d.Day) + "/" + line.Channel, Name: l.T("settlement.the_platforms_statement"),
		Word: l.T("settlement.upload"), Detail: l.T("settlement.none_yet"),
	}
	compared, err := p.books.Compare(c.Request().Context(), d.Day, line.Channel)
	switch {
	case errors.Is(err, shop.ErrNotFound):
	case err != nil:
		return s, err
	default:
		row.Detail, row.Value = compared.Statement.File, yuan(compared.Theirs)
		row.Word, row.Class = comparedWord(l, &compared)
	}
	s.Statement = &row
	return s, nil
}

// comparedWord says in a few words how a statement compares.
func comparedWord(l words.Lang, c *settlement.Comparison) (word, class string) {
	differences := l.N(len(c.Differences), "count.differences")
	switch off := c.Ours.Due - c.Theirs; {
	case len(c.Differences) == 0:
		return l.T("settlement.agrees"), "done"
	case off == 0:
		return l.T("settlement.same_sum", differences), "wait"
	case off > 0:
		return l.T("settlement.too_little", yuan(off), differences), "wait"
	default:
		return l.T("settlement.too_much", yuan(-off), differences), "wait"
	}
}

// lineOf is a channel's line; an empty one where it had none.
func lineOf(lines []shop.Settled, channel string) shop.Settled {
	for _, line := range lines {
		if line.Channel == channel {
			return line
		}
	}
	return shop.Settled{Channel: channel}
}

// settledFacts are a channel's figures in words, always in the same rows; "" where there is nothing to say.
func settledFacts(l words.Lang, s shop.Settled) []templates.Fact {
	none := func(n int, text string) string {
		if n == 0 {
			return ""
		}
		return text
	}
	made := func(n, cups int) string { return none(n, orders(l, n)+" · "+cupCount(l, cups)) }
	owed := func(n, cups int, fen int64) string { return none(n, made(n, cups)+" · "+yuan(fen)) }
	handed := made(s.Orders, s.Cups)
	if s.Zero > 0 {
		handed += l.T("settlement.of_them_zero_yuan", s.Zero)
	}
	parts, given := shop.SettledParts{}, shop.SettledCompensation{}
	if s.Parts != nil {
		parts = *s.Parts
	}
	if s.Compensation != nil {
		given = *s.Compensation
	}
	part := func(name string, fen int64) templates.Fact {
		value := ""
		if fen != 0 {
			value = yuan(fen)
		}
		return templates.Fact{Name: l.T(name), Value: value}
	}
	return []templates.Fact{
		{Name: l.T("settlement.handed_over"), Value: handed},
		{Name: l.T("settlement.made_then_cancelled"), Value: owed(s.MadeCancelled, s.MadeCancelledCups, s.MadeCancelledFen)},
		{Name: l.T("settlement.unclaimed"), Value: owed(s.Unclaimed, s.UnclaimedCups, s.UnclaimedFen)},
		{Name: l.T("settlement.money_not_known_yet"), Value: none(s.Provisional,
			l.T("settlement.about_not_in_the", orders(l, s.Provisional), yuan(s.ProvisionalFen)))},
		part("settlement.channel_part", parts.ChannelPartFen),
		part("settlement.shop_part", parts.ShopPartFen),
		part("settlement.fee", parts.FeeFen),
		part("settlement.packing", parts.PackingFen),
		{Name: l.T("settlement.parts_unknown"), Value: none(parts.Unknown, orders(l, parts.Unknown))},
		{Name: l.T("settlement.compensation"), Value: none(given.Orders,
			l.T("settlement.compensation_sum", orders(l, given.Orders), yuan(given.ChannelFen), yuan(given.ShopFen)))},
		{Name: l.T("settlement.cancelled_unmade"), Value: none(s.Cancelled, orders(l, s.Cancelled))},
		{Name: l.T("settlement.released_by_the_shop"), Value: none(s.Released, orders(l, s.Released))},
		{Name: l.T("settlement.still_open"), Value: none(s.Open, orders(l, s.Open)), Bad: s.Open > 0},
	}
}

// compensationRules are what each channel's customers are given when the shop does not keep its word, and who pays.
func compensationRules(l words.Lang, config *shop.Config) (facts []templates.Fact) {
	for _, ch := range config.Channels {
		for _, cause := range shop.Causes {
			rule, ok := ch.Compensation[cause]
			if !ok {
				continue
			}
			word := l.T("compensation." + string(cause))
			if rule.After > 0 {
				word = l.T("settlement.rule_late", int(rule.After/time.Minute))
			}
			value := rule.What + " · " + yuan(rule.Fen) + " · " + l.T("compensation."+string(rule.Pays))
			if rule.ValidDays > 0 {
				value += l.T("settlement.rule_days", rule.ValidDays)
			}
			facts = append(facts, templates.Fact{Name: l.T("settlement.compensation_rule", l.Of(ch.Name), word), Value: value})
		}
	}
	return facts
}

// since marks what has changed since the closing, with what it was then. The rows are the same.
func since(l words.Lang, then, now []templates.Fact) []templates.Fact {
	for i := range now {
		if was := then[i].Value; was != now[i].Value {
			if was == "" {
				was = l.T("shared.none")
			}
			if now[i].Value == "" {
				now[i].Value = l.T("shared.none")
			}
			now[i].Value, now[i].Bad = "▲ "+now[i].Value+l.T("settlement.at_the_closing", was), true
		}
	}
	return now
}

// said are the facts that say something.
func said(facts []templates.Fact) (list []templates.Fact) {
	for _, f := range facts {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	return list
}

// yuan writes fen as money.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "−", -fen
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, thousands(fen/100), fen%100)
}

// thousands writes a number with its thousands set apart.
func thousands(n int64) string {
	digits := fmt.Sprint(n)
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), ",")
}
