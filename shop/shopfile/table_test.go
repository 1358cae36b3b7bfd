package shopfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/encoding/simplifiedchinese"
	unicode16 "golang.org/x/text/encoding/unicode"

	"weir/shop"
	"weir/shop/sheet"
)

// twoItems is a menu's table of two items, the reference one of them.
const twoItems = "id,zh,price_yuan,seconds tea,seconds shake,seconds seal\n" +
	"jasmine-milk-tea,茉莉奶绿,15.00,18,53,15\ngrape,多肉葡萄,24.00,14,88,18\n"

func demoShop(t *testing.T) *shop.Config {
	t.Helper()
	c, err := Demo()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faultLines are what is wrong, in English, with the line before each.
func faultLines(err error) string {
	refused := (*sheet.Refused)(nil)
	if !errors.As(err, &refused) {
		return ""
	}
	said := refused.Error()
	for _, f := range refused.Lines {
		said += "\n" + string(rune('0'+f.Line)) + ": " + f.Error()
	}
	return said
}

// TestAMenuGoesOutAndComesBack: what is written is read as the same menu, also after a spreadsheet has written it again.
func TestAMenuGoesOutAndComesBack(t *testing.T) {
	c := demoShop(t)
	changed := c.Menu.Edit()
	changed.Items[3].Hidden, changed.Items[3].PriceFen = true, 1905
	changed.Items[4].Name.ZH = "=烧仙草"
	if err := changed.Weigh(c.Line); err != nil {
		t.Fatal(err)
	}
	for _, menu := range []*shop.Menu{c.Menu, changed} {
		text, err := WriteMenu(c, menu)
		if err != nil {
			t.Fatal(err)
		}
		gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes(bytes.TrimPrefix(text, []byte("\ufeff")))
		if err != nil {
			t.Fatal(err)
		}
		utf16, err := unicode16.UTF16(unicode16.LittleEndian, unicode16.UseBOM).NewEncoder().Bytes(
			bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), []byte(","), []byte("\t")))
		if err != nil {
			t.Fatal(err)
		}
		for name, file := range map[string][]byte{
			"as written": text, "GBK": gbk, "UTF-16 with tabs": utf16, "semicolons": bytes.ReplaceAll(text, []byte(","), []byte(";")),
			"line feeds": bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")),
			"empty rows": append(bytes.Clone(text), []byte(",,,,\r\n\r\n,\r\n")...),
		} {
			got, err := ReadMenu(c, file)
			if err != nil {
				t.Errorf("%s: %v", name, faultLines(err))
				continue
			}
			if diff := gocmp.Diff(menu, got, cmpopts.IgnoreUnexported(shop.Menu{}), cmpopts.EquateEmpty()); diff != "" || got.Rev != menu.Rev {
				t.Errorf("%s: another menu comes back, revision %s, was %s:\n%s", name, got.Rev, menu.Rev, diff)
			}
		}
	}
}

// TestWhatATableDoesNotSayStays: without columns and lines for it a thing is as it was; an item without a line is gone.
func TestWhatATableDoesNotSayStays(t *testing.T) {
	c := demoShop(t)
	m, err := ReadMenu(c, []byte("编号,价格(元)\njasmine-milk-tea,15\ngrape,23.5\n"))
	if err != nil {
		t.Fatal(faultLines(err))
	}
	grape := m.Item("grape")
	if len(m.Items) != 2 || grape.PriceFen != 2350 || grape.Name != c.Menu.Item("grape").Name || grape.Seconds["shake"] != 88 ||
		grape.Uses["cheese"] != 60 {
		t.Errorf("%d items; grape is %+v", len(m.Items), grape)
	}
	if len(m.Groups) != 5 || m.Option("topping", "pearl").PriceFen != 200 || m.Item("matcha") != nil {
		t.Error("the options are not what they were")
	}
	if _, kept := m.Pantry["matcha"]; kept {
		t.Error("an ingredient that nothing is made of is kept")
	}
}

// TestAHostileTableIsRefusedInWords: each says the line, the column and what to write; nothing is guessed.
func TestAHostileTableIsRefusedInWords(t *testing.T) {
	c := demoShop(t)
	for _, tt := range []struct{ name, old, new, want string }{
		{"price in fen with a point", "price_yuan", "price", "2: column price (C): 15.00; want a whole number from 0 to 1000000"},
		{"three decimals", "15.00", "15.005", "2: column price_yuan (C): 15.005; want yuan from 0 to 10000"},
		{"a sign for yuan", "15.00", "¥15", "column price_yuan (C): ¥15"},
		{"thousands", "15.00", `"1,500"`, "column price_yuan (C): 1,500"},
		{"below nothing", "15.00", "-1", "column price_yuan (C): -1"},
		{"scientific", "15.00", "1.5E+1", "column price_yuan (C): 1.5E+1"},
		{"no price", "24.00", "", "3: the price is missing; write 0"},
		{"price without unit", "price_yuan", "价格", "1: column C 价格 is not known; there are kind, group, id"},
		{"id twice", "grape", "jasmine-milk-tea", "3: column id (A): jasmine-milk-tea is in line 2 already"},
		{"no id", "grape", " ", "3: column id (A): the code is missing"},
		{"id in Chinese", "grape", "葡萄", "3: column id (A): 葡萄; a code is of a-z"},
		{"id with what cannot be seen", "grape", "gra\u200bpe", "3: column id (A)"},
		{"a formula", "多肉葡萄", `"=HYPERLINK(""http://a.b"",""葡萄"")"`, "3: column zh (B): =HYPERLINK"},
		{"no name", "多肉葡萄", "", ""},
		{"invisible", "多肉葡萄", "多肉\u200b葡萄", "3: column zh (B): a character that cannot be seen (U+200b)"},
		{"seconds with a fraction", "88", "88.5", "3: column seconds shake (E): 88.5; want a whole number from 0 to 3600"},
		{"seconds in words", "88", "88秒", "88秒; want a whole number"},
		{"a station that is not there", "seconds tea", "seconds oven", "1: column D seconds oven is not known"},
		{"a column twice", "seconds tea", "zh", "1: column D zh is there twice"},
		{"a cell without a column", "88,18", "88,18,x", "3: column G has x in it"},
		{"a quote that is not closed", "多肉葡萄", `"多肉葡萄`, "3: a quote is not closed"},
		{"a new item without seconds", "grape,多肉葡萄,24.00,14,88,18", "beer,啤酒,9.00,,,", "3: beer is new: say how long it takes"},
		{"a new item without a name", "grape,多肉葡萄,24.00,14,88,18", "beer,,9.00,,5,", "3: the name is missing"},
	} {
		file := strings.Replace(twoItems, tt.old, tt.new, 1)
		_, err := ReadMenu(c, []byte(file))
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %s", tt.name, faultLines(err))
			}
			continue
		}
		if got := faultLines(err); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want it to contain %q", tt.name, got, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"empty":              {nil, "the file is empty"},
		"a workbook":         {[]byte("PK\x03\x04..."), "spreadsheet's own file"},
		"30 MB":              {bytes.Repeat([]byte("x"), 30<<20), "larger than 512 KB"},
		"no head line":       {[]byte("grape,多肉葡萄,24\n"), "no head line"},
		"shop.yaml":          {demo, "no head line"},
		"a head line alone":  {[]byte("id,zh,price\n"), "no line is an item"},
		"noise":              {bytes.Repeat([]byte{0x81, 0xff, 0x00}, 500), ""},
		"an option's column": {[]byte(strings.Replace(twoItems, "id,zh", "scale,zh", 1)), "no head line"},
		"kinds": {[]byte("kind,group,id,zh,price\nitem,,grape,葡萄,1\noption,colour,red,红,1\ncup,,x,x,1\n"),
			"3: group colour: want size, ice, sugar, milk, topping\n4: column kind (A): cup; want item, option or ingredient"},
		"uses": {[]byte("id,zh,price,uses\ngrape,葡萄,1,milk=150ml\nmatcha,抹茶,1,milk\n"), "2: column uses (D): milk=150ml; want pairs"},
		"swaps of nothing": {[]byte("kind,group,id,zh,price,swaps\nitem,,jasmine-milk-tea,茉莉,1,\noption,milk,soy,豆奶,1,cream=soy\n"),
			"soy swaps \"cream\" for \"soy\": want an ingredient of an item"},
		"a column of another kind": {[]byte("kind,id,zh,price,scale\nitem,grape,葡萄,1,140\n"),
			"2: column scale (E) says nothing of a line of kind item"},
	} {
		if _, err := ReadMenu(c, tt.file); err == nil || !strings.Contains(faultLines(err), tt.want) {
			t.Errorf("%s: %v %q, want %q", name, err, faultLines(err), tt.want)
		}
	}
	// The control: the table itself, and with what people write, is read.
	for name, file := range map[string]string{
		"as it is":            twoItems,
		"full width":          strings.Replace(twoItems, "24.00", "２４．００", 1),
		"lines within a cell": strings.Replace(twoItems, "多肉葡萄", "\"多肉\n葡萄\"", 1),
		"words of a shop": strings.Replace(twoItems, "id,zh,price_yuan,seconds tea,seconds shake,seconds seal",
			"编号,名称,价格（元）,秒 茶底,秒 调制,秒 封口", 1),
		"a title before":       "菜单 2026\n\n" + twoItems,
		"empty columns behind": strings.ReplaceAll(twoItems, "\n", ",,,\n"),
	} {
		m, err := ReadMenu(c, []byte(file))
		if err != nil || m.Item("grape").PriceFen != 2400 || m.Item("grape").Seconds["seal"] != 18 {
			t.Errorf("%s: %v %s", name, err, faultLines(err))
		}
	}
}

// TestAMenuOutlivesAStation: a menu of the shop's own that names a station which shop.yaml has no more can be changed, by a table
// and by the form. What it said of that station is gone.
func TestAMenuOutlivesAStation(t *testing.T) {
	c := demoShop(t)
	c.Menu.Item("grape").Seconds["oven"] = 30
	c.Menu.Option("topping", "pearl").Seconds = map[string]int{"oven": 5, "tea": 2}
	c.Menu.PutIn = map[string]string{"milk": "oven", "jasmine": "tea"}
	byForm, err := EditItem(c, "matcha", func(column string) string {
		return map[string]string{"price_yuan": "20", "zh": "抹茶", "seconds tea": "10"}[column]
	})
	if err != nil {
		t.Fatal(faultLines(err))
	}
	byTable, err := ReadMenu(c, []byte(twoItems+"matcha,抹茶,20,10,0,0\n"))
	if err != nil {
		t.Fatal(faultLines(err))
	}
	for _, m := range []*shop.Menu{byForm, byTable} {
		if _, there := m.Item("grape").Seconds["oven"]; there || m.Item("grape").Seconds["shake"] != 88 || m.PutIn["milk"] != "" ||
			m.PutIn["jasmine"] != "tea" || gocmp.Diff(map[string]int{"tea": 2}, m.Option("topping", "pearl").Seconds) != "" {
			t.Errorf("grape %v, pearl %v, put in %v", m.Item("grape").Seconds, m.Option("topping", "pearl").Seconds, m.PutIn)
		}
	}
	if c.Menu.Item("grape").Seconds["oven"] != 30 {
		t.Error("the menu that counts was changed")
	}
	if _, err := ReadMenu(c, []byte("kind,id,zh,price_yuan,station\nitem,jasmine-milk-tea,茉,15,\ningredient,jasmine,茉莉,,oven\n")); err == nil {
		t.Error("control: a table that names the station is taken")
	}
}

// TestATablesOptionsAndIngredientsAreBounded: as its items are.
func TestATablesOptionsAndIngredientsAreBounded(t *testing.T) {
	c := demoShop(t)
	for want, line := range map[string]string{
		"topping has 1001 options, want at most 1000":    "option,topping,x%d,料,0\n",
		"ingredients: there are 1001, want at most 1000": "ingredient,,x%d,料,\n",
	} {
		text := "kind,group,id,zh,price\nitem,,jasmine-milk-tea,茉莉奶绿,1500\n"
		for n := range 1001 {
			text += fmt.Sprintf(line, n)
		}
		if _, err := ReadMenu(c, []byte(text)); !strings.Contains(faultLines(err), want) {
			t.Errorf("%v, want %q", faultLines(err), want)
		}
	}
}
