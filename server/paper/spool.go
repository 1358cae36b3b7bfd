// Package paper is what printers see of a shop: their jobs, and what each job prints.
package paper

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"weir/printer"
	"weir/shop"
	"weir/shop/words"
)

// Shop is what printers need of a shop: the real one's store, or the memory of a practice.
type Shop interface {
	// Do has a command carried out; it returns when the outcome is certain. A refusal is a [*shop.Error].
	Do(ctx context.Context, c shop.Command) (shop.Result, error)
	// Snapshot is the state after the last change. It does not change.
	Snapshot() *shop.State
	// Bell is closed at the next change.
	Bell() <-chan struct{}
	// Order finds an order, open or ended; [shop.ErrNotFound] when there is none.
	Order(ctx context.Context, id shop.OrderID) (*shop.Order, error)
}

// spool is a shop as its printers see it.
type spool struct {
	shop     Shop
	practice bool // nobody makes what is printed, and the paper says so
}

// Bell implements [printer.Spool].
func (s spool) Bell() <-chan struct{} { return s.shop.Bell() }

// Jobs implements [printer.Spool].
func (s spool) Jobs(name string) []printer.Job {
	state := s.shop.Snapshot()
	var jobs []printer.Job
	for j := range state.Jobs.All() {
		if j.Printer == name && printer.State(j.State).Open() {
			jobs = append(jobs, paperJob(state, j))
		}
	}
	slices.SortStableFunc(jobs, func(a, b printer.Job) int { return a.DueAt.Compare(b.DueAt) })
	return jobs
}

func paperJob(state *shop.State, j *shop.Job) printer.Job {
	out := printer.Job{
		ID: int64(j.ID), Printer: j.Printer, Kind: printer.Kind(j.Kind), Order: j.Order.String(), Reprint: j.Reprint,
		State: printer.State(j.State), Reason: printer.Reason(j.Reason), DueAt: j.DueAt,
	}
	if j.Cup > 0 {
		out.Cup = shop.CupID{Order: j.Order, N: j.Cup}.String()
	}
	if o, ok := state.Order(j.Order); ok {
		out.Pickup = o.PickupNumber()
	}
	return out
}

// Move implements [printer.Spool].
func (s spool) Move(ctx context.Context, m printer.Move) error {
	_, err := s.shop.Do(ctx, shop.MoveJob{
		By: "printer:" + m.Printer, Job: shop.JobID(m.Job), Printer: m.Printer,
		From: shop.JobState(m.From), To: shop.JobState(m.To), Reason: string(m.Reason),
	})
	return stale(err)
}

// Reprint implements [printer.Spool].
func (s spool) Reprint(ctx context.Context, name string, job int64) error {
	_, err := s.shop.Do(ctx, shop.Reprint{By: "printer:" + name, Job: shop.JobID(job), Printer: name})
	return stale(err)
}

// stale turns the shop's refusal into the spool's.
func stale(err error) error {
	var refusal *shop.Error
	if errors.As(err, &refusal) && (refusal.Kind == shop.NotFound || refusal.Kind == shop.Conflict) {
		return fmt.Errorf("%w: %s", printer.ErrStale, refusal.Detail)
	}
	return err
}

// render makes what a job prints from its order as it is now.
func (s spool) render(ctx context.Context, j printer.Job) (printer.Ticket, error) {
	id, err := shop.ParseOrderID(j.Order)
	if err != nil {
		return printer.Ticket{}, err
	}
	o, err := s.shop.Order(ctx, id)
	if err != nil {
		return printer.Ticket{}, fmt.Errorf("order of print job %d: %w", j.ID, err)
	}
	t := ticket(s.shop.Snapshot().Config, o, j)
	t.Practice = s.practice
	return t, nil
}

// ticket is the order in the words of paper.
func ticket(config *shop.Config, o *shop.Order, j printer.Job) printer.Ticket {
	channel, _ := config.Channel(o.Channel)
	l := paperLang(config, j.Printer)
	t := printer.Ticket{
		Lang: string(l), Kind: j.Kind, Shop: l.Of(config.Name), Channel: l.Of(channel.Name), Pickup: o.PickupNumber(), Platform: o.DisplayNumber,
		Order: o.ID.String(), Fulfil: printer.Fulfilment(o.Fulfilment), PlacedAt: o.AcceptedAt.In(config.Location),
		PromiseAt: o.Promise.By().In(config.Location), Cups: len(o.Cups), Code: o.ID.String(), Reprint: j.Reprint,
		MayBeMade: o.MayBeMade, Track: o.TrackURL,
	}
	if o.Totals != nil {
		t.Totals = &printer.Totals{TotalFen: o.Totals.TotalFen, PaidFen: o.Totals.PaidFen, SubsidyFen: o.Totals.SubsidyFen}
	}
	station := stationOf(config, j.Printer)
	if j.Kind == printer.Kitchen && station != "" {
		for _, st := range config.Stations {
			if st.ID == station {
				t.Shop += " · " + l.Of(st.Name)
			}
		}
	}
	lines := o.Lines
	if cup, err := shop.ParseCupID(j.Cup); err == nil && o.Cup(cup.N) != nil {
		c := o.Cup(cup.N)
		t.Cup, t.Cups = o.NumberOf(c.N)
		t.Code, t.Remake = j.Cup, c.Replaces > 0
		lines = lines[c.Line : c.Line+1]
		t.Items = append(t.Items, paperItem(l, config.Menu, o, c.Line, &lines[0]))
		t.Items[0].Qty = 1
		return t
	}
	for i, line := range lines {
		if j.Kind == printer.Kitchen && !config.OnTicket(shop.Printer{Station: station}, &lines[i]) {
			continue
		}
		if line.Qty = o.LiveQty(i); line.Qty > 0 || j.Kind == printer.Cancellation {
			t.Items = append(t.Items, paperItem(l, config.Menu, o, i, &line))
		}
	}
	return t
}

// stationOf is the station whose kitchen tickets a printer prints; "" is the whole order.
func stationOf(config *shop.Config, name string) string {
	for _, p := range config.Printers {
		if p.Name == name {
			return p.Station
		}
	}
	return ""
}

// paperLang is the language that a printer's paper is in.
func paperLang(config *shop.Config, name string) words.Lang {
	for _, p := range config.Printers {
		if l, ok := words.Parse(p.Lang); ok && p.Name == name {
			return l
		}
	}
	return words.ZH
}

func paperItem(l words.Lang, menu *shop.Menu, o *shop.Order, index int, line *shop.Line) printer.Item {
	item := printer.Item{Qty: line.Qty, Name: line.Name}
	menu = menu.Of(line)
	price := int64(0)
	if known := menu.Item(line.Item); known != nil {
		item.Name, price = l.Of(known.Name), known.PriceFen
	}
	for group, id := range line.Options.All() {
		name := id
		if option := menu.Option(group, id); option != nil {
			name = l.Of(option.Name)
			price += option.PriceFen
		}
		if group == shop.GroupTopping {
			item.Toppings = append(item.Toppings, name)
		} else {
			item.Options = append(item.Options, name)
		}
	}
	item.Options = append(item.Options, line.Words...)
	item.PriceFen = price * int64(line.Qty)
	item.Note = o.Note(index)
	return item
}
