package printer

import (
	"fmt"
	"slices"
	"strings"

	"weir/printer/escpos"
	"weir/printer/tspl"
	"weir/printer/virtual"
	"weir/printer/zpl"
)

// Model is the make of a printer as shop.yaml names it under `kind`.
type Model string

// The kinds of printer there are. What each one is stands in kinds.
const (
	ESCPOS58 Model = "escpos58" // tickets on a roll of 58 mm
	ESCPOS80 Model = "escpos80" // tickets on a roll of 80 mm
	TSPL     Model = "tspl"     // labels
	ZPL      Model = "zpl"      // labels
)

// kind is everything there is to know about one kind of printer.
type kind struct {
	model   Model
	labels  bool                                     // takes labels; a roll takes tickets
	dialect dialect                                  // how it is asked and how it answers
	encode  func(t *Ticket, s Stock) ([]byte, error) // a document as the bytes for it
	virtual func(s Stock) *virtual.Printer           // one without paper, which decodes those bytes
}

// kinds is every kind of printer, in the order people are told. A new kind is a row here, and what the row names.
// Nothing else looks at the name of a kind, and there is no kind that stands for an unknown one.
var kinds = []kind{
	{ESCPOS58, false, escposDialect{}, roll(escpos.Paper58), virtualRoll(escpos.Paper58)},
	{ESCPOS80, false, escposDialect{}, roll(escpos.Paper80), virtualRoll(escpos.Paper80)},
	{TSPL, true, tsplDialect{}, labels(newTSPL, tspl.DotsPerMM), virtualLabels(virtual.TSPL, tspl.DotsPerMM)},
	{ZPL, true, zplDialect{}, labels(newZPL, zpl.DotsPerMM), virtualLabels(virtual.ZPL, zpl.DotsPerMM)},
}

// find returns the row of a kind. The error names the kinds there are.
func find(m Model) (kind, error) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.model == m })
	if i < 0 {
		return kind{}, fmt.Errorf("unknown kind %q; the kinds are %s", m, modelList())
	}
	return kinds[i], nil
}

func modelList() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k.model)
	}
	return strings.Join(names, ", ")
}

// ParseModel reads a kind of printer as shop.yaml names it, and tells whether it takes labels or tickets. The error
// names the kinds there are.
func ParseModel(name string) (m Model, labels bool, err error) {
	k, err := find(Model(name))
	return k.model, k.labels, err
}

func virtualRoll(paper escpos.Paper) func(Stock) *virtual.Printer {
	return func(Stock) *virtual.Printer { return virtual.New(virtual.ESCPOS, paper.Dots) }
}

func virtualLabels(lang *virtual.Language, dotsPerMM int) func(Stock) *virtual.Printer {
	return func(s Stock) *virtual.Printer { return virtual.New(lang, s.orDefault().WidthMM*dotsPerMM) }
}
