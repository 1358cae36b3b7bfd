package shop

import "fmt"

// SetStock says how much of an ingredient is left, in the menu's own units, as counted by a person. A
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
	Amount     int    `json:"amount"` // negative: not counted any more
}

func (StockSet) name() string { return "stock.set" }

// stockMax is more than a shop holds of anything: ten tonnes in grams.
const stockMax = 10_000_000

// decide takes a person's count. Only what the menu uses can be counted.
func (c SetStock) decide(d *decider) error {
	d.by = c.By
	if !d.state.Config.Menu.Needs(c.Ingredient) {
		return notFound("nothing on the menu uses %q", c.Ingredient)
	}
	if c.Amount > stockMax {
		return invalid(ProblemInvalid, fmt.Sprintf("a stock is at most %d", stockMax), FieldError{"/amount", fmt.Sprint(c.Amount)})
	}
	d.emit(0, StockSet{Ingredient: c.Ingredient, Amount: max(c.Amount, -1)})
	return nil
}

func (f StockSet) apply(s State, _ Event) State {
	s.Stock = with(s.Stock, f.Ingredient, f.Amount)
	if f.Amount < 0 {
		delete(s.Stock, f.Ingredient) // with has made a copy, so the old state keeps its entry
	}
	return s
}

// used takes what cups were made of from the stock, or puts it back when a bump was undone. A stock that
// was counted wrongly ends at 0.
func (s State) used(o *Order, moves []Move) State {
	for _, m := range moves {
		made := m.made()
		if made == 0 {
			continue
		}
		for ingredient, amount := range s.Config.Menu.Uses(&o.Lines[o.Cups[m.N-1].Line]) {
			if left, counted := s.Stock[ingredient]; counted {
				s.Stock = with(s.Stock, ingredient, max(0, left-made*amount))
			}
		}
	}
	return s
}

// Uses is what one cup of a line is made of, in the menu's own units.
func (m *Menu) Uses(l *Line) map[string]int {
	uses := map[string]int{}
	if item := m.Item(l.Item); item != nil {
		for ingredient, amount := range item.Uses {
			uses[ingredient] += amount
		}
	}
	for group, id := range l.Options.All() {
		if option := m.Option(group, id); option != nil {
			for ingredient, amount := range option.Uses {
				uses[ingredient] += amount
			}
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
			if _, ok := g.Options[i].Uses[ingredient]; ok {
				return true
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
	for ingredient, amount := range s.Stock {
		left[ingredient] = amount
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
