package uplink

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/wire"
)

// TestSoldOutGoesAllTheWayInside: a channel says over MQTT what is sold out, hears of it, and its orders are refused with
// what there is instead, or made with what was agreed.
func TestSoldOutGoesAllTheWayInside(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	p := testshop.Join(t, b.Addr(), "router", "shangou", testshop.KeyOf("shangou"),
		demoTopics.Answers("shangou"), demoTopics.Events("shangou"))
	p.Say(demoTopics.Availability("shangou"), `{"ref":"m-1","ingredient":"pearl","available":false}`)
	if a := p.Answer("shangou", "m-1"); a.Status != 200 || a.Re != "availability" || !strings.Contains(string(a.Body), "topping/pearl") {
		t.Errorf("answered %+v: %s", a, a.Body)
	}
	for _, what := range []string{"pearl-milk-tea", "brown-sugar", "three-brothers", "topping/pearl"} {
		var e wire.Event
		if err := json.Unmarshal(p.Next(demoTopics.Events("shangou")).Payload(), &e); err != nil || e.Subject != what || e.Data.Item+e.Data.Option != what {
			t.Errorf("heard %+v, %v; want that %s is sold out", e, err, what)
		}
	}
	pearls := `{"ref":"%","items":[{"item":"green-tea","qty":1,"options":{"toppings":["pearl"]}+}]}`
	p.Say(demoTopics.Orders("shangou"), strings.NewReplacer("%", "a", "+", "").Replace(pearls))
	if a := p.Answer("shangou", "a"); a.Status != 409 || !strings.Contains(string(a.Body), `"without"`) {
		t.Errorf("answered %d %s", a.Status, a.Body)
	}
	p.Say(demoTopics.Orders("shangou"), strings.NewReplacer("%", "b", "+", `,"instead":{"topping/pearl":["topping/coconut",null]}`).Replace(pearls))
	if a := p.Answer("shangou", "b"); a.Status != 201 || !strings.Contains(string(a.Body), `"substituted":[{"line":0,"from":"topping/pearl","to":"topping/coconut"}]`) {
		t.Errorf("answered %d %s", a.Status, a.Body)
	}
	p.Say(demoTopics.Availability("shangou"), `{"ref":"m-2","item":"grape","available":false,"scope":"shop"}`)
	if a := p.Answer("shangou", "m-2"); a.Status != 403 {
		t.Errorf("for the shop without a grant: %d %s", a.Status, a.Body)
	}
	if s.Snapshot().AvailableTo("shangou", "topping/pearl") || !s.Snapshot().AvailableTo("meituan", shop.MenuPart("pearl-milk-tea")) {
		t.Error("the word holds for others, or not for the channel")
	}
}
