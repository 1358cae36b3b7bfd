package printer

import (
	"context"
	"time"
)

// Test asks for a page that says what Weir believes the printer to be: kind, size, address. A printer of another kind
// prints nothing, or the commands themselves; on a label of another size the border is not at its edges. The page is no
// job: it is printed before the next one, once, and not at all if the printer says that it cannot print.
func (p *Printer) Test() {
	select {
	case p.asked <- struct{}{}:
	default: // one is asked for already
	}
}

// testCode is in the code of a test page.
const testCode = "weir-test"

// test prints a test page.
func (p *Printer) test(ctx context.Context) {
	about := []string{"kind: " + string(p.config.Model)}
	if k, err := find(p.config.Model); err == nil && k.labels {
		about = append(about, "size: "+p.config.Stock.String())
	}
	if p.config.Stock.Pictures {
		about = append(about, "pictures: true")
	}
	about = append(about, p.config.Address.String(), "珍珠奶茶 ½ ℃")
	body, err := Encode(p.config.Model, p.config.Stock, Ticket{Kind: Test, Pickup: p.config.Name, Code: testCode, About: about})
	if err != nil {
		p.log.Error("test page cannot be made", "err", err)
		return
	}
	p.link.used = time.Now()
	if n, err := p.writeOut(ctx, body); err != nil {
		p.hangUp()
		if n > 0 {
			p.remains = halfJob
		}
	}
}
