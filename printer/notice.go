package printer

import (
	"strconv"

	"weir/printer/escpos"
)

// cancellation writes what is put beside a ticket that is out already: its order is not to be made any more.
func cancellation(b *escpos.Builder, t *Ticket) {
	b.Align(escpos.Center).Size(2, 2).Bold(true).Line(twice(t.lang(), "paper.cancelled")).Bold(false)
	head(b, t)
	b.Align(escpos.Left).Rule()
	for _, item := range t.Items {
		b.Size(1, 2).Line(strconv.Itoa(item.Qty)+"×"+item.Name).Size(1, 1)
	}
	b.Rule()
	b.Columns2(t.lang().T("paper.order")+" "+t.Order, t.lang().N(t.Cups, "paper.cups"))
	b.Align(escpos.Center).Size(2, 2).Bold(true).Line(twice(t.lang(), "paper.cancelled")).Size(1, 1).Bold(false)
}

// testPage writes what Weir believes the printer to be. The rule is as wide as the paper it believes in.
func testPage(b *escpos.Builder, t *Ticket) {
	b.Align(escpos.Center).Size(2, 2).Bold(true).Line(twice(t.lang(), "paper.test")).Line(t.Pickup).Size(1, 1).Bold(false)
	b.Align(escpos.Left).Rule()
	for _, line := range t.About {
		b.Line(line)
	}
	b.Rule()
	b.Align(escpos.Center).QR(t.Code, qrDotsOnPaper).Align(escpos.Left)
}
