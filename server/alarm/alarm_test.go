package alarm_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"weir/server/adapter"
	"weir/server/alarm"
	"weir/server/broker"
	"weir/server/paper"
	"weir/server/store"
	"weir/server/testshop"
	"weir/server/uplink"
	"weir/shop"
	"weir/shop/alert"
	"weir/shop/capacity"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
	"weir/shop/words"
	"weir/templates"
)

// ill is a store whose disk or file is in trouble. How a store finds that out is tested with the store.
type ill struct {
	*store.Store
	broken, short, damaged bool
	unanswered             time.Time
}

func (s ill) Healthy() bool         { return !s.broken && s.Store.Healthy() }
func (s ill) Short() bool           { return s.short }
func (s ill) Damaged() bool         { return s.damaged }
func (s ill) Unanswered() time.Time { return s.unanswered }

// open opens a shop with an uplink to a broker of its own, both running. Stop ends the uplink.
func open(t *testing.T, change func(*shop.Config)) (s *testshop.Shop, a *alarm.Alarms, stop func()) {
	t.Helper()
	s = testshop.Open(t, testshop.Setup{Change: change})
	log := try.Log(t)
	own, err := broker.Start(broker.Config{Shop: "demo", Address: "127.0.0.1:0", Check: testshop.CheckKey, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	})
	link := uplink.New(uplink.Config{
		Shop: s.Store, Door: door.New(door.Config{Shop: s.Store, Box: s.Box(), Now: s.Clock.Now, Log: log}),
		Remote: uplink.Within(own.Inside()), Reporter: wire.NewReporter(nil), Now: s.Clock.Now, Log: log,
	})
	stop = try.Run(t, link.Run)
	try.Until(t, "the shop is connected to its broker", func() bool { return link.Status().Connected })
	return s, &alarm.Alarms{Store: s.Store, Uplink: link, Now: s.Clock.Now}, stop
}

// standingDown is what a box knows that found another one with its shop's id, which was there first.
func standingDown(t *testing.T) *uplink.Twin {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "twin.json"), []byte(`{"standing_down":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	twin, err := uplink.OpenTwin(dir)
	if err != nil {
		t.Fatal(err)
	}
	return twin
}

// TestWhatNobodyMayMiss: each trouble has a sentence of its own, a sound shop has none, and what keeps orders out also keeps
// platforms from being told that there is room.
func TestWhatNobodyMayMiss(t *testing.T) {
	s, sound, _ := open(t, nil)
	down := standingDown(t)
	for name, tt := range map[string]struct {
		store ill
		twin  *uplink.Twin
		id    string // of the only sentence; "" is none
		bars  bool   // no orders are taken
	}{
		"sound":             {ill{}, nil, "", false},
		"nothing is stored": {ill{broken: true}, nil, "lights.orders_cannot_be_stored", true},
		"a full disk":       {ill{short: true}, nil, "lights.the_disk_is_nearly", true},
		"a damaged file":    {ill{damaged: true}, nil, "lights.the_data_file_is", false},
		"an order unheard":  {ill{unanswered: time.Now()}, nil, "lights.a_request_went_unanswered", false},
		"heard again since": {ill{unanswered: time.Now().Add(-time.Hour)}, nil, "", false},
		"another box":       {ill{}, down, "lights.another_box_was_first", true},
	} {
		a := *sound
		tt.store.Store = s.Store
		a.Store, a.Twin = tt.store, tt.twin
		for _, l := range []words.Lang{words.ZH, words.EN} {
			var want []string
			if tt.id != "" {
				want = []string{l.T(tt.id)}
			}
			if got := a.Troubles(l); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		want := capacity.Reason("")
		if tt.bars {
			want = wire.ReasonStorage
		}
		if got := alarm.Trouble(tt.store, tt.twin); got != want {
			t.Errorf("%s: platforms are told %q, want %q", name, got, want)
		}
	}
}

// light is the light of a name.
func light(t *testing.T, all []templates.Light, name string) templates.Light {
	t.Helper()
	at := slices.IndexFunc(all, func(l templates.Light) bool { return l.Name == name })
	if at < 0 {
		t.Fatalf("no light %q among %+v", name, all)
	}
	return all[at]
}

// TestTheLightOfTheBroker: the light follows the connection. A shop at the platform's broker that is cut off takes no orders,
// which nobody may miss; one with its own broker is only dark.
func TestTheLightOfTheBroker(t *testing.T) {
	_, a, stop := open(t, nil)
	if l := light(t, a.Network(words.EN), "Platform"); !l.OK || l.Word != "connected" {
		t.Errorf("connected: %+v", l)
	}
	a.Remote = true
	if got := a.Troubles(words.EN); len(got) != 0 {
		t.Errorf("connected: %q", got)
	}
	stop()
	try.Until(t, "the uplink notes that it is not connected", func() bool { return !a.Uplink.Status().Connected })
	if l := light(t, a.Network(words.EN), "Platform"); l.OK || l.Word != "not connected" {
		t.Errorf("cut off: %+v", l)
	}
	if got := a.Troubles(words.EN); !slices.Equal(got, []string{words.EN.T("lights.cut_off_from_the")}) {
		t.Errorf("cut off from the platform's broker: %q", got)
	}
	a.Remote = false
	if got := a.Troubles(words.EN); len(got) != 0 {
		t.Errorf("cut off from its own broker: %q", got)
	}
}

// TestABrokerThatLetsNothingIn: a broker that takes what the shop writes and delivers nothing is an alarm of its own, and no
// green light.
func TestABrokerThatLetsNothingIn(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "acl")
	if err := os.WriteFile(rules, []byte("topic write weir/v1/demo/#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := testshop.NewMosquitto(t, "acl_file "+rules+"\n")
	remote, err := uplink.ParseURL("tcp://" + m.Address)
	if err != nil {
		t.Fatal(err)
	}
	s, log := testshop.Open(t, testshop.Setup{}), try.Log(t)
	link := uplink.New(uplink.Config{
		Shop: s.Store, Door: door.New(door.Config{Shop: s.Store, Box: s.Box(), Now: s.Clock.Now, Log: log}),
		Remote: remote, Reporter: wire.NewReporter(nil), Now: s.Clock.Now, Log: log, HearWithin: time.Second,
	})
	try.Run(t, link.Run)
	try.Until(t, "the shop knows that it does not hear", func() bool { return len(link.Status().Deaf) > 0 })
	a := &alarm.Alarms{Store: s.Store, Uplink: link, Remote: true, Now: s.Clock.Now}
	if got := a.Troubles(words.EN); !slices.Equal(got, []string{words.EN.T("lights.the_broker_lets_nothing")}) {
		t.Errorf("%q", got)
	}
	if l := light(t, a.Network(words.EN), "Platform"); l.OK {
		t.Errorf("%+v", l)
	}
	if things := a.Things(); len(things) != 1 || things[0].Kind != alert.Platform {
		t.Errorf("outside: %+v", things)
	}
}

// TestTheLightOfAPlatformThatIsTold: what an adapter meets at the platform is seen on the board.
func TestTheLightOfAPlatformThatIsTold(t *testing.T) {
	for status, want := range map[int]templates.Light{
		http.StatusOK:   {Name: "meituan", OK: true, Word: "told"},
		http.StatusGone: {Name: "meituan", OK: false, Word: "the platform has switched it off"},
	} {
		platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(platform.Close)
		key := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(key, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, a, _ := open(t, func(c *shop.Config) {
			c.Channels[1].Leased, c.Channels[1].Adapter = false, &shop.Adapter{Kind: shop.AdapterOpenClosed, URL: platform.URL, KeyFile: key}
		})
		all, err := adapter.All(adapter.Config{Shop: s.Store, Now: s.Clock.Now, Log: try.Log(t), Trouble: func() capacity.Reason { return "" }})
		if err != nil || len(all) != 1 {
			t.Fatalf("%d adapters, %v", len(all), err)
		}
		a.Adapters = all
		if l := light(t, a.Network(words.EN), "meituan"); !l.OK || l.Word != "being told" {
			t.Errorf("before the first answer: %+v", l)
		}
		try.Run(t, all[0].Run)
		try.Until(t, "the platform has answered", func() bool { st := all[0].Status(); return st.Disabled || !st.ToldAt.IsZero() })
		if l := light(t, a.Network(words.EN), "meituan"); l != want {
			t.Errorf("answered with %d: %+v, want %+v", status, l, want)
		}
	}
}

// TestTheLightsOfPrinters: each printer of the shop has a light, by the name that people know, beside those of the links.
func TestTheLightsOfPrinters(t *testing.T) {
	s, a, _ := open(t, nil)
	links := len(a.Lights(words.ZH))
	printers, err := paper.Plug(s.Store, s.Clock.Now, nil, try.Log(t))
	if err != nil || len(printers) == 0 {
		t.Fatalf("%d printers, %v", len(printers), err)
	}
	a.Printers = printers
	all := a.Lights(words.ZH)
	if len(all) != links+len(printers) {
		t.Errorf("%d lights, want %d and %d", len(all), links, len(printers))
	}
	for i, p := range printers {
		name, st := templates.PrinterWord(words.ZH, s.Snapshot().Config.Printers, p.Status().Name), p.Status()
		l := all[links+i]
		if l.Name != name || l.OK != st.Working() || l.Word == "" {
			t.Errorf("printer %s: %+v, want a light %q", st.Name, l, name)
		}
	}
}

// TestWhatIsToldOutside: a shop in trouble has things for people outside, of the right kind and in both languages; a sound
// one has none.
func TestWhatIsToldOutside(t *testing.T) {
	s, a, _ := open(t, nil)
	kinds := func() (list []alert.Kind) {
		for _, th := range a.Things() {
			if th.Shop == "" || th.Text(words.ZH) == "" || th.Text(words.ZH) == th.Text(words.EN) {
				t.Errorf("%s: %q, %q, %q", th.Kind, th.Shop, th.Text(words.ZH), th.Text(words.EN))
			}
			list = append(list, th.Kind)
		}
		slices.Sort(list)
		return list
	}
	if got := kinds(); len(got) != 0 {
		t.Errorf("a sound shop: %v", got)
	}
	a.Store = ill{Store: s.Store, short: true, damaged: true, unanswered: time.Now()}
	item := s.Snapshot().Config.Menu.Items[0].ID
	for _, c := range []shop.Command{
		shop.SetAvailable{By: "owner", Item: item},
		shop.SetIntake{Channel: "meituan", Intake: shop.Intake{By: "owner", Mode: capacity.IntakePaused, Reason: "busy"}},
	} {
		if _, err := s.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := kinds(), []alert.Kind{alert.Disk, alert.Disk, alert.Intake, alert.SoldOut, alert.Unanswered}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
