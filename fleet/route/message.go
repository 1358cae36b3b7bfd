package route

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"weir/fleet/orders"
	"weir/fleet/record"
	"weir/shop/wire"
)

// answer is what a shop said to a request, with who said it.
type answer struct {
	Store  string
	Status int
	Body   json.RawMessage
	From   record.Identity
	Nonce  string
	At     time.Time
}

// fleetOnly are members of an order that the fleet reads and no shop needs.
var fleetOnly = []string{"near", "radius_m", "stores"}

// orderFor is the order as its shop gets it: as the caller wrote it, with what belongs to this send.
func (r *Router) orderFor(body []byte, k orders.Key, at *record.Attempt) ([]byte, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, fmt.Errorf("read the order: %w", err)
	}
	for _, name := range append([]string{"lease", "accepted"}, fleetOnly...) {
		delete(members, name)
	}
	add := map[string]any{"ref": k.Ref, "nonce": at.Nonce, "sent_at": at.SentAt.UTC(), "first_sent_at": at.FirstAt.UTC(),
		"confirm_by": at.SentAt.Add(record.ConfirmWithin).UTC()}
	if _, has := members["track_url"]; !has && r.Pages != nil { // a platform with a page of its own says so
		if url := r.Pages.Printed(k); url != "" {
			add["track_url"] = url
		}
	}
	if at.Stamp != nil && !at.Proving {
		add["lease"] = at.Stamp
	}
	if at.Proving && at.Receipt != "" {
		add["accepted"] = map[string]string{"receipt": at.Receipt}
	}
	for name, value := range add {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		members[name] = text
	}
	return json.Marshal(maps.Clone(members))
}

// cancelFor is a cancellation or, for an order that has not come, its tombstone.
func cancelFor(ref, nonce string, final bool) []byte {
	text, _ := json.Marshal(struct { // strings and a flag: nothing that cannot be written
		Ref   string `json:"ref"`
		Nonce string `json:"nonce"`
		Final bool   `json:"final,omitempty"`
	}{ref, nonce, final})
	return text
}

// hear takes one message in.
func (r *Router) hear(m *nats.Msg) {
	if nonce, ok := strings.CutPrefix(m.Subject, r.inbox+"."); ok {
		if m.Header.Get("Status") == "503" { // no responders
			r.unheard(nonce)
		}
		return
	}
	if id, ok := strings.CutPrefix(m.Subject, peerPrefix); ok {
		r.peers.heard(id, time.Now())
		return
	}
	parts := strings.Split(m.Subject, ".")
	if len(parts) == 4 {
		r.Table.Hear(m.Subject, m.Data)
		return
	}
	r.answered(parts[2], parts[4], m.Data)
}

func (r *Router) unheard(nonce string) {
	r.mu.Lock()
	f := r.sends[nonce]
	r.mu.Unlock()
	if f != nil {
		r.Counts.Unheard.Add(1)
		f.wake(note{fact: record.Unheard{Nonce: nonce}})
	}
}

// answered takes in a shop's answer: to the flight of the order, and to whoever has asked about it.
func (r *Router) answered(store, channel string, payload []byte) {
	var e wire.Answer // shops of before the fleet say only ref, status and body
	if json.Unmarshal(payload, &e) != nil {
		r.Counts.Garbled.Add(1)
		return
	}
	self := r.self(store)
	from := record.Identity{Epoch: self.Epoch, Conn: self.Conn}
	a := &answer{Store: store, Status: e.Status, Body: e.Body, From: from, Nonce: e.Nonce, At: r.Now()}
	if e.Epoch > 0 && e.Box != "" {
		a.From.Epoch, a.From.Box = e.Epoch, e.Box
		r.Table.Answered(store, a.From)
	}
	key := orders.Key{Channel: channel, Ref: e.Ref}
	r.mu.Lock()
	f, waiting := r.flights[key], r.calls[key]
	r.mu.Unlock()
	for _, c := range waiting {
		c.hear(a)
	}
	if f == nil || e.Re != "" && e.Re != "order" && e.Re != "cancel" {
		return
	}
	verdict, told, pinned := record.Read(e.Status, e.Body)
	if e.Status == http.StatusServiceUnavailable && verdict == record.Refused {
		r.Counts.Refused.Add(1)
	}
	f.wake(note{answer: a, fact: record.Answered{
		Store: store, From: a.From, Nonce: e.Nonce, Verdict: verdict, Order: told, Pinned: pinned, Next: r.nonce(), Now: a.At,
	}})
}

// Read is what a shop's answer in a reply says. A reply of the fleet's own has [Status] or [Problem] as its body.
func (r Reply) Read() (record.Verdict, record.Told) {
	text, err := json.Marshal(r.Body)
	if err != nil {
		return record.Unclear, record.Told{}
	}
	verdict, told, _ := record.Read(r.Status, text)
	return verdict, told
}
