package templates

// CounterOrder is what somebody at the counter orders.
type CounterOrder struct {
	Page
	Lines    []CounterLine // what was added already
	Items    []Pick
	Groups   []PickGroup
	Qtys     []Pick
	WalkedIn *WalkedIn // the order before, while it can be taken back
	Back     string    // where the order leads to
	Tap      string    // names the order, so that a double tap counts once
}

// CounterLine is one line: as the form sends it, and as people read it.
type CounterLine struct{ Text, Name string }

// Pick is one thing to choose.
type Pick struct {
	Value, Name string
	Note        string // how few are left
	Chosen      bool
	Closed      bool // cannot be had
}

// PickGroup is the options of one kind.
type PickGroup struct {
	ID, Title string
	Picks     []Pick
	Many      bool // any number of them; otherwise one
}
