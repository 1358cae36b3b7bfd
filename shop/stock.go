package shop

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// SetStock says how much of an ingredient is here, in the menu's own units, as counted by a person. A
// negative amount ends the counting of that ingredient.
type SetStock struct {
	By         string
	Ingredient string
	Amount     int
}

func (SetStock) subject() Subject { return Subject{} }

// StockSet says how much of an ingredient was counted.
type StockSet struct {
	Ingredient string `json:"ingredient"`
	Amount     int    `json:"amount"`        // negative: not counted any more
	Was        *int   `json:"was,omitempty"` // what should have been here by the book; nil: it was not counted before
}

func (StockSet) name() string { return "stock.set" }

// stockMax is more than a shop holds of anything: ten tonnes in grams.
const stockMax = 10_000_000

// Stock is what is known of an ingredient that people count. Amounts are in the menu's own units.
//
// What is here is what was counted, less what cups took when they were made and what was thrown away, with what came in.
// What can still be ordered is less than that by what the accepted and booked orders will take: [State.Free].
type Stock struct {
	Left    int       `json:"left"`              // here by the book; below 0 when more was used than was counted
	At      time.Time `json:"at,omitzero"`       // of the last count
	By      string    `json:"by,omitempty"`      // who counted
	Tap     string    `json:"tap,omitempty"`     // the last tap that added or took away: sending it again does nothing
	Today   StockDay  `json:"today"`             // of the running business day
	Before  StockDay  `json:"before,omitzero"`   // of the one before
	Pace    Pace      `json:"pace,omitzero"`     // at which orders take it
	Cooking *Cooking  `json:"cooking,omitempty"` // what is being prepared; nil: nothing
}

// UnmarshalJSON implements json.Unmarshaler. An earlier version stored how much is left, and nothing more.
func (s *Stock) UnmarshalJSON(doc []byte) error {
	var left int
	if json.Unmarshal(doc, &left) == nil {
		*s = Stock{Left: left, Today: StockDay{Began: left}}
		return nil
	}
	type plain Stock
	return json.Unmarshal(doc, (*plain)(s))
}

// StockDay is what became of an ingredient on one business day. Its figures add up: what it began with, what came in and
// what counts corrected are what is left and what was made, made again and wasted.
type StockDay struct {
	Day       Day `json:"day,omitempty"`
	Began     int `json:"began"`     // here when the day, or the counting, began
	In        int `json:"in"`        // delivered or prepared
	Made      int `json:"made"`      // taken by cups
	Remade    int `json:"remade"`    // taken by cups that were made again
	Waste     int `json:"waste"`     // thrown away, or in cups that were given up half made
	Corrected int `json:"corrected"` // counted less expected, summed over the counts; below 0 something was missing
	Counts    int `json:"counts"`    // how often somebody counted
}

// Left is what the day leaves by the book.
func (d StockDay) Left() int { return d.Began + d.In + d.Corrected - d.Made - d.Remade - d.Waste }

// decide takes a person's count. Only what the menu uses can be counted.
func (c SetStock) decide(d *decider) error {
	d.by = c.By
	if !d.state.Config.Menu.Needs(c.Ingredient) {
		return notFound("nothing on the menu uses %.64q", c.Ingredient)
	}
	if c.Amount > stockMax {
		return invalid(ProblemInvalid, fmt.Sprintf("a stock is at most %d", stockMax), FieldError{"/amount", fmt.Sprint(c.Amount)})
	}
	f := StockSet{Ingredient: c.Ingredient, Amount: max(c.Amount, -1)}
	if stock, counted := d.state.Stock[c.Ingredient]; counted {
		f.Was = &stock.Left
	}
	d.emit(0, f)
	return nil
}

func (f StockSet) apply(s State, e Event) State {
	s.menuChanges++
	stock, counted := s.Stock[f.Ingredient]
	if f.Amount < 0 {
		s.Stock, s.held = with(s.Stock, f.Ingredient, stock), with(s.held, f.Ingredient, 0)
		delete(s.Stock, f.Ingredient) // with has made a copy, so the old state keeps its entry
		delete(s.held, f.Ingredient)
		return s
	}
	if counted {
		stock.Today.Corrected += f.Amount - stock.Left
	} else {
		stock.Today = StockDay{Day: s.Counters.Day, Began: f.Amount}
		stock.Pace.Since = e.At
		s.held = with(s.held, f.Ingredient, s.heldOf(f.Ingredient))
	}
	stock.Today.Counts++
	stock.Left, stock.At, stock.By = f.Amount, e.At, e.By
	s.Stock = with(s.Stock, f.Ingredient, stock)
	return s
}

// Free is how much of an ingredient can still be ordered: what is here, less what the accepted and booked orders will
// take. It is below 0 when they will take more than is here. counted is false when nobody counts it.
func (s *State) Free(ingredient string) (free int, counted bool) {
	stock, counted := s.Stock[ingredient]
	return stock.Left - s.held[ingredient], counted
}

// Held is what the accepted and booked orders will take of an ingredient that is counted.
func (s *State) Held(ingredient string) int { return s.held[ingredient] }

// heldOf is what the open orders, and those that room is kept for, will take of an ingredient, counted one by one.
func (s *State) heldOf(ingredient string) (sum int) {
	for o := range s.Orders.All() {
		for i := range o.Cups {
			if held, _ := o.Cups[i].takes(); held && o.End == "" {
				sum += s.Config.Menu.Uses(&o.Lines[o.Cups[i].Line])[ingredient]
			}
		}
	}
	for _, h := range s.Holds {
		o := s.heldOrder(h)
		for i := range o.Cups {
			sum += s.Config.Menu.Uses(&o.Lines[o.Cups[i].Line])[ingredient]
		}
	}
	return sum
}

// StockOff lists the counted ingredients whose book does not add up: what the day's figures leave is not what is left, or
// what is held for open orders is not what they will take. Anything in it is a fault of the program.
func (s *State) StockOff() (off []string) {
	for _, ingredient := range sortedKeys(s.Stock) {
		if stock := s.Stock[ingredient]; stock.Today.Left() != stock.Left || s.held[ingredient] != s.heldOf(ingredient) {
			off = append(off, ingredient)
		}
	}
	return off
}

// takes is where a cup's ingredients are: held for it, in it, or neither. A cup that was given up after it was begun has
// used them.
func (c *Cup) takes() (held, spent bool) {
	switch {
	case c.State < Made:
		return true, false
	case c.State == Voided:
		return false, !c.Started.IsZero()
	}
	return false, true
}

// hold is the state with what an order will take held for it, less what was held for it as it was; old may be nil.
func (s State) hold(old, o *Order) State { return s.taken(old, o, false) }

// used is the state with what an order's cups have taken since it was old, and what they will take; old may be nil.
func (s State) used(old, o *Order) State { return s.taken(old, o, true) }

func (s State) taken(old, o *Order, spend bool) State {
	if len(s.Stock) == 0 {
		return s // nobody counts
	}
	for i := range o.Cups {
		cup, was := &o.Cups[i], (*Cup)(nil)
		held, spent := cup.takes()
		wasHeld, wasSpent := false, false
		if old != nil && i < len(old.Cups) {
			was = &old.Cups[i]
			wasHeld, wasSpent = was.takes()
		}
		if held == wasHeld && spent == wasSpent {
			continue
		}
		for ingredient, amount := range s.Config.Menu.Uses(&o.Lines[cup.Line]) {
			stock, counted := s.Stock[ingredient]
			if !counted || amount == 0 {
				continue
			}
			s.menuChanges++
			if held != wasHeld {
				s.held = with(s.held, ingredient, s.held[ingredient]+amount*(sign(held)-sign(wasHeld)))
			}
			switch {
			case !spend || spent == wasSpent:
				continue
			case spent:
				stock.Left -= amount
				*stock.Today.taking(cup) += amount
			case was.At.Before(stock.At):
				continue // whoever counted since has seen what it did not take
			default:
				stock.Left += amount
				*stock.Today.taking(was) -= amount
			}
			s.Stock = with(s.Stock, ingredient, stock)
		}
	}
	return s
}

func sign(b bool) int {
	if b {
		return 1
	}
	return 0
}

// taking is the figure that a cup's ingredients belong to.
func (d *StockDay) taking(c *Cup) *int {
	switch {
	case c.State == Voided:
		return &d.Waste
	case c.Replaces != 0:
		return &d.Remade
	}
	return &d.Made
}

// stockOfDay begins a new business day in the books of all that is counted.
func (s State) stockOfDay(day Day) State {
	for ingredient, stock := range s.Stock {
		if stock.Today.Day != day {
			stock.Before, stock.Today = stock.Today, StockDay{Day: day, Began: stock.Left}
			s.Stock = with(s.Stock, ingredient, stock)
		}
	}
	return s
}

// stockOnScale moves the times in the books of all that is counted to a new scale of time.
func (s State) stockOnScale(to scale) State {
	for ingredient, stock := range s.Stock {
		for _, at := range []*time.Time{&stock.At, &stock.Pace.At, &stock.Pace.Since} {
			to.move(at)
		}
		if c := stock.Cooking; c != nil {
			moved := *c
			to.move(&moved.Began)
			moved.ReadyAt = moved.ReadyAt.Add(moved.Began.Sub(c.Began)) // it takes as long as it takes
			stock.Cooking = &moved
		}
		s.Stock = with(s.Stock, ingredient, stock)
	}
	return s
}

// Pace is how fast orders take an ingredient lately: a sum that fades.
type Pace struct {
	Sum   float64   `json:"sum"`            // amount ordered, each part fading with paceTime
	At    time.Time `json:"at,omitzero"`    // as of when
	Since time.Time `json:"since,omitzero"` // when the sum began
}

// paceTime is how long an order counts for the pace: long enough to outlast a gap between two orders, short enough to
// follow noon. paceLeast is what a pace is taken over at least: the first order alone is none.
const (
	paceTime  = 30 * time.Minute
	paceLeast = 10 * time.Minute
)

func (p Pace) add(at time.Time, amount int) Pace {
	p.Sum = p.fading(at) + float64(amount)
	p.At = at
	return p
}

func (p Pace) fading(now time.Time) float64 {
	return p.Sum * math.Exp(-max(0, now.Sub(p.At).Minutes())/paceTime.Minutes())
}

// PerMinute is the amount ordered per minute.
func (p Pace) PerMinute(now time.Time) float64 {
	if p.At.IsZero() {
		return 0
	}
	over := max(now.Sub(p.Since), paceLeast).Minutes() / paceTime.Minutes()
	return p.fading(now) / (paceTime.Minutes() * (1 - math.Exp(-over)))
}

// ordered is the state with an order's ingredients in the pace.
func (s State) ordered(o *Order, at time.Time) State {
	if len(s.Stock) == 0 {
		return s
	}
	for i := range o.Cups {
		for ingredient, amount := range s.Config.Menu.Uses(&o.Lines[o.Cups[i].Line]) {
			if stock, counted := s.Stock[ingredient]; counted && amount > 0 {
				stock.Pace = stock.Pace.add(at, amount)
				s.Stock = with(s.Stock, ingredient, stock)
			}
		}
	}
	return s
}

// CupsLeft is how many cups of an item, or with an option, can still be ordered by what is counted; counted is false when
// nothing of it is. It does not look at marks.
func (s *State) CupsLeft(part MenuPart) (cups int, counted bool) {
	for _, u := range s.Config.Menu.made[part] {
		free, known := s.Free(u.ingredient)
		if !known || u.amount == 0 {
			continue
		}
		n, endless := max(0, free)/u.amount, false
		for _, option := range u.instead { // a drink of which fresh milk is out is made with oat milk
			other, known := s.CupsLeft(option)
			n, endless = n+other, endless || !known
		}
		if !endless && (!counted || n < cups) {
			cups, counted = n, true
		}
	}
	return cups, counted
}

// FewCups is up to how many cups it is said how many are left: above that nobody chooses by it.
const FewCups = 20

// FewLeft is [State.CupsLeft] where that is a small number.
func (s *State) FewLeft(part MenuPart) (cups int, few bool) {
	cups, counted := s.CupsLeft(part)
	return cups, counted && cups <= FewCups
}

// Uses is what one cup of a line is made of, in the menu's own units: what the item takes in its size, with what its
// options take in the place of that, and what they add, by the menu that it was ordered from.
func (m *Menu) Uses(l *Line) map[string]int {
	m = m.Of(l)
	uses, percent := map[string]int{}, 100
	swaps := map[string]string{}
	for group, id := range l.Options.All() {
		option := m.Option(group, id)
		if option == nil {
			continue
		}
		if option.Scale > 0 {
			percent = percent * option.Scale / 100
		}
		for from, to := range option.Swaps {
			swaps[from] = to
		}
		for ingredient, amount := range option.Uses {
			uses[ingredient] += amount
		}
	}
	if item := m.Item(l.Item); item != nil {
		for ingredient, amount := range item.Uses {
			amount = m.scaled(ingredient, item.perCup(amount), percent)
			if to, swapped := swaps[ingredient]; swapped {
				ingredient = to
			}
			uses[ingredient] += amount
		}
	}
	return uses
}

// Needs reports whether anything on the menu is made of an ingredient.
func (m *Menu) Needs(ingredient string) bool {
	for i := range m.Items {
		if _, ok := m.Items[i].Uses[ingredient]; ok {
			return true
		}
	}
	for _, g := range m.Groups {
		for i := range g.Options {
			o := &g.Options[i]
			if _, ok := o.Uses[ingredient]; ok {
				return true
			}
			for _, to := range o.Swaps {
				if to == ingredient {
					return true
				}
			}
		}
	}
	return false
}

// Shortage is an ingredient that does not last for the cups that wait.
type Shortage struct {
	Ingredient string
	First      Queued // the first cup there is not enough for
	Cups       int    // how many cups there is not enough for
}

// Shortages follows the stock through a queue, in order, and says what does not last and until where. Cups
// that want what has run out are counted, and take nothing else.
func (s *State) Shortages(queue []Queued) []Shortage {
	if len(s.Stock) == 0 {
		return nil // nobody counts: nothing to follow through a thousand cups
	}
	left := map[string]int{}
	for ingredient, stock := range s.Stock {
		left[ingredient] = stock.Left
	}
	var short []Shortage
	at := map[string]int{}
	for _, q := range queue {
		uses := s.Config.Menu.Uses(q.Line())
		enough := true
		for ingredient, amount := range uses {
			if have, counted := left[ingredient]; !counted || have >= amount {
				continue
			}
			enough = false
			i, known := at[ingredient]
			if !known {
				i = len(short)
				at[ingredient] = i
				short = append(short, Shortage{Ingredient: ingredient, First: q})
			}
			short[i].Cups++
		}
		if !enough {
			continue
		}
		for ingredient, amount := range uses {
			if _, counted := left[ingredient]; counted {
				left[ingredient] -= amount
			}
		}
	}
	return short
}
