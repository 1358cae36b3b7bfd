package shopfile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weir/shop/capacity"
)

func TestDemoShopMakesTwoAndAQuarterCupsAMinute(t *testing.T) {
	c, err := Demo()
	if err != nil {
		t.Fatal(err)
	}
	if rate := c.Line.Prior(c.Settings.Staff) / 100; rate < 2.2 || rate > 2.3 {
		t.Errorf("prior rate = %.2f cups/min, want about 2.25", rate)
	}
	if work := c.Menu.Item("grape").Work; work != 166 {
		t.Errorf("work of grape = %d, want 166 (88 s of 53 s)", work)
	}
}

// A platform that takes no credit is granted none: what it was granted would lie idle.
func TestAChannelWithAnAdapterIsNotLeased(t *testing.T) {
	text := strings.Replace(string(demo), "fulfilment: delivery, weight: 1",
		"fulfilment: delivery, adapter: {kind: pause, url: https://platform.example/x, key_file: /etc/key}, weight: 1", 1)
	c, err := Parse("demo.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	leased, _ := c.Channel("shangou")
	adapted, _ := c.Channel("meituan")
	if !leased.Leased || leased.Adapter != nil || adapted.Leased || adapted.Adapter == nil || adapted.Adapter.KeyFile != "/etc/key" {
		t.Errorf("shangou %+v, meituan %+v", leased, adapted)
	}
}

func TestARotaIsRead(t *testing.T) {
	text := string(demo) + `
rota:
  - {station: shake, days: [mon, fri], from: "11:30", to: "13:30", staff: 3}
  - {station: shake, from: "14:00", to: "14:20", fewer: 1}
  - {station: seal, date: "2026-10-01", more: 2}
`
	c, err := Parse("demo.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := capacity.Rota{
		{Station: "shake", Days: capacity.Of(time.Monday, time.Friday), From: 690 * time.Minute, To: 810 * time.Minute, Staff: 3},
		{Station: "shake", From: 14 * time.Hour, To: 860 * time.Minute, Staff: -1, More: true},
		{Station: "seal", Date: "2026-10-01", Staff: 2, More: true},
	}
	if !slices.Equal(c.Settings.Rota, want) {
		t.Errorf("%+v, want %+v", c.Settings.Rota, want)
	}
	for line, want := range map[string]string{
		`{station: roof, staff: 1}`:                                   `there is no station "roof"`,
		`{station: shake}`:                                            "want one of staff",
		`{station: shake, staff: 1, more: 1}`:                         "want one of staff",
		`{station: shake, staff: 1, days: [funday]}`:                  `day "funday"`,
		`{station: shake, staff: 1, from: "noon"}`:                    `time "noon"`,
		`{station: shake, staff: 1, from: "13:00", to: "12:00"}`:      "want the end after the start",
		`{station: shake, staff: 1, date: "2026-10-01", days: [mon]}`: "no weekdays beside it",
		`{station: shake, staff: 1, who: me}`:                         "who",
	} {
		if _, err := Parse("demo.yaml", []byte(string(demo)+"\nrota:\n  - "+line+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}

func TestWrongFilesAreRefusedWithTheirLine(t *testing.T) {
	good := string(demo)
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown key", "check_mode: tap", "chek_mode: tap", "chek_mode"},
		{"unknown printer kind", "kind: escpos80", "kind: epson", "demo.yaml:35: printer \"kitchen\": unknown kind \"epson\"; the kinds are " +
			"escpos58, escpos80, tspl, zpl"},
		{"size of a ticket", `"virtual:"`, `"virtual:", size: 50x30`, "size and pictures are for label printers"},
		{"size", "kind: escpos80", "kind: tspl, size: 5x30", `"5x30": from 40x30 to 104x150 mm`},
		{"size in words", "kind: escpos80", "kind: zpl, size: large", "write width and height in mm, as 40x30"},
		{"unknown address", `"virtual:"`, `"com1"`, "write tcp://host:9100, file:/dev/usb/lp0 or virtual:"},
		{"unknown station", "work: {shake: 7}", "work: {shaker: 7}", `there is no station "shaker"`},
		{"short horizon", "horizon_min: 30", "horizon_min: 10", "capacity: horizon 10m0s: want at least 20m0s"},
		{"bad hours", `open: "04:00"`, `open: "ten"`, "hours.open"},
		{"batch too far ahead", "ahead_min: 4 ", "ahead_min: 90 ", "ahead_min: 90: want from 0 to 60"},
		{"ingredient of nothing", "  matcha: {zh: 抹茶粉", "  gold: {zh: 抹茶粉", `nothing on the menu uses "gold"`},
		{"bad store", "store: demo ", "store: Demo!", "store"},
		{"unknown adapter", "fulfilment: delivery, weight: 1", "fulfilment: delivery, adapter: {kind: fax, url: https://x, key_file: k}, " +
			"weight: 1", "adapter kind \"fax\": want pause, busy or openclosed"},
		{"adapter without an address", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, adapter: {kind: busy, url: x, key_file: k}, weight: 1", "want https://host/path"},
		{"webhook without a secret", "fulfilment: delivery, weight: 1", "fulfilment: delivery, webhook: {url: https://x.example/}, weight: 1",
			"demo.yaml:20: channel meituan: webhook: want key_file"},
		{"webhook without https", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, webhook: {url: http://x.example/, key_file: k}, weight: 1", "want https, or inside: true"},
		{"webhook inside", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, webhook: {url: https://10.0.0.9/, key_file: k}, weight: 1", "that takes inside: true"},
		{"webhook without an address", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, webhook: {key_file: k}, weight: 1", "key_file goes with url"},
		{"webhook with a wrong address", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, webhook: {url: x, key_file: k}, weight: 1", "want https://host/path"},
		{"connector without a secret", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, connector: {map: eleme, app: a, shop: s}, weight: 1", "want app, shop (the shop's id at the platform)"},
		{"connector with an unknown map", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, connector: {map: fax, app: a, shop: s, secret_file: f}, weight: 1", "want one of eleme, meituan"},
		{"connector that calls inside", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, connector: {map: eleme, app: a, shop: s, secret_file: f, api: https://10.0.0.1/}, weight: 1", "inside: true"},
		{"connector of a platform that signs the address, without one", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, connector: {map: meituan, app: a, shop: s, secret_file: f}, weight: 1", "want url"},
		{"connector with a wrong address", "fulfilment: delivery, weight: 1",
			"fulfilment: delivery, connector: {map: eleme, app: a, shop: s, secret_file: f, url: x}, weight: 1", "want https://host"},
		{"adapter without a secret", "fulfilment: delivery, weight: 1", "fulfilment: delivery, adapter: {kind: busy, url: https://x}, weight: 1",
			"demo.yaml:20: channel meituan: adapter: want key_file"},
		{"station taps", "check_mode: tap ", "station_taps: often\ncheck_mode: tap ", "demo.yaml:32: station_taps \"often\": want each or once"},
		{"no reference", "reference: jasmine-milk-tea", "reference: water", "demo.yaml:12: reference \"water\" is not an item"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(good, tt.old, tt.new, 1)
			if text == good {
				t.Fatalf("%q is not in the demo file", tt.old)
			}
			_, err := Parse("demo.yaml", []byte(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want it to contain %q", err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), ":") {
				t.Errorf("error %v names no line", err)
			}
		})
	}
}
