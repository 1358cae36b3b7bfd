package shopfile

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"weir/shop"
)

// Summary says in words what a shop.yaml was understood to mean, a line for each thing, so that a person sees a wrong
// price or a missing station before the shop opens.
func Summary(c *shop.Config) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("shop %s (%s), %s, open %s to %s, a day begins at %s", c.ID, name(c.Name, c.ID), c.Location, clockWord(c.Open), clockWord(c.Close),
		clockWord(c.Cutoff))
	for _, s := range c.Stations {
		line("station %s (%s): %d on duty", s.ID, name(s.Name, s.ID), s.Staff)
	}
	line("with them the shop makes %.2f cups of %s a minute", c.Line.Prior(c.Settings.Staff)/100, c.Menu.Reference)
	for _, ch := range c.Channels {
		line("channel %s (%s): %s", ch.ID, name(ch.Name, ch.ID), channelWords(ch))
	}
	for _, p := range c.Printers {
		line("printer %s: %s at %s, prints %s", p.Name, p.Kind, p.Address, papers(p.Prints))
	}
	for _, a := range c.Alerts {
		line("alerts to %s by %s: %s, %s", a.Name, a.To, cmp.Or(strings.Join(a.Kinds, " "), "everything"), alertHours(a))
	}
	for _, it := range c.Menu.Items {
		line("%s %s, %s", name(it.Name, it.ID), yuanWord(it.PriceFen), workWords(c, it))
	}
	for _, g := range c.Menu.Groups {
		for _, o := range g.Options {
			line("option %s/%s (%s) + %s", g.ID, o.ID, name(o.Name, o.ID), yuanWord(o.PriceFen))
		}
	}
	for _, id := range c.Menu.Ingredients() {
		line("ingredient %s", supplyWords(c.Menu, id))
	}
	return b.String()
}

// alertHours are when a target is told.
func alertHours(a shop.Alert) string {
	if a.From == a.Until {
		return "at any hour"
	}
	return "from " + clockWord(a.From) + " to " + clockWord(a.Until)
}

// supplyWords are what people count an ingredient in, how long it takes, and what is made of it.
func supplyWords(m *shop.Menu, id string) string {
	supply := m.Pantry[id]
	said := fmt.Sprintf("%s (%s)", id, name(supply.Name, id))
	if supply.Holds > 0 {
		said += fmt.Sprintf(", counted by the %s of %d", name(supply.Unit, "unit"), supply.Holds)
	}
	if supply.Lead > 0 {
		said += fmt.Sprintf(", takes %d min for %d", int(supply.Lead/time.Minute), supply.Once())
	}
	var of []string
	for _, part := range m.MadeOf(id) {
		of = append(of, string(part))
	}
	return said + ", for " + strings.Join(of, ", ")
}

func name(n shop.Name, id string) string {
	switch {
	case n.ZH != "":
		return n.ZH
	case n.EN != "":
		return n.EN
	}
	return id
}

// clockWord writes a time of the business day as shop.yaml does.
func clockWord(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

func yuanWord(fen int64) string { return fmt.Sprintf("¥%d.%02d", fen/100, fen%100) }

func channelWords(ch shop.Channel) string {
	said := []string{"for pick-up"}
	switch {
	case ch.ID == shop.CounterChannel:
		said = []string{"the counter"}
	case ch.Delivery:
		said = []string{"for delivery"}
	}
	if ch.Adapter != nil {
		said = append(said, "its platform is told by the adapter "+string(ch.Adapter.Kind))
	}
	if ch.Webhook != nil && ch.Webhook.URL != "" {
		said = append(said, "its events are sent to it")
	}
	if ch.Connector != nil {
		said = append(said, "its platform pushes orders as the map "+ch.Connector.Map+" says, written from public documents")
	}
	if ch.Strict {
		said = append(said, "items that the menu does not know are refused")
	}
	if ch.Provisional {
		said = append(said, "an order may come without its items, and have them later")
	}
	if ch.HoldUntilArrival {
		said = append(said, "made when the customer is there")
	}
	return strings.Join(said, ", ")
}

// workWords are an item's seconds at each station, in the order of the line.
func workWords(c *shop.Config, it shop.Item) string {
	if it.Cups == 0 {
		return "not a cup"
	}
	var said []string
	for _, s := range c.Stations {
		if seconds := it.Seconds[s.ID]; seconds > 0 {
			said = append(said, fmt.Sprintf("%d s at %s", seconds, s.ID))
		}
	}
	if len(said) == 0 {
		return "nothing to do at any station"
	}
	if it.Cups > 1 {
		said = append(said, fmt.Sprintf("%d cups", it.Cups))
	}
	return strings.Join(said, ", ")
}

func papers(kinds []shop.JobKind) string {
	said := make([]string, len(kinds))
	for i, k := range kinds {
		said[i] = string(k)
	}
	return strings.Join(said, ", ")
}
