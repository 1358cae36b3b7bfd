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

// testPageOf is the test page of a printer as the bytes for it.
func testPageOf(c Config) ([]byte, error) {
	about := []string{"kind: " + string(c.Model)}
	if k, err := find(c.Model); err == nil && k.labels {
		about = append(about, "size: "+c.Stock.String())
	}
	if c.Stock.Pictures {
		about = append(about, "pictures: true")
	}
	about = append(about, c.Address.String(), "珍珠奶茶 ½ ℃")
	return Encode(c.Model, c.Stock, Ticket{Kind: Test, Pickup: c.Name, Code: testCode, About: about})
}

// test prints a test page.
func (p *Printer) test(ctx context.Context) {
	body, err := testPageOf(p.config)
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
