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
	closed := map[string]string{"pearl-milk-tea": "item", "brown-sugar": "item", "three-brothers": "item", "topping/pearl": "option"}
	for len(closed) > 0 { // each comes again until it is acknowledged
		var e wire.Event
		if err := json.Unmarshal(p.Next(demoTopics.Events("shangou")).Payload(), &e); err != nil || e.Data.Item+e.Data.Option != e.Subject {
			t.Fatalf("heard %+v, %v", e, err)
		}
		if of, awaited := closed[e.Subject]; awaited && e.Type != of+".sold_out" {
			t.Errorf("heard %+v", e)
		}
		delete(closed, e.Subject)
	}
	pearls := `{"ref":"%","items":[{"item":"green-tea","qty":1,"options":{"toppings":["pearl"]}+}]}`
	p.Say(demoTopics.Orders("shangou"), strings.NewReplacer("%", "a", "+", "").Replace(pearls))
	if a := p.Answer("shangou", "a"); a.Status != 409 || !strings.Contains(string(a.Body), `"without"`) {
		t.Errorf("answered %d %s", a.Status, a.Body)
	}
	instead := `,"instead":{"topping/pearl":["topping/coconut",null]}`
	p.Say(demoTopics.Orders("shangou"), strings.NewReplacer("%", "b", "+", instead).Replace(pearls))
	swapped := `"substituted":[{"line":0,"from":"topping/pearl","to":"topping/coconut"}]`
	if a := p.Answer("shangou", "b"); a.Status != 201 || !strings.Contains(string(a.Body), swapped) {
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
