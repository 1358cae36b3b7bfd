package table

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/shop/capacity"
	"weir/shop/wire"
)

// said draws what a shop may say, as a shop writes it.
func said(t *rapid.T) (report wire.Capacity, lease wire.Lease, status wire.Status) {
	at := func(name string) time.Time {
		zone := rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("", 8*3600)}).Draw(t, name+" zone")
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, name), rapid.SampledFrom([]int64{0, 5e8, 123}).Draw(t, name+" ns")).In(zone)
	}
	text := rapid.SampledFrom([]string{"", "grape", "topping/pearl", "奶茶", "a\"b", "<b>", "back\\slash", "\u2028"})
	number := rapid.SampledFrom([]int64{0, 1, -1, 42, 1e6, 1e17, -1e17, 1<<62 + 7})
	share := rapid.SampledFrom([]float64{0, 0.9, 2.25, -1e-9, 1e21, 123456.789})
	lists := rapid.SliceOfN(text, 0, 12)
	report = wire.Capacity{
		V: 1, Shop: text.Draw(t, "store"), Epoch: number.Draw(t, "epoch"), Seq: uint64(number.Draw(t, "seq")), At: at("at"),
		ExpiresAt: at("expires"), Level: rapid.IntRange(-1, 9).Draw(t, "level"), Reason: capacity.Reason(text.Draw(t, "reason")),
		BacklogCups: int(number.Draw(t, "cups")), BacklogWork: capacity.Work(number.Draw(t, "work")),
		Rate: wire.Rate{P10: share.Draw(t, "p10"), P50: share.Draw(t, "p50")},
		Quote: wire.ReportQuote{P50: number.Draw(t, "q50"), P90: number.Draw(t, "q90"), Coverage90: share.Draw(t, "c"),
			Calibrated: rapid.Bool().Draw(t, "cal")},
		SoldOut: lists.Draw(t, "sold out"), NoOption: lists.Draw(t, "options"), MenuRev: text.Draw(t, "menu"),
		Adapters: []wire.Adapter{{Channel: text.Draw(t, "adapter")}}, Left: map[string]int{text.Draw(t, "left"): 3},
	}
	if rapid.Bool().Draw(t, "no list") {
		report.SoldOut = nil
	}
	for range rapid.IntRange(0, 10).Draw(t, "slots") {
		report.Slots = append(report.Slots, wire.Slot{Start: at("start"), Work: capacity.Work(number.Draw(t, "slot"))})
	}
	lease = wire.Lease{V: 1, Shop: report.Shop, Lease: capacity.Lease{Channel: text.Draw(t, "channel"), Epoch: report.Epoch,
		Seq: number.Draw(t, "lease"), IssuedAt: at("issued"), ExpiresAt: at("ends"), Limit: 7, Used: -7, MaxOrder: 1200, Level: 2,
		Reason: report.Reason, NextS: 60, Hello: text.Draw(t, "hello")}}
	status = wire.Status{V: 1, Shop: report.Shop, Epoch: report.Epoch, Conn: number.Draw(t, "conn"), Online: rapid.Bool().Draw(t, "online"),
		At: at("said"), Run: text.Draw(t, "run"), Box: text.Draw(t, "box")}
	return report, lease, status
}

// readAs holds a reading by hand against encoding/json's.
func readAs[M any](t *rapid.T, read func(names, []byte) (M, bool), text []byte) {
	got, ok := read(names{}, text)
	var want M
	err := json.Unmarshal(text, &want)
	if ok != (err == nil) {
		t.Fatalf("%s: read %v, and encoding/json says %v", text, ok, err)
	}
	if d := gocmp.Diff(want, got); ok && d != "" {
		t.Fatalf("%s: %s", text, d)
	}
}

// used is the part of a status that is read.
func used(n names, text []byte) (s struct {
	Epoch  int64     `json:"epoch"`
	Conn   int64     `json:"conn"`
	Online bool      `json:"online"`
	At     time.Time `json:"at"`
	Box    string    `json:"box"`
}, ok bool) {
	m, ok := n.readStatus(text)
	s.Epoch, s.Conn, s.Online, s.At, s.Box = m.Epoch, m.Conn, m.Online, m.At, m.Box
	return s, ok
}

// TestMessagesAreReadAsJSON: what is read by hand is what encoding/json reads, of messages as shops write them and of those
// with a byte changed, lost or put in.
func TestMessagesAreReadAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		report, lease, status := said(t)
		seed := rapid.Uint64().Draw(t, "seed")
		rnd := rand.New(rand.NewPCG(seed, 1))
		for _, m := range []any{report, lease, status} {
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			whole := text
			for i := range 60 {
				switch m.(type) {
				case wire.Capacity:
					readAs(t, names.readReport, text)
				case wire.Lease:
					readAs(t, names.readLease, text)
				default:
					readAs(t, used, text)
				}
				text = spoiled(whole, rnd, i)
				if number := bytes.Index(text, []byte(`":0`)); i%10 == 0 && number > 0 { // what chance seldom finds
					text = slices.Insert(text, number+2, '0')
				}
			}
		}
	})
}

// spoiled is a message with something wrong: more and more of it.
func spoiled(text []byte, rnd *rand.Rand, n int) []byte {
	const odd = `{}[]",:-+.eE0123456789tfn \/AZaz` + "\x00\xff\n\u00e9"
	text = append([]byte(nil), text...)
	if len(text) == 0 {
		return text
	}
	at := rnd.IntN(len(text))
	switch (n + rnd.IntN(4)) % 4 {
	case 0:
		text[at] = odd[rnd.IntN(len(odd))]
	case 1:
		text = append(text[:at], text[at+1:]...)
	case 2:
		text = append(text[:at], append([]byte{odd[rnd.IntN(len(odd))]}, text[at:]...)...)
	case 3:
		text = append(text[:at], text[min(len(text), at+rnd.IntN(20)):]...)
	}
	return text
}

// TestOrdinaryMessagesAreReadByHand is the control of it: a shop's ordinary message does not need encoding/json.
func TestOrdinaryMessagesAreReadByHand(t *testing.T) {
	report := wire.Capacity{V: 1, Shop: "s", Epoch: 1, Seq: 2, At: noon, ExpiresAt: noon, Rate: wire.Rate{P50: 2.2},
		SoldOut:  []string{"grape"},
		NoOption: []string{}, Slots: []wire.Slot{{Start: noon, End: noon, Work: 1200}}, MenuRev: "3f2a9c17d0b4", Left: map[string]int{"葡萄|大杯": 3},
		ResumeHintAt: noon, Adapters: []wire.Adapter{{Channel: "Meituan"}}}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	in := reader{text: text, names: names{}}
	if in.skip(); !in.ended() {
		t.Errorf("not read to its end: %d of %d of %s", in.at, len(text), text)
	}
	nothing, err := json.Marshal(wire.Capacity{V: 1, Shop: "s", At: noon, ExpiresAt: noon}) // with null for each list
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{text, nothing} {
		known := names{}
		known.readReport(text)
		n := testing.AllocsPerRun(100, func() { known.readReport(text) })
		if json := testing.AllocsPerRun(100, func() { var r Report; json.Unmarshal(text, &r) }); n > json/2 {
			t.Errorf("%s: %v allocations by hand, %v by encoding/json", text, n, json)
		}
	}
}

func BenchmarkHear(b *testing.B) {
	table := city(1, 1)
	r := wire.Capacity{V: 1, Shop: "s0", Epoch: 1, Seq: 2, At: noon, ExpiresAt: noon, Rate: wire.Rate{P50: 2.2}, SoldOut: []string{},
		NoOption: []string{}, MenuRev: "3f2a9c17d0b4"}
	for range 8 {
		r.Slots = append(r.Slots, wire.Slot{Start: noon, Work: 1200})
	}
	text, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		table.Hear("weir.v1.s0.capacity", text)
	}
}
