package shop_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

func TestTermsAreCheckedAndBindAtOnce(t *testing.T) {
	state := shop.New(demo(t), noon)
	good := shop.Terms{Horizon: 45 * time.Minute, Reserve: 2 * capacity.Cup, ShelfMax: 10, CheckMode: shop.CheckBag}
	for name, c := range map[string]struct {
		change  func(*shop.Terms)
		pointer string // "" is accepted
	}{
		"all good":          {func(*shop.Terms) {}, ""},
		"no shelf limit":    {func(t *shop.Terms) { t.ShelfMax = 0 }, ""},
		"horizon too short": {func(t *shop.Terms) { t.Horizon = capacity.HorizonMin - time.Minute }, "/horizon"},
		"horizon too long":  {func(t *shop.Terms) { t.Horizon = 3 * time.Hour }, "/horizon"},
		"reserve below 0":   {func(t *shop.Terms) { t.Reserve = -1 }, "/reserve"},
		"reserve a typo":    {func(t *shop.Terms) { t.Reserve = 4000 * capacity.Cup }, "/reserve"},
		"shelf below 0":     {func(t *shop.Terms) { t.ShelfMax = -1 }, "/shelf_max"},
		"shelf a typo":      {func(t *shop.Terms) { t.ShelfMax = 4000 }, "/shelf_max"},
		"unknown mode":      {func(t *shop.Terms) { t.CheckMode = "sniff" }, "/check_mode"},
	} {
		t.Run(name, func(t *testing.T) {
			terms := good
			c.change(&terms)
			d, err := shop.Decide(state, shop.SetTerms{By: "owner", Terms: terms}, noon)
			var refusal *shop.Error
			if errors.As(err, &refusal) != (c.pointer != "") {
				t.Fatalf("error = %v, want one at %q", err, c.pointer)
			}
			if c.pointer != "" {
				if refusal.Fields[0].Pointer != c.pointer || d.Next.Settings.Terms() != state.Settings.Terms() {
					t.Errorf("%v, terms %+v; want %s and nothing changed", refusal, d.Next.Settings.Terms(), c.pointer)
				}
				return
			}
			if d.Next.Settings.Terms() != terms || len(d.Events) != 1 || d.Events[0].By != "owner" {
				t.Errorf("terms %+v by events %+v; want %+v", d.Next.Settings.Terms(), d.Events, terms)
			}
			again, err := shop.Decide(d.Next, shop.SetTerms{By: "owner", Terms: terms}, noon)
			if err != nil || !again.Replayed || len(again.Events) != 0 {
				t.Errorf("the same terms again: %+v, %v; want nothing to happen", again, err)
			}
		})
	}
}

// TestALongerHorizonMakesRoom: the terms reach capacity at once and not only the settings.
func TestALongerHorizonMakesRoom(t *testing.T) {
	state := shop.New(demo(t), noon)
	terms := state.Settings.Terms()
	terms.Horizon *= 2
	d, err := shop.Decide(state, shop.SetTerms{By: "owner", Terms: terms}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := state.Capacity.Report(noon).Room, d.Next.Capacity.Report(noon).Room; after.Budget <= before.Budget {
		t.Errorf("budget %d after, %d before; want more", after.Budget, before.Budget)
	}
}

func TestAnAuditIsInTheLogUnderItsOwnName(t *testing.T) {
	state := shop.New(demo(t), noon)
	d, err := shop.Decide(state, shop.Audit{By: "owner", What: shop.AuditDeviceRevoked, About: "前台"}, noon)
	if err != nil || len(d.Events) != 1 || d.Events[0].Name() != shop.AuditDeviceRevoked || d.Events[0].By != "owner" {
		t.Errorf("%+v, %v; want one event of that name", d.Events, err)
	}
	for _, bad := range []shop.Audit{{What: "weather"}, {What: shop.AuditKeyAdded, About: strings.Repeat("x", 201)},
		{What: shop.AuditKeyAdded, About: "\xff"}} {
		if d, err := shop.Decide(state, bad, noon); err == nil || len(d.Events) != 0 {
			t.Errorf("%+v: %+v, %v; want a refusal", bad, d.Events, err)
		}
	}
}

// What customers meet is what the owner allows, or less.
func TestWhatIsTakenNow(t *testing.T) {
	open := shop.New(demo(t), noon)
	for name, c := range map[string]struct {
		state   shop.State
		channel string
		want    capacity.IntakeMode
	}{
		"open": {open, "meituan", capacity.IntakeOpen},
		"paused by the owner": {follow(t, open, noon, shop.SetIntake{Channel: "meituan",
			Intake: shop.Intake{Mode: capacity.IntakePaused, Reason: "x", Until: noon.Add(time.Hour)}}), "meituan", capacity.IntakePaused},
		"another channel": {follow(t, open, noon, shop.SetIntake{Channel: "meituan",
			Intake: shop.Intake{Mode: capacity.IntakePaused, Reason: "x", Until: noon.Add(time.Hour)}}), "shangou", capacity.IntakeOpen},
		"nobody on duty": {follow(t, open, noon, shop.SetStaff{Station: "shake", Staff: 0}), "meituan", capacity.IntakeSlots},
		"nobody on duty, the counter": {follow(t, open, noon, shop.SetStaff{Station: "shake", Staff: 0}), shop.CounterChannel,
			capacity.IntakeOpen},
	} {
		if got := c.state.TakenNow(c.channel, noon); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	full := open
	for i := range 80 { // large ones until none fits, then small ones
		if d, err := shop.Decide(full, wish(fmt.Sprint("f", i), "matcha", max(1, 4-i/20)), noon); err == nil {
			full = d.Next
		}
	}
	full = follow(t, full, noon, shop.Tick{})
	if got := full.TakenNow("meituan", noon); got != capacity.IntakeSlots {
		t.Errorf("a kitchen that is full: %q, want %q", got, capacity.IntakeSlots)
	}
}
