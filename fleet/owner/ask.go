package owner

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"weir/fleet/engine"
	"weir/fleet/route"
	"weir/shop"
	"weir/shop/remote"
)

// Ask is something that somebody asked of a shop. It is asked with the same id until the shop has answered, or its time is over.
type Ask struct {
	ID     string          `json:"id"`
	Store  string          `json:"store"`
	By     string          `json:"by"` // name; "" is the fleet itself, which changes its key
	Do     json.RawMessage `json:"do"`
	MadeAt time.Time       `json:"made_at"`          // by the fleet's clock
	Person string          `json:"person,omitempty"` // id of who asks
	Since  time.Time       `json:"since,omitzero"`   // of that person, when it was asked

	Status     int       `json:"status,omitempty"` // of the shop's answer; 0 is that it is not known
	Problem    string    `json:"problem,omitempty"`
	Detail     string    `json:"detail,omitempty"`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
}

// attempt is when an ask was last published from here.
type attempt struct {
	at time.Time // by the machine's clock
	n  int       // how often; 0 is that it waits for an older one
}

const (
	// askEvery is how often it is looked for what is to be asked again.
	askEvery = 500 * time.Millisecond
	// signedFor is how long a signature is good: less than shops allow, because their clocks are not this one.
	signedFor = 4 * time.Minute
	// asksKept is how long an ask is shown after it was made.
	asksKept = 24 * time.Hour
	// patienceOfOthers is after how long another router asks for what the one that made it has not brought to its end.
	patienceOfOthers = 20 * time.Second
	// cleanEvery is how often what is old is removed.
	cleanEvery = 10 * time.Minute
	// heardMax bounds answers that were not looked at; shops are asked again.
	heardMax = 4096
	// openMax bounds what one shop has not answered.
	openMax = 32
)

// asksAgain are the waits between two questions; the last one repeats.
var asksAgain = []time.Duration{2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second}

// Closed reports whether nothing more is to be expected of an ask.
func (a *Ask) Closed(now time.Time) bool {
	return a.Status != 0 || now.Sub(a.MadeAt) > shop.OutsideLife
}

// Run asks shops and hears their answers until ctx ends.
func (o *Owner) Run(ctx context.Context, r *route.Router) error {
	o.router.Store(r)
	heard := make(chan *nats.Msg, heardMax)
	sub, err := o.engine.Conn.ChanSubscribe("weir.v1.*.answers.owner", heard)
	if err != nil {
		return fmt.Errorf("listen to shops' answers: %w", err)
	}
	defer sub.Unsubscribe() // the connection may have gone, and the subscription with it
	again, clean := time.NewTicker(askEvery), time.NewTicker(cleanEvery)
	defer again.Stop()
	defer clean.Stop()
	for {
		select {
		case m := <-heard:
			if err := o.hear(ctx, m); err != nil && ctx.Err() == nil {
				o.Log.Warn("an answer of a shop is not kept", "error", err)
			}
		case <-again.C:
			for _, a := range o.due(time.Now()) {
				o.publish(a)
			}
			if err := o.changeKeys(ctx); err != nil && ctx.Err() == nil {
				o.Log.Warn("a shop's key is not changed", "error", err)
			}
		case <-clean.C:
			o.clean(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// withdrawn reports whether nothing is to be asked any more in the name of who has asked: they were taken out, or have got a new
// link since, as when their phone was stolen. The caller holds mu.
func (o *Owner) withdrawn(a Ask) bool {
	p, ok := o.people[a.Person]
	return a.Person != "" && (!ok || !p.is.Since.Equal(a.Since))
}

// firsts are the oldest open asks, by shop. The others of a shop wait until that one is closed: what was asked first is done first.
// The caller holds mu.
func (o *Owner) firsts(now time.Time) map[string]Ask {
	list := map[string]Ask{}
	for _, k := range o.asks {
		if k.is.Closed(now) || o.withdrawn(k.is) {
			continue
		}
		if first, ok := list[k.is.Store]; !ok || k.is.before(first) {
			list[k.is.Store] = k.is
		}
	}
	return list
}

// before reports whether a was asked before b.
func (a *Ask) before(b Ask) bool {
	return cmp.Or(a.MadeAt.Compare(b.MadeAt), strings.Compare(a.ID, b.ID)) < 0
}

// due are the asks to be published now, at most one of each shop.
func (o *Owner) due(now time.Time) (list []Ask) {
	o.mu.Lock()
	defer o.mu.Unlock()
	firsts := o.firsts(o.Now())
	for id, k := range o.asks {
		t, mine := o.tried[id]
		switch {
		case k.is.Closed(o.Now()):
			delete(o.tried, id)
			continue
		case firsts[k.is.Store].ID != id:
			continue
		case !mine && o.Now().Sub(k.is.MadeAt) < patienceOfOthers:
			continue
		case t.n > 0 && now.Sub(t.at) < asksAgain[min(t.n, len(asksAgain))-1]:
			continue
		}
		o.tried[id] = attempt{now, t.n + 1}
		list = append(list, k.is)
	}
	slices.SortFunc(list, func(a, b Ask) int { return a.MadeAt.Compare(b.MadeAt) })
	return list
}

// ask writes what is asked, and asks it. Nothing is published that is not kept: it will be asked again.
// Where an older one of the shop is open, [Owner.Run] asks it after that.
func (o *Owner) ask(ctx context.Context, store string, by Person, do remote.Do) (Ask, error) {
	text, err := json.Marshal(do)
	if err != nil {
		return Ask{}, fmt.Errorf("write what is asked: %w", err)
	}
	a := Ask{ID: rand.Text(), Store: store, By: by.Name, Person: by.ID, Since: by.Since, Do: text, MadeAt: o.Now().UTC()}
	if len(o.asksOf(store, true)) >= openMax {
		return a, &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemQuota, Detail: "this shop has not answered what was asked before"}
	}
	o.mu.Lock()
	_, waits := o.firsts(a.MadeAt)[store]
	o.tried[a.ID] = attempt{time.Now(), 1}
	if waits {
		o.tried[a.ID] = attempt{}
	}
	o.mu.Unlock()
	if err := o.put(ctx, askAt+store+"."+a.ID, a, 0); err != nil {
		return a, err
	}
	o.mu.Lock()
	first := o.firsts(a.MadeAt)[store]
	o.mu.Unlock()
	if !waits && first.ID == a.ID {
		o.publish(a)
	}
	return a, nil
}

// publish signs an ask for the shop as it is known now, and sends it. Where nobody hears it, it is asked again.
func (o *Owner) publish(a Ask) {
	o.mu.Lock()
	j, ok := o.joined[a.Store]
	key, _, known := o.key(j.is.Key)
	epoch := o.epochs[a.Store]
	gone := o.withdrawn(a)
	o.mu.Unlock()
	if !ok || !known || gone {
		return
	}
	if r := o.router.Load(); r != nil && epoch == 0 {
		if s, there := r.Table.Get(a.Store); there {
			epoch = s.Self.Epoch
		}
	}
	now, by := o.Now().UTC(), a.By
	if by == "" {
		by = o.Name
	}
	command := remote.Command{V: remote.Version, ID: a.ID, Shop: a.Store, Epoch: epoch, By: by, At: now, Expires: now.Add(signedFor), Do: a.Do}
	message := command.Sign(key.private(), key.ID)
	if err := o.engine.Conn.Publish("weir.v1."+a.Store+".owner.commands", message); err != nil {
		o.Log.Warn("a command is not published", "store", a.Store, "error", err)
	}
}

// look asks a shop how it stands. The answer is not kept.
func (o *Owner) look(store string) {
	text, _ := json.Marshal(remote.Do{Look: &remote.Look{}})
	o.publish(Ask{ID: rand.Text(), Store: store, Do: text})
}

// hear takes an answer in. Only what the shop has signed itself is believed.
func (o *Owner) hear(ctx context.Context, m *nats.Msg) error {
	store := strings.Split(m.Subject, ".")[2]
	o.mu.Lock()
	j, ok := o.joined[store]
	o.mu.Unlock()
	if !ok {
		return nil
	}
	a, err := remote.OpenAnswer(m.Data, j.is.Public)
	if err != nil || a.Shop != store {
		o.Log.Warn("an answer is not the shop's", "store", store, "error", err)
		return nil
	}
	o.mu.Lock()
	if a.View != nil {
		o.views[store] = seen{a.View, time.Now()}
	}
	before := o.epochs[store]
	o.epochs[store] = a.Epoch
	k, known := o.asks[a.ID]
	close(o.changed)
	o.changed = make(chan struct{})
	o.mu.Unlock()
	switch {
	case a.Problem == remote.ProblemEpoch && before != a.Epoch:
		if known {
			o.publish(k.is)
		} else {
			o.look(store)
		}
		return nil
	case !known || k.is.Status != 0 || waits(a):
		return nil
	}
	next := k.is
	next.Status, next.Problem, next.Detail, next.AnsweredAt = a.Status, a.Problem, a.Detail, a.At
	return o.put(ctx, askAt+store+"."+a.ID, next, k.revision)
}

// waits reports whether an answer says nothing for good: it is asked again.
func waits(a remote.Answer) bool {
	return a.Status/100 == 5 || a.Status == http.StatusTooManyRequests || a.Problem == remote.ProblemEpoch ||
		a.Problem == remote.ProblemExpired
}

// asksOf are what was asked of a shop, the newest first; open are only those of which nothing is known.
func (o *Owner) asksOf(store string, open bool) (list []Ask) {
	now := o.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range o.asks {
		if k.is.Store == store && (!open || !k.is.Closed(now)) {
			list = append(list, k.is)
		}
	}
	slices.SortFunc(list, func(a, b Ask) int { return b.MadeAt.Compare(a.MadeAt) })
	return list
}

// settled waits for the answer to an ask, at most so long.
func (o *Owner) settled(ctx context.Context, id string, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		o.mu.Lock()
		k, changed := o.asks[id], o.changed
		o.mu.Unlock()
		if k.is.Status != 0 {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// changeKeys asks each shop that knows another key than the present one to learn that, and then to forget the other one.
func (o *Owner) changeKeys(ctx context.Context) error {
	o.mu.Lock()
	var list []kept[joined]
	_, present, _ := o.key("")
	for _, k := range o.joined {
		if k.is.Key != present.ID || k.is.Old != "" {
			list = append(list, k)
		}
	}
	o.mu.Unlock()
	var all []error
	for _, k := range list {
		if err := o.changeKey(ctx, k, present); err != nil {
			all = append(all, fmt.Errorf("shop %s: %w", k.is.Store, err)) // it is tried again; the other shops do not wait for it
		}
	}
	return errors.Join(all...)
}

func (o *Owner) changeKey(ctx context.Context, k kept[joined], present signing) error {
	next, do := k.is, remote.Do{Learn: &remote.NewKey{ID: present.ID, Public: present.public()}}
	if next.Old != "" {
		do = remote.Do{Forget: &remote.KeyName{ID: next.Old}}
	}
	text, err := json.Marshal(do)
	if err != nil {
		return fmt.Errorf("write the change of a key: %w", err)
	}
	for _, a := range o.asksOf(next.Store, false) {
		if string(a.Do) != string(text) {
			continue
		}
		switch {
		case a.Status == 0 && !a.Closed(o.Now()):
			return nil // it is under way
		case a.Status == http.StatusOK && next.Old != "":
			next.Old = ""
			return o.put(ctx, joinedAt+next.Store, next, k.revision)
		case a.Status == http.StatusOK:
			next.Old, next.Key = next.Key, present.ID
			return o.put(ctx, joinedAt+next.Store, next, k.revision)
		case a.Status != 0 && o.Now().Sub(a.MadeAt) < shop.OutsideLife:
			return nil // the shop has refused it: a person sees that in its log, and it is tried again in an hour
		}
	}
	_, err = o.ask(ctx, next.Store, Person{}, do)
	return err
}

// clean removes asks and sessions that are over.
func (o *Owner) clean(ctx context.Context) {
	now := time.Now()
	o.mu.Lock()
	var old []string
	for id, k := range o.asks {
		if o.Now().Sub(k.is.MadeAt) > asksKept {
			old = append(old, askAt+k.is.Store+"."+id)
			delete(o.asks, id)
		}
	}
	for id, k := range o.sessions {
		if span.Over(k.is.BeganAt, k.is.SeenAt, now) {
			old = append(old, sessionAt+id)
			delete(o.sessions, id)
		}
	}
	o.mu.Unlock()
	for _, subject := range old {
		if err := o.engine.Forget(ctx, engine.People, subject); err != nil {
			o.Log.Warn("what is over is not removed", "error", err)
			return
		}
	}
}
