package api

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/wire"
)

// menuDay is a day that is played from outside: what is really in the shop, what its crew does, and what became of it.
type menuDay struct {
	*server
	real    map[string]int // what is in the buckets, whatever the book says
	told    bool           // the crew counts, marks and cooks, and the channel may send orders without lines
	cooking time.Time      // when a pot of pearls that is on is done; zero: none
	lost    int            // cups that were accepted and could not be made
	refused int            // orders without lines that were not taken
	off     int            // cups that their channel took back
}

// make makes up to so many cups, the oldest first. A cup for which there is not enough is lost: its order is released.
func (m *menuDay) make(cups int) {
	m.t.Helper()
	for range cups {
		queue := m.store.Snapshot().Queue("", m.now())
		at := 0
		for at < len(queue) && !queue[at].Cup.State.Unmade() {
			at++
		}
		if at == len(queue) {
			break
		}
		q := queue[at]
		uses := m.store.Snapshot().Config.Menu.Uses(q.Line())
		short := false
		for ingredient, amount := range uses {
			have, bounded := m.real[ingredient]
			short = short || bounded && have < amount
		}
		if short {
			m.lost++
			m.do(shop.End{By: "crew", Order: q.Order.ID, To: shop.OrderReleased, Reason: "sold out"})
			continue
		}
		for ingredient, amount := range uses {
			if _, bounded := m.real[ingredient]; bounded {
				m.real[ingredient] -= amount
			}
		}
		m.do(shop.Tap{By: "crew", Cups: []shop.CupID{q.ID()}, To: shop.Made})
	}
	var ready []shop.OrderID
	for o := range m.store.Snapshot().Orders.All() {
		if o.End == "" && o.State() == shop.OrderReady {
			ready = append(ready, o.ID)
		}
	}
	for _, id := range ready {
		m.do(shop.Handover{By: "crew", Order: id})
	}
}

func (m *menuDay) now() time.Time { return m.shop.Clock.Now() }

// tend is what the crew does about the stock in a shop that tells it: pearls in time, milk when a delivery comes.
func (m *menuDay) tend(minute int) {
	if !m.cooking.IsZero() && !m.now().Before(m.cooking) {
		m.cooking = time.Time{}
		m.real["pearl"] += 3000
		if m.told {
			m.do(shop.Cook{By: "crew", Ingredient: "pearl", Step: shop.CookDone})
		}
	}
	for _, a := range m.store.Snapshot().CookAdvice(m.now()) {
		if m.told && a.Cooking == nil && a.Ingredient == "pearl" {
			m.do(shop.Cook{By: "crew", Ingredient: "pearl", Step: shop.CookBegin})
			m.cooking = m.now().Add(40 * time.Minute)
		}
	}
	if !m.told && m.cooking.IsZero() && m.real["pearl"] < 80 { // who is told nothing sees it when the pot is empty
		m.cooking = m.now().Add(40 * time.Minute)
	}
	if minute == 80 {
		m.real["milk"] += 20_000
		if m.told {
			m.do(shop.ReceiveStock{By: "crew", Ingredient: "milk", Amount: 20_000, Tap: "delivery"})
		}
	}
}

// play sends 120 minutes of orders and returns their refs that were accepted.
func (m *menuDay) play() (accepted []string) {
	m.t.Helper()
	random := rand.New(rand.NewPCG(15, 1))
	lines := []string{
		`{"item":"pearl-milk-tea","qty":2}`, `{"item":"brown-sugar","qty":1,"options":{"size":"l"}}`,
		`{"item":"jasmine-milk-tea","qty":2,"options":{"milk":"oat"}}`,
		`{"item":"green-tea","qty":2,"options":{"toppings":["taro"]}}`, `{"item":"oolong-milk-tea","qty":2}`,
	}
	for minute := 0; minute < 120; minute += 2 {
		m.shop.Pass(m.t, 2*time.Minute)
		m.tend(minute)
		for n := range 2 {
			ref := fmt.Sprintf("%d-%d", minute, n)
			const bare = `{"ref":"%s","downgraded":true,"items":[],"cups":2,"totals":null}`
			line := lines[random.IntN(len(lines))]
			body := fmt.Sprintf(`{"ref":"%s","items":[%s]}`, ref, line)
			degraded := random.IntN(10) == 0
			if degraded {
				body, line = fmt.Sprintf(bare, ref), `{"item":"black-tea","qty":2}`
			}
			r := m.call("POST", "/v1/orders", body)
			switch {
			case r.status == http.StatusCreated:
				accepted = append(accepted, ref)
			case r.status == http.StatusUnprocessableEntity && degraded:
				m.refused++
				continue
			case r.problem() == shop.ProblemSoldOut || r.status == http.StatusServiceUnavailable:
				continue // nothing was promised
			default:
				m.t.Fatalf("%s: %d %s", ref, r.status, r.body)
			}
			if degraded {
				r = m.call("POST", "/v1/orders", fmt.Sprintf(`{"ref":"%s","items":[%s]}`, ref, line))
				if r.status != http.StatusOK {
					m.t.Fatalf("fill %s: %d %s", ref, r.status, r.body)
				}
			}
			o := read[wire.Order](m.t, r)
			if len(o.Cups) == 2 && random.IntN(8) == 0 {
				r = m.call("POST", "/v1/orders/"+o.ID.String()+"/cancellations", `{"cups":["`+o.Cups[1].ID.String()+`"]}`)
				if r.status != http.StatusOK {
					m.t.Fatalf("take a cup of %s back: %d %s", ref, r.status, r.body)
				}
				m.off++
			}
		}
		m.make(5)
	}
	m.make(1000)
	return accepted
}

// menuDayOf opens a shop in which pearls, milk and taro are short.
func menuDayOf(t *testing.T, told bool) *menuDay {
	m := &menuDay{told: told, real: map[string]int{"pearl": 3000, "milk": 9000, "taro": 900}}
	m.server = open(t, func(c *shop.Config, _ *door.Config) {
		testRoom(c)
		for i := range c.Channels {
			c.Channels[i].Provisional = told
		}
	})
	for ingredient, amount := range m.real {
		if told {
			m.do(shop.SetStock{By: "crew", Ingredient: ingredient, Amount: amount})
		}
	}
	return m
}

// testRoom is room for whatever comes: this day is about what is there to make it of.
func testRoom(c *shop.Config) {
	for i := range c.Stations {
		c.Settings.Staff[c.Stations[i].ID] = 8
	}
}

// TestADayOnWhichThingsRunOut: a channel leaves the lines out of a tenth of its orders and takes single cups back, milk, pearls
// and taro run out, pearls are cooked in time and milk is delivered. Every order ends once, no cup is accepted that cannot
// be made, and ledger and stock balance. The control is the same day in a shop that is told nothing.
func TestADayOnWhichThingsRunOut(t *testing.T) {
	m := menuDayOf(t, true)
	accepted := m.play()
	if m.lost != 0 || m.refused != 0 {
		t.Errorf("%d cups could not be made after they were accepted, and %d orders without lines were refused", m.lost, m.refused)
	}
	handed := 0
	for _, ref := range accepted {
		o := read[wire.Order](t, m.call("GET", "/v1/orders?ref="+ref, ""))
		if o.State != shop.OrderHanded {
			t.Errorf("%s ended as %s", ref, o.State)
		}
		handed++
	}
	state := m.store.Snapshot()
	if off := state.StockOff(); state.Lost() != 0 || len(off) != 0 {
		t.Errorf("the ledger is off by %d, the stock of %v", state.Lost(), off)
	}
	for ingredient, amount := range m.real {
		if left := state.Stock[ingredient].Left; left != amount || amount < 0 {
			t.Errorf("%s: the book says %d, the bucket has %d", ingredient, left, amount)
		}
	}
	if state.AvailableTo("", "topping/taro") || !state.Available("oolong-milk-tea") || m.off == 0 {
		t.Errorf("taro is open %v, milk tea is open %v, %d cups were taken back: the day was too quiet",
			state.AvailableTo("", "topping/taro"), state.Available("oolong-milk-tea"), m.off)
	}
	control := menuDayOf(t, false)
	control.play()
	t.Logf("%d orders made, %d cups taken back; control: %d cups lost after acceptance, %d orders refused for want of lines",
		handed, m.off, control.lost, control.refused)
	if control.lost < 10 || control.refused < 3 {
		t.Errorf("control: %d cups lost and %d orders refused: this day would have lost nothing without", control.lost, control.refused)
	}
}
