package shopfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"weir/shop"
	"weir/shop/words"
)

// Draft is a first shop.yaml, as a person fills it in. [Draft.Text] writes it; [Parse] says whether it is one.
type Draft struct {
	ID          string
	Name        shop.Name
	Address     string // for people who read the file
	TimeZone    string
	Open, Close string // "10:00", "26:00"
	Staff       []int  // head count at each station of [Line]; its length says how the work is divided
	Channels    []string
	Drinks      []Drink
	Printers    []DraftPrinter
}

// Drink is an item that the first menu can have.
type Drink struct {
	ID       string
	Name     shop.Name
	PriceFen int64
}

// DraftPrinter is a printer of a [Draft]. What it prints follows from its kind.
type DraftPrinter struct {
	Name, Kind, Address string
	Size                string // of labels; "" is the usual one
}

// StarterMenu is a menu to begin with.
type StarterMenu struct {
	ID    string
	Items []string // ids of drinks
}

// StarterMenus are the menus that ship, made of the demo shop's drinks.
var StarterMenus = []StarterMenu{
	{"milk-tea", []string{"jasmine-milk-tea", "oolong-milk-tea", "pearl-milk-tea", "brown-sugar", "three-brothers", "lemon-tea", "green-tea",
		"black-tea", "winter-melon", "bag"}},
	{"fruit-tea", []string{"lemon-tea", "mango-pomelo", "grape", "strawberry", "jasmine-milk-tea", "green-tea", "winter-melon", "bag"}},
	{"coffee", []string{"coconut-latte", "americano", "matcha", "rice-milk", "jasmine-milk-tea", "oolong-milk-tea", "black-tea", "bag"}},
}

// StarterChannels are the platforms that a first file can name, besides the counter, which is always there.
var StarterChannels = []shop.Channel{
	{ID: "meituan", Name: shop.Name{ZH: "美团", EN: "Meituan"}, Delivery: true},
	{ID: "shangou", Name: shop.Name{ZH: "淘宝闪购", EN: "Taobao Shangou"}, Delivery: true},
	{ID: "jd", Name: shop.Name{ZH: "京东外卖", EN: "JD delivery"}, Delivery: true},
	{ID: "mini", Name: shop.Name{ZH: "小程序自取", EN: "Mini program, pick-up"}},
}

// The stations of the demo shop's line, whose seconds the drinks have.
var demoStations = []string{"tea", "shake", "seal"}

// merged says, for one, two and three stations, to which of them the work at each of [demoStations] goes.
var merged = map[int][3]int{1: {0, 0, 0}, 2: {0, 0, 1}, 3: {0, 1, 2}}

// Line is the stations that the work is divided into, one to three; nil for another number.
func Line(n int) []shop.Station {
	switch n {
	case 1:
		return []shop.Station{{ID: "bar", Name: shop.Name{ZH: "制作", EN: "Bar"}}}
	case 2:
		return []shop.Station{{ID: "make", Name: shop.Name{ZH: "制作", EN: "Make"}}, {ID: "seal", Name: shop.Name{ZH: "封口", EN: "Seal"}}}
	case 3:
		return []shop.Station{{ID: "tea", Name: shop.Name{ZH: "茶底", EN: "Tea base"}}, {ID: "shake", Name: shop.Name{ZH: "调制", EN: "Shake"}},
			{ID: "seal", Name: shop.Name{ZH: "封口", EN: "Seal"}}}
	}
	return nil
}

// catalogue is the demo shop's file.
var catalogue = sync.OnceValue(func() *file {
	var f file
	if err := yaml.Unmarshal(demo, &f); err != nil {
		panic(err) // it is part of the program: a test reads it before it is released
	}
	return &f
})

// DrinkOf is the drink of an id, with the price that the demo shop has for it.
func DrinkOf(id string) (Drink, bool) {
	for _, it := range catalogue().Items {
		if it.ID == id {
			return Drink{it.ID, it.Name, it.Price}, true
		}
	}
	return Drink{}, false
}

// Text writes the draft as a shop.yaml, with comments in a language. A draft that lacks something gives a text that [Parse]
// refuses.
func (d Draft) Text(l words.Lang) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say := func(id string) { line("\n# %s", l.T(id)) }
	line("# %s", l.T("first_file.head"))
	if d.Address != "" {
		line("# %s", comment(d.Address))
	}
	line("store: %s", quoted(d.ID))
	line("name: %s", named(d.Name))
	line("time_zone: %s", quoted(d.TimeZone))
	line("hours: {open: %s, close: %s}", quoted(d.Open), quoted(d.Close))

	items := d.items()
	say("first_file.work")
	if i := slices.IndexFunc(items, func(it item) bool { return it.Cups == nil }); i >= 0 {
		line("reference: %s", items[i].ID)
	}
	line("stations:")
	for i, s := range Line(len(d.Staff)) {
		line("  - {id: %s, name: %s, staff: %d}", s.ID, named(s.Name), d.Staff[i])
	}
	say("first_file.channels")
	line("channels:")
	line("  - {id: counter, name: {zh: 柜台, en: Counter}, fulfilment: counter}")
	for _, ch := range StarterChannels {
		if slices.Contains(d.Channels, ch.ID) {
			fulfilment := "pickup"
			if ch.Delivery {
				fulfilment = "delivery"
			}
			line("  - {id: %s, name: %s, fulfilment: %s, weight: 1, min_share: 0.1, slot_share: 0.6, provisional: %t}", ch.ID, named(ch.Name),
				fulfilment, ch.Delivery)
		}
	}
	if len(d.Printers) > 0 {
		say("first_file.printers")
		line("printers:")
	}
	for _, p := range d.Printers {
		size := ""
		if p.Size != "" {
			size = ", size: " + quoted(p.Size)
		}
		line("  - {name: %s, kind: %s, address: %s%s}", quoted(p.Name), quoted(p.Kind), quoted(p.Address), size)
	}
	d.menu(&b, l, items)
	return b.Bytes()
}

// items are the draft's drinks as the demo shop has them, with the draft's prices.
func (d Draft) items() (list []item) {
	for _, drink := range d.Drinks {
		for _, it := range catalogue().Items {
			if it.ID == drink.ID {
				it.Price = drink.PriceFen
				list = append(list, it)
			}
		}
	}
	return list
}

// menu writes the options, ingredients and items that the drinks need.
func (d Draft) menu(b *bytes.Buffer, l words.Lang, items []item) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	used := map[string]bool{}
	for _, it := range items {
		for id := range it.Uses {
			used[id] = true
		}
	}
	line("\n# %s", l.T("first_file.options"))
	line("options:")
	for _, group := range groups {
		line("  %s:", group)
		for _, o := range catalogue().Options[group] {
			if slices.ContainsFunc(slices.Collect(maps.Keys(o.Swaps)), func(from string) bool { return !used[from] }) {
				continue // nothing has what it takes the place of
			}
			line("    - {id: %s, zh: %s, en: %s%s%s%s%s%s}", o.ID, quoted(o.ZH), quoted(o.EN), price(o.Price), d.work(o.Work),
				amounts("uses", o.Uses), scale(o.Scale), swapped(o.Swaps))
			for id := range o.Uses {
				used[id] = true
			}
			for _, to := range o.Swaps {
				used[to] = true
			}
		}
	}
	line("\n# %s", l.T("first_file.ingredients"))
	line("ingredients:")
	for _, id := range slices.Sorted(maps.Keys(used)) {
		in := catalogue().Pantry[id]
		text := fmt.Sprintf("zh: %s, en: %s, station: %s", quoted(in.ZH), quoted(in.EN), d.stationOf(in.Station))
		if in.Unit != nil {
			text += fmt.Sprintf(", unit: {zh: %s, en: %s, holds: %d}", quoted(in.Unit.ZH), quoted(in.Unit.EN), in.Unit.Holds)
		}
		if in.LeadMin > 0 {
			text += fmt.Sprintf(", lead_min: %d, batch: %d", in.LeadMin, in.Batch)
		}
		if in.Fixed {
			text += ", fixed: true"
		}
		line("  %s: {%s}", id, text)
	}
	line("\n# %s", l.T("first_file.items"))
	line("items:")
	for _, it := range items {
		cups := ""
		if it.Cups != nil {
			cups = fmt.Sprintf(", cups: %d", *it.Cups)
		}
		line("  - {id: %s, name: %s%s%s%s%s}", it.ID, named(it.Name), price(it.Price), d.work(it.Work), amounts("uses", it.Uses), cups)
	}
}

// stationOf is where of this shop's line the work at a station of the demo shop is done.
func (d Draft) stationOf(demo string) string {
	line := Line(len(d.Staff))
	if i := slices.Index(demoStations, demo); i >= 0 && line != nil {
		return line[merged[len(d.Staff)][i]].ID
	}
	return `""`
}

// work writes seconds at the stations of this shop's line.
func (d Draft) work(demo map[string]int) string {
	seconds := map[string]int{}
	for station, s := range demo {
		seconds[d.stationOf(station)] += s
	}
	return amounts("work", seconds)
}

func amounts(key string, of map[string]int) string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(of)) {
		if of[id] > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", id, of[id]))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + key + ": {" + strings.Join(parts, ", ") + "}"
}

func scale(percent int) string {
	if percent == 0 {
		return ""
	}
	return fmt.Sprintf(", scale: %d", percent)
}

func swapped(of map[string]string) string {
	var parts []string
	for _, from := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, from+": "+of[from])
	}
	if len(parts) == 0 {
		return ""
	}
	return ", swaps: {" + strings.Join(parts, ", ") + "}"
}

func price(fen int64) string {
	if fen == 0 {
		return ""
	}
	return fmt.Sprintf(", price_yuan: %d.%02d", fen/100, fen%100)
}

func named(n shop.Name) string {
	if n.EN == "" {
		return fmt.Sprintf("{zh: %s}", quoted(n.ZH))
	}
	return fmt.Sprintf("{zh: %s, en: %s}", quoted(n.ZH), quoted(n.EN))
}

// quoted is a text in YAML's double quotes, whose escapes are those of JSON and more (YAML 1.2.2, 5.7).
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a text can always be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// comment is a text that cannot end the comment that it is in: a line break of any kind becomes a space.
func comment(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ") }
