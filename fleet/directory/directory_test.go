package directory

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/fleet/engine"
	"weir/fleet/testengine"
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
		"every topic":      {"id,lat,lon\n>,1,1\n", "line 2"},
		"two parts":        {"id,lat,lon\na.b,1,1\n", "line 2"},
		"a path":           {"id,lat,lon\n../a,1,1\n", "line 2"},
		"the router's":     {"id,lat,lon\n$router,1,1\n", "line 2"},
		"no id":            {"id,lat,lon\n,1,1\n", "line 2"},
		"too long an id":   {"id,lat,lon\n" + strings.Repeat("a", 65) + ",1,1\n", "line 2"},
		"Cyrillic a":       {"id,lat,lon\nс,1,1\n", "line 2"},
		"a zero byte":      {"id,lat,lon\na\x00,1,1\n", "line 2"},
		"hidden in a name": {"id,name,lat,lon\na,x\u200by,1,1\n", "cannot be seen"},
		"lines in a name":  {"id,name,lat,lon\na,\"x\ny\",1,1\n", "cannot be seen"},
		"turned round":     {"id,name,lat,lon\na,x\u202ey,1,1\n", "cannot be seen"},
		"a formula":        {"id,name,lat,lon\na,=1+1,1,1\n", "formula"},
		"GBK":              {"id,name,lat,lon\na,\xb5\xea,1,1\n", "UTF-8"},
		"UTF-16":           {"\xff\xfei\x00d\x00", "line 1"},
		"a book as a name": {"id,name,lat,lon\na," + strings.Repeat("x", 201) + ",1,1\n", "at most 200"},
		"around the earth": {"id,lat,lon,radius_m\na,1,1,99999999999999999999\n", "line 2"},
		"less than none":   {"id,lat,lon,radius_m\na,1,1,-1\n", "line 2"},
		"a lat of 1e309":   {"id,lat,lon\na,1e309,1\n", "line 2"},
		"in the sea":       {"id,lat,lon\na,0,0\n", "line 2"},
		"an open quote":    {"id,lat,lon\n\"a,1,1\n", "quote"},
		"long row":         {"id,lat,lon\na,1,1,1\n", "line 2"},
	} {
		if shops, err := ReadCSV(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) || shops != nil {
			t.Errorf("%s: %v %v", name, shops, err)
		}
	}
}

func TestKeysOpenWhatTheyAreFor(t *testing.T) {
	e := testengine.Start(t)
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
	admits := func(d *Directory, store, key string) bool { return d.Admit(store, key) == engine.Yes }
	again := open() // as after a restart
	for _, d := range []*Directory{d, again} {
		if !admits(d, "east", key) || d.Admit("east", "") != engine.No || d.Admit("east", platform) != engine.No ||
			d.Admit("west", key) != engine.No || d.Admit("*", key) != engine.No {
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
	if err != nil || admits(d, "east", key) || !admits(d, "east", renewed) {
		t.Errorf("renewed: %v", err)
	}
	if err := d.RevokeKey(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Channel(platform); ok {
		t.Error("revoked, and good")
	}
	if err := d.Remove(t.Context(), "east"); err != nil || admits(d, "east", renewed) {
		t.Errorf("removed, and admitted: %v", err)
	}
}

// TestNobodyIsRefusedByMistake: a node that has just started waits for its directory, and one that is a moment behind
// asks the stream. It says no only of what it knows.
func TestNobodyIsRefusedByMistake(t *testing.T) {
	e := testengine.Start(t)
	first := New(nil)
	if err := first.Open(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	key, err := first.Add(t.Context(), Shop{ID: "east", Lat: 30, Lon: 120}, try.Noon)
	if err != nil {
		t.Fatal(err)
	}

	starting := New(nil)
	starting.wait = time.Millisecond
	if v := starting.Admit("east", key); v != engine.Later {
		t.Errorf("before the directory was read: %v", v)
	}
	starting.wait = time.Minute
	said := make(chan engine.Verdict)
	go func() { said <- starting.Admit("east", key) }()
	if err := starting.Open(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if v := <-said; v != engine.Yes {
		t.Errorf("the sign-in that waited: %v", v)
	}

	behind := New(nil)
	behind.engine = e
	close(behind.known) // and nothing of it has come here
	if v := behind.Admit("east", key); v != engine.Yes {
		t.Errorf("a store that another node has taken in: %v", v)
	}
	if v := behind.Admit("east", "wrong"); v != engine.No {
		t.Errorf("its wrong key: %v", v)
	}
	e.Close()
	if v := behind.Admit("west", key); v != engine.Later {
		t.Errorf("while the streams do not answer: %v", v)
	}
}
