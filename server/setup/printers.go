package setup

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"weir/printer"
	"weir/shop/shopfile"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// printersMax is more printers than a shop has.
const printersMax = 12

// kinds are the printers that can be added, the one for cups first.
var kinds = []string{string(printer.TSPL), string(printer.ZPL), string(printer.ESCPOS80), string(printer.ESCPOS58)}

func (s *Setup) viewPrinters(p templates.Setup, form url.Values) templ.Component {
	v := templates.SetupPrinters{Setup: p, Where: field(form, "where", ownNetworks()), Address: field(form, "address", ""),
		Name: field(form, "name", ""), Size: field(form, "size", "40x30")}
	for _, k := range kinds {
		v.Kinds = append(v.Kinds, templates.Choice{Value: k, Name: p.Lang.T("setup.kind." + k), Chosen: field(form, "kind", kinds[0]) == k})
	}
	for _, at := range s.found {
		if !slices.ContainsFunc(s.draft.Printers, func(d shopfile.DraftPrinter) bool { return d.Address == "tcp://"+at.String() }) {
			v.Found = append(v.Found, at.String())
		}
	}
	for _, d := range s.draft.Printers {
		v.Printers = append(v.Printers, templates.SetupPrinter{Name: d.Name, Kind: p.Lang.T("setup.kind." + d.Kind), Address: d.Address})
	}
	return templates.SetupPrintersPage(v)
}

// takePrinters goes on: printers are added one by one.
func (s *Setup) takePrinters(words.Lang, url.Values) error { return nil }

// searchPrinters asks the addresses that a person names, one search at a time.
func (s *Setup) searchPrinters(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	list, err := addresses(form.Get("where"))
	switch {
	case len(form.Get("where")) > 4*textMax, errors.Is(err, errAddress):
		return s.refuse(c, "printers", wrong{id: "setup.address_rule"}, form)
	case errors.Is(err, errPublic):
		return s.refuse(c, "printers", wrong{id: "setup.address_public"}, form)
	case err != nil:
		return s.refuse(c, "printers", wrong{"setup.address_many", []any{addressesMax}}, form)
	}
	done, ok := s.busy()
	if !ok {
		return s.refuse(c, "printers", wrong{id: "setup.busy"}, form)
	}
	defer done()
	ctx, cancel := networkContext(c)
	defer cancel()
	found := search(ctx, list, s.Port)
	s.mu.Lock()
	s.found = found
	s.mu.Unlock()
	if len(found) == 0 {
		return s.refuse(c, "printers", wrong{"setup.nothing_found", []any{len(list)}}, form)
	}
	return c.Redirect(http.StatusSeeOther, "/setup/printers#found")
}

// addPrinter puts a printer into the draft.
func (s *Setup) addPrinter(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	s.mu.Lock()
	if !s.over {
		err = s.putPrinter(page.Lang(c), form)
	}
	s.mu.Unlock()
	if err != nil {
		return s.refuse(c, "printers", err, form)
	}
	return c.Redirect(http.StatusSeeOther, "/setup/printers#printers")
}

// putPrinter adds a printer as a form says. The caller holds the lock.
func (s *Setup) putPrinter(l words.Lang, form url.Values) error {
	at, err := netip.ParseAddrPort(wire.Typed(form.Get("address")))
	if err != nil {
		var a netip.Addr
		if a, err = netip.ParseAddr(wire.Typed(form.Get("address"))); err == nil {
			at = netip.AddrPortFrom(a, s.Port)
		}
	}
	p := shopfile.DraftPrinter{Kind: form.Get("kind"), Address: "tcp://" + at.String()}
	_, labels, kindErr := printer.ParseModel(p.Kind)
	switch {
	case err != nil || at.Port() == 0:
		return wrong{id: "setup.address_rule"}
	case !inShop(at.Addr()):
		return wrong{id: "setup.address_public"}
	case !slices.Contains(kinds, p.Kind) || kindErr != nil:
		return wrong{id: "setup.kind_rule"}
	case len(s.draft.Printers) >= printersMax:
		return wrong{"setup.printers_many", []any{printersMax}}
	case slices.ContainsFunc(s.draft.Printers, func(d shopfile.DraftPrinter) bool { return d.Address == p.Address }):
		return wrong{id: "setup.printer_there"}
	}
	if labels {
		stock, err := printer.ParseStock(wire.Typed(form.Get("size")))
		if err != nil {
			return wrong{id: "setup.size_rule"}
		}
		p.Size = stock.String()
	}
	name, ok := plain(form.Get("name"))
	if !ok {
		return wrong{"setup.too_long", []any{textMax}}
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(s.draft.Printers, func(d shopfile.DraftPrinter) bool { return d.Name == name })
	}
	if name == "" { // named after what it prints
		kind := l.T("setup.tickets")
		if labels {
			kind = l.T("setup.labels")
		}
		name = kind
		for n := 2; taken(name); n++ {
			name = fmt.Sprintf("%s %d", kind, n)
		}
	}
	if taken(name) {
		return wrong{id: "setup.name_taken"}
	}
	p.Name = name
	s.draft.Printers = append(s.draft.Printers, p)
	return nil
}

// removePrinter takes a printer out of the draft. One that is not there is out already.
func (s *Setup) removePrinter(c echo.Context) error {
	s.mu.Lock()
	if !s.over {
		s.draft.Printers = slices.DeleteFunc(slices.Clone(s.draft.Printers), func(d shopfile.DraftPrinter) bool {
			return d.Address == c.FormValue("printer")
		})
	}
	s.mu.Unlock()
	return c.Redirect(http.StatusSeeOther, "/setup/printers#printers")
}

// tryPrinter prints a test page on a printer of the draft.
func (s *Setup) tryPrinter(c echo.Context) error {
	s.mu.Lock()
	i := slices.IndexFunc(s.draft.Printers, func(d shopfile.DraftPrinter) bool { return d.Address == c.FormValue("printer") })
	var d shopfile.DraftPrinter
	if i >= 0 {
		d = s.draft.Printers[i]
	}
	s.mu.Unlock()
	if i < 0 {
		return s.refuse(c, "printers", wrong{id: "setup.printer_gone"}, nil)
	}
	done, ok := s.busy()
	if !ok {
		return s.refuse(c, "printers", wrong{id: "setup.busy"}, nil)
	}
	defer done()
	ctx, cancel := networkContext(c)
	defer cancel()
	address, err := printer.ParseAddress(d.Address)
	if err != nil {
		return err
	}
	stock, err := printer.ParseStock(d.Size)
	if err != nil {
		return err
	}
	answers, err := printer.TryOut(ctx, printer.Config{Name: d.Name, Model: printer.Model(d.Kind), Address: address, Stock: stock})
	switch {
	case err != nil:
		s.Log.Info("no test page", "error", err)
		return s.refuse(c, "printers", wrong{"setup.test_failed", []any{d.Name}}, nil)
	case !answers:
		return s.say(c, page.Lang(c).T("setup.test_sent_mute", d.Name))
	}
	return s.say(c, page.Lang(c).T("setup.test_sent", d.Name))
}

// say shows the printers with a word about what was done.
func (s *Setup) say(c echo.Context, text string) error {
	p := s.frame(c, "/setup/printers", "")
	p.Said = text
	return s.answerAs(c, p, steps[slices.IndexFunc(steps, step{id: "printers"}.is)], http.StatusOK, nil)
}
