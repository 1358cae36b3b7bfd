package shopfile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"weir/shop"
	"weir/shop/sheet"
)

// menuColumns are the columns of a menu's table beside the seconds of the stations, in the order in which they are written:
// the key, the other words for it, and the kinds of lines that it is for.
var menuColumns = []struct {
	key   string
	words []string
	kinds string
}{
	{"kind", []string{"类型"}, ""},
	{"group", []string{"分组"}, "option"},
	{"id", []string{"编号", "商品编号", "code"}, ""},
	{"zh", []string{"中文名", "名称", "商品名称"}, ""},
	{"en", []string{"英文名"}, ""},
	{"price_yuan", []string{"价格(元)", "单价(元)"}, "item option"},
	{"price", []string{"价格(分)", "单价(分)", "price(fen)"}, "item option"},
	{"cups", []string{"杯数"}, "item"},
	{"uses", []string{"用料", "配方"}, "item option"},
	{"hidden", []string{"下架"}, "item"},
	{"scale", []string{"份量(%)"}, "option"},
	{"swaps", []string{"替换"}, "option"},
	{"station", []string{"工位"}, "ingredient"},
	{"unit_zh", []string{"单位"}, "ingredient"},
	{"unit_en", []string{"英文单位"}, "ingredient"},
	{"holds", []string{"每单位含量"}, "ingredient"},
	{"lead_min", []string{"制备(分钟)"}, "ingredient"},
	{"batch", []string{"每次制备量"}, "ingredient"},
	{"fixed", []string{"不随杯型变化"}, "ingredient"},
}

// secondsAfter is the column behind which the seconds of the stations are written.
const secondsAfter = "price_yuan"

// column is the key of a head line's cell; "" is none that is known.
func (t *table) column(cell string) string {
	folded := func(s string) string {
		s = strings.ToLower(width.Narrow.String(s))
		return strings.NewReplacer(" ", "", "\u00a0", "", "*", "", "(必填)", "").Replace(s)
	}
	name := folded(sheet.Unsafe(cell))
	for _, c := range menuColumns {
		if name == c.key || slices.ContainsFunc(c.words, func(w string) bool { return folded(w) == name }) {
			return c.key
		}
	}
	for _, st := range t.config.Stations {
		for _, called := range []string{st.ID, st.Name.ZH, st.Name.EN} {
			for _, before := range []string{secondsKey, "秒"} {
				if called != "" && name == folded(before+called) {
					return secondsKey + st.ID
				}
			}
		}
	}
	return ""
}

// columns are the names of all there are.
func (t *table) columns() (keys []string) {
	for _, c := range menuColumns {
		keys = append(keys, c.key)
		if c.key == secondsAfter {
			for _, st := range t.config.Stations {
				keys = append(keys, secondsKey+st.ID)
			}
		}
	}
	return keys
}

// kindsOf are the kinds of lines that a column is for; "" is all.
func kindsOf(key string) string {
	if strings.HasPrefix(key, secondsKey) {
		return "item option"
	}
	for _, c := range menuColumns {
		if c.key == key {
			return c.kinds
		}
	}
	return ""
}

// WriteMenu writes a menu as a table that [ReadMenu] reads: CSV in UTF-8 with a byte order mark, which is how spreadsheets
// know it.
func WriteMenu(c *shop.Config, m *shop.Menu) ([]byte, error) {
	var keys []string
	for _, key := range (&table{config: c}).columns() {
		if key != "price" { // yuan is what people read
			keys = append(keys, key)
		}
	}
	var rows []map[string]string
	for i := range m.Items {
		it := &m.Items[i]
		row := map[string]string{"kind": "item", "id": it.ID, "zh": it.Name.ZH, "en": it.Name.EN, "price_yuan": inYuan(it.PriceFen),
			"uses": shop.Amounts(it.Uses), "cups": strconv.Itoa(it.Cups), "hidden": yesWord(it.Hidden)}
		secondsInto(row, it.Seconds)
		rows = append(rows, row)
	}
	for _, g := range m.Groups {
		for i := range g.Options {
			o := &g.Options[i]
			row := map[string]string{"kind": "option", "group": g.ID, "id": o.ID, "zh": o.Name.ZH, "en": o.Name.EN,
				"price_yuan": inYuan(o.PriceFen), "uses": shop.Amounts(o.Uses), "scale": some(o.Scale), "swaps": shop.Exchanges(o.Swaps)}
			secondsInto(row, o.Seconds)
			rows = append(rows, row)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(m.Pantry)) {
		s := m.Pantry[id]
		rows = append(rows, map[string]string{"kind": "ingredient", "id": id, "zh": s.ZH, "en": s.EN, "station": m.PutIn[id],
			"unit_zh": s.Unit.ZH, "unit_en": s.Unit.EN, "holds": some(s.Holds), "lead_min": some(int(s.Lead / time.Minute)),
			"batch": some(s.Batch), "fixed": yesWord(s.Fixed)})
	}
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.UseCRLF = true // RFC 4180
	lines := [][]string{keys}
	for _, row := range rows {
		cells := make([]string, len(keys))
		for i, key := range keys {
			cells[i] = sheet.Safe(row[key])
		}
		lines = append(lines, cells)
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("write the menu: %w", err)
	}
	return out.Bytes(), nil
}

func secondsInto(row map[string]string, seconds map[string]int) {
	for station, n := range seconds {
		row[secondsKey+station] = strconv.Itoa(n)
	}
}

// inYuan is an amount in yuan as a table has it.
func inYuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

// some is a number, and nothing for 0.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yesWord(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}
