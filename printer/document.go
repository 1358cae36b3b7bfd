package printer

import (
	"errors"
	"fmt"

	"weir/printer/escpos"
)

// ErrUnfit is wrapped by the error of Encode when a printer cannot print a kind of document.
var ErrUnfit = errors.New("this printer cannot print this document")

// Encode turns a ticket into the bytes for a kind of printer, cut included, fence not.
func Encode(m Model, t Ticket) ([]byte, error) {
	switch m {
	case ESCPOS58:
		return roll(escpos.Paper58, &t)
	case ESCPOS80:
		return roll(escpos.Paper80, &t)
	}
	return nil, fmt.Errorf("%s on %s: %w", t.Kind, m, ErrUnfit)
}

func roll(paper escpos.Paper, t *Ticket) ([]byte, error) {
	b := escpos.NewBuilder(paper, nil)
	switch t.Kind {
	case Kitchen:
		kitchen(b, t)
	default:
		return nil, fmt.Errorf("%q on a paper roll: %w", t.Kind, ErrUnfit)
	}
	return b.Feed(1).Cut().Bytes(), nil
}
