package shop

import "fmt"

// WasteStock says that so much of an ingredient was thrown away.
type WasteStock struct {
	By         string
	Ingredient string
	Amount     int
	Tap        string // names the tap, so that sending it again takes nothing more
}

func (WasteStock) subject() Subject { return Subject{} }

// StockWasted says that so much of an ingredient was thrown away.
type StockWasted struct {
	Ingredient string `json:"ingredient"`
	Amount     int    `json:"amount"`
	Tap        string `json:"tap,omitempty"`
}

func (StockWasted) name() string { return "stock.wasted" }

// decide takes what was thrown away off the book.
func (c WasteStock) decide(d *decider) error {
	d.by = c.By
	done, err := d.stockTap(c.Ingredient, c.Amount, c.Tap)
	if err != nil || done {
		return err
	}
	d.emit(0, StockWasted{Ingredient: c.Ingredient, Amount: c.Amount, Tap: c.Tap})
	return nil
}

// stockTap checks a tap that changes what is here of a counted ingredient; done is true for one that came before.
func (d *decider) stockTap(ingredient string, amount int, tap string) (done bool, err error) {
	stock, counted := d.state.Stock[ingredient]
	switch {
	case !d.state.Config.Menu.Needs(ingredient):
		return false, notFound("nothing on the menu uses %.64q", ingredient)
	case !counted:
		return false, conflict(ProblemInvalidTransition, "%s is not counted: say first how much of it is here", ingredient)
	case amount < 1 || amount > stockMax:
		return false, invalid(ProblemInvalid, fmt.Sprintf("an amount is 1 to %d", stockMax), FieldError{"/amount", fmt.Sprint(amount)})
	case tap != "" && tap == stock.Tap:
		d.out.Replayed = true
		return true, nil
	}
	return false, nil
}

func (f StockWasted) apply(s State, _ Event) State {
	return s.restock(f.Ingredient, func(stock *Stock) {
		stock.Left -= f.Amount
		stock.Today.Waste += f.Amount
		stock.Tap = f.Tap
	})
}

// restock changes what is known of a counted ingredient.
func (s State) restock(ingredient string, change func(*Stock)) State {
	stock, counted := s.Stock[ingredient]
	if !counted {
		return s
	}
	change(&stock)
	s.Stock = with(s.Stock, ingredient, stock)
	s.menuChanges++
	return s
}
