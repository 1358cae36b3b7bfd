package printer

import (
	"strconv"

	"weir/printer/escpos"
)

// kitchen writes what is to be made: pick-up number and drinks large, differences under each drink.
func kitchen(b *escpos.Builder, t *Ticket) {
	w := t.words()
	head(b, t)
	b.Align(escpos.Left).Rule()
	for _, item := range t.Items {
		b.Size(2, 2).Bold(true).Line(strconv.Itoa(item.Qty), "×", item.Name)
		b.Size(1, 2).Bold(false)
		details(b, w, item)
		b.Size(1, 1)
	}
	b.Rule()
	b.Size(1, 2)
	note(b, "", w, t.Note)
	b.Size(1, 1)
	b.Columns2(count(w.cups, t.Cups), promise(w, t))
	b.Columns2(w.order+" "+t.Order, w.placed+" "+clock(t.PlacedAt))
	mark(b, t)
}

// head is the top of every roll document: marks first, so that nobody works from a copy unaware.
func head(b *escpos.Builder, t *Ticket) {
	w := t.words()
	mark(b, t)
	b.Align(escpos.Center).Size(2, 2).Line(t.source())
	b.Size(1, 1).Line(w.pickup)
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

func details(b *escpos.Builder, w *words, item Item) {
	if len(item.Options) > 0 {
		list(b, "  ", item.Options, " / ")
	}
	if len(item.Toppings) > 0 {
		list(b, "  +", item.Toppings, " +")
	}
	note(b, "  ", w, item.Note)
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

func note(b *escpos.Builder, indent string, w *words, text string) {
	if text != "" {
		b.Line(indent, w.note, ": ", text)
	}
}

func promise(w *words, t *Ticket) string {
	if t.PromiseAt.IsZero() {
		return ""
	}
	return w.promise + " " + clock(t.PromiseAt)
}
