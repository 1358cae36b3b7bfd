package directory

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/fleet/engine"
	"weir/shop/try"
)

func TestTheTableGoesThereAndBack(t *testing.T) {
	shops := []*Shop{
		{ID: "a", Name: "堰，一店", Owner: "li", City: "hz", Lat: 30.2741, Lon: 120.1551, RadiusM: 2500, Channels: []string{"shangou", "meituan"}},
		{ID: "b-2", Name: `with "quotes"`, Lat: -1.5, Lon: 0.25},
	}
	var text bytes.Buffer
	if err := WriteCSV(&text, shops); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCSV(strings.NewReader("\ufeff" + text.String()))
	if err != nil || len(got) != 2 {
		t.Fatalf("%v %v", got, err)
	}
	got[1].Channels = nil
	for i := range got {
		if diff := cmp.Diff(shops[i], &got[i]); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAWrongTableIsRefusedWhole(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "header"},
		"no place":         {"id,lat\na,1\n", `no column "lon"`},
		"unknown column":   {"id,lat,lon,price\n", `column "price"`},
		"column twice":     {"id,lat,lon,id\n", `column "id"`},
		"a word for a lat": {"id,lat,lon\na,x,1\n", "line 2"},
		"beyond the pole":  {"id,lat,lon\na,1,1\nb,91,1\n", "line 3"},
		"not a number":     {"id,lat,lon\na,NaN,1\n", "line 2"},
		"bad id":           {"id,lat,lon\nA b,1,1\n", "line 2"},
		"a topic's star":   {"id,lat,lon\n*,1,1\n", "line 2"},
		"twice":            {"id,lat,lon\na,1,1\na,1,1\n", "twice"},
		"short row":        {"id,lat,lon\na,1\n", "line 2"},
		"bad channel":      {"id,lat,lon,channels\na,1,1,x.y\n", "line 2"},
	} {
		if shops, err := ReadCSV(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) || shops != nil {
			t.Errorf("%s: %v %v", name, shops, err)
		}
	}
}

func TestKeysOpenWhatTheyAreFor(t *testing.T) {
	e, err := engine.Start(engine.Config{Dir: t.TempDir(), Name: "n", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	if err := e.MakeStreams(t.Context(), engine.OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	open := func() *Directory {
		d := New(nil)
		if err := d.Open(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := open()
	key, err := d.Add(t.Context(), Shop{ID: "east", Lat: 30, Lon: 120}, try.Noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Add(t.Context(), Shop{ID: "east", Lat: 30, Lon: 120}, try.Noon); err == nil {
		t.Error("added twice: the first key would be lost")
	}
	platform, id, err := d.AddKey(t.Context(), "shangou", try.Noon)
	if err != nil {
		t.Fatal(err)
	}
	again := open() // as after a restart
	for _, d := range []*Directory{d, again} {
		if !d.Admit("east", key) || d.Admit("east", "") || d.Admit("east", platform) || d.Admit("west", key) {
			t.Error("the store's key")
		}
		if channel, ok := d.Channel(platform); !ok || channel != "shangou" {
			t.Error("the platform's key")
		}
		if _, ok := d.Channel(key); ok {
			t.Error("a store's key is a platform's")
		}
	}
	renewed, err := d.Renew(t.Context(), "east")
	if err != nil || d.Admit("east", key) || !d.Admit("east", renewed) {
		t.Errorf("renewed: %v", err)
	}
	if err := d.RevokeKey(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Channel(platform); ok {
		t.Error("revoked, and good")
	}
	if err := d.Remove(t.Context(), "east"); err != nil || d.Admit("east", renewed) {
		t.Errorf("removed, and admitted: %v", err)
	}
}
