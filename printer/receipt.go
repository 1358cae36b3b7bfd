package printer

import (
	"strconv"

	"weir/printer/escpos"
)

// qrDotsOnPaper is the size of a QR module on a roll: 4 dots are half a millimetre.
const qrDotsOnPaper = 4

// receipt writes what was ordered and paid, for the customer. A zero-yuan order shows who pays for it.
func receipt(b *escpos.Builder, t *Ticket) {
	w := t.words()
	b.Align(escpos.Center).Size(2, 2).Line(t.Shop)
	head(b, t)
	b.Align(escpos.Left).Rule()
	for _, item := range t.Items {
		b.Bold(true).Columns2(strconv.Itoa(item.Qty)+"×"+item.Name, yuan(item.PriceFen)).Bold(false)
		details(b, w, item)
	}
	b.Rule()
	note(b, "", w, t.Note)
	b.Line(count(w.cups, t.Cups))
	money(b, t)
	b.Rule()
	b.Columns2(w.order+" "+t.Order, t.PlacedAt.Format("2006-01-02 15:04"))
	mark(b, t)
}

func money(b *escpos.Builder, t *Ticket) {
	w := t.words()
	if t.Totals == nil {
		b.Bold(true).Line(w.unknown).Bold(false)
		return
	}
	b.Columns2(w.total, yuan(t.Totals.TotalFen))
	if t.Totals.SubsidyFen != 0 {
		b.Columns2(w.subsidy, yuan(-t.Totals.SubsidyFen))
	}
	b.Size(2, 2).Bold(true).Columns2(w.paid, yuan(t.Totals.PaidFen)).Size(1, 1).Bold(false)
}
