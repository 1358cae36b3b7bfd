package printer

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"weir/printer/escpos"
	"weir/printer/glyph"
	"weir/printer/tspl"
	"weir/printer/zpl"
)

// ErrUnfit is wrapped by the error of Encode when a printer cannot print a kind of document.
var ErrUnfit = errors.New("this printer cannot print this document")

// Encode turns a ticket into the bytes for a kind of printer, cut included, fence not. A paper roll takes every
// document, a label printer labels and slips.
func Encode(m Model, t Ticket) ([]byte, error) {
	switch m {
	case ESCPOS58:
		return roll(escpos.Paper58, &t)
	case ESCPOS80:
		return roll(escpos.Paper80, &t)
	case TSPL:
		return stock(tspl.NewBuilder(labelWidthMM, labelHeightMM), &t)
	case ZPL:
		return stock(zpl.NewBuilder(labelWidthMM, labelHeightMM), &t)
	}
	return nil, fmt.Errorf("unknown printer kind %q; the kinds are %s", m, modelList())
}

// builders are used again and again: a ticket is small and soon done.
var builders = sync.Pool{New: func() any { return escpos.NewBuilder(escpos.Paper58, glyph.Of) }}

func roll(paper escpos.Paper, t *Ticket) ([]byte, error) {
	b := builders.Get().(*escpos.Builder)
	defer builders.Put(b)
	b.Begin(paper)
	switch t.Kind {
	case Kitchen:
		kitchen(b, t)
	case Receipt:
		receipt(b, t)
	case Slip:
		slip(b, t)
	case Label:
		cupTicket(b, t)
	default:
		return nil, fmt.Errorf("%q on a paper roll: %w", t.Kind, ErrUnfit)
	}
	return bytes.Clone(b.Feed(1).Cut().Bytes()), nil
}

func stock(b labelBuilder, t *Ticket) ([]byte, error) {
	switch t.Kind {
	case Slip:
		labelSlip(b, t)
	case Label:
		label(b, t)
	default:
		return nil, fmt.Errorf("%q on a label: %w", t.Kind, ErrUnfit)
	}
	return b.Bytes(), nil
}
