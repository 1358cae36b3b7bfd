package shop

import (
	"fmt"

	"weir/shop/capacity"
)

// Weigh is the work of lines as a channel would order them. What an order would be refused for, an
// item sold out or unknown, is refused here in the same words.
func (s State) Weigh(channel string, lines []Line) (sum capacity.Work, err error) {
	ch, ok := s.Config.Channel(channel)
	if !ok {
		return 0, notFound("there is no channel %q", channel)
	}
	if lines, _, err = (&decider{state: s}).lines(Draft{Lines: lines}, ch); err != nil {
		return 0, err
	}
	for i := range lines {
		work, cups, _ := s.Config.Menu.lineWork(&lines[i])
		sum += work * capacity.Work(cups*lines[i].Qty)
	}
	return sum, nil
}

// lines checks the draft against the menu, and what is sold out. sent are the lines as the channel sent them, where what
// is made is called something else; otherwise nil.
func (d *decider) lines(draft Draft, channel Channel) (lines, sent []Line, err error) {
	if draft.bare() {
		lines, err = d.unlisted(draft, channel)
		return lines, nil, err
	}
	return d.known(draft.Lines, channel, func(_ int, err error) error { return err })
}

// known checks lines against the menu. What the menu does not know is made all the same if the channel says what it is
// called: an order must not be lost because two menus differ. gone is asked about a line that is sold out, without an
// agreed substitute; nil keeps it.
func (d *decider) known(asked []Line, channel Channel, gone func(line int, err error) error) (lines, sent []Line, err error) {
	menu := d.state.Config.Menu
	lines, sent = d.state.translated(channel, asked)
	at := func(i int) int { // the index of the line as the channel counts
		if sent != nil {
			return lines[i].Of
		}
		return i
	}
	left := picker{state: &d.state, channel: channel.ID, taken: map[string]int{}}
	var fields []FieldError
	problem := ProblemUnknownItem
	for i := range lines {
		l := &lines[i]
		picked, err := left.pick(at(i), *l)
		if err != nil {
			err = gone(i, err)
		}
		if err != nil {
			return nil, nil, err
		}
		*l = picked
		if _, _, known := menu.lineWork(l); known && !l.Unmapped {
			continue
		}
		l.Unmapped = true
		if l.Name == "" || channel.Strict {
			fields = append(fields, FieldError{fmt.Sprintf("/items/%d", at(i)), unknownPart(menu, l)})
		}
		if channel.Strict {
			problem = ProblemInvalidOrder
		}
	}
	if len(fields) > 0 {
		return nil, nil, invalid(problem, "the menu does not know this; see GET /v1/menu, or send a name with it", fields...)
	}
	if cups := menu.cups(lines); sent != nil && cups > linesCupsMax {
		return nil, nil, invalid(ProblemInvalidOrder,
			fmt.Sprintf("by the shop's mapping this is %d cups; an order has at most %d", cups, linesCupsMax),
			FieldError{"/items", "is too much"})
	}
	return lines, sent, nil
}

func unknownPart(menu *Menu, l *Line) string {
	if menu.Item(l.Item) == nil {
		return fmt.Sprintf("unknown item %q", l.Item)
	}
	for group, id := range l.Options.All() {
		if menu.Option(group, id) == nil {
			return fmt.Sprintf("unknown %s %q", group, id)
		}
	}
	return "unknown"
}
