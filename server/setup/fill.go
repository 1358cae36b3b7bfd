package setup

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/shop/shopfile"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
)

// zones are the time zones that can be chosen, the usual one first. A file may have any other.
var zones = []string{"Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore", "Asia/Kuala_Lumpur",
	"Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Jakarta", "Asia/Tokyo", "Asia/Seoul", "Australia/Sydney", "Europe/London", "Europe/Paris",
	"America/New_York", "America/Los_Angeles"}

// shopIDForm is what a shop's id may be; topics and addresses have it.
var shopIDForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

func (s *Setup) viewShop(p templates.Setup, form url.Values) templ.Component {
	d := s.draft
	return templates.SetupShopPage(templates.SetupShop{
		Setup: p, NameZH: field(form, "zh", d.Name.ZH), NameEN: field(form, "en", d.Name.EN), Address: field(form, "address", d.Address),
		ID: field(form, "id", d.ID), Open: field(form, "open", dayTime(d.Open)), Close: field(form, "close", dayTime(d.Close)),
		Zones: choices(zones, field(form, "zone", d.TimeZone)),
	})
}

// dayTime is a time of the business day as a clock shows it: "26:00" is 02:00.
func dayTime(of string) string {
	h, m, ok := hourMinute(of)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", h%24, m)
}

// clockForm is a time as browsers send it.
var clockForm = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2})(:00)?$`)

func hourMinute(text string) (h, m int, ok bool) {
	parts := clockForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, 0, false
	}
	h, _ = strconv.Atoi(parts[1]) // the form is digits alone
	m, _ = strconv.Atoi(parts[2])
	return h, m, h < 48 && m < 60
}

// cutOff is the hour at which a business day begins; a shop closes no later than that of the next day.
const cutOff = 4

// openHours reads when a shop opens and closes. A shop that closes before it opens closes after midnight.
func openHours(open, closing string) (from, to string, err error) {
	oh, om, ok := hourMinute(wire.Typed(open))
	ch, cm, also := hourMinute(wire.Typed(closing))
	if !ok || !also || oh >= 24 || ch >= 24 {
		return "", "", wrong{id: "setup.hours_rule"}
	}
	if ch*60+cm <= oh*60+om {
		ch += 24
	}
	if oh < cutOff || ch*60+cm > (24+cutOff)*60 {
		return "", "", wrong{id: "setup.night_rule"}
	}
	return fmt.Sprintf("%02d:%02d", oh, om), fmt.Sprintf("%02d:%02d", ch, cm), nil
}

func (s *Setup) takeShop(_ words.Lang, form url.Values) (err error) {
	d := s.draft
	zh, ok := plain(form.Get("zh"))
	en, also := plain(form.Get("en"))
	address, too := plain(form.Get("address"))
	switch {
	case !ok || !also || !too:
		return wrong{"setup.too_long", []any{textMax}}
	case zh == "":
		return wrong{id: "setup.name_missing"}
	}
	d.Name, d.Address, d.ID, d.TimeZone = shop.Name{ZH: zh, EN: en}, address, wire.Typed(form.Get("id")), form.Get("zone")
	if !shopIDForm.MatchString(d.ID) {
		return wrong{id: "setup.number_rule"}
	}
	if !slices.Contains(zones, d.TimeZone) {
		return wrong{id: "setup.zone_rule"}
	}
	if d.Open, d.Close, err = openHours(form.Get("open"), form.Get("close")); err != nil {
		return err
	}
	s.draft = d
	return nil
}

const (
	lineMax  = 3  // stations of a first file
	staffMax = 20 // people at one of them
)

func (s *Setup) viewLine(p templates.Setup, form url.Values) templ.Component {
	v := templates.SetupLine{Setup: p}
	chosen := field(form, "line", fmt.Sprint(len(s.draft.Staff)))
	for n := 1; n <= lineMax; n++ {
		way := templates.SetupWay{Value: fmt.Sprint(n), Name: p.Lang.N(n, "setup.stations"), For: p.Lang.T("setup.line." + fmt.Sprint(n)),
			Chosen: chosen == fmt.Sprint(n)}
		for i, station := range shopfile.Line(n) {
			people := 1
			if n == len(s.draft.Staff) {
				people = s.draft.Staff[i]
			}
			name := fmt.Sprintf("staff-%d-%d", n, i)
			way.Fields = append(way.Fields, templates.SetupField{Label: p.Lang.Of(station.Name), Name: name, Value: number(form, name, people)})
		}
		v.Ways = append(v.Ways, way)
	}
	return templates.SetupLinePage(v)
}

func (s *Setup) takeLine(_ words.Lang, form url.Values) error {
	n, err := strconv.Atoi(form.Get("line"))
	if err != nil || n < 1 || n > lineMax {
		return wrong{id: "setup.line_rule"}
	}
	staff := make([]int, n)
	for i := range staff {
		staff[i], err = strconv.Atoi(wire.Typed(form.Get(fmt.Sprintf("staff-%d-%d", n, i))))
		if err != nil || staff[i] < 1 || staff[i] > staffMax {
			return wrong{"setup.staff_rule", []any{staffMax}}
		}
	}
	s.draft.Staff = staff
	return nil
}

// useMenu puts the drinks of a menu into the draft, at the prices that it ships with.
func (s *Setup) useMenu(m shopfile.StarterMenu) {
	s.draft.Drinks = nil
	for _, id := range m.Items {
		if drink, ok := shopfile.DrinkOf(id); ok {
			s.draft.Drinks = append(s.draft.Drinks, drink)
		}
	}
}

// startMenu begins the menu anew with one of those that ship.
func (s *Setup) startMenu(c echo.Context) error {
	i := slices.IndexFunc(shopfile.StarterMenus, func(m shopfile.StarterMenu) bool { return m.ID == c.FormValue("menu") })
	if i < 0 {
		return s.refuse(c, "menu", wrong{id: "setup.menu_rule"}, nil)
	}
	s.mu.Lock()
	if !s.over {
		s.useMenu(shopfile.StarterMenus[i])
	}
	s.mu.Unlock()
	return c.Redirect(http.StatusSeeOther, "/setup/menu")
}

// everyDrink is every drink that ships, those of the draft first.
func (s *Setup) everyDrink() []shopfile.Drink {
	all := slices.Clone(s.draft.Drinks)
	for _, m := range shopfile.StarterMenus {
		for _, id := range m.Items {
			if !slices.ContainsFunc(all, func(d shopfile.Drink) bool { return d.ID == id }) {
				drink, _ := shopfile.DrinkOf(id) // a test knows them all
				all = append(all, drink)
			}
		}
	}
	return all
}

func (s *Setup) viewMenu(p templates.Setup, form url.Values) templ.Component {
	v := templates.SetupMenu{Setup: p}
	for _, m := range shopfile.StarterMenus {
		v.Starters = append(v.Starters, templates.Choice{Value: m.ID, Name: p.Lang.T("setup.menu." + m.ID)})
	}
	for i, d := range s.everyDrink() {
		kept := i < len(s.draft.Drinks)
		if form != nil {
			kept = form.Get("sold-"+d.ID) != ""
		}
		price := fmt.Sprintf("%d.%02d", d.PriceFen/100, d.PriceFen%100)
		v.Drinks = append(v.Drinks, templates.SetupDrink{ID: d.ID, Name: p.Lang.Of(d.Name), Sold: kept, Price: field(form, "price-"+d.ID, price)})
	}
	for _, ch := range shopfile.StarterChannels {
		v.Channels = append(v.Channels, templates.Choice{Value: ch.ID, Name: p.Lang.Of(ch.Name),
			Chosen: form == nil && slices.Contains(s.draft.Channels, ch.ID) || form.Get("channel-"+ch.ID) != ""})
	}
	return templates.SetupMenuPage(v)
}

// priceForm is an amount in yuan.
var priceForm = regexp.MustCompile(`^([0-9]{1,4})(?:\.([0-9]{1,2}))?$`)

func (s *Setup) takeMenu(l words.Lang, form url.Values) error {
	var drinks []shopfile.Drink
	cups := 0
	for _, d := range s.everyDrink() {
		if form.Get("sold-"+d.ID) == "" {
			continue
		}
		parts := priceForm.FindStringSubmatch(wire.Typed(form.Get("price-" + d.ID)))
		if parts == nil {
			return wrong{"setup.price_rule", []any{l.Of(d.Name)}}
		}
		yuan, _ := strconv.ParseInt(parts[1], 10, 64) // the form is digits alone
		fen, _ := strconv.ParseInt((parts[2] + "00")[:2], 10, 64)
		d.PriceFen = yuan*100 + fen
		drinks = append(drinks, d)
		if d.ID != "bag" {
			cups++
		}
	}
	if cups == 0 {
		return wrong{id: "setup.no_drink"}
	}
	s.draft.Drinks, s.draft.Channels = drinks, nil
	for _, ch := range shopfile.StarterChannels {
		if form.Get("channel-"+ch.ID) != "" {
			s.draft.Channels = append(s.draft.Channels, ch.ID)
		}
	}
	return nil
}

func choices(values []string, chosen string) (list []templates.Choice) {
	for _, v := range values {
		list = append(list, templates.Choice{Value: v, Name: strings.ReplaceAll(v, "_", " "), Chosen: v == chosen})
	}
	return list
}

// recap is what was filled in, in the page's language.
func (s *Setup) recap(l words.Lang) (rows []templates.SetupRow) {
	d := s.draft
	add := func(step, label, value string) {
		rows = append(rows, templates.SetupRow{Label: label, Value: value, Href: "/setup/" + step})
	}
	add("shop", l.T("setup.name"), strings.TrimSpace(d.Name.ZH+" "+d.Name.EN))
	add("shop", l.T("setup.hours"), d.Open+"–"+d.Close)
	people := make([]string, len(d.Staff))
	for i, station := range shopfile.Line(len(d.Staff)) {
		people[i] = fmt.Sprintf("%s %d", l.Of(station.Name), d.Staff[i])
	}
	add("line", l.T("setup.step.line"), strings.Join(people, " · "))
	drinks := make([]string, len(d.Drinks))
	for i, drink := range d.Drinks {
		drinks[i] = fmt.Sprintf("%s ¥%d.%02d", l.Of(drink.Name), drink.PriceFen/100, drink.PriceFen%100)
	}
	add("menu", l.T("setup.step.menu"), strings.Join(drinks, " · "))
	from := []string{l.T("setup.counter")}
	for _, ch := range shopfile.StarterChannels {
		if slices.Contains(d.Channels, ch.ID) {
			from = append(from, l.Of(ch.Name))
		}
	}
	add("menu", l.T("setup.where_orders_come_from"), strings.Join(from, " · "))
	printers := make([]string, len(d.Printers))
	for i, p := range d.Printers {
		printers[i] = p.Name + " " + p.Address
	}
	if len(printers) == 0 {
		printers = []string{l.T("setup.none")}
	}
	add("printers", l.T("setup.step.printers"), strings.Join(printers, " · "))
	return rows
}

func (s *Setup) viewOwner(p templates.Setup, form url.Values) templ.Component {
	v := templates.SetupOwner{Setup: p, Rows: s.recap(p.Lang), Name: field(form, "name", p.Lang.T("shared.owner")), File: s.File}
	for _, t := range steps {
		if !s.filled[t.id] && t.id != ownerStep {
			v.Missing = append(v.Missing, templates.SetupStep{Name: p.Lang.T("setup.step." + t.id), Href: t.path()})
		}
	}
	return templates.SetupOwnerPage(v)
}
