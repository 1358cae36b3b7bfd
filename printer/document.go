package printer

import (
	"errors"
	"fmt"

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

// rollDocuments are the documents of a paper roll.
var rollDocuments = map[Kind]func(*escpos.Builder, *Ticket){Kitchen: kitchen, Receipt: receipt, Slip: slip, Label: cupTicket}

func roll(paper escpos.Paper, t *Ticket) ([]byte, error) {
	write, ok := rollDocuments[t.Kind]
	if !ok {
		return nil, fmt.Errorf("%q on a paper roll: %w", t.Kind, ErrUnfit)
	}
	b := escpos.NewBuilder(paper, glyph.Of)
	write(b, t)
	return b.Feed(1).Cut().Bytes(), nil
}

// labelDocuments are the documents of label stock.
var labelDocuments = map[Kind]func(labelBuilder, *Ticket){Slip: labelSlip, Label: label}

func stock(b labelBuilder, t *Ticket) ([]byte, error) {
	write, ok := labelDocuments[t.Kind]
	if !ok {
		return nil, fmt.Errorf("%q on a label: %w", t.Kind, ErrUnfit)
	}
	write(b, t)
	return b.Bytes(), nil
}
