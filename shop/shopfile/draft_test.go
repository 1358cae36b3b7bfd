package shopfile

import (
	"strings"
	"testing"

	"weir/shop"
	"weir/shop/words"
)

func starter(menu StarterMenu, stations int) Draft {
	d := Draft{ID: "shop-1", Name: shop.Name{ZH: "堰"}, TimeZone: "Asia/Shanghai", Open: "10:00", Close: "26:00",
		Staff: []int{2, 3, 1}[:stations]}
	for _, id := range menu.Items {
		drink, ok := DrinkOf(id)
		if !ok {
			panic("no drink " + id)
		}
		d.Drinks = append(d.Drinks, drink)
	}
	return d
}

// TestEveryStarterMenuIsAShop: each menu on each line is a file that the shop runs, with the prices and seconds of its drinks.
func TestEveryStarterMenuIsAShop(t *testing.T) {
	for _, menu := range StarterMenus {
		for stations := 1; stations <= 3; stations++ {
			for _, l := range words.All() {
				d := starter(menu, stations)
				d.Channels = []string{"meituan", "mini"}
				d.Printers = []DraftPrinter{{"labels", "tspl", "tcp://192.168.1.50:9100", "40x30"},
					{"kitchen", "escpos80", "tcp://192.168.1.51:9100", ""}}
				text := d.Text(l)
				c, err := Parse("shop.yaml", text)
				if err != nil {
					t.Fatalf("%s at %d stations: %v\n%s", menu.ID, stations, err, text)
				}
				if len(c.Stations) != stations || len(c.Channels) != 3 || len(c.Printers) != 2 || len(c.Menu.Items) != len(menu.Items) {
					t.Errorf("%s at %d stations: %s", menu.ID, stations, Summary(c))
				}
				seconds := 0
				for _, s := range c.Menu.Items[0].Seconds {
					seconds += s
				}
				want, err := Demo()
				if err != nil {
					t.Fatal(err)
				}
				for _, it := range want.Menu.Items {
					if it.ID != c.Menu.Items[0].ID {
						continue
					}
					for _, s := range it.Seconds {
						seconds -= s
					}
					if seconds != 0 || it.PriceFen != c.Menu.Items[0].PriceFen {
						t.Errorf("%s at %d stations: %s is %d s off, costs %d fen", menu.ID, stations, it.ID, seconds, c.Menu.Items[0].PriceFen)
					}
				}
			}
		}
	}
}

// TestNothingThatIsTypedLeavesItsPlace: a text that a person typed is that text, or the file is refused; it is never a key.
func TestNothingThatIsTypedLeavesItsPlace(t *testing.T) {
	for _, typed := range []string{
		"a\nstore: other", `"}, staff: 9, x: {`, "# x", "a: b", "- a", "\u0085store: other", "\u2028store: other", "*x", "<b>&amp;", `\`, "'",
		"{{.}}",
		"\x00", "\xff", strings.Repeat("x", 5000),
	} {
		d := starter(StarterMenus[0], 2)
		d.Name.ZH, d.Address = typed, typed
		d.Printers = []DraftPrinter{{typed, "escpos80", "tcp://192.168.1.51:9100", ""}}
		c, err := Parse("shop.yaml", d.Text(words.ZH))
		typed = strings.ToValidUTF8(typed, "\uFFFD") // as JSON writes what is no UTF-8
		if err == nil && (c.ID != "shop-1" || c.Name.ZH != typed || c.Printers[0].Name != typed || len(c.Stations) != 2) {
			t.Errorf("%q became %q, %q, %q", typed, c.ID, c.Name.ZH, c.Printers[0].Name)
		}
	}
	d := starter(StarterMenus[0], 2)
	d.Name.ZH = `堰 "1" \ & <b>`
	if c, err := Parse("shop.yaml", d.Text(words.ZH)); err != nil || c.Name.ZH != d.Name.ZH { // the control: an odd name that is one
		t.Errorf("%v", err)
	}
}
