package printer

import (
	"context"
	"maps"
	"net"
	"slices"
	"testing"

	"weir/printer/tspl"
	"weir/printer/virtual"
)

// DialWith makes a printer reach its device another way; for tests in a bubble, where sockets are not.
func (p *Printer) DialWith(d func(context.Context) (net.Conn, error)) {
	p.dial = func(ctx context.Context) (conn, error) { return d(ctx) }
}

// Models lists all kinds of printer.
func Models() []Model {
	all := make([]Model, len(kinds))
	for i, k := range kinds {
		all[i] = k.model
	}
	return all
}

// Reasons lists all reasons but ReasonNone, in no order.
func Reasons() []Reason { return slices.Collect(maps.Keys(reasonTexts)) }

// AddKind adds a made-up kind of label printer until the test ends. It prints a pick-up number behind a greeting.
func AddKind(t *testing.T, m Model, greeting string, lang *virtual.Language) {
	before := kinds
	t.Cleanup(func() { kinds = before })
	encode := func(t *Ticket, s Stock) ([]byte, error) {
		b := tspl.NewBuilder(s.orDefault().WidthMM, s.orDefault().HeightMM)
		b.Text(0, 0, 1, 1, greeting+t.Pickup)
		return b.Bytes(), nil
	}
	kinds = append(slices.Clone(kinds), kind{m, true, tsplDialect{}, encode, virtualLabels(lang, tspl.DotsPerMM)})
}
