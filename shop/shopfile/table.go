package shopfile

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"weir/shop"
	"weir/shop/sheet"
)

// MenuFileMax is the size in bytes of a menu's table: a thousand items with long names are two thirds of it.
const MenuFileMax = 512 << 10

// menuFaultsMax is how many wrong lines one refusal names.
const menuFaultsMax = 20

// ReadMenu reads a menu from a table that a spreadsheet has written; docs/shop-yaml.md describes its columns. c is the shop
// as it is: what the table has no column or no line for stays as it is there. A table with anything wrong in it is a
// [*sheet.Refused] that names the lines; nothing in it is guessed.
func ReadMenu(c *shop.Config, text []byte) (*shop.Menu, error) {
	if len(text) > MenuFileMax {
		return nil, &sheet.Refused{Fault: sheet.FaultOf("menu_file.too_large", MenuFileMax>>10)}
	}
	text, err := sheet.Decode(text)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(string(text)) == "" {
		return nil, &sheet.Refused{Fault: sheet.FaultOf("file_fault.file_empty")}
	}
	t := table{config: c, sheet: sheet.New(string(text)), lines: map[string]int{}}
	if !t.sheet.Head(t.head) {
		return nil, &sheet.Refused{Fault: sheet.FaultOf("menu_file.no_head")}
	}
	for len(t.faults) <= menuFaultsMax && t.next() {
	}
	if len(t.faults) == 0 {
		return t.menu()
	}
	return nil, t.refused()
}

// EditItem is the menu with one item changed. value is what a form says of a column of the table, as "price_yuan" or
// "seconds tea"; it is read as a line of a table is.
func EditItem(c *shop.Config, id string, value func(column string) string) (*shop.Menu, error) {
	t := table{config: c, sheet: sheet.New(""), at: map[string]int{}, lines: map[string]int{}}
	add := func(key, cell string) {
		t.at[key] = len(t.cells)
		t.cells = append(t.cells, cell)
	}
	add("id", id)
	for _, key := range []string{"price_yuan", "zh", "en", "hidden"} {
		add(key, value(key))
	}
	was := c.Menu.Item(id)
	for _, st := range c.Stations {
		if key := secondsKey + st.ID; was != nil && was.Cups > 0 && id != c.Menu.Reference {
			add(key, value(key))
		}
	}
	t.sheet.Line = 1
	t.item()
	if len(t.faults) > 0 {
		return nil, t.refused()
	}
	changed := t.file.Items[0]
	t.file.Items = nil
	for i := range c.Menu.Items {
		it := t.itemOf(&c.Menu.Items[i])
		if it.ID == id {
			it = changed
		}
		t.file.Items, t.items = append(t.file.Items, it), append(t.items, 1)
	}
	return t.menu()
}

// table reads a menu's table line by line.
type table struct {
	config *shop.Config
	sheet  *sheet.Sheet
	at     map[string]int // column by key
	cells  []string       // of the line
	faults []sheet.LineFault
	lines  map[string]int // in which line a thing is, by kind and id
	file   file           // what was read
	items  []int          // lines of the items
}

func (t *table) refused() error {
	return &sheet.Refused{Fault: sheet.FaultOf("menu_file.refused"), Lines: t.faults[:min(len(t.faults), menuFaultsMax)]}
}

// wrong notes what is wrong with the line.
func (t *table) wrong(id string, args ...any) {
	t.faults = append(t.faults, sheet.LineFault{Line: t.sheet.Line, Fault: sheet.FaultOf(id, args...)})
}

// head is whether cells are the head line: they name an id, and a name or a price. Columns that nobody knows are refused
// there, so that no misspelt one is passed over.
func (t *table) head(cells []string, line int) bool {
	at := map[string]int{}
	var odd, twice []string
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		key := t.column(cell)
		_, known := at[key]
		switch {
		case cell == "":
		case key == "":
			odd = append(odd, letter(i)+" "+cell)
		case known:
			twice = append(twice, letter(i)+" "+cell)
		default:
			at[key] = i
		}
	}
	if _, id := at["id"]; !id || len(at) < 2 {
		return false
	}
	t.at, t.faults = at, nil
	for _, name := range odd {
		t.faults = append(t.faults, sheet.LineFault{Line: line, Fault: sheet.FaultOf("menu_file.column_unknown", cut(name),
			strings.Join(t.columns(), ", "))})
	}
	for _, name := range twice {
		t.faults = append(t.faults, sheet.LineFault{Line: line, Fault: sheet.FaultOf("menu_file.column_twice", cut(name))})
	}
	return true
}

// next reads a line. It is false at the end of the file.
func (t *table) next() bool {
	cells, torn, more := t.sheet.Row()
	if !more {
		return false
	}
	t.cells = cells
	if !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return true // spreadsheets leave rows of separators at the end
	}
	if torn {
		t.faults = append(t.faults, sheet.LineFault{Line: t.sheet.Line, Fault: sheet.FaultOf("file_fault.quote_open")})
		return true
	}
	for i, cell := range cells {
		headless := !slices.Contains(slices.Collect(maps.Values(t.at)), i)
		if headless && strings.TrimSpace(cell) != "" {
			t.wrong("menu_file.no_column", letter(i), cut(cell))
		}
	}
	switch kind := t.kind(); kind {
	case "item":
		t.item()
	case "option":
		t.option()
	case "ingredient":
		t.ingredient()
	}
	return true
}

// lineKinds are what a line can be, by the words for it.
var lineKinds = map[string]string{"": "item", "item": "item", "商品": "item", "饮品": "item", "option": "option", "选项": "option",
	"ingredient": "ingredient", "原料": "ingredient"}

func (t *table) kind() string {
	word := strings.ToLower(t.plain("kind"))
	kind, known := lineKinds[word]
	if !known {
		t.wrong("menu_file.kind", t.name("kind"), cut(word))
	}
	return kind
}

// has reports whether the table has a column.
func (t *table) has(key string) bool { _, has := t.at[key]; return has }

// name is a column as a person finds it.
func (t *table) name(key string) string { return key + " (" + letter(t.at[key]) + ")" }

// cell is a cell as it was written, without the spaces around it.
func (t *table) cell(key string) string {
	i, has := t.at[key]
	if !has || i >= len(t.cells) {
		return ""
	}
	cell := strings.TrimSpace(t.cells[i])
	if strings.HasPrefix(cell, "'") {
		return sheet.Unsafe(cell)
	}
	if cell != "" && strings.ContainsRune("=@＝＠", []rune(cell)[0]) {
		t.wrong("menu_file.formula", t.name(key), cut(cell))
		return ""
	}
	return cell
}

// plain is a cell with full-width letters and digits as plain ones: an id, a number, a word.
func (t *table) plain(key string) string { return strings.TrimSpace(width.Narrow.String(t.cell(key))) }

// text is a name.
func (t *table) text(key string, into *string) {
	if !t.has(key) {
		return
	}
	value := t.cell(key)
	value = strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " ")
	switch n, odd := utf8.RuneCountInString(value), unseen(value, true); {
	case n > textMax:
		t.wrong("menu_file.text_long", t.name(key), n, textMax)
	case odd != 0:
		t.wrong("menu_file.unseen", t.name(key), strconv.FormatInt(int64(odd), 16))
	case strings.ContainsFunc(value, unicode.IsControl):
		t.wrong("menu_file.unseen", t.name(key), "control")
	}
	*into = value
}

// number reads a whole number within bounds as "0..12". An empty cell is none: ok is false.
func (t *table) number(key, within string) (n int, ok bool) {
	value := t.plain(key)
	if value == "" {
		return 0, false
	}
	low, high, _ := strings.Cut(within, "..")
	least, _ := strconv.Atoi(low) // the bounds are in the program
	most, _ := strconv.Atoi(high)
	if n, err := strconv.Atoi(value); err == nil && wholeForm.MatchString(value) && n >= least && n <= most {
		return n, true
	}
	t.wrong("menu_file.whole", t.name(key), cut(value), low, high)
	return 0, false
}

// price is the one price of the line in fen; was stays where the table has no price at all.
func (t *table) price(was *int64, known bool) {
	if !t.has("price") && !t.has("price_yuan") {
		if !known {
			t.wrong("menu_file.price_none")
		}
		return
	}
	whole, yuanText := t.plain("price"), t.plain("price_yuan")
	switch {
	case whole != "" && yuanText != "":
		t.wrong("menu_file.price_two")
	case whole == "" && yuanText == "":
		t.wrong("menu_file.price_none")
	case whole != "":
		if n, ok := t.number("price", "0..1000000"); ok {
			*was = int64(n)
		}
	default:
		var y yuan
		if !decimalForm.MatchString(yuanText) || strings.HasPrefix(yuanText, "-") || y.UnmarshalYAML([]byte(yuanText)) != nil || y > 1_000_000 {
			t.wrong("menu_file.yuan", t.name("price_yuan"), cut(yuanText))
			return
		}
		*was = int64(y)
	}
}

// seconds reads the columns of the stations. Where the table has none of them what was known stays.
func (t *table) seconds(was map[string]int) map[string]int {
	next := maps.Clone(was)
	for _, st := range t.config.Stations {
		key := secondsKey + st.ID
		if !t.has(key) {
			continue
		}
		n, said := t.number(key, "0..3600")
		if !said { // no time there
			delete(next, st.ID)
			continue
		}
		if next == nil {
			next = map[string]int{}
		}
		next[st.ID] = n
	}
	return next
}

// secondsKey is how the column of a station's seconds begins.
const secondsKey = "seconds "

// pairs reads "jasmine=200 milk=150".
func (t *table) pairs(key string, take func(id, value string) bool) {
	value := strings.NewReplacer("；", " ", ";", " ", "，", " ", ",", " ").Replace(t.plain(key))
	for pair := range strings.FieldsSeq(value) {
		id, is, ok := strings.Cut(pair, "=")
		if !ok || id == "" || is == "" || unseen(pair, false) != 0 || !take(id, is) {
			t.wrong("menu_file.pairs", t.name(key), cut(pair))
		}
	}
}

// amounts reads what something takes of ingredients.
func (t *table) amounts(was map[string]int) map[string]int {
	if !t.has("uses") {
		return was
	}
	var uses map[string]int
	t.pairs("uses", func(id, value string) bool {
		n, err := strconv.Atoi(value)
		if _, twice := uses[id]; twice || err != nil || !wholeForm.MatchString(value) || n < 0 || n > 100_000 {
			return false
		}
		if uses == nil {
			uses = map[string]int{}
		}
		uses[id] = n
		return true
	})
	return uses
}

// yes reads a word for yes or no; an empty cell is no.
func (t *table) yes(key string, into *bool) {
	if !t.has(key) {
		return
	}
	switch word := strings.ToLower(t.plain(key)); word {
	case "yes", "true", "是":
		*into = true
	case "", "no", "false", "否":
		*into = false
	default:
		t.wrong("menu_file.yes_no", t.name(key), cut(word))
	}
}

// id is the id of the line's thing, "" where it has none that is right. of is its kind, and group for an option.
func (t *table) id(of string) string {
	id := t.plain("id")
	line, twice := t.lines[of+" "+id]
	switch {
	case id == "":
		t.wrong("menu_file.no_id", t.name("id"))
		return ""
	case unseen(id, false) != 0 || utf8.RuneCountInString(id) > textMax || of == "item" && !idForm.MatchString(id):
		t.wrong("menu_file.id_form", t.name("id"), cut(id))
		return ""
	case twice:
		t.wrong("menu_file.id_twice", t.name("id"), cut(id), line)
		return ""
	}
	t.lines[of+" "+id] = t.sheet.Line
	return id
}

func (t *table) item() {
	id := t.id("item")
	if id == "" {
		return
	}
	known := t.config.Menu.Item(id)
	it := item{ID: id}
	if known != nil {
		it = t.itemOf(known)
	}
	t.text("zh", &it.Name.ZH)
	t.text("en", &it.Name.EN)
	if it.Name == (shop.Name{}) {
		t.wrong("menu_file.no_name")
	}
	t.price(&it.Price, known != nil)
	if n, ok := t.number("cups", "0..12"); ok {
		it.Cups = &n
	} else if t.has("cups") {
		it.Cups = nil
	}
	if it.Work = t.seconds(it.Work); known == nil && len(it.Work) == 0 && (it.Cups == nil || *it.Cups > 0) {
		t.wrong("menu_file.new_seconds", id, secondsKey+t.config.Stations[0].ID)
	}
	it.Uses = t.amounts(it.Uses)
	t.yes("hidden", &it.Hidden)
	t.only("item")
	t.file.Items, t.items = append(t.file.Items, it), append(t.items, t.sheet.Line)
}

func (t *table) option() {
	group := strings.ToLower(t.plain("group"))
	if !slices.Contains(groups, group) {
		t.wrong("menu_file.group", cut(group), strings.Join(groups, ", "))
		return
	}
	id := t.id("option " + group)
	if id == "" {
		return
	}
	known := t.config.Menu.Option(group, id)
	o := option{ID: id}
	if known != nil {
		o = t.optionOf(known)
	}
	t.text("zh", &o.ZH)
	t.text("en", &o.EN)
	if o.ZH == "" && o.EN == "" {
		t.wrong("menu_file.no_name")
	}
	t.price(&o.Price, known != nil)
	o.Work = t.seconds(o.Work)
	o.Uses = t.amounts(o.Uses)
	if t.has("scale") {
		o.Scale, _ = t.number("scale", "0..400")
	}
	if t.has("swaps") {
		o.Swaps = nil
		t.pairs("swaps", func(id, value string) bool {
			if o.Swaps == nil {
				o.Swaps = map[string]string{}
			}
			_, twice := o.Swaps[id]
			o.Swaps[id] = value
			return !twice
		})
	}
	t.only("option")
	if t.file.Options == nil {
		t.file.Options = map[string][]option{}
	}
	t.file.Options[group] = append(t.file.Options[group], o)
}

func (t *table) ingredient() {
	id := t.id("ingredient")
	if id == "" {
		return
	}
	in := ingredient{}
	if known, ok := t.config.Menu.Pantry[id]; ok {
		in = t.ingredientOf(known, t.config.Menu.PutIn[id])
	}
	t.text("zh", &in.ZH)
	t.text("en", &in.EN)
	if t.has("station") {
		in.Station = t.plain("station")
	}
	if t.has("holds") || t.has("unit_zh") || t.has("unit_en") {
		u := unit{}
		if in.Unit != nil {
			u = *in.Unit
		}
		t.text("unit_zh", &u.ZH)
		t.text("unit_en", &u.EN)
		if t.has("holds") {
			u.Holds, _ = t.number("holds", "1..1000000")
		}
		if in.Unit = &u; u == (unit{}) {
			in.Unit = nil
		}
	}
	if t.has("lead_min") {
		in.LeadMin, _ = t.number("lead_min", "0..600")
	}
	if t.has("batch") {
		in.Batch, _ = t.number("batch", "0..1000000")
	}
	t.yes("fixed", &in.Fixed)
	t.only("ingredient")
	if t.file.Pantry == nil {
		t.file.Pantry = map[string]ingredient{}
	}
	t.file.Pantry[id] = in
}

// only refuses what is written in a column that says nothing of a line's kind.
func (t *table) only(kind string) {
	for key := range t.at {
		if of := kindsOf(key); of != "" && !strings.Contains(of, kind) && t.cell(key) != "" {
			t.wrong("menu_file.not_for", t.name(key), kind)
		}
	}
}

// menu is the menu that the table makes, with what it says nothing of as it is.
func (t *table) menu() (*shop.Menu, error) {
	was := t.config.Menu
	if len(t.file.Items) == 0 {
		return nil, &sheet.Refused{Fault: sheet.FaultOf("menu_file.no_items")}
	}
	if len(t.file.Items) > shop.MenuItemsMax {
		return nil, &sheet.Refused{Fault: sheet.FaultOf("menu_file.too_many", shop.MenuItemsMax)}
	}
	if t.file.Options == nil {
		t.file.Options = map[string][]option{}
		for _, g := range was.Groups {
			for i := range g.Options {
				t.file.Options[g.ID] = append(t.file.Options[g.ID], t.optionOf(&g.Options[i]))
			}
		}
	}
	if t.file.Pantry == nil {
		t.file.Pantry = map[string]ingredient{}
		for id, supply := range was.Pantry {
			t.file.Pantry[id] = t.ingredientOf(supply, was.PutIn[id])
		}
	}
	for id := range t.file.Pantry {
		if _, known := was.EverSupply(id); known && !t.file.uses(id) {
			delete(t.file.Pantry, id) // its last drink has gone; a new one that nothing uses is a typing error
		}
	}
	t.file.Reference = was.Reference
	out := &shop.Config{Stations: t.config.Stations, Line: t.config.Line}
	err := t.file.menu(out)
	f := (*fault)(nil)
	if errors.As(err, &f) {
		t.faults = append(t.faults, sheet.LineFault{Line: t.lineOf(f.path), Fault: sheet.FaultOf("menu_file.rule", f.what)})
		return nil, t.refused()
	}
	return out.Menu, err
}

// uses reports whether anything takes an ingredient.
func (f *file) uses(id string) bool {
	for i := range f.Items {
		if _, ok := f.Items[i].Uses[id]; ok {
			return true
		}
	}
	for _, options := range f.Options {
		for i := range options {
			if _, ok := options[i].Uses[id]; ok {
				return true
			}
			if slices.Contains(slices.Collect(maps.Values(options[i].Swaps)), id) {
				return true
			}
		}
	}
	return false
}

// lineOf is the line of what a path of shop.yaml names; 1 is the table as a whole.
func (t *table) lineOf(path string) int {
	if rest, ok := strings.CutPrefix(path, "$.items["); ok {
		digits, _, _ := strings.Cut(rest, "]")
		if i, err := strconv.Atoi(digits); err == nil && i < len(t.items) {
			return t.items[i]
		}
	}
	if id, ok := strings.CutPrefix(path, "$.ingredients."); ok {
		if line, ok := t.lines["ingredient "+strings.Split(id, ".")[0]]; ok {
			return line
		}
	}
	return 1
}

// itemOf, optionOf and ingredientOf are parts of a menu as shop.yaml would have them now: a menu of the shop's own may name
// stations that shop.yaml has no more.
func (t *table) itemOf(it *shop.Item) item {
	cups := it.Cups
	return item{ID: it.ID, Name: it.Name, Price: it.PriceFen, Work: t.here(it.Seconds), Cups: &cups, Uses: it.Uses, Hidden: it.Hidden}
}

func (t *table) optionOf(o *shop.Option) option {
	return option{ID: o.ID, ZH: o.Name.ZH, EN: o.Name.EN, Price: o.PriceFen, Work: t.here(o.Seconds), Uses: o.Uses, Scale: o.Scale,
		Swaps: o.Swaps}
}

func (t *table) ingredientOf(s shop.Supply, station string) ingredient {
	if !t.stands(station) {
		station = ""
	}
	in := ingredient{ZH: s.ZH, EN: s.EN, Station: station, LeadMin: int(s.Lead / time.Minute), Fixed: s.Fixed, Batch: s.Batch}
	if s.Holds > 0 {
		in.Unit = &unit{ZH: s.Unit.ZH, EN: s.Unit.EN, Holds: s.Holds}
	}
	return in
}

// here is the part of seconds that is at stations of the shop.
func (t *table) here(seconds map[string]int) map[string]int {
	seconds = maps.Clone(seconds)
	maps.DeleteFunc(seconds, func(station string, _ int) bool { return !t.stands(station) })
	return seconds
}

// stands reports whether the shop has a station.
func (t *table) stands(station string) bool {
	return slices.ContainsFunc(t.config.Stations, func(st shop.Station) bool { return st.ID == station })
}

// letter is a column as spreadsheets call it: A, B, …, Z, AA.
func letter(i int) string {
	if i >= 26 {
		return letter(i/26-1) + letter(i%26)
	}
	return string(rune('A' + i))
}
