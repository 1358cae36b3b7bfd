package owner

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
	"weir/templates/page"
)

// namesShown bounds the entries that are on the page; the file has all.
const namesShown = 200

// kindWords, nothingWords and readByWords are the words of what the page shows.
var (
	kindWords = map[shop.MapKind]string{shop.MapName: "names_page.kind_name", shop.MapSKU: "names_page.kind_sku",
		shop.MapWord: "names_page.kind_word"}
	nothingWords = map[shop.MapKind]string{shop.MapName: "names_page.no_work_name", shop.MapSKU: "names_page.no_work_name",
		shop.MapWord: "names_page.no_work_word"}
	readByWords = map[shop.ReadingBy]string{shop.ReadNot: "names_page.read_not", shop.ReadMenu: "names_page.read_menu",
		shop.ReadSKU: "names_page.read_sku", shop.ReadName: "names_page.read_name", shop.ReadFee: "names_page.read_fee"}
)

// namesAsked is what the page is asked to show beside what there is.
type namesAsked struct {
	channel           string // of the test bench and the list
	line              string // of the test bench
	kind, text, means string // as typed
	wrong             string // what is wrong with what was typed; "" is nothing
	lines             []string
}

// namesPage shows what channels call things: what nobody knows yet, a test bench, and what was said.
func (p *Pages) namesPage(c echo.Context) error {
	return p.showNames(c, http.StatusOK, namesAsked{channel: c.QueryParam("channel"), line: c.QueryParam("line")})
}

func (p *Pages) showNames(c echo.Context, status int, asked namesAsked) error {
	l, state := page.Lang(c), p.Tally.Snapshot()
	o := templates.OwnerNames{Page: title(c, l.T("names_page.names")), Wrong: asked.wrong, Lines: asked.lines,
		Line: asked.line, Text: asked.text, Means: asked.means}
	o.Path = "/owner/names"
	channel, known := state.Config.Channel(asked.channel)
	for _, ch := range state.Config.Channels {
		if ch.ID == shop.CounterChannel {
			continue
		}
		if !known {
			channel, known = ch, true
		}
		o.Channels = append(o.Channels, templates.Tab{Name: l.Of(ch.Name), Href: "/owner/names?channel=" + ch.ID, Here: ch.ID == channel.ID})
	}
	if !known {
		return echo.ErrNotFound // nobody but the counter sells here
	}
	o.Channel, o.ChannelName = channel.ID, l.Of(channel.Name)
	for i := len(state.Unread) - 1; i >= 0; i-- {
		if u := state.Unread[i]; u.Channel == channel.ID {
			o.Unread = append(o.Unread, unread(l, state, u))
		}
	}
	if asked.line != "" {
		o.Read = readWords(l, state, channel, asked.line)
	}
	for _, kind := range []shop.MapKind{shop.MapName, shop.MapSKU, shop.MapWord} {
		o.Kinds = append(o.Kinds, templates.Choice{Value: string(kind), Name: l.T(kindWords[kind]), Chosen: string(kind) == asked.kind})
	}
	entries := state.Mapping.Entries(channel.ID)
	for i := len(entries) - 1; i >= max(0, len(entries)-namesShown); i-- {
		e := &entries[i]
		o.Entries = append(o.Entries, templates.OwnerName{Kind: string(e.Kind), Text: e.Text, KindWord: l.T(kindWords[e.Kind]),
			Means: meansWords(l, state.Config.Menu, e)})
	}
	o.More = len(entries) - len(o.Entries)
	return page.Show(c, status, templates.OwnerNamesPage(o))
}

// unread is something that nobody knows, with what it can mean; what it probably means is chosen.
func unread(l words.Lang, state *shop.State, u shop.Unread) templates.OwnerUnread {
	v := templates.OwnerUnread{Kind: string(u.Kind), Text: u.Text, In: u.In, SKU: u.SKU, Often: l.N(u.Orders, "names_page.in_orders")}
	if u.Refused {
		v.Often += l.T("names_page.refused")
	}
	suggested, ok := state.Suggest(u)
	means := ""
	if ok {
		means = suggested.Means()
	}
	add := func(value, name string) {
		v.Choices = append(v.Choices, templates.Choice{Value: value, Name: name, Chosen: value == means})
	}
	add("", l.T("names_page.choose"))
	nothing := shop.MapEntry{NoWork: true}
	add(nothing.Means(), l.T(nothingWords[u.Kind]))
	menu := state.Config.Menu
	if u.Kind == shop.MapWord {
		for _, g := range menu.Groups {
			for i := range g.Options {
				part := shop.OptionPart(g.ID, g.Options[i].ID)
				add(string(part), templates.PartName(l, menu, part))
			}
		}
		return v
	}
	v.Counted = true
	for i := range menu.Items {
		add(menu.Items[i].ID, l.Of(menu.Items[i].Name))
	}
	return v
}

// meansWords says what an entry means, in the names of the menu.
func meansWords(l words.Lang, menu *shop.Menu, e *shop.MapEntry) string {
	switch {
	case e.NoWork:
		return l.T(nothingWords[e.Kind])
	case e.Kind == shop.MapWord:
		return templates.PartName(l, menu, e.Option)
	}
	var parts []string
	for _, p := range e.Parts {
		parts = append(parts, lineWords(l, menu, p.Item, p.Qty, p.Options))
	}
	return strings.Join(parts, " + ")
}

func lineWords(l words.Lang, menu *shop.Menu, item string, qty int, options shop.Options) string {
	text := templates.PartName(l, menu, shop.MenuPart(item)) + " ×" + strconv.Itoa(qty)
	for group, id := range options.All() {
		text += " " + templates.PartName(l, menu, shop.OptionPart(group, id))
	}
	return text
}

// readWords says what a line of a channel's order is taken for.
func readWords(l words.Lang, state *shop.State, channel shop.Channel, line string) *templates.OwnerRead {
	sku, name, both := strings.Cut(line, "\t")
	if !both {
		sku, name = line, line
	}
	r := state.Read(channel, shop.Line{Item: strings.TrimSpace(sku), Name: name, Qty: 1})
	v := &templates.OwnerRead{How: l.T(readByWords[r.By])}
	switch {
	case r.By == shop.ReadNot:
		return v
	case len(r.Lines) == 0:
		v.Parts = []string{l.T("names_page.no_work_name")}
	}
	for i := range r.Lines {
		v.Parts = append(v.Parts, lineWords(l, state.Config.Menu, r.Lines[i].Item, r.Lines[i].Qty, r.Lines[i].Options))
	}
	if len(r.Unread) > 0 {
		v.Unread = strings.Join(r.Unread, " · ")
	}
	return v
}

// mapName takes in what one name means, from the inbox (means and how many) or as it is written.
func (p *Pages) mapName(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	l := page.Lang(c)
	asked := namesAsked{channel: c.Param("channel"), kind: form.Get("kind"), text: form.Get("text"), means: form.Get("means")}
	means := wire.Typed(asked.means)
	nothing := (&shop.MapEntry{NoWork: true}).Means()
	if qty := wire.Typed(form.Get("qty")); form.Get("counted") != "" && qty != "" && qty != "1" && means != "" && means != nothing {
		means += "*" + qty
	}
	entry, err := shop.ParseMapEntry(asked.kind, asked.text, means)
	if err != nil {
		asked.wrong, asked.lines = l.T("names_page.not_understood"), []string{err.Error()}
		return p.showNames(c, http.StatusUnprocessableEntity, asked)
	}
	return p.doNames(c, asked, shop.MapNames{By: access.Who(c), Channel: asked.channel, Entries: []shop.MapEntry{entry}})
}

// forgetName takes back what was said of one name.
func (p *Pages) forgetName(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	asked := namesAsked{channel: c.Param("channel")}
	return p.doNames(c, asked, shop.MapNames{By: access.Who(c), Channel: asked.channel,
		Remove: []shop.MapEntry{{Kind: shop.MapKind(form.Get("kind")), Text: form.Get("text")}}})
}

func (p *Pages) doNames(c echo.Context, asked namesAsked, command shop.MapNames) error {
	l := page.Lang(c)
	_, err := p.Tally.Do(c.Request().Context(), command)
	refusal := (*shop.Error)(nil)
	if errors.As(err, &refusal) && refusal.Kind == shop.Invalid {
		asked.wrong = l.T("names_page.not_understood")
		for _, f := range refusal.Fields {
			asked.lines = append(asked.lines, f.Detail)
		}
		return p.showNames(c, http.StatusUnprocessableEntity, asked)
	}
	if refusal != nil && refusal.Kind == shop.NotFound {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/names?channel="+asked.channel)
}

// namesWay is the link to the page from the first one, with how much nobody knows.
func namesWay(l words.Lang, state *shop.State) templates.Way {
	w := templates.Way{Href: "/owner/names", Name: l.T("names_page.names"), For: l.T("names_page.what_for")}
	if n := len(state.Unread); n > 0 {
		w.For = l.N(n, "names_page.wait")
		w.Href = fmt.Sprintf("/owner/names?channel=%s", state.Unread[n-1].Channel)
	}
	return w
}
