package capacity

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A shop and the routers of its channels over a bad network, second by second.

type netConfig struct {
	seed      uint64
	loss      float64       // of lease messages and of orders
	dup       float64       // of both
	delay     time.Duration // of lease messages, at most
	transit   time.Duration // of orders, at most
	skew      time.Duration // of routers' clocks, at most
	reboots   int           // of the shop
	routers   bool          // reboot too
	demand    float64       // orders' work by what the crew makes
	silent    int           // second from which the shop publishes nothing
	walkIns   float64       // work by what the crew makes
	relative  bool          // control: leases say "so much more"
	forgetful time.Duration // control: a reboot brings back a lease book of this age
	lost      bool          // a reboot loses the lease book: a new epoch begins
	hasty     bool          // control: and the shop grants at once
}

type netResult struct {
	sent, bounced, late int // under leases; late: on the way longer than the terms allow
	over                int // accepted beyond the budget
	afterSilence        int // sent later than the silence allows
	excess              int // seconds in which more could arrive than the shop counted
	stuck               int // asked for a resync
}

type netMessage struct {
	at      int
	channel int
	lease   Lease
}

type netOrder struct {
	at, sentAt int
	channel    int
	id         int64
	request    Request
}

type network struct {
	cfg     netConfig
	rnd     *rand.Rand
	t       *testing.T
	b       Book
	history []Memory // by second
	routers []Router
	skews   []time.Duration
	downs   []netMessage
	ups     []netOrder
	open    []Order
	seen    map[int64]bool
	made    float64
	now     int
	result  netResult
}

var netChannels = []string{"eleme", "meituan", "shangou"}

func (n *network) time(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }

func runNet(t *testing.T, cfg netConfig, seconds int) netResult {
	t.Helper()
	s := settings()
	s.Channels = nil
	for i, id := range netChannels {
		s.Channels = append(s.Channels, Channel{ID: id, Leased: true, Weight: float64(1 + i), MinShare: 0.1})
	}
	n := &network{cfg: cfg, t: t, rnd: rand.New(rand.NewPCG(cfg.seed, 3)), b: Open(s, Steady(nominal), today(), known()),
		seen: map[int64]bool{}}
	n.routers = make([]Router, len(netChannels))
	for range netChannels {
		n.skews = append(n.skews, time.Duration((2*n.rnd.Float64()-1)*float64(cfg.skew)))
	}
	reboots := map[int]bool{}
	for range cfg.reboots {
		reboots[n.rnd.IntN(seconds)] = true
	}
	for n.now = range seconds {
		n.make()
		n.walkIn()
		if reboots[n.now] {
			n.reboot()
		}
		n.publish()
		n.deliver()
		n.send()
		n.receive()
		n.check()
	}
	return n.result
}

// make finishes work at the crew's rate without teaching the pace, so that the budget stands still.
func (n *network) make() {
	n.made += nominal / 60
	for len(n.open) > 0 && n.made >= float64(n.open[0].Work) {
		n.made -= float64(n.open[0].Work)
		n.b = n.b.Swap(n.open[0], Order{})
		n.open = n.open[1:]
	}
	if len(n.open) == 0 {
		n.made = 0
	}
}

func (n *network) accept(o Order) {
	n.b = n.b.Swap(Order{}, o)
	i, _ := slices.BinarySearchFunc(n.open, o, func(a, b Order) int { return cmp.Or(a.Due.Compare(b.Due), -1) })
	n.open = slices.Insert(n.open, i, o)
}

func (n *network) walkIn() {
	if n.rnd.Float64() >= n.cfg.walkIns*nominal/60/float64(Cup) {
		return
	}
	r := Request{Channel: "counter", Work: Cup, WalkIn: true}
	a := n.b.Admit(n.time(n.now), r)
	n.b = n.b.Arrive(n.time(n.now), r)
	n.accept(Order{ID: int64(1e9) + int64(n.now), Channel: "counter", WalkIn: true, Due: a.Due, Work: r.Work, Cups: 1})
}

// reboot loses all but what is stored, and the open orders.
func (n *network) reboot() {
	m := n.b.Memory()
	if n.cfg.forgetful > 0 {
		m = n.history[max(0, n.now-int(n.cfg.forgetful/time.Second))]
	}
	raw, err := json.Marshal(m)
	if err != nil {
		n.t.Fatal(err)
	}
	var stored Memory
	if err := json.Unmarshal(raw, &stored); err != nil {
		n.t.Fatal(err)
	}
	n.b = with(Open(*n.b.set, Steady(nominal), today(), stored), n.open)
	for _, channel := range netChannels { // after a reconnect each asks for its lease again
		n.b = n.b.Resync(n.time(n.now), channel, nil)
	}
	if n.cfg.lost {
		n.b = n.b.NewEpoch(n.time(n.now), stored.Leases.Epoch+1)
		if n.cfg.hasty {
			n.b.mem.Leases.QuietMs = 0
		}
	}
	if n.cfg.routers {
		i := n.rnd.IntN(len(n.routers))
		hello := n.time(n.now).String()
		n.routers[i] = Router{Hello: hello}
		n.b = n.b.Forgot(n.time(n.now), netChannels[i], hello)
	}
}

func (n *network) publish() {
	if n.cfg.forgetful > 0 {
		n.history = append(n.history, n.b.Memory())
	}
	if n.cfg.silent > 0 && n.now >= n.cfg.silent {
		return
	}
	leases := n.b.Grant(n.time(n.now))
	n.b = n.b.Issue(leases)
	for _, l := range leases {
		i := slices.Index(netChannels, l.Channel)
		for range 1 + n.chance(n.cfg.dup) {
			if n.chance(n.cfg.loss) == 0 {
				n.downs = append(n.downs, netMessage{at: n.now + n.upTo(n.cfg.delay), channel: i, lease: l})
			}
		}
	}
}

func (n *network) chance(p float64) int {
	if n.rnd.Float64() < p {
		return 1
	}
	return 0
}

func (n *network) upTo(d time.Duration) int { return n.rnd.IntN(int(d/time.Second) + 1) }

func (n *network) deliver() {
	n.downs = slices.DeleteFunc(n.downs, func(m netMessage) bool {
		if m.at > n.now {
			return false
		}
		r := &n.routers[m.channel]
		switch {
		case n.cfg.relative:
			*r = Router{Epoch: m.lease.Epoch, Limit: max(r.Limit, r.Spent) + m.lease.Limit - m.lease.Used, Spent: r.Spent,
				MaxOrder: n.b.set.Lease.MaxOrder, ExpiresAt: m.lease.ExpiresAt}
		default:
			*r = r.Take(m.lease)
		}
		return true
	})
}

func (n *network) send() {
	for i := range n.routers {
		if n.rnd.Float64() >= n.cfg.demand*nominal/60/160/float64(len(n.routers)) {
			continue
		}
		work := Work(60 + n.rnd.IntN(200))
		r, stamp, ok := n.routers[i].Send(n.time(n.now).Add(n.skews[i]), work, n.b.set.Lease.Skew)
		if !ok {
			if n.routers[i].Stuck(work) {
				n.result.stuck++
				n.b = n.b.Resync(n.time(n.now), netChannels[i], &Stamp{Epoch: r.Epoch, Spent: r.Spent})
			}
			continue
		}
		n.routers[i] = r
		n.result.sent++
		if n.cfg.silent > 0 && n.now > n.cfg.silent+int(n.b.set.Lease.IdleTTL/time.Second) {
			n.result.afterSilence++
		}
		o := netOrder{sentAt: n.now, channel: i, id: int64(n.result.sent),
			request: Request{Channel: netChannels[i], Work: work, Cups: 1, Lease: &stamp}}
		for range 1 + n.chance(n.cfg.dup) {
			if n.chance(n.cfg.loss) == 0 {
				o.at = n.now + n.upTo(n.cfg.transit)
				n.ups = append(n.ups, o)
			}
		}
	}
}

func (n *network) receive() {
	var rest []netOrder
	for _, o := range n.ups {
		if o.at > n.now {
			rest = append(rest, o)
			continue
		}
		if n.seen[o.id] {
			continue // the shop's ref is its guard against a second ticket
		}
		a := n.b.Admit(n.time(n.now), o.request)
		if a.Accepted && n.b.load.online+o.request.Work > n.b.Room(n.time(n.now), "").Budget {
			n.result.over++
		}
		n.seen[o.id] = a.Accepted
		switch inTime := n.now-o.sentAt <= int(n.b.set.Lease.Transit/time.Second); {
		case !a.Accepted && inTime && !n.quiet():
			n.result.bounced++
		case !inTime:
			n.result.late++
		}
		if a.Accepted || n.rnd.IntN(2) == 0 { // a shop need not remember what it refused
			n.b = n.b.Arrive(n.time(n.now), o.request)
		}
		if a.Accepted {
			n.accept(Order{ID: o.id, Channel: o.request.Channel, Placed: n.time(n.now), Due: a.Due, Work: o.request.Work, Cups: 1, Quote: a.Quote})
		}
	}
	n.ups = rest
	n.b = n.b.Tick(n.time(n.now))
}

// quiet is whether the shop waits for the leases of a lost book to die. It cannot keep room for those.
func (n *network) quiet() bool { return n.time(n.now).UnixMilli() < n.b.mem.Leases.QuietMs }

// check holds what may still arrive in time against what the shop counts.
func (n *network) check() {
	if n.quiet() {
		return
	}
	for i, r := range n.routers {
		var may Work
		if r.Hello == "" && n.time(n.now).Add(n.skews[i]).Before(r.ExpiresAt.Add(-n.b.set.Lease.Skew)) {
			may = max(0, r.Limit-r.Spent)
		}
		ids := map[int64]bool{}
		for _, o := range n.ups {
			if _, seen := n.seen[o.id]; o.channel == i && !seen && !ids[o.id] && o.at-o.sentAt <= int(n.b.set.Lease.Transit/time.Second) {
				may += o.request.Work
				ids[o.id] = true
			}
		}
		if may > n.b.mem.Leases.creditOf(n.time(n.now).UnixMilli(), netChannels[i], &n.b.set.Lease) {
			n.result.excess++
		}
	}
}

// rough is the network that leases were designed for.
func rough(seed uint64) netConfig {
	return netConfig{seed: seed, loss: 0.2, dup: 0.1, delay: 120 * time.Second, transit: 60 * time.Second,
		skew: 2 * time.Second, reboots: 3, demand: 3, walkIns: 0.1}
}

func (r *netResult) add(o netResult) {
	r.sent += o.sent
	r.bounced += o.bounced
	r.late += o.late
	r.over += o.over
	r.afterSilence += o.afterSilence
	r.excess += o.excess
}

func TestLeasesOverABadNetwork(t *testing.T) {
	simulated(t)
	for _, c := range []struct {
		name   string
		change func(*netConfig)
		breaks bool // a control: it must bounce orders or count credit wrongly
	}{
		{name: "rough", change: func(*netConfig) {}},
		{name: "twenty times the demand", change: func(c *netConfig) { c.demand = 20 }},
		{name: "little demand", change: func(c *netConfig) { c.demand = 0.5 }},
		{name: "routers lose their counters", change: func(c *netConfig) { c.routers, c.reboots = true, 6 }},
		{name: "orders later than the terms allow", change: func(c *netConfig) { c.transit = 120 * time.Second }},
		{name: "the lease book is lost", change: func(c *netConfig) { c.lost = true }},
		{name: "the shop falls silent", change: func(c *netConfig) { c.silent = 1200 }},
		{name: "control: leases say so much more", change: func(c *netConfig) { c.relative = true }, breaks: true},
		{name: "control: an old lease book comes back", change: func(c *netConfig) { c.forgetful, c.reboots = 5*time.Minute, 10 }, breaks: true},
		{name: "control: granted at once after a loss", change: func(c *netConfig) { c.lost, c.hasty, c.reboots = true, true, 10 }, breaks: true},
		{name: "control: clocks off by minutes", change: func(c *netConfig) { c.skew, c.silent = 10*time.Minute, 1200 }, breaks: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sum netResult
			for seed := range uint64(4) {
				cfg := rough(seed)
				c.change(&cfg)
				sum.add(runNet(t, cfg, 3600))
			}
			t.Logf("%+v", sum)
			switch broken := sum.bounced + sum.excess + sum.afterSilence; {
			case sum.sent < 100:
				t.Fatal("hardly anything was sent")
			case sum.over > 0: // whatever happens
				t.Errorf("I1: %d orders accepted over the budget", sum.over)
			case !c.breaks && broken > 0:
				t.Errorf("I2 to I4: %+v", sum)
			case c.breaks && broken == 0:
				t.Error("the control did not break anything")
			}
		})
	}
}

func TestLeasesOverAnyNetwork(t *testing.T) {
	simulated(t)
	rapid.Check(t, func(r *rapid.T) {
		cfg := netConfig{
			seed: rapid.Uint64().Draw(r, "seed"), loss: rapid.Float64Range(0, 0.6).Draw(r, "loss"), dup: rapid.Float64Range(0, 0.5).Draw(r, "dup"),
			delay:   time.Duration(rapid.IntRange(0, 120).Draw(r, "delay")) * time.Second,
			transit: time.Duration(rapid.IntRange(0, 60).Draw(r, "transit")) * time.Second,
			skew:    time.Duration(rapid.IntRange(0, 2).Draw(r, "skew")) * time.Second, reboots: rapid.IntRange(0, 4).Draw(r, "reboots"),
			routers: rapid.Bool().Draw(r, "routers"), lost: rapid.Bool().Draw(r, "lost"),
			demand: rapid.Float64Range(0.2, 20).Draw(r, "demand"), walkIns: rapid.Float64Range(0, 0.2).Draw(r, "walk-ins"),
		}
		if got := runNet(t, cfg, 1200); got.bounced+got.excess+got.over > 0 {
			r.Fatalf("%+v: %+v", cfg, got)
		}
	})
}
