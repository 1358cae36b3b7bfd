package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"weir/fleet/engine"
	"weir/fleet/route"
	"weir/fleet/testengine"
	"weir/shop/capacity"
)

// crashStep is a step of an order's way at which a router dies here; recorded says whether the order's record is there by
// then.
type crashStep struct {
	step     route.Step
	recorded answerOf
}

type answerOf uint8

const (
	no answerOf = iota
	yes
	either
)

// crashSteps are those of an order on one node, and jointSteps those that are others where credit and record are one write,
// as in a cluster.
var (
	crashSteps = []crashStep{
		{route.StepRead, no}, {route.StepSpent, no}, {route.StepGiven, either}, {route.StepWritten, yes}, {route.StepPublished, yes},
		{route.StepHeard, yes}, {route.StepClosed, yes}, {route.StepEventKept, yes}, {route.StepEventRead, yes},
	}
	jointSteps = []crashStep{{route.StepRead, no}, {route.StepGiven, either}, {route.StepWritten, yes}}
)

// trioSteps are the steps that an order takes in a cluster.
func trioSteps() []crashStep {
	return slices.DeleteFunc(slices.Clone(crashSteps), func(c crashStep) bool { return c.step == route.StepSpent })
}

// recallSteps are those of an order that is taken back while its shop is silent.
var recallSteps = []route.Step{"recall " + route.StepWritten, "recall " + route.StepPublished, "recall " + route.StepHeard}

// TestARouterThatDiesAtEachStep: the whole fleet is killed after each step of an order's way in turn and starts again from
// its disk. The order is then made by one shop, under one id, its record finishes, and no credit is given out twice.
// An order whose record was not written is at no shop: with the publish before the record this fails at "published".
func TestARouterThatDiesAtEachStep(t *testing.T) {
	t.Parallel()
	recall := recallSteps
	if os.Getenv("WEIR_LONG") == "" {
		recall = recall[:2] // whether the shop hears the order or the cancellation first is not always the same; so the last is no short form
	}
	diesAtEachStep(t, t.TempDir(), crashSteps, recall)
}

// TestARouterThatDiesWithABatch: the same where credit, what is ordered and the record are one write.
func TestARouterThatDiesWithABatch(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	e, err := engine.Start(engine.Config{Dir: data, Name: "n1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	testengine.OneStream(t, e)
	e.Close()
	diesAtEachStep(t, data, jointSteps, nil)
}

// diesAtEachStep kills a fleet of one node after each of the steps, those of orders and those of orders that are taken back.
func diesAtEachStep(t *testing.T, data string, steps []crashStep, recall []route.Step) {
	broker := freePort(t)
	n := startNode(t, data, "--mqtt-addr", broker)
	n.line("ready")
	key := run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	n.key = key
	shops := map[string]*child{}
	urls, dirs := map[string]string{}, map[string]string{}
	for i, id := range []string{"a", "b"} {
		urls[id], dirs[id] = addStore(t, data, id, 30.27+0.005*float64(i), 120.15), t.TempDir()
		shops[id] = startShop(t, id, urls[id], dirs[id])
	}
	n.fresh(2)
	n.credited()
	audit := &auditor{}
	again := func() {
		n = startNode(t, data, "--mqtt-addr", broker)
		n.key = key
		n.line("ready")
	}
	// back starts the shops anew, too: one that loses its broker so often waits longer and longer before it comes again.
	back := func() {
		for id := range urls {
			shops[id].kill()
			shops[id] = startShop(t, id, urls[id], dirs[id])
		}
		n.fresh(2)
		n.credited()
	}
	began := time.Now()
	for _, c := range steps {
		ref := strings.ReplaceAll(string(c.step), " ", "-")
		n.arm(c.step)
		status, answer, err := n.do("POST", "/v1/fleet/orders", order(ref, "a", "b"))
		if err == nil && !strings.HasPrefix(string(c.step), "event") {
			t.Fatalf("%s: the caller was answered: %d %v", c.step, status, answer)
		}
		n.died(c.step)
		again()
		if got := n.state(ref) != "<nil>"; c.recorded != either && got != (c.recorded == yes) {
			t.Errorf("%s: is there a record: %v (%s), want %v", c.step, got, n.state(ref), !got)
		}
		back()
		var wait sync.WaitGroup
		var mu sync.Mutex
		ids := map[string]bool{}
		if at := answer["store"]; at != nil {
			ids[fmt.Sprint(at, " ", answer["id"])] = true
		}
		for range 3 {
			wait.Go(func() {
				got := n.settled(ref)
				mu.Lock()
				defer mu.Unlock()
				ids[fmt.Sprint(got["store"], " ", got["id"])] = true
			})
		}
		wait.Wait()
		if len(ids) != 1 {
			t.Errorf("%s: answered differently: %v", c.step, ids)
		}
		t.Logf("%s after %v", c.step, time.Since(began).Round(time.Millisecond))
	}
	for i, step := range recall {
		ref := fmt.Sprint("recall-", i)
		shops["a"].signal(syscall.SIGSTOP)
		var wait sync.WaitGroup
		wait.Go(func() { n.do("POST", "/v1/fleet/orders", order(ref, "a")) }) // the router dies before it can answer
		n.eventually("the record is open", func() bool { return n.state(ref) == "open" })
		n.arm(step)
		wait.Go(func() { n.do("POST", "/v1/fleet/cancellations", fmt.Sprintf(`{"ref":%q}`, ref)) })
		if step == "recall "+route.StepHeard {
			shops["a"].signal(syscall.SIGCONT)
		}
		n.died(step)
		shops["a"].signal(syscall.SIGCONT)
		wait.Wait()
		again()
		back()
		n.settled(ref)
		t.Logf("%s after %v", step, time.Since(began).Round(time.Millisecond))
	}
	where, twice := n.lines()
	if len(twice) > 0 {
		t.Errorf("at two shops: %v", twice)
	}
	for _, c := range steps {
		if ref := strings.ReplaceAll(string(c.step), " ", "-"); len(where[ref]) != 1 {
			t.Errorf("%s is at %v", ref, where[ref])
		}
	}
	for i := range recall {
		ref := fmt.Sprint("recall-", i)
		if at, state := where[ref], n.state(ref); len(at) > 1 || state == "placed" && len(at) != 1 {
			t.Errorf("%s is at %v, and its record is %s", ref, at, state)
		}
	}
	if s, err := n.look(); err != nil || audit.fault(s) != "" {
		t.Errorf("credit: %q %v", audit.fault(s), err)
	}
	if os.Getenv("WEIR_LONG") != "" {
		n.creditIsBack(audit)
	}
}

// TestANodeThatDiesAtEachStep: the same with three nodes. The two others answer at once for the one that died.
func TestANodeThatDiesAtEachStep(t *testing.T) {
	if os.Getenv("WEIR_LONG") == "" {
		t.Skip("three nodes die nine times, some minutes: WEIR_LONG=1")
	}
	c := startTrio(t)
	for i, id := range []string{"a", "b"} {
		startShop(t, id, addStore(t, c.nodes[0].data, id, 30.27+0.005*float64(i), 120.15), t.TempDir())
	}
	audit := &auditor{}
	for i, step := range trioSteps() {
		dies, others := c.nodes[i%3], []*node{c.nodes[(i+1)%3], c.nodes[(i+2)%3]}
		for _, n := range c.nodes {
			n.fresh(2)
			n.credited()
		}
		ref := strings.ReplaceAll(string(step.step), " ", "-")
		dies.arm(step.step)
		dies.do("POST", "/v1/fleet/orders", order(ref, "a", "b")) // it dies, before or after its answer
		if strings.HasPrefix(string(step.step), "event") {        // another node may keep the shop's events
			dies.kill()
		}
		dies.died(step.step)
		var wait sync.WaitGroup
		got := make([]string, len(others))
		for j, n := range others {
			wait.Go(func() {
				answer := n.settled(ref)
				got[j] = fmt.Sprint(answer["store"], " ", answer["id"])
			})
		}
		wait.Wait()
		if got[0] != got[1] {
			t.Errorf("%s: answered differently: %v", step.step, got)
		}
		os.Remove(filepath.Join(dies.data, dieAt+string(step.step))) // of a step that another node took
		c.again(i % 3)
		c.nodes[i%3].line("ready")
	}
	n := c.nodes[0]
	n.fresh(2)
	where, twice := n.lines()
	for _, step := range trioSteps() {
		if ref := strings.ReplaceAll(string(step.step), " ", "-"); len(where[ref]) != 1 || len(twice) > 0 {
			t.Errorf("%s is at %v; at two shops: %v", ref, where[ref], twice)
		}
	}
	n.creditIsBack(audit)
}

// credited waits until every shop has lent enough for an order: a report may come before the lease.
func (n *node) credited() {
	n.t.Helper()
	n.eventually("credit at every shop", func() bool {
		s, err := n.look()
		for _, c := range s.Counters {
			if c.Lease.Limit-c.Counter.Take(c.Lease).Spent < capacity.Cup {
				return false
			}
		}
		return err == nil
	})
}

// arm has the node die at its next step of this name.
func (n *node) arm(s route.Step) {
	n.t.Helper()
	if err := os.WriteFile(filepath.Join(n.data, dieAt+string(s)), nil, 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// died waits until it has.
func (n *node) died(s route.Step) {
	n.t.Helper()
	select {
	case <-n.done:
	case <-time.After(patience):
		n.t.Fatalf("the router has not come to %q", s)
	}
}

// settled asks for an order until it is known who makes it, or that nobody does.
func (n *node) settled(ref string) (last map[string]any) {
	n.t.Helper()
	defer func() {
		if n.t.Failed() {
			n.t.Logf("%s: last answer %v", ref, last)
		}
	}()
	n.within(3*patience, "an answer about "+ref, func() bool {
		status, answer, err := n.do("POST", "/v1/fleet/orders", order(ref, "a", "b"))
		last = answer
		return err == nil && (status < 300 || answer["not_made"] == true && answer["state"] != nil)
	})
	if state := n.state(ref); state != "placed" && state != "ended" && state != "cancelled" {
		n.t.Errorf("the record of %s is %s", ref, state)
	}
	return last
}

// creditBackMax is how long credit may be gone that a router has spent on nothing: the shop writes it off a minute after
// an order that came later.
const creditBackMax = 150 * time.Second

// creditIsBack waits until each shop has counted all that the routers have spent.
func (n *node) creditIsBack(audit *auditor) {
	n.t.Helper()
	for _, id := range []string{"a", "b"} {
		n.place(order("after-all-"+id, id))
	}
	n.within(creditBackMax, "all credit is back", func() bool {
		s, err := n.look()
		if err != nil {
			return false
		}
		if f := audit.fault(s); f != "" {
			n.t.Fatal(f)
		}
		for _, c := range s.Counters {
			if c.Lease.Used < c.Counter.Spent {
				return false
			}
		}
		return true
	})
}
