package wire

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// DecodeOrder reads an order as a channel sends it. ref and items, each with item and qty, are needed, or of a downgraded
// order how many cups or how much money it is. Everything else has a default that loses nothing: no totals are "not yet
// known", no fulfilment is the channel's own. An error is a [*shop.Error] that says what to mend.
func DecodeOrder(body []byte) (shop.Draft, error) {
	f, r, err := read(body)
	if err != nil {
		return shop.Draft{}, err
	}
	d := shop.Draft{
		Ref:           r.ref(),
		DisplayNumber: r.text("display_number"),
		PlacedAt:      r.moment("placed_at"),
		ConfirmBy:     r.moment("confirm_by"),
		SlotStart:     r.moment("slot_start"),
		By:            r.moment("by"),
		DeliverAt:     r.atTheDoor(),
		Ride:          r.ride(),
		DistanceM:     r.distance(),
		Fulfilment:    r.fulfilment(),
		BringTo:       r.text("place"),
		TrackURL:      r.trackURL(),
		Campaign:      r.campaign(),
		Lease:         r.lease(),
		Totals:        r.totals(),
		Pin:           r.flag("pin"),
		Standby:       r.flag("standby"),
		StandbyUntil:  r.moment("standby_until"),
		AnyTime:       r.flag("any_time"),
		SentAt:        r.stamp("sent_at"),
		FirstSentAt:   r.stamp("first_sent_at"),
		Receipt:       r.receipt(),
		Hold:          r.hold(),
	}
	if r.leftOut() {
		d.Cups, d.TotalFen = r.counted()
	} else {
		d.Lines, d.Customer.Notes = r.lines()
	}
	if customer, ok := r.object("customer"); ok {
		d.Customer.Name, d.Customer.PhoneTail = customer.text("name"), tail(customer.text("phone_tail"))
	}
	if err := f.err(shop.ProblemInvalidOrder); err != nil {
		return shop.Draft{}, err
	}
	return d, nil
}

// atTheDoor reads when an order is wanted at the door. It is a time of its own: a slot is another.
func (r reader) atTheDoor() time.Time {
	at := r.moment("deliver_at")
	if !at.IsZero() && r.has("slot_start") {
		r.wrong("deliver_at", "stands beside slot_start; want one of them")
	}
	return at
}

func (r reader) ride() time.Duration {
	s, _ := r.whole("ride_s", 0, int64(shop.RideMost/time.Second))
	return time.Duration(s) * time.Second
}

// distanceMax is in metres: further than any rider goes.
const distanceMax = 100_000

func (r reader) distance() int {
	m, _ := r.whole("distance_m", 0, distanceMax)
	return int(m)
}

func (r reader) ref() string {
	s, ok := r.str("ref")
	if ok && s != "" {
		return r.checkID("/ref", s, refMax)
	}
	if ok || !r.has("ref") {
		r.missing("ref")
	}
	return ""
}

// receipt reads the proof that the shop accepted the order before. What cannot be one is none: the order is then an
// ordinary one.
func (r reader) receipt() string {
	if accepted, ok := r.object("accepted"); ok {
		if text, ok := accepted.members["receipt"].(string); ok && len(text) <= receiptMax {
			return text
		}
	}
	return ""
}

// trackURL reads the address of the customer's page. What a phone cannot open is none: an order is not refused for it.
func (r reader) trackURL() string {
	text, _ := r.members["track_url"].(string)
	u, err := url.Parse(text)
	odd := strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7f })
	if err != nil || odd || len(text) > trackURLMax || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return text
}

// trackURLMax is the length in bytes of the address of a customer's page: a code of it still fits a roll of 58 mm.
const trackURLMax = 200

// stamp reads when a message was sent. What is no time is not told: no order is refused for it.
func (r reader) stamp(name string) time.Time {
	text, _ := r.members[name].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// receiptMax is the length in bytes of a receipt: two numbers and 256 bits need less.
const receiptMax = 128

// campaign reads the campaign that sent an order. What cannot be one is none: an order is not refused for it.
func (r reader) campaign() string {
	word, ok := r.members["campaign"].(string)
	switch {
	case !ok || len(word) > refMax:
		return ""
	case unfit(word) != "":
		return Typed(word)
	}
	return word
}

func (r reader) fulfilment() shop.Fulfilment {
	word, ok := r.str("fulfilment")
	if !ok {
		return ""
	}
	way := shop.Fulfilment(word)
	if !slices.Contains([]shop.Fulfilment{shop.Delivery, shop.Pickup, shop.Counter}, way) {
		r.wrong("fulfilment", "want delivery, pickup or counter")
	}
	return way
}

func (r reader) lease() *capacity.Stamp {
	lease, ok := r.object("lease")
	if !ok {
		return nil
	}
	epoch, spent := lease.needed("epoch", countMax), lease.needed("spent_work", countMax)
	return &capacity.Stamp{Epoch: epoch, Spent: capacity.Work(spent)}
}

// needed reads a whole number from 0 that has to be there.
func (r reader) needed(name string, max int64) int64 {
	if !r.has(name) {
		r.missing(name)
	}
	n, _ := r.whole(name, 0, max)
	return n
}

// totals reads the money. In a promotion platforms send it as null, or as three zeros beside
// downgraded, until they know it.
func (r reader) totals() *shop.Totals {
	downgraded := r.flag("downgraded")
	money, ok := r.object("totals")
	if !ok {
		return nil
	}
	unknown := !money.has("total_fen") || !money.has("paid_fen") || !money.has("subsidy_fen")
	if downgraded && unknown {
		return nil
	}
	t := shop.Totals{
		TotalFen: money.needed("total_fen", moneyMax), PaidFen: money.needed("paid_fen", moneyMax),
		SubsidyFen: money.needed("subsidy_fen", moneyMax),
	}
	if downgraded && t == (shop.Totals{}) {
		return nil
	}
	t.Parts = shop.Parts{ChannelPartFen: money.part("channel_part_fen"), ShopPartFen: money.part("shop_part_fen"),
		FeeFen: money.part("fee_fen"), PackingFen: money.part("packing_fen")}
	return &t
}

// part reads a part of the money; nil where it is not said.
func (r reader) part(name string) *int64 {
	fen, ok := r.whole(name, 0, moneyMax)
	if !ok {
		return nil
	}
	return &fen
}

// leftOut reports whether the sender, which is under load, has left the items out.
func (r reader) leftOut() bool {
	down, _ := r.members["downgraded"].(bool)
	items, list := r.members["items"].([]any)
	return down && (!r.has("items") || list && len(items) == 0)
}

// counted reads how large an order without items is: how many cups it has, or what it costs in all.
func (r reader) counted() (cups int, fen int64) {
	n, _ := r.whole("cups", 1, cupsMax)
	if money, ok := r.members["totals"].(map[string]any); ok && !r.has("cups") {
		unheard := &faults{} // what is wrong with the money is said where it is read
		fen, _ = reader{unheard, "", money}.whole("total_fen", 0, moneyMax)
	}
	if !r.has("cups") && fen == 0 {
		r.wrong("items", "want at least one item, or of a downgraded order cups or totals/total_fen")
	}
	return int(n), fen
}

// lines reads the items, and their notes apart from them because notes are personal. There are no
// notes when no line has one.
func (r reader) lines() (lines []shop.Line, notes []string) {
	elements := r.list("items", linesMax)
	if !r.has("items") || elements != nil && len(elements) == 0 {
		r.wrong("items", "want at least one item")
	}
	cups, noted := int64(0), false
	for i, e := range elements {
		line, note := r.line(fmt.Sprintf("%s/items/%d", r.at, i), e)
		lines, notes = append(lines, line), append(notes, note)
		cups, noted = cups+int64(line.Qty), noted || note != ""
	}
	if cups > cupsMax {
		r.wrong("items", fmt.Sprintf("%d cups in one order; at most %d", cups, cupsMax))
	}
	if !noted {
		notes = nil
	}
	return lines, notes
}

func (r reader) line(at string, element any) (l shop.Line, note string) {
	members, ok := element.(map[string]any)
	if !ok {
		r.add(at, "want an object")
		return l, ""
	}
	item := reader{r.faults, at, members}
	l.Item, l.Name, note = item.id("item", idMax), item.text("name"), item.text("note")
	if !item.has("item") || members["item"] == "" {
		item.missing("item")
	}
	if !item.has("qty") {
		item.missing("qty")
	}
	qty, _ := item.whole("qty", 1, qtyMax)
	l.Qty = int(qty)
	if o, ok := item.object("options"); ok {
		l.Options = o.options()
	}
	l.Instead = item.instead(l.Item)
	return l, note
}

// instead reads what the customer takes for what is sold out: an object from an option, as "topping/pearl", or from the
// line's item (by its id or as "item") to another, to null (leave it out), or to a list of them with the most wanted first.
func (r reader) instead(ordered string) shop.Instead {
	choices, ok := r.object("instead")
	if !ok {
		return nil
	}
	if len(choices.members) > insteadMax {
		r.wrong("instead", fmt.Sprintf("has %d members; at most %d", len(choices.members), insteadMax))
		return nil
	}
	instead := shop.Instead{}
	for name, value := range choices.members {
		at := choices.at + "/" + pointerPart(name)
		from := shop.MenuPart(r.checkID(at, name, partMax))
		if name == "item" {
			from = shop.MenuPart(ordered)
		}
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		}
		if len(list) > choicesMax {
			r.add(at, fmt.Sprintf("has %d elements; at most %d", len(list), choicesMax))
			continue
		}
		for _, e := range list {
			to, isText := e.(string)
			switch {
			case e != nil && !isText:
				r.add(at, "want an option as topping/pearl, an item, null to leave it out, or a list of them")
			case !strings.Contains(string(from), "/") && to == "":
				r.add(at, "a drink cannot be left out of its own line; want another item")
			default:
				instead[from] = append(instead[from], shop.MenuPart(r.checkID(at, to, partMax)))
			}
		}
	}
	return instead
}

// pointerPart is a name as a part of a JSON pointer (RFC 6901, section 3).
func pointerPart(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// partMax is the length in bytes of a part of the menu: a group's name and an id.
const partMax = idMax + len("ingredient/")

func (r reader) options() shop.Options {
	o := shop.Options{Size: r.id("size", idMax), Ice: r.id("ice", idMax), Sugar: r.id("sugar", idMax), Milk: r.id("milk", idMax)}
	for i, e := range r.list("toppings", toppingsMax) {
		at := fmt.Sprintf("%s/toppings/%d", r.at, i)
		id, ok := e.(string)
		if !ok {
			r.add(at, "want a string")
			continue
		}
		o.Toppings = append(o.Toppings, r.checkID(at, id, idMax))
	}
	slices.Sort(o.Toppings) // the same drink in whatever order it is said
	return o
}
