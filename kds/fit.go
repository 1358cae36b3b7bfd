package kds

import (
	"math"
	"slices"
	"strings"

	"weir/shop/words"
	"weir/templates"
)

// size is the room of one card on a tablet, in points of its style sheet.
type size struct{ wide, high int }

// Bounds of a card, and what a 10-inch tablet makes of it.
var (
	cardLeast = size{180, 120}
	cardMost  = size{1200, 600}
	cardHere  = size{264, 146}
)

// How a card is divided, as board.css does it: what is beside the text, the lines above the options, and the types in
// which the options may be set. Points.
const (
	besideText  = 10 + 58 + 8 + 6 // border, tools, gap, padding
	topLine     = 36 + 4          // number, promise; padding
	channelLine = 30
	allergyLine = 34
	between     = 4  // two words
	padding     = 10 // of a word, and what a narrow estimate of its letters needs
)

// typeface is a size of letters and the height of their line, with the class that has it.
type typeface struct {
	class      string
	font, line float64
}

// The types of a drink's name and of its options, the best to read first.
var (
	nameTypes   = []typeface{{"big", 27, 30}, {"mid", 20, 22}, {"low", 17, 18}}
	optionTypes = []typeface{{"big", 25, 31}, {"mid", 20, 26}, {"low", 16, 20}}
)

// fitted makes sure that nothing about a cup is cut off unseen: the largest type is taken in which all of it has room, and
// what has no room in the smallest is counted, or said to be there. A batch has no line for a channel.
func fitted(c templates.Card, l words.Lang, card size, batch bool) templates.Card {
	wide, high := float64(card.wide-besideText), float64(card.high-topLine)
	if !batch {
		high -= channelLine
		c.Long = width(c.Channel+" "+c.Platform)*24 > wide
	}
	for _, t := range nameTypes {
		lines := broken(c.Name, t.font*1.06, wide)
		c.NameType = t.class
		if lines == 1 || t.class == "low" || lines == 2 && t.class == "mid" && high > 100 {
			high -= lines * t.line
			break
		}
	}
	// What could harm somebody has a line of its own where there is room, and a part of the channel's line otherwise.
	room := func(t typeface, own bool) float64 {
		if c.Allergy != "" && own {
			return math.Floor((high - allergyLine) / t.line)
		}
		return math.Floor(high / t.line)
	}
	for _, own := range []bool{true, false} {
		for _, t := range optionTypes {
			if c.Type = t.class; linesOf(c, t, wide) <= room(t, own || batch) {
				return warned(c, own || batch, wide)
			}
		}
		if c.Allergy == "" {
			break
		}
	}
	least := optionTypes[len(optionTypes)-1]
	most := max(1, room(least, batch))
	// The note is never shown in part: half of "no nuts, please" is worse than to look it up.
	if c.Note != "" {
		c.Note, c.NoteSign = "", l.T("board.note")
	}
	full := func() bool { return linesOf(c, least, wide) > most }
	if full() && c.Urged != "" {
		c.Urged = l.T("board.reminded_brief")
	}
	for full() && len(c.Toppings) > 0 {
		c.Toppings, c.More = c.Toppings[:len(c.Toppings)-1], c.More+1
	}
	if full() {
		c.Chips = slices.DeleteFunc(slices.Clone(c.Chips), func(chip templates.Chip) bool { return !chip.Different })
	}
	if full() && c.Allergy != "" {
		c.NoteSign = "" // the warning says that there is a note
	}
	if full() {
		c.Type = "least"
	}
	return warned(c, batch, wide)
}

// warned puts the warning of an allergy at its place: on a line of its own, or beside the channel, cut with a sign.
func warned(c templates.Card, own bool, wide float64) templates.Card {
	if c.Allergy == "" || own {
		return c
	}
	c.Beside, c.Long = true, true
	words := []rune(c.Allergy)
	for len(words) > 0 && (width(c.Channel+" "+c.Platform)+0.8)*18+(width(string(words))+3.2)*20 > wide {
		words = words[:len(words)-1]
	}
	switch {
	case len(words) == 0:
		c.Allergy = "" // the sign alone
	case len(words) < len([]rune(c.Allergy)):
		c.Allergy = string(words) + "…"
	}
	return c
}

// linesOf is how many lines the options of a card take in a type, as a browser breaks them.
func linesOf(c templates.Card, t typeface, wide float64) float64 {
	lines, left := 1.0, wide
	put := func(text string) {
		if text == "" {
			return
		}
		w := width(text)*t.font + padding
		if w > left && left < wide {
			lines, left = lines+1, wide
		}
		if left -= w + between; w > wide { // it has lines of its own
			lines, left = lines+max(1, broken(text, t.font, wide-padding)-1), 0
		}
	}
	put(c.Mark)
	put(c.Urged)
	for _, chip := range c.Chips {
		put(chip.Text)
	}
	put(c.Milk)
	for _, topping := range c.Toppings {
		put("+" + topping)
	}
	if c.More > 0 {
		put("+99")
	}
	put(c.NoteSign)
	if c.Note != "" {
		lines += math.Ceil((width(c.Note) + 2) * t.font * 1.05 / wide) // a note has lines of its own
	}
	return lines
}

// broken is how many lines a text takes in a type, as a browser breaks it: Latin words stay whole, Chinese breaks anywhere.
func broken(text string, font, wide float64) float64 {
	lines, left := 1.0, wide
	for _, word := range strings.Fields(text) {
		w := width(word) * font
		switch {
		case w <= left:
		case w <= wide && width(word) < float64(len([]rune(word))): // Latin
			lines, left = lines+1, wide
		default:
			more := math.Ceil((w - left) / wide)
			lines, left = lines+more, left+more*wide
		}
		left -= w + width(" ")*font
	}
	return lines
}

// width is how wide a text is, in widths of a Chinese character.
func width(text string) (w float64) {
	for _, r := range text {
		if r < 0x2e80 {
			w += 0.56 // Latin letters and figures
		} else {
			w++
		}
	}
	return w
}
