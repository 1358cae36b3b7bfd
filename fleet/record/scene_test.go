package record

import (
	"testing"
	"time"
)

// scene is a world whose steps are written down.
func scene(t interface{ Fatalf(string, ...any) }, off guard) *world {
	w := newWorld(t, func() time.Duration { return 0 })
	w.off = off
	return w
}

func (w *world) assign(r *router, store string) {
	w.begin(r, Assign{Store: store, To: r.view[store], Digest: "d", PlacedAt: w.now, Nonce: w.nonce(), Now: w.now})
}

// run lets a router take all its steps.
func (w *world) run(r *router) {
	for len(r.steps) > 0 {
		w.step(r, 0)
	}
}

// answered lets the shop have what is on its way and a router hear the answer, unless it is lost.
func (w *world) answered(r *router, store string, accept, lost bool) {
	w.deliver(0, accept)
	for len(r.inbox[store]) > 0 {
		w.hearNext(r, store, lost)
	}
	w.run(r)
	w.check()
}

// scenes are runs that go wrong without a rule. Each is told once with it and once without.
var scenes = map[string]struct {
	off  guard
	late bool // the rule is the shop's: a restored box neither makes nor refuses what was sent before
	play func(*world)
}{
	"an old refusal is taken for the answer to a second attempt": {off: guardNonce, play: func(w *world) {
		r := w.routers[0]
		w.assign(r, "a")
		w.run(r)
		w.answered(r, "a", false, false)
		w.assign(r, "a")
		w.run(r)
		w.answered(r, "a", true, true)
		w.hear(r, w.echoes[0])
		w.run(r)
		w.check()
	}},
	"a box restored from a copy confirms what it cannot know": {off: guardBox, play: func(w *world) {
		r, a := w.routers[0], w.shops[0]
		w.assign(r, "a")
		w.run(r)
		w.deliver(0, true) // printed, and the answer is lost
		w.restore(a, memory{})
		w.begin(r, TakenBack{To: r.view["a"], Nonce: w.nonce(), Now: w.now})
		w.run(r)
		r.inbox["a"] = r.inbox["a"][1:]
		w.answered(r, "a", true, false)
	}},
	"a restored box refuses what it may have made": {off: guardBox | guardSends, late: true, play: func(w *world) {
		r, a := w.routers[0], w.shops[0]
		w.assign(r, "a")
		w.run(r)
		w.deliver(0, true) // printed, and the answer is lost
		r.inbox["a"] = nil
		w.restore(a, memory{})
		w.now = w.now.Add(10 * time.Second)
		w.due(r)
		w.run(r)
		w.answered(r, "a", false, false)
	}},
	"a frozen router sends after the box was restored": {late: true, play: func(w *world) {
		frozen, other, a := w.routers[0], w.routers[1], w.shops[0]
		w.assign(frozen, "a")
		w.step(frozen, 0) // written, not published
		w.begin(other, TakenBack{To: other.view["a"], Nonce: w.nonce(), Now: w.now})
		w.run(other)
		w.answered(other, "a", true, false) // the tombstone
		w.restore(a, memory{})              // from before it
		w.run(frozen)
		w.deliver(0, true)
		w.check()
	}},
	"a yes is believed while a tombstone is on its way": {off: guardLate, play: func(w *world) {
		r := w.routers[0]
		w.assign(r, "a")
		w.run(r)
		w.deliver(0, true)
		r.inbox["a"] = nil
		for w.record.At.Recalls == 0 { // no answer is heard
			w.toShops = nil
			w.now = w.record.NextAt
			w.due(r)
			w.run(r)
		}
		w.hear(r, w.echoes[0])
		w.run(r)
		w.deliver(0, true)
		if w.record.State == Placed && w.shops[0].memory.cancelled {
			w.t.Fatalf("the caller is told yes of an order that the shop has cancelled")
		}
	}},
}

func TestScenes(t *testing.T) {
	for name, s := range scenes {
		t.Run(name, func(t *testing.T) {
			s.play(scene(t, 0))
			without := fails(t, func(w *watcher) {
				world := scene(w, s.off)
				world.anyTime = s.late
				s.play(world)
			})
			if without == "" {
				t.Error("nothing goes wrong without the rule")
			}
		})
	}
}

// TestAnswers: what a shop says is read as it is meant.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   Verdict
	}{
		{201, `{"id":"o1","state":"accepted"}`, Accepted},
		{200, `{"id":"o1","state":"making"}`, Accepted},
		{200, `{"id":"o1","state":"cancelled"}`, NotMade},
		{202, `{"id":"o1","state":"cancelled","reason":"cancelled-before-order"}`, NotMade},
		{200, `{"id":"o1","state":"cancelled","reason":"made-then-cancelled"}`, TooLate},
		{202, `{"id":"o1","state":"waiting"}`, Unclear},
		{200, `{"id":"o1","state":"expired","reason":"no-room"}`, NotMade},
		{201, `{}`, Unclear},
		{201, `nonsense`, Unclear},
		{409, `{"type":"/problems/cancel-too-late"}`, TooLate},
		{409, `{"type":"/problems/sold-out"}`, Refused},
		{409, `{"type":"/problems/slot-full"}`, Refused},
		{409, `{"type":"/problems/deadline-passed"}`, Refused},
		{409, `{"type":"/problems/order-conflict"}`, Unclear},
		{503, `{"type":"/problems/intake-paused","not_made":true}`, Refused},
		{503, `{"type":"/problems/storage-unavailable","outcome":"unknown"}`, Unclear},
		{422, `{"type":"/problems/unknown-item"}`, Refused},
		{429, `{"type":"/problems/quota-exceeded","not_made":true}`, Unclear},
		{500, `{"type":"/problems/internal"}`, Unclear},
	} {
		if got, _, _ := Read(c.status, []byte(c.body)); got != c.want {
			t.Errorf("%d %s: %v, want %v", c.status, c.body, got, c.want)
		}
	}
}

// TestAnOrderThatWaitsIsNeitherTakenNorRefused: it goes nowhere else while it waits, and its end is the shop's word. As a
// refusal it would be made twice, and as accepted it would be lost when it expires.
func TestAnOrderThatWaitsIsNeitherTakenNorRefused(t *testing.T) {
	box := Identity{Epoch: 1, Box: "b"}
	now := time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC)
	r, _ := Decide(Record{}, Assign{Store: "s", To: box, Digest: "d", PlacedAt: now, Nonce: "n", Now: now})
	answer := func(r Record, status int, body string) (Record, Do) {
		verdict, told, pinned := Read(status, []byte(body))
		return Decide(r, Answered{Store: "s", From: box, Nonce: "n", Verdict: verdict, Order: told, Pinned: pinned, Next: "m", Now: now})
	}
	r, do := answer(r, 202, `{"id":"o1","state":"waiting"}`)
	if r.State != Open || do != Nothing || r.MayAsk("other") {
		t.Fatalf("%+v, %v", r, do)
	}
	if got, do := Decide(r, Happened{Store: "s", Type: "order.accepted", ID: "o1"}); got.State != Placed || do != Tell {
		t.Errorf("accepted from the list: %+v, %v", got, do)
	}
	got, do := answer(r, 200, `{"id":"o1","state":"expired","reason":"no-room"}`)
	if got.State != Free || do != Tell || got.MayAsk("s") || !got.MayAsk("other") {
		t.Errorf("expired: %+v, %v", got, do)
	}
}

// TestARestoredBoxDoesNotSayNo: the shop's own rule is enough, also for a router that does not look at epoch and box.
func TestARestoredBoxDoesNotSayNo(t *testing.T) {
	s := scenes["a restored box refuses what it may have made"]
	s.play(scene(t, s.off))
	if fails(t, func(w *watcher) { world := scene(w, s.off); world.anyTime = true; s.play(world) }) == "" {
		t.Error("nothing goes wrong when the box refuses")
	}
}

// TestASecondRefusalBringsTheTombstone: a refusal of a second send is not certain, and the tombstone that makes it so goes
// out at once: the caller need not wait until the shop was asked five times.
func TestASecondRefusalBringsTheTombstone(t *testing.T) {
	w := scene(t, 0)
	r := w.routers[0]
	w.assign(r, "a")
	w.run(r)
	lost := w.toShops[0]
	w.toShops = nil
	w.now = w.record.NextAt
	began := w.now
	w.due(r)
	w.run(r)
	w.answered(r, "a", false, false)
	if w.record.State != Open || w.record.At.Recalls != 1 {
		t.Fatalf("after the refusal: %+v %+v", w.record, w.record.At)
	}
	w.answered(r, "a", false, false)
	if w.record.State != Free || w.now != began {
		t.Fatalf("after the tombstone's answer: %+v", w.record)
	}
	w.toShops = append(w.toShops, lost) // the first send comes after all
	w.answered(r, "a", true, false)
	if w.papers() != nil {
		t.Errorf("the late send is made")
	}
}

// TestASilentShopIsAPersonsBusiness: after a day nobody asks any more.
func TestASilentShopIsAPersonsBusiness(t *testing.T) {
	w := scene(t, 0)
	r := w.routers[0]
	w.assign(r, "a")
	w.run(r)
	for range 5000 {
		if w.record.Finished() {
			break
		}
		w.toShops = nil
		w.now = w.record.NextAt
		w.due(r)
		w.run(r)
	}
	if w.record.State != Doubt || w.now.Sub(w.record.PlacedAt) < giveUp {
		t.Errorf("after %v: %+v", w.now.Sub(w.record.PlacedAt), w.record)
	}
	for made, want := range map[bool]State{true: Ended, false: Free} {
		if got, _ := Decide(w.record, Judged{Made: made}); got.State != want || got.MayAsk("a") {
			t.Errorf("judged %v: %+v", made, got)
		}
	}
}
