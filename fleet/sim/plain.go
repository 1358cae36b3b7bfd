package sim

import (
	"time"

	"weir/fleet/table"
	shopsim "weir/shop/sim"
)

// newPolicy makes a policy by its name.
func newPolicy(name string, r *run) policy {
	if name == Fleet {
		return newFleet(r)
	}
	near := nearest{r, r.openTable()}
	switch name {
	case OnOff:
		return &onOff{near}
	case Wait:
		return &waits{near}
	}
	return &near
}

// openTable knows every shop and takes each for open all day.
func (r *run) openTable() *table.Table {
	t := r.table(func() time.Time { return time.Time{} })
	open := table.Report{}
	open.Seq, open.ExpiresAt = 1, time.Time{}.Add(time.Second)
	for _, s := range r.shops {
		t.Report(s.id, open)
	}
	return t
}

// nearest sends everybody to the nearest shop. The page says half an hour, whatever the shop has to do.
type nearest struct {
	*run
	known *table.Table
}

// near are the nearest shops that may be asked.
func (n *nearest) near(p *person, most int, may func(store string) bool) []table.Near {
	open, _ := n.known.Find(table.Want{At: p.place, RadiusM: radius, Max: most, MayAsk: may}, time.Time{})
	return open
}

// serve has a shop take an order. told is the waiting time that the customer was told; 0 is none.
func (n *nearest) serve(p *person, to table.Near, told time.Duration) {
	site, at := n.sites[n.byID[to.ID]], max(p.came, n.now)
	if told > 0 {
		site.Serve(at, p.Guest, true, told)
	} else {
		site.Serve(at, p.Guest, false, site.Usual())
	}
}

func (n *nearest) look()                    {}
func (n *nearest) lived(int)                {}
func (n *nearest) said(int, shopsim.Answer) {}

func (n *nearest) ask(p *person) {
	if open := n.near(p, 1, nil); len(open) > 0 {
		n.serve(p, open[0], 0)
	} else {
		n.nothing(p)
	}
}

// onOff leaves out shops whose staff has switched orders off. The page knows it at once.
type onOff struct{ nearest }

func (o *onOff) ask(p *person) {
	open := o.near(p, 1, func(store string) bool { return !o.sites[o.byID[store]].Shut() })
	if len(open) > 0 {
		o.serve(p, open[0], 0)
	} else {
		o.nothing(p)
	}
}

// waits tells the waiting time of the nearest shops, as it is at this moment. The customer takes the nearest that is
// soon enough, or for want of one the soonest.
type waits struct{ nearest }

func (w *waits) ask(p *person) {
	best, soonest := -1, time.Duration(0)
	open := w.near(p, table.NearMax, nil)
	for i, n := range open {
		wait := w.sites[w.byID[n.ID]].Quoted()
		if w.now+wait > shopsim.DayLength {
			continue // it closes before
		}
		p.offered = true
		if wait+w.now-p.came <= p.Patience {
			w.serve(p, n, wait)
			return
		}
		if best < 0 || wait < soonest {
			best, soonest = i, wait
		}
	}
	if best >= 0 && p.Takes(soonest+w.now-p.came) {
		w.serve(p, open[best], soonest)
		return
	}
	w.nothing(p)
}

// anywhere sends each order to the shop of the whole city that has the least to do for its crew, and nobody leaves: no
// way to choose makes more.
type anywhere struct{ *run }

func (a *anywhere) look()                    {}
func (a *anywhere) lived(int)                {}
func (a *anywhere) said(int, shopsim.Answer) {}

func (a *anywhere) ask(p *person) {
	best, least := 0, 0.0
	for i, s := range a.sites {
		if load := float64(s.BacklogWork()) / a.shops[i].crew; i == 0 || load < least {
			best, least = i, load
		}
	}
	a.sites[best].Serve(max(p.came, a.now), p.Guest, false, 0)
	if err := a.sites[best].Until(max(p.came, a.now)); err != nil { // its backlog must show the order to the next customer
		a.err = err
	}
}
