package shop

import (
	"fmt"
	"strconv"
	"strings"
)

// meansNothing is how people write that nothing is made for something.
const meansNothing = "no-work"

// Means is what an entry says, as people write it: "sugar/half" for a word; "grape" or "grape*2 size/l + green-tea" for an
// item; "no-work" where nothing is made.
func (e *MapEntry) Means() string {
	switch {
	case e.NoWork:
		return meansNothing
	case e.Option != "":
		return string(e.Option)
	}
	var parts []string
	for _, p := range e.Parts {
		text := p.Item
		if p.Qty != 1 {
			text += "*" + strconv.Itoa(p.Qty)
		}
		for group, id := range p.Options.All() {
			text += " " + group + "/" + id
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " + ")
}

// ParseMapEntry reads an entry as people write it; see [MapEntry.Means]. Whether the menu has what it names is for
// [MapNames] to judge.
func ParseMapEntry(kind, text, means string) (MapEntry, error) {
	e := MapEntry{Kind: MapKind(kind), Text: strings.TrimSpace(text)}
	if e.Kind != MapSKU && e.Kind != MapName && e.Kind != MapWord {
		return e, fmt.Errorf("%.20q: want sku, name or word", kind)
	}
	means = strings.TrimSpace(means)
	switch {
	case means == "":
		return e, fmt.Errorf("%.40q means nothing; write %s where nothing is made", e.Text, meansNothing)
	case strings.EqualFold(means, meansNothing):
		e.NoWork = true
	case e.Kind == MapWord:
		e.Option = MenuPart(means)
	default:
		for _, text := range strings.Split(means, "+") {
			p, err := parseMapPart(text)
			if err != nil {
				return e, err
			}
			e.Parts = append(e.Parts, p)
		}
	}
	return e, nil
}

func parseMapPart(text string) (p MapPart, err error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return p, fmt.Errorf("%.40q: want an item between two +", text)
	}
	item, qty, many := strings.Cut(words[0], "*")
	p = MapPart{Item: item, Qty: 1}
	if many {
		if p.Qty, err = strconv.Atoi(qty); err != nil {
			return p, fmt.Errorf("%.40q: want a whole number behind *", words[0])
		}
	}
	for _, word := range words[1:] {
		group, id, ok := strings.Cut(word, "/")
		if !ok {
			return p, fmt.Errorf("%.40q: want an option as size/l", word)
		}
		if place := p.Options.of(group); place != nil {
			*place = id
		} else if group == GroupTopping {
			p.Options.Toppings = append(p.Options.Toppings, id)
		} else {
			return p, fmt.Errorf("%.40q: there is no group of that name", word)
		}
	}
	return p, nil
}
