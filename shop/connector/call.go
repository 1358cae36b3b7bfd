package connector

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fact is something that a platform is told.
type Fact struct {
	Type    string    // an event of the shop's feed, or order.refused, cancel.agreed, cancel.refused
	Ref     string    // of the order
	Reason  string    // why, in the shop's words
	ReadyBy time.Time // when it is expected to be ready; zero is not said
	SKU     string    // the platform's id of the item, as its lines have it
}

// Outgoing is a call that is ready to be made.
type Outgoing struct {
	Action string
	Method string
	URL    string
	Type   string // of the body; "" without one
	Body   []byte
	Header http.Header
}

// skuParts is how many parts of an item's id a template can name, from {sku.0} to {sku.9}.
const skuParts = 10

// Out are the calls that tell a fact; none for what this platform is not told. id is new for each call.
func (m *Map) Out(a Account, f Fact, now time.Time, id func() string) (list []Outgoing) {
	for _, c := range m.Calls.Tell[f.Type] {
		list = append(list, m.out(a, f, c, now, id()))
	}
	return list
}

func (m *Map) out(a Account, f Fact, c Call, now time.Time, id string) Outgoing {
	either := func(of map[string]string) string { return cmp.Or(of[f.Reason], of["*"]) }
	of := vars{
		"api": cmp.Or(a.API, m.Calls.API), "action": c.Action, "app": a.App, "store": a.Store, "token": a.Token, "id": id,
		"now_s": now.Unix(), "now_ms": now.UnixMilli(),
		"ref": f.Ref, "reason": either(m.Calls.Reasons), "words": either(m.Calls.Words), "sku": f.SKU,
	}
	for i, part := range strings.SplitN(f.SKU, "/", skuParts) {
		of["sku."+strconv.Itoa(i)] = part
	}
	if !f.ReadyBy.IsZero() {
		zone, _ := time.LoadLocation(m.Order.Zone) // it was looked at when the map was read
		of["ready_by_ms"], of["ready_by_local"] = f.ReadyBy.UnixMilli(), f.ReadyBy.In(zone).Format(time.DateTime)
	}
	params, _ := of.fill(c.Params).(map[string]any)
	address := of.text(m.Calls.Address)
	of["url"], of["params"] = address, params
	all := maps.Clone(params) // filled once: what a platform sent, such as a ref, is a value and never a template
	if all == nil {
		all = map[string]any{}
	}
	for name, template := range m.Calls.Signed {
		all[name] = of.fill(template)
	}
	s := m.Calls.Verify
	sign := func(body []byte) string { return s.sign(signed{all, body, of.text(s.Prefix), a.App, a.Secret}) }
	out := Outgoing{Action: c.Action, Method: http.MethodPost, URL: address, Header: http.Header{}}
	switch {
	case m.Calls.Envelope != nil:
		of["signature"] = sign(nil)
		out.Type, out.Body = "application/json", encode(of.fill(m.Calls.Envelope))
	case s.Header != "":
		out.Type, out.Body = "application/json", encode(all)
		out.Header.Set(s.Header, sign(out.Body))
	default:
		all[s.Field] = sign(nil)
		fields := url.Values{}
		for name, v := range all {
			fields.Set(name, s.value(v))
		}
		switch m.Calls.Body {
		case "json":
			out.Type, out.Body = "application/json", encode(all)
		case "form":
			out.Type, out.Body = "application/x-www-form-urlencoded", []byte(fields.Encode())
		default:
			out.Method, out.URL = http.MethodGet, address+"?"+fields.Encode()
		}
	}
	return out
}

// Answer is what a platform said to a call.
type Answer struct {
	OK     bool
	Code   string // of a refusal
	Broken bool   // no call goes through: it has to be made again
}

// Answered reads the answer to a call. What is no JSON is no answer of the platform: the call has to be made again.
func (m *Map) Answered(body []byte) Answer {
	v, err := decode(body)
	if err != nil {
		return Answer{Code: "unreadable", Broken: true}
	}
	if len(find(v, m.Calls.Failed)) == 0 {
		return Answer{OK: true}
	}
	code := text(v, m.Calls.Code)
	if m.Calls.Final != nil {
		return Answer{Code: code, Broken: !slices.Contains(m.Calls.Final, code)}
	}
	return Answer{Code: code, Broken: slices.Contains(m.Calls.Broken, code)}
}
