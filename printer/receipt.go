package printer

import (
	"strconv"

	"weir/printer/escpos"
)

// qrDotsOnPaper is the size of a QR module on a roll: 4 dots are half a millimetre.
const qrDotsOnPaper = 4

// receipt writes what was ordered and paid, for the customer. A zero-yuan order shows who pays for it.
func receipt(b *escpos.Builder, t *Ticket) {
	l := t.lang()
	b.Align(escpos.Center).Size(2, 2).Line(t.Shop)
	head(b, t)
	b.Align(escpos.Left).Rule()
	for _, item := range t.Items {
		b.Bold(true).Columns2(strconv.Itoa(item.Qty)+"×"+item.Name, yuan(item.PriceFen)).Bold(false)
		details(b, l, item)
	}
	b.Rule()
	note(b, "", l, t.Note)
	b.Line(l.N(t.Cups, "paper.cups"))
	money(b, t)
	b.Rule()
	b.Columns2(l.T("paper.order")+" "+t.Order, t.PlacedAt.Format("2006-01-02 15:04"))
	track(b, t)
	mark(b, t)
}

// track writes where the customer sees how the order stands, as a code for their phone.
func track(b *escpos.Builder, t *Ticket) {
	if t.Track != "" {
		b.Align(escpos.Center).QR(t.Track, qrDotsOnPaper).Line(t.lang().T("paper.track")).Align(escpos.Left)
	}
}

func money(b *escpos.Builder, t *Ticket) {
	l := t.lang()
	if t.Totals == nil {
		b.Bold(true).Line(l.T("paper.unknown")).Bold(false)
		return
	}
	b.Columns2(l.T("paper.total"), yuan(t.Totals.TotalFen))
	if t.Totals.SubsidyFen != 0 {
		b.Columns2(l.T("paper.subsidy"), yuan(-t.Totals.SubsidyFen))
	}
	b.Size(2, 2).Bold(true).Columns2(l.T("paper.paid"), yuan(t.Totals.PaidFen)).Size(1, 1).Bold(false)
}
