package shop

import (
	"slices"
	"time"

	"weir/shop/capacity"
)

// Cook is a tap on an ingredient that takes time to prepare, such as pearls: somebody begins, it is done and goes into
// the stock, or it was a mistake.
type Cook struct {
	By         string
	Ingredient string
	Step       CookStep
}

// CookStep is what a person says about an ingredient that takes time.
type CookStep string

// The steps.
const (
	CookBegin CookStep = "begin"
	CookDone  CookStep = "done"
	CookStop  CookStep = "stop" // it was begun by mistake, or spoilt
)

func (Cook) subject() Subject { return Subject{} }

// CookStepped says that a batch of an ingredient was begun, is done, or was given up.
type CookStepped struct {
	Ingredient string    `json:"ingredient"`
	Step       CookStep  `json:"step"`
	Amount     int       `json:"amount,omitempty"`  // of the batch
	ReadyAt    time.Time `json:"ready_at,omitzero"` // of one that was begun
}

func (CookStepped) name() string { return "cook.stepped" }

// Cooking is a batch that is being prepared.
type Cooking struct {
	Amount  int       `json:"amount"`
	Began   time.Time `json:"began"`
	ReadyAt time.Time `json:"ready_at"`
	By      string    `json:"by,omitempty"`
}

// decide takes a tap on a batch. A tap that came before, on another tablet, changes nothing.
func (c Cook) decide(d *decider) error {
	d.by = c.By
	menu := d.state.Config.Menu
	if !menu.Needs(c.Ingredient) {
		return notFound("nothing on the menu uses %.64q", c.Ingredient)
	}
	supply := menu.Pantry[c.Ingredient]
	stock, counted := d.state.Stock[c.Ingredient]
	switch {
	case c.Step != CookBegin && c.Step != CookDone && c.Step != CookStop:
		return invalid(ProblemInvalid, "a batch is begun, done or stopped", FieldError{"/step", "want begin, done or stop"})
	case supply.Lead == 0:
		return conflict(ProblemInvalidTransition, "%s takes no time: shop.yaml has no lead_min for it", c.Ingredient)
	case !counted:
		return conflict(ProblemInvalidTransition, "%s is not counted: say first how much of it is here", c.Ingredient)
	case (stock.Cooking != nil) == (c.Step == CookBegin):
		d.out.Replayed = true
		return nil
	}
	f := CookStepped{Ingredient: c.Ingredient, Step: c.Step}
	switch c.Step {
	case CookBegin:
		f.Amount, f.ReadyAt = supply.Once(), d.now.Add(supply.Lead)
	default:
		f.Amount = stock.Cooking.Amount
	}
	d.emit(0, f)
	return nil
}

func (f CookStepped) apply(s State, e Event) State {
	return s.restock(f.Ingredient, func(stock *Stock) {
		stock.Cooking = nil
		switch f.Step {
		case CookBegin:
			stock.Cooking = &Cooking{Amount: f.Amount, Began: e.At, ReadyAt: f.ReadyAt, By: e.By}
		case CookDone:
			stock.Left += f.Amount
			stock.Today.In += f.Amount
		}
	})
}

// CookAdvice is an ingredient that takes time and has to be begun now, or is being prepared.
type CookAdvice struct {
	Ingredient string
	OutAt      time.Time // when no more of it can be ordered at this pace; zero: not before closing, or not known
	Cooking    *Cooking  // being prepared; nil: to be begun now
}

// cookEarly is how long before the last moment a batch is asked for: somebody has to have a hand free for it.
const cookEarly = 5 * time.Minute

// CookAdvice lists what has to be begun now, so that it is there when what is here has been ordered, and what is being
// prepared. It reckons with what the queue and the booked slots will take, the pace at which orders come, and the
// campaigns that are announced. What lasts until closing is not asked for.
func (s *State) CookAdvice(now time.Time) (list []CookAdvice) {
	for _, ingredient := range sortedKeys(s.Stock) {
		supply := s.Config.Menu.Pantry[ingredient]
		if supply.Lead == 0 {
			continue
		}
		a := CookAdvice{Ingredient: ingredient, Cooking: s.Stock[ingredient].Cooking}
		look := supply.Lead + cookEarly
		a.OutAt = s.outAt(ingredient, now, look)
		if a.Cooking != nil || !a.OutAt.IsZero() {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b CookAdvice) int { return a.OutAt.Compare(b.OutAt) })
	return list
}

// LastsUntil is when no more cup with an ingredient can be ordered at the pace at which orders come; zero is not before closing.
func (s *State) LastsUntil(ingredient string, now time.Time) time.Time {
	return s.outAt(ingredient, now, s.ClosesNext(now).Sub(now))
}

// outAt is when no cup with an ingredient can be ordered any more, if that is within a span and before closing; otherwise
// zero.
func (s *State) outAt(ingredient string, now time.Time, within time.Duration) time.Time {
	stock := s.Stock[ingredient]
	left, _ := s.Free(ingredient)
	least := s.Config.Menu.Least(ingredient)
	rate := stock.Pace.PerMinute(now)
	expected := s.expected(ingredient, now)
	end := now.Add(within)
	if closes := s.hours().Closes; closes.Before(end) {
		end = closes
	}
	for at, have := now, float64(left); !at.After(end); at = at.Add(time.Minute) {
		if have < float64(least) {
			return at
		}
		have -= max(rate, expected[at.Truncate(capacity.SlotLength)])
	}
	return time.Time{}
}

// Least is the smallest amount of an ingredient that a cup takes.
func (m *Menu) Least(ingredient string) (least int) {
	for _, uses := range m.made {
		for _, u := range uses {
			if u.ingredient == ingredient && (least == 0 || u.amount < least) {
				least = u.amount
			}
		}
	}
	return least
}

// expected is what announced campaigns would take of an ingredient per minute, by quarter of an hour from now on.
func (s *State) expected(ingredient string, now time.Time) map[time.Time]float64 {
	if len(s.Campaigns) == 0 {
		return nil
	}
	rates := map[time.Time]float64{}
	for _, c := range s.Campaigns {
		if !c.CancelledAt.IsZero() || c.ended(now) {
			continue
		}
		m := s.Config.Menu.mix(c.Notice.Items)
		for i, cups := range c.Notice.Expected {
			at := c.Notice.Start.Add(time.Duration(i) * capacity.SlotLength).Truncate(capacity.SlotLength)
			if l := c.Limit(); l != nil {
				cups = min(cups, l.Cups)
			}
			rates[at] += float64(cups) * m.uses[ingredient] / capacity.SlotLength.Minutes()
		}
	}
	return rates
}
