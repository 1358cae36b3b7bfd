package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"weir/fleet/gate"
	"weir/fleet/route"
	"weir/fleet/table"
	"weir/shop/capacity"
	shopsim "weir/shop/sim"
	"weir/shop/wire"
)

// fleet is the router. What it knows of a shop came with a report, a second or more ago.
type fleet struct {
	*run
	known   *table.Table
	rnd     *rand.Rand
	gate    gate.City
	lines   []*line
	waiting map[*shopsim.Guest]*person // for a shop's answer

	sent, refused int // in this minute
	share         float64
	since         time.Duration
}

// line is what passes between the router and one shop.
type line struct {
	reporter *wire.Reporter
	seq      uint64        // of the state that was looked at last
	looked   time.Duration //
	reported uint64
	report   *table.Report     // that is on its way
	leases   []capacity.Lease  // that are on their way
	lent     map[string]int64  // by channel
	routers  map[string]router // by channel
	busy     []sent
}

type router struct {
	capacity.Router
	resyncAt time.Duration // no sooner is the shop told again what it never saw
}

type sent struct {
	at   time.Duration
	work capacity.Work
}

const (
	// reportLook is how soon a shop's state is looked at again for a report. A real shop looks each second.
	reportLook = 5 * time.Second
	// reportLag is how long what was sent is taken not to be in a report yet.
	reportLag = 2*step + reportLook
	// skew bounds the error of clocks, as routers count it.
	skew = 2 * time.Second
	// shopsEach and slotsEach bound what one customer tries in one go.
	shopsEach, slotsEach = 4, 3
	resyncEvery          = 30 * time.Second
	refusalLeast         = 20
)

func newFleet(r *run) *fleet {
	f := &fleet{run: r, rnd: rand.New(rand.NewPCG(r.seed, 12)), waiting: map[*shopsim.Guest]*person{}}
	f.known = r.table(f.time)
	for range r.sites {
		f.lines = append(f.lines, &line{reporter: wire.NewReporter(nil), lent: map[string]int64{}, routers: map[string]router{}})
	}
	for i := range r.sites {
		f.lived(i)
	}
	return f
}

func (f *fleet) time() time.Time { return f.sites[0].Time(f.now) }

// lived has a shop report what is new.
func (f *fleet) lived(at int) {
	l, s := f.lines[at], f.sites[at].State()
	age := f.now - l.looked
	if l.reported > 0 && (age < reportLook || s.Counters.Seq == l.seq && age < wire.ReportEvery) {
		return
	}
	l.seq, l.looked = s.Counters.Seq, f.now
	if r := l.reporter.Report(&s, f.sites[at].Time(f.now+step)); r.Seq != l.reported {
		report := table.ReportOf(r)
		l.reported, l.report = r.Seq, &report
	}
	for _, ch := range s.Config.Channels {
		if lease, ok := s.Leases[ch.ID]; ok && lease.Seq != l.lent[ch.ID] {
			l.lent[ch.ID] = lease.Seq
			l.leases = append(l.leases, lease)
		}
	}
}

// look takes in what shops have said, and takes the city's figures.
func (f *fleet) look() {
	for i, l := range f.lines {
		if l.report != nil {
			f.known.Report(f.shops[i].id, *l.report)
			l.report = nil
		}
		for _, lease := range l.leases {
			f.known.Lease(f.shops[i].id, lease)
		}
		l.leases = l.leases[:0]
	}
	if f.now-f.since >= time.Minute {
		f.share = 0
		if f.sent >= refusalLeast {
			f.share = float64(f.refused) / float64(f.sent)
		}
		f.sent, f.refused, f.since = 0, 0, f.now
	}
	figures := route.FiguresOf(f.known, f.time(), 1-gate.CounterShare)["city"]
	figures.Refused = f.share
	f.gate = f.gate.Look(figures, 1, f.time())
}

// ask is a customer's order for now.
func (f *fleet) ask(p *person) {
	next, a := f.gate.Admit(len(p.Lines), p.campaign, false, f.time())
	f.gate = next
	if !a.TurnAt.IsZero() {
		p.offered = true
		turn := f.now + a.TurnAt.Sub(f.time())
		if soon := turn + f.sites[0].Usual()/2; turn < shopsim.DayLength && p.Takes(soon-p.came) {
			f.returns(p, turn)
			return
		}
	}
	if !a.Admit {
		f.later(p)
		return
	}
	f.send(p)
}

// send sends an order for now to one shop, if one has room.
func (f *fleet) send(p *person) {
	want := f.want(p)
	want.MayAsk = func(store string) bool { return !slices.Contains(p.tried, f.byID[store]) }
	open, _ := f.known.Find(want, f.time())
	open = slices.DeleteFunc(open, func(n table.Near) bool { // the customer sees the time and does not order what is too late
		p.offered = true
		return !p.Takes(f.now - p.came + time.Duration(n.Report.Quote.Promise)*time.Second)
	})
	var stamp *capacity.Stamp
	to, ok, _, _ := table.Choose(open, table.Credit{
		Sent: f.busy,
		Left: func(n table.Near) capacity.Work {
			r := f.lines[f.byID[n.ID]].routers[p.Channel].Take(n.Lease(p.Channel))
			if left := r.Limit - r.Spent - f.busy(n); f.time().Before(r.ExpiresAt.Add(-skew)) && left >= p.Work {
				return left
			}
			return 0
		},
		Spend: func(n table.Near) (bool, error) {
			stamp = f.spend(f.byID[n.ID], n.Lease(p.Channel), p.Work)
			return stamp != nil, nil
		},
	}, f.rnd.Float64)
	if !ok {
		f.later(p)
		return
	}
	at := f.byID[to.ID]
	l := f.lines[at]
	l.busy = append(l.busy, sent{f.now, p.Work})
	p.tried = append(p.tried, at)
	f.sent++
	f.order(p, at, stamp, time.Time{})
}

// spend takes credit of a shop's lease, by the rule of every router.
func (f *fleet) spend(at int, lease capacity.Lease, work capacity.Work) *capacity.Stamp {
	r := f.lines[at].routers[lease.Channel]
	r.Router = r.Take(lease)
	next, stamp, ok := r.Send(f.time(), work, skew)
	if ok {
		r.Router = next
	} else if r.Stuck(work) && f.now >= r.resyncAt {
		r.resyncAt = f.now + resyncEvery
		f.sites[at].Resync(f.now, lease.Channel, capacity.Stamp{Epoch: r.Epoch, Spent: r.Spent})
	}
	f.lines[at].routers[lease.Channel] = r
	if !ok {
		return nil
	}
	return &stamp
}

func (f *fleet) order(p *person, at int, stamp *capacity.Stamp, slot time.Time) {
	f.waiting[p.Guest], p.stamped = p, stamp != nil
	f.sites[at].Order(max(p.came, f.now), p.Guest, stamp, slot, f.answer(at))
}

func (f *fleet) want(p *person) table.Want {
	return table.Want{Channel: p.Channel, At: p.place, RadiusM: radius, Lines: p.Lines}
}

// busy is the work that was sent to a shop a moment ago.
func (f *fleet) busy(n table.Near) (sum capacity.Work) {
	l := f.lines[f.byID[n.ID]]
	for len(l.busy) > 0 && f.now-l.busy[0].at > reportLag {
		l.busy = l.busy[1:]
	}
	for _, s := range l.busy {
		sum += s.work
	}
	return sum
}

// offer is a later time at a shop.
type offer struct {
	at     int
	metres float64
	start  time.Time
}

// later offers a customer the slots near by. They take the first that is soon enough.
func (f *fleet) later(p *person) {
	open, shut := f.known.Find(f.want(p), f.time())
	var offers []offer
	for _, n := range append(open, shut...) {
		for _, s := range n.Report.Slots {
			if s.Start.After(f.time()) && s.Work >= p.Work {
				offers = append(offers, offer{f.byID[n.ID], n.Metres, s.Start})
			}
		}
	}
	f.take(p, offers)
}

// take has a customer book the first of some slots, if they want it.
func (f *fleet) take(p *person, offers []offer) {
	p.offered = p.offered || len(offers) > 0
	offers = slices.DeleteFunc(offers, func(o offer) bool {
		return !p.Takes(o.start.Add(capacity.SlotLength).Sub(f.sites[0].Time(p.came)))
	})
	if len(offers) == 0 || p.slots == slotsEach {
		f.nothing(p)
		return
	}
	first := slices.MinFunc(offers, func(a, b offer) int { return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.metres, b.metres)) })
	p.slots++
	f.order(p, first.at, nil, first.start)
}

// said takes in a shop's answer.
func (f *fleet) said(at int, a shopsim.Answer) {
	p := f.waiting[a.Guest]
	delete(f.waiting, a.Guest)
	switch {
	case a.Accepted && !p.Takes(a.Ready-p.came):
		f.sites[at].CallOff(f.now, a.Guest) // it has become later than the page had said
		f.gone(p)
	case a.Accepted && p.slots == 0:
		f.gate = f.gate.Charge(len(p.Lines))
	case a.Accepted:
	case p.slots > 0:
		var offers []offer
		for _, s := range a.Slots {
			offers = append(offers, offer{at, 0, s.Start})
		}
		f.take(p, offers)
	default:
		f.refused++
		if len(p.tried) < shopsEach {
			f.send(p)
		} else {
			f.later(p)
		}
	}
}
