package templates

import (
	"strconv"
	"strings"

	"weir/shop"
	"weir/shop/words"
)

// MenuChangeWord is one change of the menu as a person reads it: "Grape cheese tea: ¥24.00 → ¥22.00".
func MenuChangeWord(l words.Lang, config *shop.Config, c shop.MenuChange) string {
	item, _, ingredient := c.Part.Names()
	name := l.Of(c.Name)
	if name == "" {
		name = string(c.Part)
	}
	named := l.T("menu_change.item", name)
	switch {
	case ingredient != "":
		named = l.T("menu_change.ingredient", name)
	case item == "":
		named = l.T("menu_change.option", name)
	}
	between := func(was, is string) string {
		return named + l.T("shared.colon") + l.T("menu_change.from_to", orNothing(l, was), orNothing(l, is))
	}
	say := func(id string, args ...any) string { return named + l.T("shared.colon") + l.T(id, args...) }
	switch c.What {
	case shop.MenuAdded:
		if c.Is == "" {
			return say("menu_change.new")
		}
		return say("menu_change.added", Yuan(c.Is))
	case shop.MenuRemoved:
		return say("menu_change.removed")
	case shop.MenuPrice:
		return between(Yuan(c.Was), Yuan(c.Is))
	case shop.MenuZH, shop.MenuEN:
		return between(c.Was, c.Is)
	case shop.MenuSeconds:
		for _, st := range config.Stations {
			if st.ID == c.Station {
				return say("menu_change.seconds", l.Of(st.Name), c.Was, c.Is)
			}
		}
		return say("menu_change.seconds", c.Station, c.Was, c.Is)
	case shop.MenuCups:
		return say("menu_change.cups", c.Was, c.Is)
	case shop.MenuUses:
		return say("menu_change.uses", orNothing(l, c.Was), orNothing(l, c.Is))
	case shop.MenuScale:
		return say("menu_change.scale", c.Was, c.Is)
	case shop.MenuSwaps:
		return say("menu_change.swaps", orNothing(l, c.Was), orNothing(l, c.Is))
	case shop.MenuHidden:
		return say("menu_change.hidden")
	case shop.MenuShown:
		return say("menu_change.shown")
	case shop.MenuUsual:
		return say("menu_change.usual")
	case shop.MenuSupply:
		return say("menu_change.supply")
	}
	return l.T("menu_change.order")
}

// MenuEffectWords are what a change of the menu does beside the menu, a line for each.
func MenuEffectWords(l words.Lang, config *shop.Config, e shop.MenuEffects) (lines []string) {
	if e.Orders > 0 {
		lines = append(lines, l.N(e.Orders, "menu_change.orders"))
	}
	list := func(id string, names []string) {
		if len(names) > 0 {
			lines = append(lines, l.T(id, strings.Join(names, l.T("rota_page.comma"))))
		}
	}
	var marks, counts, mapped []string
	for _, part := range e.Marks {
		marks = append(marks, PartName(l, config.Menu, part))
	}
	for _, id := range e.Counts {
		counts = append(counts, PartName(l, config.Menu, shop.IngredientPart(id)))
	}
	for _, m := range e.Mappings {
		channel, _ := config.Channel(m.Channel)
		mapped = append(mapped, m.Text+" ("+l.Of(channel.Name)+")")
	}
	list("menu_change.marks", marks)
	list("menu_change.counts", counts)
	list("menu_change.mapped", mapped)
	return lines
}

func orNothing(l words.Lang, text string) string {
	if text == "" {
		return l.T("menu_change.nothing")
	}
	return text
}

// Yuan is an amount of a fact, in fen, as people read it; what is no amount is shown as it is.
func Yuan(fen string) string {
	n, err := strconv.ParseInt(fen, 10, 64)
	if err != nil {
		return fen
	}
	return "¥" + strconv.FormatInt(n/100, 10) + "." + strconv.FormatInt(n%100/10, 10) + strconv.FormatInt(n%10, 10)
}
