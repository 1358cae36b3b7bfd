package templates

// SoldOut is what cannot be ordered, until when and in whose words, and everything that can be marked so.
type SoldOut struct {
	Page
	Gone  []Gone
	Fors  []Choice // until when something is marked
	Kinds []MenuKind
}

// Gone is one thing that cannot be ordered, and why.
type Gone struct {
	Part   string // as shop.MenuPart; brought back by it
	Name   string
	Until  string
	Who    string // and when
	Closes string // what else cannot be ordered for want of it; "" is nothing
	Stock  string // where it is counted, when its count is used up; "" when somebody has marked it
}

// MenuKind is the items, one group of options, or the ingredients.
type MenuKind struct {
	ID, Title string
	Parts     []MenuPart
}

// MenuPart is one thing that can be marked as sold out, or brought back.
type MenuPart struct {
	Part, Name string
	Note       string
	Marked     bool // somebody of the shop has marked it
	Closed     bool // it cannot be ordered, by its own mark or for want of something
}

// Pantry is all ingredients and how much of each is here.
type Pantry struct {
	Page
	Ingredients []Ingredient
}

// Ingredient is one ingredient in the list of them.
type Ingredient struct {
	ID, Name string
	Left     string // in what people count it in; "" while nobody has counted
	Note     string
	Short    bool
}

// Stocked is one ingredient: how much is here, and the taps that change it.
type Stocked struct {
	Page
	ID, Name string
	Unit     string // what it is counted in
	Tap      string // names a tap that adds or takes away
	Counted  bool
	Facts    []Fact
	Counts   []Choice // we have so many
	Received []Choice
	Wasted   []Choice
	Cook     *CookStand // nil when it takes no time
}

// CookStand is a batch that can be begun, or is being prepared.
type CookStand struct {
	Say     string
	Batch   string // how much that is
	Running bool
}

// CookNow is an ingredient that takes time, on the board: to be begun now, or being prepared.
type CookNow struct {
	Href     string // the tap
	Say, Why string
	Running  bool
}

// StockDay is what became of each ingredient on one business day.
type StockDay struct {
	Page
	Lead string
	Days []Tab
	Rows []StockRow
}

// StockRow is one ingredient on one business day.
type StockRow struct {
	Name, Unit                                                      string
	Began, In, Made, Remade, Waste, Expected, Counted, Off, OffWord string
	Bad                                                             bool // something is missing
}

// Totals is all that is to be made, and what is short.
type Totals struct {
	Page
	Lead   string
	Left   []Amount
	Tables []TotalsTable
}

// TotalsTable is how much of each drink, topping or ingredient is to be made now, and how much is booked for later.
type TotalsTable struct {
	Title string
	Rows  []TotalsRow
}

// TotalsRow is one of them.
type TotalsRow struct{ Name, Soon, Later string }
