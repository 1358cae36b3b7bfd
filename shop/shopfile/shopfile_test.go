package shopfile

import (
	"strings"
	"testing"
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
	text := strings.Replace(string(demo), "fulfilment: delivery, weight: 1", "fulfilment: delivery, adapter: {kind: pause, url: https://platform.example/x, key_file: /etc/key}, weight: 1", 1)
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

func TestWrongFilesAreRefusedWithTheirLine(t *testing.T) {
	good := string(demo)
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown key", "check_mode: tap", "chek_mode: tap", "chek_mode"},
		{"unknown printer kind", "kind: escpos80", "kind: epson", "demo.yaml:35: printer \"kitchen\": unknown kind \"epson\"; the kinds are escpos58, escpos80, tspl, zpl"},
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
		{"unknown adapter", "fulfilment: delivery, weight: 1", "fulfilment: delivery, adapter: {kind: fax, url: https://x, key_file: k}, weight: 1", "adapter kind \"fax\": want pause, busy or openclosed"},
		{"adapter without an address", "fulfilment: delivery, weight: 1", "fulfilment: delivery, adapter: {kind: busy, url: x, key_file: k}, weight: 1", "want https://host/path"},
		{"adapter without a secret", "fulfilment: delivery, weight: 1", "fulfilment: delivery, adapter: {kind: busy, url: https://x}, weight: 1", "demo.yaml:20: channel meituan: adapter: want key_file"},
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
