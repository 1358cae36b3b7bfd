package printer

import (
	"strconv"

	"weir/printer/escpos"
)

// slip writes what belongs in a bag, and the bag's code to scan at hand-over.
func slip(b *escpos.Builder, t *Ticket) {
	l := t.lang()
	head(b, t)
	b.Align(escpos.Center).Size(2, 2).Bold(true).Line(l.N(t.Cups, "paper.bag_holds")).Size(1, 1).Bold(false)
	b.Align(escpos.Left).Rule()
	for _, item := range t.Items {
		b.Size(1, 2).Line(strconv.Itoa(item.Qty)+"×"+item.Name).Size(1, 1)
	}
	b.Rule()
	if t.Code != "" {
		b.Align(escpos.Center).QR(t.Code, qrDotsOnPaper).Line(l.T("paper.scan_bag"), " ", t.Code).Align(escpos.Left)
	}
	b.Columns2(l.T("paper.order")+" "+t.Order, promise(l, t))
	track(b, t)
	mark(b, t)
}
