package shop

// ReceiveStock says that so much of an ingredient came in: a delivery, or a bag from the store room.
type ReceiveStock struct {
	By         string
	Ingredient string
	Amount     int
	Tap        string // names the tap, so that sending it again adds nothing
}

func (ReceiveStock) subject() Subject { return Subject{} }

// StockReceived says that so much of an ingredient came in.
type StockReceived struct {
	Ingredient string `json:"ingredient"`
	Amount     int    `json:"amount"`
	Tap        string `json:"tap,omitempty"`
}

func (StockReceived) name() string { return "stock.received" }

// decide puts what came in into the book.
func (c ReceiveStock) decide(d *decider) error {
	d.by = c.By
	done, err := d.stockTap(c.Ingredient, c.Amount, c.Tap)
	if err != nil || done {
		return err
	}
	d.emit(0, StockReceived{Ingredient: c.Ingredient, Amount: c.Amount, Tap: c.Tap})
	return nil
}

func (f StockReceived) apply(s State, _ Event) State {
	return s.restock(f.Ingredient, func(stock *Stock) {
		stock.Left += f.Amount
		stock.Today.In += f.Amount
		stock.Tap = f.Tap
	})
}
