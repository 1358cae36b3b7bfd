package shopfile

import (
	"fmt"
	"slices"

	"weir/printer"
	"weir/shop"
	"weir/shop/words"
)

func (f *file) printers(c *shop.Config) error {
	papers := []shop.JobKind{shop.JobKitchen, shop.JobReceipt, shop.JobSlip, shop.JobLabel}
	for i, p := range f.Printers {
		at := fmt.Sprintf("$.printers[%d]", i)
		_, labels, err := printer.ParseModel(p.Kind)
		if err != nil {
			return wrong(at+".kind", "printer %q: %v", p.Name, err)
		}
		if _, err := printer.ParseAddress(p.Address); err != nil {
			return wrong(at+".address", "printer %q: %v", p.Name, err)
		}
		if _, err := printer.ParseStock(p.Size); err != nil {
			return wrong(at+".size", "printer %q: %v", p.Name, err)
		}
		if _, known := words.Parse(p.Lang); !known && p.Lang != "" {
			return wrong(at+".lang", "printer %q: there is no language %q; there are %v", p.Name, p.Lang, words.All())
		}
		if !labels && (p.Size != "" || p.Pictures) {
			return wrong(at, "printer %q: size and pictures are for label printers", p.Name)
		}
		if p.Name == "" || slices.ContainsFunc(c.Printers, func(o shop.Printer) bool { return o.Name == p.Name }) {
			return wrong(at, "printer %q: want a name of its own", p.Name)
		}
		if !slices.Contains([]string{"", "accepted", "begun"}, p.Labels) || p.Labels != "" && !labels {
			return wrong(at+".labels", "printer %q: labels %q: want accepted or begun, of a label printer", p.Name, p.Labels)
		}
		if p.Station != "" && (labels || !slices.ContainsFunc(c.Stations, func(s shop.Station) bool { return s.ID == p.Station })) {
			return wrong(at+".station", "printer %q: station %q: want a station of the shop, for a printer of tickets", p.Name, p.Station)
		}
		out := shop.Printer{
			Begun: p.Labels == "begun", Station: p.Station,
			Name: p.Name, Kind: p.Kind, Labels: labels, Address: p.Address, Reprint: p.Reprint == nil || *p.Reprint,
			Lang: p.Lang, Cancelled: p.Cancelled, Size: p.Size, Pictures: p.Pictures,
		}
		for _, word := range p.Prints {
			paper := shop.JobKind(word)
			if !slices.Contains(papers, paper) || !out.Takes(paper) {
				return wrong(at, "printer %q cannot print %q; kitchen, receipt and slip are for escpos, label is for tspl and zpl", p.Name, word)
			}
			out.Prints = append(out.Prints, paper)
		}
		if len(out.Prints) == 0 && labels {
			out.Prints = []shop.JobKind{shop.JobLabel}
		} else if len(out.Prints) == 0 {
			out.Prints = []shop.JobKind{shop.JobKitchen}
		}
		c.Printers = append(c.Printers, out)
	}
	return nil
}
