package record

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// play lets anything happen, then everything calm down.
func play(t *rapid.T, change func(*world)) {
	w := newWorld(t, func() time.Duration {
		return time.Duration(rapid.IntRange(-1000, 1000).Draw(t, "skew ms")) * time.Millisecond
	})
	change(w)
	pick := func(name string, n int) int { return rapid.IntRange(0, n-1).Draw(t, name) }
	anyRouter := func() *router { return w.routers[pick("router", len(w.routers))] }
	anyShop := func() *shopBox { return w.shops[pick("shop", len(w.shops))] }
	t.Repeat(map[string]func(*rapid.T){
		"": func(*rapid.T) { w.check() },
		"assign": func(*rapid.T) {
			r, s := anyRouter(), anyShop()
			if w.assigned < 8 && w.record.MayAsk(s.id) && r.view[s.id] != (Identity{}) {
				w.assigned++
				w.begin(r, Assign{Store: s.id, To: r.view[s.id], Digest: "d", PlacedAt: w.now, Nonce: w.nonce(), Now: w.now.Add(r.skew)})
			}
		},
		"due": func(*rapid.T) { w.due(anyRouter()) },
		"take back": func(*rapid.T) {
			if r := anyRouter(); w.nonces%4 == 0 {
				w.begin(r, TakenBack{To: r.view[w.record.Store()], Nonce: w.nonce(), Now: w.now.Add(r.skew)})
			}
		},
		"step": func(*rapid.T) {
			if r := anyRouter(); len(r.steps) > 0 {
				w.step(r, pick("step", len(r.steps)))
			}
		},
		"step again": func(*rapid.T) {
			if r := anyRouter(); len(r.steps) > 0 {
				w.step(r, 0)
			}
		},
		"deliver": func(*rapid.T) {
			if len(w.toShops) > 0 {
				w.deliver(pick("message", len(w.toShops)), rapid.Bool().Draw(t, "accept"))
			}
		},
		"lose": func(*rapid.T) {
			if len(w.toShops) > 0 {
				i := pick("message", len(w.toShops))
				w.toShops = append(w.toShops[:i], w.toShops[i+1:]...)
			}
		},
		"hear": func(*rapid.T) { w.hearNext(anyRouter(), anyShop().id, false) },
		"hear at once": func(*rapid.T) {
			r := anyRouter()
			for _, s := range w.shops {
				w.hearNext(r, s.id, false)
			}
		},
		"miss an answer": func(*rapid.T) { w.hearNext(anyRouter(), anyShop().id, true) },
		"echo": func(*rapid.T) {
			if len(w.echoes) > 0 {
				w.hear(anyRouter(), w.echoes[pick("echo", len(w.echoes))])
			}
		},
		"all engines restart": func(*rapid.T) { w.restart() },
		"crash":               func(*rapid.T) { w.boot(anyRouter()) },
		"wait":                func(*rapid.T) { w.now = w.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "s")) * time.Second) },
		"make":                func(*rapid.T) { s := anyShop(); s.memory.made = s.memory.made || s.on && s.memory.wasAccepted() },
		"shop off":            func(*rapid.T) { anyShop().on = false },
		"shop on":             func(*rapid.T) { w.connect(anyShop()) },
		"copy":                func(*rapid.T) { s := anyShop(); s.copies = append(s.copies, s.memory) },
		"restore": func(*rapid.T) {
			if s := anyShop(); len(s.copies) > 0 && w.nonces%3 == 0 {
				w.restore(s, s.copies[pick("copy", len(s.copies))])
			}
		},
	})
	w.calm()
}

func (w *world) due(r *router) {
	id := r.view[w.record.Store()]
	if w.record.State == Placed && id.Epoch > w.record.At.Epoch {
		w.begin(r, Rose{Store: w.record.At.Store, To: id, Nonce: w.nonce(), Now: w.now.Add(r.skew)})
		return
	}
	w.begin(r, Due{To: id, Nonce: w.nonce(), Now: w.now.Add(r.skew)})
}

func (w *world) hearNext(r *router, store string, miss bool) {
	queue := r.inbox[store]
	if len(queue) == 0 {
		return
	}
	r.inbox[store] = queue[1:]
	if !miss || queue[0].status != nil { // a status is kept for whoever missed it
		w.hear(r, queue[0])
	}
}

// calmMax bounds the rounds in which everything must come to its end: each waits half a minute.
const calmMax = 60

// calm lets every shop be on and every message arrive: the record has to finish.
func (w *world) calm() {
	for _, s := range w.shops {
		if !s.on {
			w.connect(s)
		}
	}
	for range calmMax {
		for _, r := range w.routers {
			w.due(r)
			for len(r.steps) > 0 {
				w.step(r, 0)
				w.check()
			}
		}
		for len(w.toShops) > 0 {
			w.deliver(0, true)
			w.check()
		}
		for _, r := range w.routers {
			for _, s := range w.shops {
				for len(r.inbox[s.id]) > 0 {
					w.hearNext(r, s.id, false)
				}
			}
		}
		w.now = w.now.Add(30 * time.Second)
	}
	if !w.record.Finished() {
		w.t.Fatalf("the record does not finish: %+v %+v", w.record, w.record.At)
	}
	if w.record.State == Doubt && !w.restored && !w.shop(w.record.At.Store).again {
		w.t.Fatalf("doubt, though every shop kept its memory: %+v %+v", w.record, w.record.At)
	}
	if w.record.State == Placed { // an old shop's late echo cannot be told from an answer: it may be asked once too seldom
		if s := w.shop(w.record.At.Store); !s.memory.has && !s.old {
			w.t.Fatalf("placed at a shop that does not know it: %+v", w.record.At)
		}
	}
}

func TestAtMostOneShopMakesAnOrder(t *testing.T) {
	checks := "1500"
	if os.Getenv("WEIR_LONG") != "" {
		checks = "100000"
	}
	set(t, map[string]string{"rapid.checks": checks, "rapid.steps": "60"})
	rapid.Check(t, func(t *rapid.T) { play(t, func(*world) {}) })
}

// set sets flags of the property's engine until the end of the test.
func set(t *testing.T, flags map[string]string) {
	t.Helper()
	for name, value := range flags {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { flag.Set(name, old) }) // it was a good value a moment ago
	}
}

// watcher is a test that may fail.
type watcher struct {
	testing.TB
	found string
}

func (w *watcher) fail(text string) { w.found = text; runtime.Goexit() }

func (w *watcher) Fatalf(format string, args ...any) { w.fail(fmt.Sprintf(format, args...)) }
func (w *watcher) Errorf(format string, args ...any) { w.fail(fmt.Sprintf(format, args...)) }
func (w *watcher) Fatal(args ...any)                 { w.fail(fmt.Sprint(args...)) }
func (w *watcher) Error(args ...any)                 { w.fail(fmt.Sprint(args...)) }
func (w *watcher) FailNow()                          { w.fail("failed") }
func (w *watcher) Fail()                             { w.fail("failed") }
func (w *watcher) Logf(string, ...any)               {}
func (w *watcher) Log(...any)                        {}

// fails runs something that should fail and returns what it said; "" is nothing.
func fails(t *testing.T, run func(*watcher)) string {
	ended := make(chan string)
	go func() {
		w := &watcher{TB: t}
		defer func() { ended <- w.found }()
		run(w)
	}()
	return <-ended
}

// TestEveryRuleIsNeeded takes out one rule at a time: the property must find an order that is made twice, or said to be
// not made when it was. What chance finds too seldom has a scene in scene_test.go.
func TestEveryRuleIsNeeded(t *testing.T) {
	for name, change := range map[string]func(*world){
		"compare and set": func(w *world) { w.noCAS = true },
		"the send is counted before it is published":    func(w *world) { w.late = true },
		"a refusal is certain after one send only":      func(w *world) { w.off = guardSends },
		"nothing goes on before the tombstone's answer": func(w *world) { w.off = guardRecall },
		"nothing is sent to a box that is not known":    func(w *world) { w.off = guardBlind },
	} {
		t.Run(name, func(t *testing.T) {
			set(t, map[string]string{"rapid.checks": "20000", "rapid.shrinktime": "0s", "rapid.nofailfile": "true", "rapid.steps": "60"})
			if fails(t, func(w *watcher) { rapid.Check(w, func(t *rapid.T) { play(t, change) }) }) == "" {
				t.Error("the property holds without it")
			}
		})
	}
}
