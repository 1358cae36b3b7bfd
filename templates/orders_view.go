package templates

// Orders is the orders of today that were looked for.
type Orders struct {
	Page
	Asked  string // what was typed
	Orders []OrderRow
	More   int // that are not listed
}

// OrderFound is one order of today, open or ended, with what can be done about it.
type OrderFound struct {
	Page
	ID, Number, Name string
	Facts            []Fact
	Cups             []CupFound
	Print            bool      // it has paper that can be printed again
	Open             bool      // it can be handed over
	Compensate       []Choice  // what its customer can be given, by cause
	End              *Reasoned // releases it; nil when it has ended
}

// CupFound is a cup of it.
type CupFound struct {
	CupRow
	Remake  bool // it can be made again
	Missing bool // it was given out, and may not have been in the bag
	Label   bool // its label can be printed again
}
