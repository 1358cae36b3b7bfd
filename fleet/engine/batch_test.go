package engine

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// startJoint starts an engine of one node whose orders are in one stream, as in a cluster.
func startJoint(t *testing.T) *Engine {
	t.Helper()
	e := start(t, nil)
	for _, c := range streams(1, 1, OrdersKeepMin) {
		if strings.HasPrefix(c.Name, Orders) {
			if _, err := e.JS.CreateStream(bounded(t), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := e.MakeStreams(bounded(t), OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	if !e.Joint(bounded(t)) {
		t.Fatal("values of orders cannot be written together")
	}
	return e
}

const creditOf, bodyOf, recordOf = "fleet.credit.3.s.c", "fleet.body.5.c.r", "fleet.ord.5.c.r"

// opening is what opens an order, over given revisions.
func opening(text string, credit, record uint64) []Write {
	return []Write{
		{Subject: creditOf, Data: []byte(text), Revision: credit, Marks: []Mark{Forever}},
		{Subject: bodyOf, Data: []byte(text), Anyway: true, Marks: []Mark{Lives(BodyKeep)}},
		{Subject: recordOf, Data: []byte(text), Revision: record},
	}
}

// TestABatchIsWrittenWholeOrNotAtAll: whichever of its values another writer has changed, none of them is written. Control:
// with streams that take no batches, what comes before the conflict is.
func TestABatchIsWrittenWholeOrNotAtAll(t *testing.T) {
	for _, joint := range []bool{true, false} {
		e := startJoint(t)
		if !joint {
			apart(t, e)
			e.handles.Clear() // as a process that starts with them
		}
		ctx := bounded(t)
		texts := func() string {
			var list []string
			for _, s := range []string{creditOf, bodyOf, recordOf} {
				v, err := e.Get(ctx, Orders, s)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, string(v.Data))
			}
			return strings.Join(list, " ")
		}
		at, err := e.BeginAll(ctx, false, opening("one", 0, 0)...)()
		if err != nil || texts() != "one one one" {
			t.Fatalf("the first: %v, %q", err, texts())
		}
		for i, s := range []string{creditOf, bodyOf, recordOf} { // the revisions are those that a read tells
			if v, err := e.Get(ctx, Orders, s); err != nil || v.Revision != at[i] {
				t.Errorf("%s has revision %d, told was %d (%v)", s, v.Revision, at[i], err)
			}
		}
		for name, writes := range map[string][]Write{
			"credit": opening("two", at[0]+100, at[2]), "record": opening("two", at[0], 0),
		} {
			if _, err := e.BeginAll(ctx, false, writes...)(); !errors.Is(err, ErrConflict) {
				t.Errorf("another revision of %s: %v", name, err)
			}
			if joint && texts() != "one one one" {
				t.Errorf("after a conflict about %s: %q", name, texts())
			}
		}
		if !joint {
			if texts() == "one one one" {
				t.Error("without batches nothing is left of what had a conflict: the look sees nothing")
			}
			continue
		}
		if _, err = e.BeginAll(ctx, false, opening("three", at[0], at[2])...)(); err != nil || texts() != "three three three" {
			t.Errorf("over what was read: %v, %q", err, texts())
		}
	}
}

// TestOneOfManyBatchesWins: of many that open one order at once, at two shops, one is written, with its own credit.
func TestOneOfManyBatchesWins(t *testing.T) {
	e, ctx := startJoint(t), bounded(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	won := map[string]uint64{}
	for i := range 6 {
		all.Go(func() {
			text := fmt.Sprint("w", i)
			writes := opening(text, 0, 0)
			writes[0].Subject = fmt.Sprintf("fleet.credit.%d.s%d.c", i%2, i%2)
			at, err := e.BeginAll(ctx, false, writes...)()
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won[text] = at[2]
			} else if !errors.Is(err, ErrConflict) {
				t.Errorf("%s: %v", text, err)
			}
		})
	}
	all.Wait()
	v, err := e.Get(ctx, Orders, recordOf)
	if err != nil || len(won) != 1 || won[string(v.Data)] != v.Revision {
		t.Fatalf("won: %v; written: %q at %d (%v)", won, v.Data, v.Revision, err)
	}
	spent := 0
	for i := range 2 {
		c, err := e.Get(ctx, Orders, fmt.Sprintf("fleet.credit.%d.s%d.c", i, i))
		if err != nil {
			t.Fatal(err)
		}
		if c.Revision > 0 {
			spent++
			if string(c.Data) != string(v.Data) {
				t.Errorf("credit was spent by %s, the order was opened by %s", c.Data, v.Data)
			}
		}
	}
	if spent != 1 {
		t.Errorf("credit was spent at %d shops", spent)
	}
}

// TestAnEngineWithoutBatchesIsNamed: an older server, as far as its streams show it, is named by the check, and what is
// written together is written one by one.
func TestAnEngineWithoutBatchesIsNamed(t *testing.T) {
	e, ctx := startJoint(t), bounded(t)
	if list, err := e.Check(ctx, OrdersKeepMin); err != nil || len(list) > 0 {
		t.Fatalf("with batches: %q %v", list, err)
	}
	apart(t, e)
	list, err := e.Check(ctx, OrdersKeepMin)
	if err != nil || len(list) != 1 || !strings.Contains(list[0], "no atomic batches") {
		t.Errorf("without: %q %v", list, err)
	}
	// This process has not heard of it: the first batch is refused whole, and then it knows.
	if _, err := e.BeginAll(ctx, false, opening("one", 0, 0)...)(); err == nil || errors.Is(err, ErrUnsure) || errors.Is(err, ErrConflict) {
		t.Errorf("a batch that the stream does not take: %v", err)
	}
	if v, err := e.Get(ctx, Orders, recordOf); err != nil || v.Revision != 0 {
		t.Errorf("of a batch that was refused there is %q (%v)", v.Data, err)
	}
	if e.Joint(ctx) {
		t.Error("batches are still taken for possible")
	}
	if _, err := e.BeginAll(ctx, true, opening("one", 0, 0)...)(); err == nil || errors.Is(err, ErrUnsure) || errors.Is(err, ErrConflict) {
		t.Errorf("what must be written whole: %v", err)
	}
	if v, err := e.Get(ctx, Orders, recordOf); err != nil || v.Revision != 0 {
		t.Errorf("of what must be written whole there is %q (%v)", v.Data, err)
	}
	if _, err := e.BeginAll(ctx, false, opening("one", 0, 0)...)(); err != nil {
		t.Errorf("one by one: %v", err)
	}
}

// apart has the stream of orders take no batches, as that of an older server.
func apart(t *testing.T, e *Engine) {
	t.Helper()
	s, err := e.JS.Stream(bounded(t), orderStream(0, 1))
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	c.AllowAtomicPublish = false
	if _, err := e.JS.UpdateStream(bounded(t), c); err != nil {
		t.Fatal(err)
	}
}
