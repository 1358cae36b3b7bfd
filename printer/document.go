package printer

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"weir/printer/escpos"
	"weir/printer/glyph"
)

// ErrUnfit is wrapped by the error of Encode when a printer cannot print a kind of document.
var ErrUnfit = errors.New("this printer cannot print this document")

// Encode turns a ticket into the bytes for a kind of printer, cut included, fence not. A paper roll takes every
// document and looks at no stock; a label printer takes all but kitchen tickets and receipts. An unknown kind is an error.
func Encode(m Model, s Stock, t Ticket) ([]byte, error) {
	k, err := find(m)
	if err != nil {
		return nil, fmt.Errorf("encode a %s: %w", t.Kind, err)
	}
	return k.encode(&t, s)
}

// builders are used again and again: a ticket is small and soon done.
var builders = sync.Pool{New: func() any { return escpos.NewBuilder(escpos.Paper58, glyph.Of) }}

// rollLayouts lay out the documents a paper roll takes.
var rollLayouts = map[Kind]func(*escpos.Builder, *Ticket){
	Kitchen: kitchen, Receipt: receipt, Slip: slip, Label: cupTicket, Cancellation: cancellation, Test: testPage,
}

// roll encodes for an ESC/POS printer with the given paper.
func roll(paper escpos.Paper) func(*Ticket, Stock) ([]byte, error) {
	return func(t *Ticket, _ Stock) ([]byte, error) {
		layout, fits := rollLayouts[t.Kind]
		if !fits {
			return nil, fmt.Errorf("%q on a paper roll: %w", t.Kind, ErrUnfit)
		}
		b := builders.Get().(*escpos.Builder)
		defer builders.Put(b)
		b.Begin(paper)
		layout(b, t)
		return bytes.Clone(b.Feed(1).Cut().Bytes()), nil
	}
}

// labelLayouts lay out the documents a label printer takes.
var labelLayouts = map[Kind]func(labelBuilder, frame, *Ticket){
	Slip: labelSlip, Label: label, Cancellation: labelCancellation, Test: labelTest,
}

// labels encodes for a label printer whose language start begins a label in.
func labels(start func(Stock) labelBuilder, dotsPerMM int) func(*Ticket, Stock) ([]byte, error) {
	return func(t *Ticket, s Stock) ([]byte, error) {
		layout, fits := labelLayouts[t.Kind]
		if !fits {
			return nil, fmt.Errorf("%q on a label: %w", t.Kind, ErrUnfit)
		}
		s = s.orDefault()
		b := start(s)
		layout(b, frameOf(s.WidthMM*dotsPerMM, s.HeightMM*dotsPerMM), t)
		return b.Bytes(), nil
	}
}
