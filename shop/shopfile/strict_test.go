package shopfile

import (
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// What a person writes otherwise than meant is refused in words. Before this was checked, the library made 18 fen of
// 18.5 and of "18.00", and nothing of nothing.
func TestAValueOfAnotherKindIsRefused(t *testing.T) {
	const price = "price: 1500, work: {tea: 18, shake: 53"
	for _, tt := range []struct{ name, old, new, want string }{
		{"price with a fraction", price, strings.Replace(price, "1500", "18.5", 1), "price: 18.5: want a whole number; a price is in whole fen"},
		{"price in quotes", price, strings.Replace(price, "1500", `'18.00'`, 1), `price: "18.00": want a whole number`},
		{"price with a sign of money", price, strings.Replace(price, "1500", "¥15", 1), `price: "¥15"`},
		{"price in full width", price, strings.Replace(price, "1500", "１５００", 1), "want a whole number"},
		{"price in octal", price, strings.Replace(price, "1500", "01500", 1), "price: 01500"},
		{"price in hexadecimal", price, strings.Replace(price, "1500", "0x5dc", 1), "price: 0x5dc"},
		{"price with an underscore", price, strings.Replace(price, "1500", "1_500", 1), "price: 1_500"},
		{"price in powers of ten", price, strings.Replace(price, "1500", "15e2", 1), "want a whole number"},
		{"price of nothing", price, strings.Replace(price, "1500", "", 1), "price has no value"},
		{"price below nothing", price, strings.Replace(price, "1500", "-1", 1), "price: -1: want from 0 to 1000000"},
		{"price far too high", price, strings.Replace(price, "1500", "15000000", 1), "price: 15000000: want from 0"},
		{"price beyond every number", price, strings.Replace(price, "1500", "99999999999999999999", 1), "want a whole number"},
		{"price with a tag", price, strings.Replace(price, "1500", "!!int '15'", 1), "tags such as !!int are not read"},
		{"two prices", price, strings.Replace(price, "price: 1500", "price: 1500, price_yuan: 15.00", 1), "has price and price_yuan"},
		{"yuan with three decimals", price, strings.Replace(price, "price: 1500", "price_yuan: 15.005", 1), "at most two decimals"},
		{"yuan in quotes", price, strings.Replace(price, "price: 1500", `price_yuan: "15.00"`, 1), "an amount in yuan such as 15.50"},
		{"yuan that is not a number", price, strings.Replace(price, "price: 1500", "price_yuan: .nan", 1), "an amount in yuan"},
		{"staff with a fraction", "staff: 2}", "staff: 1.9}", "staff: 1.9: want a whole number"},
		{"staff in words", "staff: 2}", "staff: two}", `staff: "two": want a whole number`},
		{"staff true", "staff: 2}", "staff: true}", "staff: true: want a whole number"},
		{"too many staff", "staff: 2}", "staff: 2000000}", "staff: 2000000: want from 0 to 1000000"},
		{"seconds with a fraction", "shake: 53,", "shake: 53.5,", "work.shake: 53.5: want a whole number"},
		{"an hour's work for a cup", "shake: 53,", "shake: 5300,", "work.shake: 5300: want from 0 to 3600"},
		{"share above one", "min_share: 0.1", "min_share: 1.4", "min_share: 1.4: want from 0 to 1"},
		{"shares above one together", "min_share: 0.1", "min_share: 0.95", "the least shares are 1.05 together"},
		{"share in percent", "slot_share: 0.6", "slot_share: 60%", "want a number such as 0.5"},
		{"endless share", "slot_share: 0.6", "slot_share: .inf", "want a number such as 0.5"},
		{"cups with a fraction", "cups: 0}", "cups: 0.5}", "cups: 0.5"},
		{"yes", "fulfilment: delivery, weight: 2", "fulfilment: delivery, strict: yes, weight: 2", "strict: want true or false, not yes"},
		{"number for a text", "store: demo ", "store: 007 ", "store: want a text, not 007; put it in quotes"},
		{"list for a text", "store: demo ", "store: [demo] ", "store: want a text"},
		{"text for a list", "  - {id: demo-west, name: {zh: 堰·西门店, en: Weir west gate}, distance_m: 900}", "  none", "sisters: want a list"},
		{"control character", "zh: 茉莉奶绿", `zh: "茉莉\a奶绿"`, "control character (U+0007)"},
		{"invisible character in a name", "zh: 茉莉奶绿", "zh: 茉莉\u200b奶绿", "zh: the text has a character that cannot be seen (U+200B)"},
		{"emoji's mark behind a letter", "zh: 茉莉奶绿", "zh: 茉莉\u200d奶绿", "zh: the text has a character that cannot be seen (U+200D)"},
		{"invisible character in an id", "{id: l, zh: 大杯", "{id: l\ufe0f, zh: 大杯", "id: the text has a character that cannot be seen (U+FE0F)"},
		{"no-break space in an id", "{id: l, zh: 大杯", `{id: "l\_x", zh: 大杯`, "id: the text has a space that is not the plain one (U+00A0)"},
		{"invisible character in a key", price, strings.Replace(price, "shake:", "shake\u2060:", 1),
			"work: the text has a character that cannot be seen (U+2060)"},
		{"invisible character in a list", "prints: [", "prints: [\u3164", "prints: the text has a character that cannot be seen (U+3164)"},
		{"invisible character in the shop's id", "store: demo ", "store: de\u00admo ",
			"store: the text has a character that cannot be seen (U+00AD)"},
		{"long text", "zh: 茉莉奶绿", "zh: " + strings.Repeat("茉", 201), "a text of 201 characters"},
		{"time with more behind it", `open: "04:00"`, `open: "04:00 am"`, "hours.open"},
		{"option twice", "{id: l, zh: 大杯", "{id: m, zh: 大杯", `size option "m": want an id of its own`},
		{"second document", "options:\n", "---\noptions:\n", "a second document begins here"},
		{"key twice", "check_mode: tap", "check_mode: tap\ncheck_mode: cup", "check_mode"},
		{"unknown anchor", price, strings.Replace(price, "1500", "*price", 1), "price"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(string(demo), tt.old, tt.new, 1)
			if text == string(demo) {
				t.Fatalf("%q is not in the demo file", tt.old)
			}
			_, err := Parse("shop.yaml", []byte(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "shop.yaml:") {
				t.Errorf("error = %v, want one of shop.yaml that contains %q", err, tt.want)
			}
		})
	}
}

func TestAFileThatIsNotUTF8IsRefusedInWords(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes(demo)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, want string
		text       []byte
	}{
		{"GBK", "shop.yaml:5: this line is not UTF-8, the file is probably GBK", gbk},
		{"UTF-16", "shop.yaml:1: the file is UTF-16", []byte("\xff\xfes\x00t\x00")},
		{"empty", "shop.yaml: the file is empty", nil},
		{"comments alone", "shop.yaml: the file is empty", []byte("# nothing yet\n")},
		{"mark alone", "shop.yaml: the file is empty", []byte("\ufeff\n")},
		{"list", "shop.yaml:1: the file: want keys and values", []byte("- a\n")},
		{"large", "more than the 1048576", make([]byte, 1<<20+1)},
		{"deep", "shop.yaml", []byte(strings.Repeat("store:\n ", 40))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse("shop.yaml", tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want it to contain %q", err, tt.want)
			}
		})
	}
	if _, err := Parse("shop.yaml", append([]byte("\ufeff"), demo...)); err != nil {
		t.Errorf("a byte order mark, as Notepad writes it: %v", err)
	}
}

// What people read may have an emoji of several parts, and the wide space of Chinese.
func TestANameMayHaveEmojiAndWideSpaces(t *testing.T) {
	const want = "☕\ufe0f 茉莉\u3000奶绿 👨\u200d🍳❤\ufe0f\u200d🔥"
	c, err := Parse("shop.yaml", []byte(strings.Replace(string(demo), "zh: 茉莉奶绿", "zh: "+want, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Menu.Item("jasmine-milk-tea").Name.ZH; got != want {
		t.Errorf("the name is %+q, want %+q", got, want)
	}
}

func TestAPriceIsFenOrYuan(t *testing.T) {
	for yuan, fen := range map[string]int64{"15.50": 1550, "15.5": 1550, "15": 1500, "0": 0, "0.07": 7, "10000": 1000000} {
		c, err := Parse("shop.yaml", []byte(strings.Replace(string(demo), "price: 1500", "price_yuan: "+yuan, 1)))
		if err != nil {
			t.Errorf("price_yuan: %s: %v", yuan, err)
		} else if got := c.Menu.Item("jasmine-milk-tea").PriceFen; got != fen {
			t.Errorf("price_yuan: %s is %d fen, want %d", yuan, got, fen)
		}
	}
	c, err := Parse("shop.yaml", []byte(strings.Replace(string(demo), "work: {tea: 18, shake: 53, seal: 15}",
		"work: &std {tea: 18, shake: 53, seal: 15}", 1)))
	if err != nil || c.Menu.Item("jasmine-milk-tea").Seconds["shake"] != 53 {
		t.Errorf("an anchor: %v", err)
	}
}

func TestTheSummarySaysPricesAndSeconds(t *testing.T) {
	c, err := Demo()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"茉莉奶绿 ¥15.00, 18 s at tea, 53 s at shake, 15 s at seal\n", "保温袋 ¥2.00, not a cup\n", "open 04:00 to 28:00",
		"station shake (调制): 2 on duty\n", "option size/l (大杯) + ¥2.00\n", "channel counter (柜台): the counter\n",
	} {
		if got := Summary(c); !strings.Contains(got, want) {
			t.Errorf("the summary lacks %q:\n%s", want, got)
		}
	}
}

// A number without bounds lets a typing error through.
func TestEveryNumberOfTheFileHasBounds(t *testing.T) {
	var visit func(reflect.Type, string)
	seen := map[reflect.Type]bool{}
	visit = func(of reflect.Type, within string) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(of.Elem(), within)
		case reflect.Struct:
			if seen[of] {
				return
			}
			seen[of] = true
			for i := range of.NumField() {
				f := of.Field(i)
				visit(f.Type, of.Name()+"."+f.Name+" "+f.Tag.Get("within"))
			}
		case reflect.Int, reflect.Int64, reflect.Float64:
			if !strings.Contains(within, "..") {
				t.Errorf("%s has no bounds: add the tag within", within)
			}
		}
	}
	visit(reflect.TypeFor[file](), "")
}
