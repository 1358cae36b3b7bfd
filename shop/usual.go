package shop

import "weir/shop/capacity"

// Usual is what the last cups of a channel were like. An order that comes without its lines is taken for so many of them.
type Usual struct {
	Cups   int            `json:"cups"`
	Work   capacity.Work  `json:"work"`           // of these cups
	Spare  capacity.Spare `json:"spare,omitzero"` // of that work
	Priced int            `json:"priced"`         // cups of orders whose total was known
	Fen    int64          `json:"fen"`            // what those cost in all
}

// usualCups is how many cups a channel's mean is taken of. At so many all figures are halved, so that the last ones
// count most: the mean of a campaign with one drink soon is the work of that drink.
const usualCups = 200

// Usuals are the means by channel. They are never changed in place.
type Usuals map[string]Usual

// with counts an order whose lines are known.
func (u Usuals) with(o *Order) Usuals {
	if o.LinesUnknown || len(o.Cups) == 0 || o.Channel == CounterChannel {
		return u
	}
	of := u[o.Channel]
	of.Cups += len(o.Cups)
	of.Work += o.Work()
	of.Spare = of.Spare.Plus(o.demand().Spare)
	if o.Totals != nil && o.Totals.TotalFen > 0 {
		of.Priced += len(o.Cups)
		of.Fen += o.Totals.TotalFen
	}
	for of.Cups > usualCups {
		of.Cups, of.Work, of.Priced, of.Fen = of.Cups/2, of.Work/2, of.Priced/2, of.Fen/2
		of.Spare = of.Spare.Over(2)
	}
	return with(u, o.Channel, of)
}

// work is what one cup of the channel is expected to be.
func (u Usual) work() (capacity.Work, capacity.Spare) {
	if u.Cups == 0 || u.Work == 0 {
		return standardCup, capacity.Spare{}
	}
	return min((u.Work+capacity.Work(u.Cups)-1)/capacity.Work(u.Cups), maxWorkPerCup), u.Spare.Over(u.Cups)
}

// cups is how many cups an order of so much money is expected to have, at least one. Where no price is known yet, each
// is taken for one of the menu's reference item.
func (u Usual) cups(menu *Menu, fen int64) int {
	each := int64(0)
	if u.Priced > 0 {
		each = u.Fen / int64(u.Priced)
	} else if item := menu.Item(menu.Reference); item != nil {
		each = item.PriceFen
	}
	if each <= 0 {
		return 1
	}
	return int(max(1, (fen+each-1)/each))
}
