package kds

import (
	"fmt"
	"slices"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
	"weir/templates"
)

// slotsShown is how many of the next booked quarters of an hour have room in the head.
const slotsShown = 4

// head is how the shop stands, for everybody in the room.
func (s *Screens) head(state *shop.State, l words.Lang, now time.Time) templates.Head {
	r := state.Capacity.Report(now)
	taking := templates.TakingNow(l, state, r.Level, now)
	h := templates.Head{
		Backlog: state.Ledger.Backlog(), Minutes: l.Span(r.Minutes), Rate: fmt.Sprintf("%.1f", r.Rate.P50/float64(capacity.Cup)),
		Estimated: r.Rate.Estimated, Level: taking.Level, LevelWord: taking.Word, Reason: taking.Why,
		Slots: bookedSlots(state, now), Ledger: ledger(state), Clock: now.In(state.Config.Location).Format("15:04"),
		Lights: s.lights(l),
	}
	if r.Minutes == 0 && r.Backlog > 0 {
		h.Minutes = "–" // nobody is on duty, as the level says
	}
	for _, ch := range state.Config.Channels {
		mode := state.TakenNow(ch.ID, now)
		h.Intake = append(h.Intake, templates.Intake{Name: l.Of(ch.Name), Mode: string(mode), Word: templates.IntakeWord(l, mode)})
	}
	return h
}

// lights are the printers and the links to the outside.
func (s *Screens) lights(l words.Lang) []templates.Light {
	return append(s.printerLights(l), s.Network(l)...)
}

// bookedSlots are the next quarters of an hour that somebody has booked, with their cups.
func bookedSlots(state *shop.State, now time.Time) []templates.Slot {
	cups := map[time.Time]int{}
	for o := range state.Orders.All() {
		if start := o.Promise.SlotStart; o.End == "" && !o.OnStandby() && !start.IsZero() && start.Add(capacity.SlotLength).After(now) {
			cups[start] += len(o.Cups)
		}
	}
	starts := make([]time.Time, 0, len(cups))
	for start := range cups {
		starts = append(starts, start)
	}
	slices.SortFunc(starts, time.Time.Compare)
	var slots []templates.Slot
	for _, start := range starts[:min(slotsShown, len(starts))] {
		slots = append(slots, templates.Slot{Time: start.In(state.Config.Location).Format("15:04"), Cups: cups[start]})
	}
	return slots
}

func ledger(state *shop.State) templates.Ledger {
	g := state.Ledger
	return templates.Ledger{
		Ordered: g.Ordered, Remade: g.Remade, Booked: g.In[shop.Booked], Waiting: g.In[shop.Waiting], Making: g.In[shop.Making],
		Made: g.In[shop.Made], Handed: g.In[shop.Handed], Voided: g.In[shop.Voided], Discarded: g.In[shop.Discarded], Off: state.Lost(),
	}
}
