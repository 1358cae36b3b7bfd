package sim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAWrongTraceIsRefusedWithItsLine(t *testing.T) {
	const head = "minute,channel,cups\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "t.csv:1: want a head line"},
		"no orders":         {head, "t.csv:2: there are no orders"},
		"column missing":    {"minute,cups\n1,1\n", `t.csv:1: column "channel" is missing`},
		"column unknown":    {"minute,channel,cups,colour\n", `t.csv:1: column "colour"`},
		"column twice":      {"minute,channel,cups,cups\n", `t.csv:1: column "cups" is there twice`},
		"not a minute":      {head + "1,meituan,1\nnoon,meituan,1\n", `t.csv:3: minute "noon"`},
		"not finite":        {head + "NaN,meituan,1\n", `t.csv:2: minute "NaN"`},
		"after closing":     {head + "720,meituan,1\n", `t.csv:2: minute "720"`},
		"before opening":    {head + "-1,meituan,1\n", `t.csv:2: minute "-1"`},
		"no channel":        {head + "1,,1\n", `t.csv:2: channel ""`},
		"no cups":           {head + "1,meituan,0\n", `t.csv:2: cups "0"`},
		"half a cup":        {head + "1,meituan,1.5\n", `t.csv:2: cups "1.5"`},
		"too few values":    {head + "1,meituan\n", "t.csv:2: 2 values, want 3"},
		"too many values":   {head + "1,meituan,1,1\n", "t.csv:2: 4 values, want 3"},
		"a quote is open":   {head + "1,\"meituan,1\n", "t.csv:"},
		"service of 0":      {"minute,channel,cups,service_s\n1,meituan,1,0\n", `t.csv:2: service_s "0"`},
		"staff below 0":     {"minute,channel,cups,staff\n1,meituan,1,2\n2,meituan,1,-1\n", `t.csv:3: staff "-1"`},
		"after blank lines": {head + "\n\n1,meituan,x\n", `t.csv:4: cups "x"`},
	} {
		_, err := parseTrace("t.csv", strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := ReadTrace("missing.csv"); err == nil {
		t.Error("a missing file is read")
	}
}

func TestATraceIsPlayed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "day.csv")
	rows := []string{"minute,channel,cups,service_s,staff"}
	for minute := range 60 { // two cups of a minute each for two people: just what they can make
		rows = append(rows, "0.5,eleme,1,,", "1,counter,1,60,"+map[bool]string{true: "2"}[minute == 0])
	}
	if err := os.WriteFile(file, []byte(strings.Join(rows, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	trace, err := ReadTrace(file)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, options(1, func(o *Options) { o.Trace = trace }))
	if got := r.Policies[0]; r.Scenario != "trace" || got.Offered != 120 || got.Made != 120 || got.SlotCups == 0 {
		t.Errorf("%+v", r)
	}
	nobody, err := parseTrace("t.csv", strings.NewReader("minute,channel,cups,staff\n0,eleme,1,0\n1,eleme,2,\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, options(1, func(o *Options) { o.Trace = nobody })).Policies[0]; got.Made != 0 {
		t.Errorf("control: with nobody at the bottleneck %v cups are made", got.Made)
	}
}

func TestStressesAreRead(t *testing.T) {
	var leave Leave
	if err := leave.UnmarshalText([]byte("13:00=-1:silent")); err != nil || leave != (Leave{3 * 3600_000, -1, true}) {
		t.Errorf("%+v, %v", leave, err)
	}
	var flash Flash
	if err := flash.UnmarshalText([]byte("10:30x20/10:online")); err != nil || flash != (Flash{30, 10, 20, true}) {
		t.Errorf("%+v, %v", flash, err)
	}
	var net Net
	if err := net.UnmarshalText([]byte("loss=0.2,dup=0.1,delay=120,skew=2,reboots=3")); err != nil || net != *rough() {
		t.Errorf("%+v, %v", net, err)
	}
	for _, wrong := range []string{"", "13:00", "13:00=x", "09:00=-1", "13:00=0", "25:00=-1", "13:00=-1:loud"} {
		if new(Leave).UnmarshalText([]byte(wrong)) == nil {
			t.Errorf("leave %q is read", wrong)
		}
	}
	for _, wrong := range []string{"", "10:30", "10:30x20", "10:30xNaN/10", "10:30x20/0", "10:30x1000/10", "23:00x20/10"} {
		if new(Flash).UnmarshalText([]byte(wrong)) == nil {
			t.Errorf("flash %q is read", wrong)
		}
	}
	for _, wrong := range []string{"", "loss", "loss=2", "loss=-1", "lost=1", "delay=NaN"} {
		if new(Net).UnmarshalText([]byte(wrong)) == nil {
			t.Errorf("net %q is read", wrong)
		}
	}
}
