package templates

// Clear is the queue, to say up to where it is done.
type Clear struct {
	Page
	AsOf    string // when the page was made: what came later was not seen
	Station string // whose part of the cups is done; "" is the whole cup
	Of      int
	Cups    []Row
}

// Row is one cup in a list, with how many come before it.
type Row struct {
	Card
	Before int
}

// Release is the open orders, to be released together.
type Release struct {
	Page
	Items   []Tab // drinks, to choose the orders that have them
	Orders  []OrderRow
	Of      int
	Reasons []string
}

// Sure asks once more before many orders end.
type Sure struct {
	Page
	Ask, Say, Do string // the question, what customers are told, and the answer that does it
	Href, Back   string
	Reason       string
	IDs          []string
	Orders       []OrderRow
}

// OrderRow is one order in a list.
type OrderRow struct {
	ID, Number, Channel, State, Time, Cups, Standing string
	Chosen                                           bool
}

// Handoff is where orders leave.
type Handoff struct {
	Page
	Mode, ModeWord  string // cup, bag or tap
	Code            string // what was typed, when it did not lead to one order
	Matches         []Tile
	NoMatch         bool
	Find            string // where any of today's orders is found
	Hand            string // names this page in its scans where there is no script
	InHand          *InHand
	Ready, Held     []Tile
	Waiting         []Tile // somebody is here, and it is not ready
	MoreReady       int
	MoreHeld        int
	Shelf, ShelfMax int
	ShelfFull       bool
	Unclaimed       []string // ids of bags of an earlier day
	Alarms          []Alarm
	Riders          int // and customers who are here
}

// Tile is an order as it is found on the shelf.
type Tile struct {
	ID, Number, Channel, Display, State, Time string
	Since                                     int64 // ms; to sort by
	Cups                                      int
	Here                                      bool   // the customer or rider is here
	HereWord                                  string // since when, or when the rider comes; "" is not known
	HereSince                                 int64  // ms; to sort by
	Bring                                     string // where it is brought to; "" when it is fetched
	Complete, Late                            bool
}

// InHand is the order that is being given out.
type InHand struct {
	Tile
	Gone      bool   // it has ended
	Say       string // how far it is
	Ask       string // what to scan, "" when nothing
	Bag       bool   // the bag's code was read
	Scanned   string // ids of the cups that are packed, comma separated
	Cups      []CupRow
	Extras    []string // what is no cup: a thermal bag
	Missing   int      // cups not made
	Unscanned int      // cups, or the bag, still to scan
	Ready     bool
	Reasons   []string
}

// CupRow is one cup of the order in hand.
type CupRow struct {
	Card
	Word         string
	Made, Packed bool
}

// Pickup is the screen for customers and riders.
type Pickup struct {
	Page
	Shop  string
	Lanes []Lane // those with somebody in them; never none
	Quote string // what an order placed now would wait
}

// Lane is where people wait for one kind of order: their own, or what they deliver.
type Lane struct {
	ID, Name              string // Name is the id of a text
	Making, Ready         []Called
	MoreMaking, MoreReady int // that the page does not carry
}

// Called is one order on the pick-up screen, by its numbers.
type Called struct {
	ID, Number, Channel, Display, Time string
	Big                                string // the number that is looked for: the shop's, or for a rider the platform's
	Rider                              bool   // Big is the platform's
	Called                             string // names this call of the order, with its time in ms; "" is not called
	Spoken                             string
	Ahead                              int // cups before it
}
