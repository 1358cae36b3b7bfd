package printer

import (
	"strconv"

	"weir/printer/escpos"
	"weir/shop/words"
)

// kitchen writes what is to be made: pick-up number and drinks large, differences under each drink.
func kitchen(b *escpos.Builder, t *Ticket) {
	l := t.lang()
	head(b, t)
	b.Align(escpos.Left).Rule()
	for _, item := range t.Items {
		b.Size(2, 2).Bold(true).Line(strconv.Itoa(item.Qty), "×", item.Name)
		b.Size(1, 2).Bold(false)
		details(b, l, item)
		b.Size(1, 1)
	}
	b.Rule()
	b.Size(1, 2)
	note(b, "", l, t.Note)
	b.Size(1, 1)
	b.Columns2(l.N(t.Cups, "paper.cups"), promise(l, t))
	b.Columns2(l.T("paper.order")+" "+t.Order, l.T("paper.placed")+" "+clock(t.PlacedAt))
	mark(b, t)
}

// head is the top of every roll document: marks first, so that nobody works from a copy unaware.
func head(b *escpos.Builder, t *Ticket) {
	l := t.lang()
	mark(b, t)
	b.Align(escpos.Center).Size(2, 2).Line(t.source())
	b.Size(1, 1).Line(l.T("paper.pickup"))
	b.Size(4, 4).Bold(true).Line(t.Pickup)
	b.Size(1, 1).Bold(false)
}

// mark says in large letters that this is a copy, a remake or an exercise.
func mark(b *escpos.Builder, t *Ticket) {
	b.Align(escpos.Center).Size(2, 2).Bold(true)
	for _, m := range marks(t) {
		b.Line(m)
	}
	b.Size(1, 1).Bold(false)
}

func details(b *escpos.Builder, l words.Lang, item Item) {
	if len(item.Options) > 0 {
		list(b, "  ", item.Options, " / ")
	}
	if len(item.Toppings) > 0 {
		list(b, "  +", item.Toppings, " +")
	}
	note(b, "  ", l, item.Note)
}

// list prints words with something between them.
func list(b *escpos.Builder, lead string, words []string, between string) {
	var few [2 * wordsFew]string // room for most lists without asking for memory
	parts := append(few[:0], lead)
	for i, word := range words {
		if i > 0 {
			parts = append(parts, between)
		}
		parts = append(parts, word)
	}
	b.Line(parts...)
}

// wordsFew is more options or toppings than a drink ordinarily has.
const wordsFew = 8

func note(b *escpos.Builder, indent string, l words.Lang, text string) {
	if text != "" {
		b.Line(indent, l.T("paper.note"), ": ", text)
	}
}

func promise(l words.Lang, t *Ticket) string {
	if t.PromiseAt.IsZero() {
		return ""
	}
	return l.T("paper.promise") + " " + clock(t.PromiseAt)
}
