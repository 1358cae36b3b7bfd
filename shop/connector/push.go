package connector

import (
	"errors"
	"fmt"
	"math/big"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Request is a push as it came.
type Request struct {
	Method string
	Path   string // of our address, with its query left out
	Last   string // the path's last part, where the platform pushes each kind to an address of its own; "" is none
	Query  url.Values
	Header http.Header
	Body   []byte
}

// Message is a push that was verified and read.
type Message struct {
	Kind Kind
	What string // the platform's word for it
	Ref  string // of the order
	Body []byte // of a new order: as POST /v1/orders takes it
}

// ErrForged is a push that is not signed as the account's platform signs.
var ErrForged = errors.New("the push is not signed by this platform")

// ErrElsewhere is a push that is signed, and for another application or shop.
var ErrElsewhere = errors.New("the push is for another application or shop")

// ErrUnreadable is a push that cannot be read.
var ErrUnreadable = errors.New("the push cannot be read")

// SignsURL reports whether the platform signs the address that it pushes to: without [Account.URL] no push is good then.
func (m *Map) SignsURL() bool { return strings.Contains(m.Push.Verify.Prefix, "{url}") }

// Read verifies a push and reads it. now is the time at which it came.
func (m *Map) Read(a Account, r Request, now time.Time) (Message, error) {
	members, err := r.members()
	if err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrForged, err) // it has no signature that could be read: anybody can send it
	}
	given := r.Header.Get(m.Push.Verify.Header)
	if field := m.Push.Verify.Field; field != "" {
		given = plain(members[field])
	}
	prefix := vars{"url": strings.TrimSuffix(a.URL, "/") + r.Path}.text(m.Push.Verify.Prefix)
	if given == "" || !m.Push.Verify.good(given, signed{members, r.Body, prefix, a.App, a.Secret}) {
		return Message{}, ErrForged
	}
	if m.Push.App != "" && text(members, m.Push.App) != a.App {
		return Message{}, ErrElsewhere
	}
	if at := text(members, m.Push.Store); at != "" && at != a.Store {
		return Message{}, ErrElsewhere
	}
	members["$path"] = r.Last
	what := joined(members, m.Push.Kind)
	out := Message{What: what, Kind: m.Push.Kinds[what]}
	switch out.Kind {
	case Other:
		return out, nil
	case Placed:
		out.Ref = text(members, m.Order.Ref)
		out.Body, err = m.order(members, now)
	default:
		out.Ref = text(members, m.Push.Ref)
	}
	if out.Ref == "" && err == nil {
		err = fmt.Errorf("%w: %s names no order", ErrUnreadable, what)
	}
	return out, err
}

// members are what a push has: the members of a JSON body, or the fields of a form and of the query.
func (r Request) members() (map[string]any, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" || kind == "" && r.Method == http.MethodPost {
		v, err := decode(r.Body)
		members, ok := v.(map[string]any)
		if err != nil || !ok {
			return nil, fmt.Errorf("%w: its body is no JSON object", ErrUnreadable)
		}
		return members, nil
	}
	fields, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return nil, fmt.Errorf("%w: its body is no form", ErrUnreadable)
	}
	members := map[string]any{}
	for _, from := range []url.Values{r.Query, fields} {
		for name, values := range from {
			members[name] = values[0]
		}
	}
	return members, nil
}

// order is a new order as POST /v1/orders takes it.
func (m *Map) order(v any, now time.Time) ([]byte, error) {
	zone, err := time.LoadLocation(m.Order.Zone)
	if err != nil {
		return nil, err
	}
	o := map[string]any{"ref": text(v, m.Order.Ref), "pin": true} // a refusal is told to the platform: it has to stay one
	put := func(name, value string) {
		if value != "" {
			o[name] = value
		}
	}
	put("display_number", text(v, m.Order.Number))
	placed, known := moment(text(v, m.Order.PlacedAt), zone)
	if !known {
		placed = now
	} else {
		o["placed_at"] = placed.Format(time.RFC3339)
	}
	if at, ok := m.Order.Due.door(v, zone, placed); ok {
		o["deliver_at"] = at.Format(time.RFC3339)
	}
	customer := map[string]any{}
	if name := text(v, m.Order.Name); name != "" {
		customer["name"] = name
	}
	if phone := text(v, m.Order.Phone); len(phone) >= 4 {
		customer["phone_tail"] = phone[len(phone)-4:]
	}
	o["customer"] = customer
	totals := m.Order.totals(v)
	o["totals"] = totals
	items := m.Order.lines(v)
	if note := text(v, m.Order.Note); note != "" && len(items) > 0 {
		items[0]["note"] = note
	}
	o["items"] = items
	if len(items) == 0 { // platforms leave the lines out under load
		o["items"], o["downgraded"] = []any{}, true
		if fen, ok := yuan(text(v, m.Order.Total)); ok && totals == nil {
			o["totals"] = map[string]any{"total_fen": fen}
		}
	}
	body := encode(o)
	if body == nil {
		return nil, fmt.Errorf("%w: it cannot be written as an order", ErrUnreadable)
	}
	return body, nil
}

// lines are the lines of an order.
func (o *Order) lines(v any) (items []map[string]any) {
	for _, line := range find(v, o.Lines.Each) {
		item := map[string]any{"item": joined(line, o.Lines.Item), "name": o.Lines.called(line), "qty": quantity(text(line, o.Lines.Qty))}
		if item["item"] == "" {
			item["item"] = item["name"]
		}
		items = append(items, item)
	}
	return items
}

// called is what a line is called, with the words for its options that the name does not have.
func (l Lines) called(line any) string {
	name, more := text(line, l.Name), []string{}
	for _, path := range l.Words {
		for _, v := range find(line, path) {
			for word := range strings.SplitSeq(plain(v), ",") {
				if word = strings.TrimSpace(word); word != "" && !strings.Contains(name, word) {
					more = append(more, word)
				}
			}
		}
	}
	if len(more) == 0 {
		return name
	}
	return name + "[" + strings.Join(more, "+") + "]"
}

// quantity is how many, as the door takes it: what is no whole number is left for the door to refuse.
func quantity(text string) any {
	whole, _ := strings.CutSuffix(text, ".0")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return text
	}
	return n
}

// totals are the three sums; nil while one of them is not said, or they cannot be true together.
func (o *Order) totals(v any) map[string]any {
	total, okTotal := yuan(text(v, o.Total))
	paid, okPaid := yuan(text(v, o.Paid))
	subsidy, okSubsidy := yuan(text(v, o.Subsidy))
	if subsidy < 0 {
		subsidy = -subsidy
	}
	if !okTotal || !okPaid || !okSubsidy || total < 0 || paid < 0 {
		return nil
	}
	return map[string]any{"total_fen": total, "paid_fen": paid, "subsidy_fen": subsidy}
}

// amountMax is the length in bytes of an amount: a binary fraction has some twenty digits.
const amountMax = 32

// yuan reads an amount in yuan with decimals as whole fen, rounded to the nearest: platforms send binary fractions.
func yuan(text string) (fen int64, ok bool) {
	if len(text) > amountMax || strings.ContainsFunc(text, func(r rune) bool { return r != '-' && r != '.' && (r < '0' || r > '9') }) {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(r.Mul(r, big.NewRat(100, 1)).FloatString(0), 10, 64)
	return n, err == nil
}

// aheadLeast is how long before its time at the door an order has to be placed to be made for that time. One that is placed later
// is made now: it would be refused where a ride and the queue take longer, and its customer is served soonest so.
const aheadLeast = 75 * time.Minute

// door is when an order that was placed ahead is wanted at the door; ok is false for one to be made now. It is measured from when
// the order was placed, so that a push that comes again says the same.
func (d Due) door(v any, zone *time.Location, placed time.Time) (at time.Time, ok bool) {
	if flag := text(v, d.When); d.When != "" && flag != "true" && flag != "1" {
		return at, false
	}
	at, ok = moment(text(v, d.At), zone)
	return at, ok && !at.Before(placed.Add(aheadLeast))
}

// moment reads a time as platforms write it: with or without a zone, or as seconds or milliseconds since 1970. 0 is none.
func moment(text string, zone *time.Location) (time.Time, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch {
		case n <= 0:
			return time.Time{}, false
		case n > 1e11:
			return time.UnixMilli(n).UTC(), true
		}
		return time.Unix(n, 0).UTC(), true
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime} {
		if at, err := time.ParseInLocation(form, text, zone); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
