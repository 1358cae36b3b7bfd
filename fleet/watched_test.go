package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/fleet/credit"
	"weir/fleet/engine"
	"weir/fleet/record"
	"weir/fleet/route"
	"weir/shop/capacity"
)

const (
	// dieAt and the name of a step is a file in the data directory: it ends the fleet, as kill -9 does, when an order has next
	// taken this step. The file goes first, so the fleet that starts again lives.
	dieAt = "die-at "
	// windowFile is a socket in the data directory of a fleet under test, on which it shows its streams.
	windowFile = "window.sock"
)

// watched prepares the program for a test that kills it at a step and looks into its streams.
func watched() {
	var data atomic.Value // no router takes a step before it is opened
	underTest.step = func(s route.Step) {
		if os.Remove(filepath.Join(data.Load().(string), dieAt+string(s))) == nil {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // no further step
		}
	}
	underTest.opened = func(f *fleet) {
		data.Store(f.config.Data)
		path := filepath.Join(f.config.Data, windowFile)
		os.Remove(path) // what a killed fleet has left
		l, err := net.Listen("unix", path)
		if err != nil {
			panic(err)
		}
		go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := lookAt(r.Context(), f)
			if err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
			json.NewEncoder(w).Encode(s)
		}))
	}
}

// sight is what the streams of a fleet hold.
type sight struct {
	Counters map[string]counted // of the channel shangou, by store
	Stamped  map[string][]span  // by store: the credit that open and accepted orders came under
}

// counted is a store's credit: what the shop says, read before what the routers' counter says.
type counted struct {
	Lease   capacity.Lease
	Counter capacity.Router
}

// span is an order's interval of its channel's counter.
type span struct {
	Ref      string
	Epoch    int64
	From, To capacity.Work
}

func lookAt(ctx context.Context, f *fleet) (sight, error) {
	s := sight{map[string]counted{}, map[string][]span{}}
	for _, shop := range f.router.Table.All() {
		c := counted{Lease: shop.Lease("shangou")}
		v, err := f.engine.Get(ctx, engine.Orders, credit.Subject(shop.ID, "shangou"))
		if err != nil {
			return s, err
		}
		if v.Revision > 0 {
			if err := json.Unmarshal(v.Data, &c.Counter); err != nil {
				return s, err
			}
		}
		s.Counters[shop.ID] = c
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type kept struct {
		Ref string `json:"ref"`
		record.Record
	}
	stored := map[string]kept{} // followed to the end of what is there
	var mu sync.Mutex
	done, err := f.engine.Follow(ctx, engine.Orders, []string{"fleet.ord.*.*.*"}, func(subject string, v engine.Value) {
		var k kept
		if json.Unmarshal(v.Data, &k) != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		stored[subject] = k
	})
	if err != nil {
		return s, err
	}
	select {
	case <-done:
	case <-ctx.Done():
		return s, ctx.Err()
	}
	mu.Lock()
	defer mu.Unlock()
	for _, k := range stored {
		if at := k.At; at != nil && at.Stamp != nil && k.Store() != "" {
			s.Stamped[at.Store] = append(s.Stamped[at.Store], span{k.Ref, at.Stamp.Epoch, at.Stamp.Spent - at.Work, at.Stamp.Spent})
		}
	}
	return s, nil
}

// look looks into a fleet's streams; an error is that they do not answer, or that the fleet is gone.
func (n *node) look() (s sight, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(n.data, windowFile))
		}}}
	req, err := http.NewRequestWithContext(ctx, "GET", "http://fleet/", nil)
	if err != nil {
		return s, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close()
	return s, json.NewDecoder(resp.Body).Decode(&s)
}

// auditor holds every sight of a fleet's credit against the ones before.
type auditor struct {
	granted map[string]capacity.Work // the most that any lease allowed, by store
	samples int
}

// fault is what is wrong with a sight; "" is nothing. Spent beyond what was ever granted, used by a shop without being
// spent, or one interval in two orders: each is credit that was given out twice.
func (a *auditor) fault(s sight) string {
	if a.granted == nil {
		a.granted = map[string]capacity.Work{}
	}
	a.samples++
	for store, c := range s.Counters {
		a.granted[store] = max(a.granted[store], c.Lease.Limit, c.Counter.Limit)
		spent := c.Counter.Take(c.Lease).Spent
		switch {
		case c.Counter.Epoch == c.Lease.Epoch && c.Lease.Used > c.Counter.Spent && c.Counter.Seq > 0:
			return store + ": the shop has counted more than the routers have spent"
		case spent > a.granted[store]:
			return store + ": more is spent than was granted"
		}
	}
	for store, list := range s.Stamped {
		for i, one := range list {
			for _, other := range list[:i] {
				if one.Epoch == other.Epoch && one.From < other.To && other.From < one.To {
					return store + ": one credit for " + one.Ref + " and " + other.Ref
				}
			}
		}
	}
	return ""
}

// TestTheAuditorSeesOverspending is the control of every test that relies on it.
func TestTheAuditorSeesOverspending(t *testing.T) {
	lease := capacity.Lease{Epoch: 1, Seq: 1, Limit: 300, Used: 100}
	counter := capacity.Router{Epoch: 1, Seq: 1, Limit: 300, Spent: 200}
	good := sight{map[string]counted{"a": {lease, counter}}, map[string][]span{"a": {{"x", 1, 0, 100}, {"y", 1, 100, 200}}}}
	if f := (&auditor{}).fault(good); f != "" {
		t.Errorf("well, and it says %q", f)
	}
	over, less := counter, counter
	over.Spent, less.Spent = 400, 0
	for what, bad := range map[string]sight{
		"spent beyond the limit":      {Counters: map[string]counted{"a": {lease, over}}},
		"used and not spent":          {Counters: map[string]counted{"a": {lease, less}}},
		"one interval for two orders": {Stamped: map[string][]span{"a": {{"x", 1, 0, 100}, {"y", 1, 50, 150}}}},
	} {
		if (&auditor{}).fault(bad) == "" {
			t.Errorf("%s: not seen", what)
		}
	}
}
