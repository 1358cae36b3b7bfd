package kds

import (
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
)

// TestTheHeadSaysWhatEachPlatformMeets: a shop with a paused platform does not say that it takes orders as usual, and the
// pages of the crew say the same.
func TestTheHeadSaysWhatEachPlatformMeets(t *testing.T) {
	k := open(t, options{})
	head := func() string {
		h := k.screens.head(k.store.Snapshot(), words.ZH, k.clock.Now())
		return h.LevelWord + " " + h.Reason
	}
	if got := head(); got != "正常接单 " {
		t.Fatalf("an open shop says %q", got)
	}
	until := k.clock.Now().Add(90 * time.Minute)
	k.do(shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: capacity.IntakePaused, Until: until, Reason: "overloaded", By: "owner"}})
	if got := head(); got != "部分接单 美团暂停到 13:30" {
		t.Errorf("with one platform paused the head says %q", got)
	}
	for _, path := range []string{"/", "/kds", "/kds/why"} {
		if _, page := k.get(path + "?lang=zh"); !strings.Contains(page, "部分接单") || !strings.Contains(page, "美团暂停到 13:30") {
			t.Errorf("%s does not say that a platform is paused", path)
		}
	}
	k.do(shop.SetIntake{Channel: "shangou", Intake: shop.Intake{Mode: capacity.IntakePaused, Reason: "overloaded", By: "owner"}})
	if got := head(); got != "平台全停 闪购暂停 · 美团暂停到 13:30" {
		t.Errorf("with all platforms paused the head says %q", got)
	}
}

// TestNobodyOnDutyIsOneSentence: every page says it in the same words, and nobody is told a wait.
func TestNobodyOnDutyIsOneSentence(t *testing.T) {
	k := open(t, options{})
	k.order("meituan", "37", cup("matcha", 1))
	for _, st := range k.store.Snapshot().Config.Stations {
		k.do(shop.SetStaff{Station: st.ID, Staff: 0})
	}
	for _, l := range words.All() {
		for _, path := range []string{"/", "/kds", "/kds/why"} {
			if _, page := k.get(path + "?lang=" + string(l)); !strings.Contains(page, l.T("shared.nobody_on_duty")) {
				t.Errorf("%s in %s does not say that nobody is on duty", path, l)
			}
		}
		if _, page := k.get("/board?lang=" + string(l)); !strings.Contains(page, l.T("pickup.not_taking_orders_now")) {
			t.Errorf("the pick-up screen in %s tells a wait, and nobody is on duty", l)
		}
	}
}

// TestAlarmsShareOneLine: however many there are, the first is read and the others are counted.
func TestAlarmsShareOneLine(t *testing.T) {
	k := open(t, options{screen: func(c *Config) {
		c.Troubles = func(words.Lang) []string { return []string{"one", "two", "three"} }
	}})
	for _, path := range []string{"/kds", "/handoff"} {
		_, page := k.get(path + "?lang=zh")
		_, rest, found := strings.Cut(page, `<div id="alarms"`)
		first, others, more := strings.Cut(rest, "<details")
		if !found || !more || strings.Count(first, `class="alarm stop"`) != 1 || !strings.Contains(others, "另有 2 条") {
			t.Errorf("%s does not show one alarm and count two", path)
		}
	}
}
