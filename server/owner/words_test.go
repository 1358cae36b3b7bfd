package owner

import (
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/words/madeup"
)

// TestEveryOwnersPageSpeaksAThirdLanguage: the owner's pages and the sign-in in a language that was added as one file
// have no word of ours in Chinese or English.
func TestEveryOwnersPageSpeaksAThirdLanguage(t *testing.T) {
	madeup.Add(t)
	h := opened(t, t.TempDir())
	b := h.owner()
	for n := range 3 {
		h.do(order("meituan", string(rune('a'+n)), 2))
	}
	h.do(shop.End{By: "test", Order: 1, To: shop.OrderReleased, Reason: "zzz"})
	b.post("/owner/intake/meituan", 200, "mode", "paused", "for", "30", "why", "overloaded")
	b.post("/owner/staff", 200, "station", "tea", "staff", "3")
	b.post("/owner/people", 200, "name", "zzz", "pin", "1470", "role", "manager")
	b.post("/owner/keys", 200, "channel", "meituan")
	h.do(shop.SetAvailable{Item: "grape"})
	h.do(shop.SetStock{Ingredient: "milk", Amount: 300})
	h.do(shop.GiveNotice{Channel: "meituan", Notice: freeTea()})
	h.clock.Move(time.Minute)
	config := h.tally.Snapshot().Config
	names := []string{"kitchen", "zzz", "老板", "test", freeTea().Name, "SHA-256"}
	add := func(n shop.Name) { names = append(names, n.EN, n.ZH) }
	add(config.Name)
	for _, ch := range config.Channels {
		add(ch.Name)
		for _, rule := range ch.Compensation {
			names = append(names, rule.What)
		}
	}
	for _, i := range config.Menu.Items {
		add(i.Name)
	}
	for _, n := range config.Menu.Pantry {
		add(n.Name)
		add(n.Unit)
	}
	for _, s := range config.Stations {
		add(s.Name)
	}
	for _, s := range config.Sisters {
		add(s.Name)
	}
	today := string(h.tally.Snapshot().Counters.Day)
	in := "?lang=" + string(madeup.Lang)
	var campaign string
	for id := range h.tally.Snapshot().Campaigns {
		campaign = id.String()
	}
	for _, path := range []string{
		"/owner", "/owner/live", "/owner/campaigns", "/owner/campaigns/" + campaign, "/owner/settlement", "/owner/settlement/" + today,
		"/owner/settlement/" + today + "/meituan", "/owner/devices", "/owner/people", "/owner/keys", "/owner/password", "/owner/log",
		"/owner/signin", "/owner/again", "/owner/setup", "/pair", "/signin",
	} {
		for _, text := range madeup.Foreign(b.get(path+in), names...) {
			t.Errorf("%s: %q is in no catalogue", path, text)
		}
	}
	page := strings.ReplaceAll(b.get("/owner?lang=en"), `lang="en"`, `lang="`+madeup.Lang.Tag()+`"`)
	if len(madeup.Foreign(page, names...)) < 10 {
		t.Error("an English page passes for one in the made-up language: the test sees nothing")
	}
}
