package templates

// Board is the kitchen board.
type Board struct {
	Page
	Station  string // id, "" is the whole shop
	Stations []Tab
	Head     Head
	Alarms   []Alarm
	Cells    []Cell
	Views    []Tab
	Signs    Signs
	Pager    Pager
	Side     Side
	Walkin   []int // the numbers on the counter strip
	WalkedIn *WalkedIn
	Tap      string // names a tap on the counter strip of a page without script, so that a double tap counts once
}

// WalkedIn is the last tap on the counter strip, to be taken back.
type WalkedIn struct {
	Order string // id
	Name  string // of the button
	Say   string // what was ordered
}

// Tab is one of several views to choose from.
type Tab struct {
	Name, Href string
	Here       bool
}

// Head is the strip at the top of the board.
type Head struct {
	Backlog   int
	Minutes   string // minutes until it is worked off
	Rate      string // cups a minute
	Estimated bool   // nobody taps: the rate is a guess
	Level     int    // 0 open … 4 paused
	LevelWord string
	Reason    string // "" when open
	Intake    []Intake
	Lights    []Light
	Slots     []Slot
	Ledger    Ledger
	Clock     string
}

// Intake is what one channel may order.
type Intake struct{ Name, Mode, Word string }

// Slot is a quarter of an hour and the cups booked for it.
type Slot struct {
	Time string
	Cups int
}

// Ledger is the day's account of cups.
type Ledger struct {
	Ordered, Remade                                               int
	Booked, Waiting, Making, Made, Handed, Voided, Discarded, Off int
}

// Alarm is trouble that must not be missed.
type Alarm struct{ Kind, Text, Href, Button string }

// Signs are what is worth a sound when it rises. Fresh is when the newest order of each channel came to the kitchen, "id=ms" in
// the order of the shop's channels: each channel has its own tone.
type Signs struct {
	Fresh         string
	Late, Trouble int
}

// Cell is one place on the board, one of: a cup to make, identical cups to make together, cups just made
// that can be taken back, a cup that is not to be made any more.
type Cell struct {
	Card  *Card
	Batch *Batch
	Done  *Done
	Stop  *Stop
}

// Batch is identical cups of several orders, to be made in one go. Its card is that of the first of them.
type Batch struct {
	Card
	Count   int
	Cups    string // ids, comma separated
	Numbers string // the first pick-up number, and how many other orders there are
	First   string // id of the first cup
}

// Stop is a cup that somebody has in hand although its order was called off.
type Stop struct {
	ID     string // of the cup
	Number string
	N, Of  int
	Name   string
	Why    string
}

// Card is one cup to make.
type Card struct {
	ID       string // of the cup
	Number   string // pick-up number
	N, Of    int    // a remake has the number of the cup it stands for
	Name     string
	Chips    []Chip // size, ice, sugar: always in these places
	Milk     string // where it is another than usual
	Toppings []string
	Note     string
	Channel  string
	State    string // waiting or making: what a tap has seen
	Standing string // track, due or late
	Time     string // time left until the promise
	Word     string // the standing in words
	Urged    string // the customer asks where it stays
	Mark     string // remade, perhaps made already, not on the menu
	NoteSign string // sign for a note that has no room on the card
	Platform string // the channel's own number
	Long     bool   // channel and number need a smaller type
	NameType string // type of the name: big, mid or low
	Type     string // type of the options
	Allergy  string // words in the note that nobody may miss
	Beside   bool   // they stand beside the channel: there is no line for them
	More     int    // toppings that have no room at all; they are on the cup's page, as the whole note is
	Where    string // at which station it is, where cups go from one to the next; "" is not begun, or not to be said
	Coming   bool   // another station has it, or will have it before
}

// Chip is one option at its place. Different is what must be seen: not as usual.
type Chip struct {
	Text      string
	Different bool
}

// Done is cups that were finished together a moment ago and can be taken back.
type Done struct {
	ID   string
	Cups string // ids, comma separated
	Text string
}

// Pager says which cups are on the page and what is not.
type Pager struct {
	From, To, Of int
	Unseen       string // how urgent the cups are that are not on the page, in words; "" when all are on it
	Prev, Next   string // addresses, "" at the ends
}

// Side is the strip at the side: how many of each drink are to be made, with how many of each topping, and what will run out.
type Side struct {
	Total   int
	Later   int // cups that are booked for later
	Drinks  []Count
	Extras  []Count  // toppings, and milk that is not the usual one
	Used    []Amount // ingredients, where the list has room for them
	RunsOut []RunOut
	Left    []Amount  // what is sold out or nearly so
	Cook    []CookNow // to be begun now, or being prepared
}

// Count is how many cups of something are to be made.
type Count struct {
	Name string
	Cups int
	Long bool // the name needs a smaller type
}

// Amount is how much of something there is, or is needed, in words.
type Amount struct {
	Name, Amount string
	Long         bool // the name needs a smaller type
}

// RunOut is an ingredient that does not last for the queue.
type RunOut struct {
	Name, At string // the page starts at the order of this pick-up number
	Cups     int    // it does not last for
}
