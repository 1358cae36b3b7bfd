package capacity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestARouterObeysItsLease(t *testing.T) {
	l := Lease{Epoch: 3, Seq: 5, Limit: 1000, Used: 400, MaxOrder: 600, ExpiresAt: after(90)}
	newer := func(change func(*Lease)) Lease { n := l; change(&n); return n }
	const skew = 2 * time.Second
	for _, c := range []struct {
		name  string
		takes []Lease
		at    int
		work  Work
		spent Work // stamped; 0: not sent
	}{
		{"within the limit", []Lease{l}, 0, 600, 1000},
		{"over the limit", []Lease{l}, 0, 601, 0},
		{"the largest order", []Lease{newer(func(n *Lease) { n.MaxOrder = 300 })}, 0, 300, 700},
		{"an order larger than that", []Lease{newer(func(n *Lease) { n.MaxOrder = 300 })}, 0, 301, 0},
		{"no work", []Lease{l}, 0, 0, 0},
		{"just before the end", []Lease{l}, 87, 1, 401},
		{"at the end less the skew", []Lease{l}, 88, 1, 0},
		{"nothing heard", nil, 0, 1, 0},
		{"an older one after it", []Lease{l, newer(func(n *Lease) { n.Seq, n.Limit = 4, 9000 })}, 0, 601, 0},
		{"the same again", []Lease{l, newer(func(n *Lease) { n.Limit = 9000 })}, 0, 601, 0},
		{"a newer one with less", []Lease{l, newer(func(n *Lease) { n.Seq, n.Limit = 6, 500 })}, 0, 101, 0},
		{"an older epoch", []Lease{l, newer(func(n *Lease) { n.Epoch, n.Seq, n.Limit = 2, 99, 9000 })}, 0, 601, 0},
		{"a newer epoch starts from nothing", []Lease{l, newer(func(n *Lease) { n.Epoch, n.Seq, n.Used, n.Limit = 4, 1, 0, 300 })}, 0, 300, 300},
	} {
		var r Router
		for _, l := range c.takes {
			r = r.Take(l)
		}
		next, stamp, ok := r.Send(after(c.at), c.work, skew)
		if ok != (c.spent > 0) || stamp.Spent != c.spent {
			t.Errorf("%s: %v %+v", c.name, ok, stamp)
		}
		if !ok && next != r {
			t.Errorf("%s: refused and changed: %+v", c.name, next)
		}
	}
}

func TestARouterThatForgotIsHeardBeforeItIsGranted(t *testing.T) {
	b, leases := granted(t, open())
	r := Router{Hello: "again"}.Take(leases["meituan"])
	if _, _, ok := r.Send(after(1), 1, 0); ok {
		t.Fatal("it spends what it may have spent before")
	}
	b = b.Forgot(after(1), "meituan", "again")
	for s := 1; s < 364; s++ {
		b = b.Tick(after(s))
		for _, l := range b.Grant(after(s)) {
			if l.Channel == "meituan" {
				t.Fatalf("granted after %d s, while an old lease may live: %+v", s, l)
			}
		}
	}
	b = b.Tick(after(365))
	l := b.Grant(after(365))[0]
	if l.Channel != "meituan" || l.Hello != "again" || l.Used < 5*Cup || l.Limit != 2*l.Used {
		t.Fatalf("%+v", l)
	}
	r = r.Take(l)
	if _, stamp, ok := r.Send(after(366), l.Limit-l.Used, 0); !ok || stamp.Spent != l.Limit {
		t.Errorf("with its lease: %v %+v", ok, stamp)
	}
	if again := b.Issue(b.Grant(after(365))).Forgot(after(366), "meituan", "again"); len(again.mem.Leases.find("meituan").Live) == 0 ||
		again.mem.Leases.find("meituan").Barred {
		t.Error("the same hello barred it again")
	}
}

func TestCreditOfLostOrdersComesBack(t *testing.T) {
	b, leases := granted(t, open())
	r := Router{}.Take(leases["meituan"])
	r, _, _ = r.Send(after(1), 5*Cup, 0) // and it is never seen again
	if !r.Stuck(2 * Cup) {
		t.Fatal("it does not notice")
	}
	b = b.Resync(after(2), "meituan", &Stamp{Epoch: r.Epoch, Spent: r.Spent}).Tick(after(61))
	if used := b.mem.Leases.find("meituan"); used.used() != 0 {
		t.Errorf("written off while it may still come: %+v", used)
	}
	b = b.Tick(after(62))
	for _, l := range b.Grant(after(62)) {
		if l.Channel == "meituan" {
			r = r.Take(l)
		}
	}
	if _, _, ok := r.Send(after(62), 5*Cup, 0); !ok {
		t.Errorf("the credit did not come back: %+v", r)
	}
	if r.Stuck(5 * Cup) {
		t.Error("still stuck")
	}
}

func TestARouterTakesNewerLeasesOnly(t *testing.T) {
	is := Router{Epoch: 3, Seq: 5, Spent: 700, Limit: 1000, Used: 400, MaxOrder: 600, ExpiresAt: after(90)}
	lease := func(epoch, seq int64, used Work, hello string) Lease {
		return Lease{Epoch: epoch, Seq: seq, Used: used, Limit: 2000, MaxOrder: 900, ExpiresAt: after(180), Hello: hello}
	}
	next := func(epoch, seq int64, spent, used Work, hello string) Router {
		return Router{Epoch: epoch, Seq: seq, Spent: spent, Used: used, Limit: 2000, MaxOrder: 900, ExpiresAt: after(180), Hello: hello}
	}
	lost := Router{Hello: "again"}
	for _, c := range []struct {
		name  string
		is    Router
		lease Lease
		want  Router
	}{
		{"the next", is, lease(3, 6, 500, ""), next(3, 6, 700, 500, "")},
		{"the shop has written off more than it remembers", is, lease(3, 6, 800, ""), next(3, 6, 800, 800, "")},
		{"the same number", is, lease(3, 5, 500, ""), is},
		{"an earlier number", is, lease(3, 4, 500, ""), is},
		{"an earlier epoch", is, lease(2, 9, 500, ""), is},
		{"a later epoch", is, lease(4, 1, 0, ""), next(4, 1, 0, 0, "")},
		{"it lost its counter and was not heard yet: all is spent", lost, lease(3, 6, 500, ""), next(3, 6, 2000, 500, "again")},
		{"another that lost its counter was heard", lost, lease(3, 6, 500, "other"), next(3, 6, 2000, 500, "again")},
		{"it was heard: it goes on from what the shop counts", lost, lease(3, 6, 500, "again"), next(3, 6, 500, 500, "")},
		{"it knows its counter, and another's hello is not for it", is, lease(3, 6, 500, "other"), next(3, 6, 700, 500, "")},
	} {
		if diff := cmp.Diff(c.want, c.is.Take(c.lease)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWhenARouterIsStuck(t *testing.T) {
	r := Router{Epoch: 1, Limit: 1000, Spent: 800, Used: 400, MaxOrder: 900}
	for _, c := range []struct {
		name string
		work Work
		want bool
	}{
		{"it may send this", 200, false},
		{"it has spent what the shop has not seen", 201, true},
		{"the shop granted just so much", 600, true},
		{"the shop granted less", 601, false},
	} {
		if got := r.Stuck(c.work); got != c.want {
			t.Errorf("%s: stuck %v", c.name, got)
		}
	}
	if r.MaxOrder = 300; r.Stuck(301) {
		t.Error("it waits for credit for an order that is too large for any lease")
	}
}
