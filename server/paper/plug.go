package paper

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"weir/printer"
	"weir/shop"
)

// Plug makes a shop's printers; they run later. Now is the shop's clock, and age says for how long a moment of it is past
// for certain. It is an error when a printer's address, size or kind is not one that exists.
func Plug(s Shop, now func() time.Time, age func(time.Time) time.Duration, log *slog.Logger) ([]*printer.Printer, error) {
	return plug(spool{shop: s}, s.Snapshot().Config.Printers, now, age, log)
}

// Practice makes a practice's printers: as many as the shop has, none of them with paper.
func Practice(s Shop, printers []shop.Printer, now func() time.Time, log *slog.Logger) ([]*printer.Printer, error) {
	printers = slices.Clone(printers)
	for i := range printers {
		printers[i].Address = "virtual:"
	}
	return plug(spool{shop: s, practice: true}, printers, now, nil, log)
}

func plug(
	paper spool, printers []shop.Printer, now func() time.Time, age func(time.Time) time.Duration, log *slog.Logger,
) ([]*printer.Printer, error) {
	var plugged []*printer.Printer
	for _, p := range printers {
		address, err := printer.ParseAddress(p.Address)
		if err != nil {
			return nil, fmt.Errorf("printer %s: %w", p.Name, err)
		}
		stock, err := printer.ParseStock(p.Size)
		if err != nil {
			return nil, fmt.Errorf("printer %s: %w", p.Name, err)
		}
		stock.Pictures = p.Pictures
		config := printer.Config{Name: p.Name, Model: printer.Model(p.Kind), Address: address, Stock: stock, Reprint: p.Reprint, Age: age}
		made, err := printer.New(config, paper, paper.render, now, printer.Timing{}, log)
		if err != nil {
			return nil, err
		}
		plugged = append(plugged, made)
	}
	return plugged, nil
}
