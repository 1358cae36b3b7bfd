package campaign_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"weir/fleet/campaign"
	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/table"
	"weir/fleet/testengine"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/guard"
	"weir/shop/memory"
	"weir/shop/shopfile"
	"weir/shop/wire"
)

const channel = "shangou"

// town is shops with the rules of a real one and its door, in memory, which answer what the engine brings.
type town struct {
	shops map[string]*memory.Shop
	list  []*table.Shop
}

func newTown(t *testing.T, e *engine.Engine, n int, now time.Time, deaf func(int) bool) *town {
	t.Helper()
	demo, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	tw := &town{shops: map[string]*memory.Shop{}}
	doors := map[string]*door.Door{}
	clock := func() time.Time { return now }
	for i := range n {
		config := *demo
		config.ID, config.Sisters = fmt.Sprintf("s%03d", i), nil
		config.Stations = slices.Clone(demo.Stations)
		config.Settings.Staff = map[string]int{}
		for j := range config.Stations { // crews of one or two at a station
			config.Stations[j].Staff = 1 + (i+j)%2
			config.Settings.Staff[config.Stations[j].ID] = config.Stations[j].Staff
		}
		s := memory.New(&config, clock)
		tw.shops[config.ID] = s
		tw.list = append(tw.list, &table.Shop{
			Shop: &directory.Shop{ID: config.ID, City: fmt.Sprintf("city%d", i%3)}, Online: true,
			Report: table.Report{ExpiresAt: now.Add(time.Hour), Rate: wire.Rate{P50: 1 + float64(i%4)/2}},
		})
		if !deaf(i) {
			doors[config.ID] = door.New(door.Config{Shop: s, Box: "b", Quota: guard.NewQuota(1000, 1000), Now: clock,
				Log: slog.New(slog.DiscardHandler)})
		}
	}
	sub, err := e.Conn.Subscribe("weir.v1.*.campaigns."+channel, func(m *nats.Msg) {
		store := strings.Split(m.Subject, ".")[2]
		d := doors[store]
		if d == nil {
			return
		}
		seen := wire.Look(m.Data)
		body := func() ([]byte, error) { return m.Data, nil }
		a := d.Do(t.Context(), channel, door.Notice, door.Message{Body: body, Ref: seen.Ref, Nonce: seen.Nonce})
		text, err := a.Envelope()
		if err != nil {
			t.Error(err)
		}
		_ = e.Conn.Publish("weir.v1."+store+".answers."+channel, text) // what is lost is asked for again
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() }) // the engine may have gone
	return tw
}

// TestADrillIsTheSumOfTheShops (F9): what 500 shops say to a drill is, quarter by quarter, what their own rules forecast for
// their parts; those that are silent are named and count nothing; and no shop has recorded anything.
func TestADrillIsTheSumOfTheShops(t *testing.T) {
	const n, quarters = 500, 8
	now := time.Date(2026, 2, 5, 4, 0, 0, 0, time.UTC)
	e := testengine.Start(t)
	deaf := func(i int) bool { return i%100 == 7 }
	tw := newTown(t, e, n, now, deaf)
	before := map[string]uint64{}
	for id, s := range tw.shops {
		before[id] = s.Snapshot().Counters.Seq
	}
	start := now.Add(24 * time.Hour)
	d := campaign.Drill{Name: "free", Start: start, End: start.Add(quarters * 15 * time.Minute),
		Items: json.RawMessage(`[{"item":"jasmine-milk-tea"}]`)}
	for q := range quarters {
		d.Expected = append(d.Expected, 2003*(1+q*q)) // so few in the first quarters that all of it can be made
	}
	got, err := d.Ask(t.Context(), e, channel, tw.list, now)
	if err != nil {
		t.Fatal(err)
	}
	if got.Asked != n || got.Answered != n-5 || len(got.Refused) != 0 ||
		!slices.Equal(got.Silent, []string{"s007", "s107", "s207", "s307", "s407"}) {
		t.Fatalf("asked %d, answered %d, silent %v, refused %v", got.Asked, got.Answered, got.Silent, got.Refused)
	}
	if !slices.Equal(got.Expected, d.Expected) {
		t.Errorf("expected %v, the parts add up to %v", d.Expected, got.Expected)
	}
	want, taken := make([]int, quarters), 0
	byCity := map[string]int{}
	said := map[string]campaign.ShopTakes{}
	for _, s := range got.Shops {
		said[s.Store] = s
	}
	for id, s := range tw.shops {
		state := s.Snapshot()
		if len(state.Campaigns) != 0 || state.Counters.Seq != before[id] {
			t.Errorf("%s recorded something", id)
		}
		if _, answered := said[id]; !answered {
			continue
		}
		parts := campaign.Share(d.Expected, tw.list, now)
		i := slices.IndexFunc(tw.list, func(s *table.Shop) bool { return s.ID == id })
		own, err := state.Drill(channel, shop.Notice{Name: "free", Ref: "r", Start: d.Start, End: d.End, Expected: parts[i],
			Items: []shop.ItemShare{{Item: "jasmine-milk-tea", Share: 1}}}, now)
		if err != nil {
			t.Fatal(err)
		}
		f := state.Forecast(own, now)
		for q := range f.Quarters {
			want[q] += f.Quarters[q].CanTake
		}
		taken += f.CanTake
		byCity[tw.list[i].City] += f.CanTake
		if said[id].CanTakeCups != f.CanTake {
			t.Errorf("%s takes %d by its own rules; the drill says %d", id, f.CanTake, said[id].CanTakeCups)
		}
	}
	if diff := cmp.Diff(want, got.CanTake); diff != "" || got.CanTakeCups != taken || taken == 0 || taken >= got.ExpectedCups {
		t.Errorf("the sum is not theirs (%d of %d cups): %s", got.CanTakeCups, taken, diff)
	}
	for _, c := range got.Cities {
		if c.CanTakeCups != byCity[c.City] || c.Asked != len(tw.list)/3+btoi(c.City != "city2") || len(c.Staff) == 0 || len(c.Ingredients) == 0 {
			t.Errorf("%s: %+v, want %d", c.City, c, byCity[c.City])
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestAShopThatIsOlderThanDrills takes the notice as given: that is said of it, and it is told that it is cancelled.
func TestAShopThatIsOlderThanDrills(t *testing.T) {
	e := testengine.Start(t)
	cancelled := make(chan struct{}, 1)
	testengine.Answer(t, e, "old", channel, "campaigns", func(m []byte) (int, string) {
		if strings.Contains(string(m), `"cancelled":true`) && strings.Contains(string(m), `"n4"`) {
			cancelled <- struct{}{}
			return 0, ""
		}
		return 201, `{"id":"n4","state":"noticed","forecast":{"can_take":[5],"can_take_cups":5}}`
	})
	start := time.Now().UTC().Truncate(15 * time.Minute).Add(time.Hour)
	d := campaign.Drill{Name: "free", Start: start, End: start.Add(15 * time.Minute), Expected: []int{5}}
	got, err := d.Ask(t.Context(), e, channel, []*table.Shop{{Shop: &directory.Shop{ID: "old"}}}, time.Now())
	if err != nil || len(got.Refused) != 1 || got.Refused[0].Store != "old" || got.CanTakeCups != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	select {
	case <-cancelled:
	case <-time.After(30 * time.Second):
		t.Error("it was not told that the campaign is cancelled")
	}
}
