package templates

import "weir/shop/words"

// Problem is why a tap did nothing.
type Problem struct {
	Page
	Say  string // what is true now
	Text string // what that means
	Back string // the page it came from
}

// Fact is one line of a list of facts.
type Fact struct {
	Name, Value string
	Href        string // where it leads, or ""
	Bad         bool
}

// Cup is one cup with everything that can be done about it.
type Cup struct {
	Page
	Card
	Station  string // where the person stands; "" is the whole board
	Order    string // its order's id
	OrderFor string // the order's state in words
	StateFor string // the cup's state in words
	Facts    []Fact
	Cups     []Sibling
	Actions  []Action
	Reasons  []string  // for a release
	First    *Reasoned // puts the order first; nil when it does not wait
	TakeOff  *Reasoned // voids or discards the cup; nil when it cannot be
	CanEnd   bool
}

// Reasoned is what is done for a reason only, and after what follows is said: a cup is voided or discarded, an order is put first.
type Reasoned struct {
	ID               string // of the fold on the page
	Class            string // of its buttons
	Href, Seen, Back string // Back is the page that is shown then
	Name, Say        string
	Reasons          []string
}

// Sibling is another cup of the order.
type Sibling struct{ ID, Name, State string }

// Action is one thing that can be done, as a button.
type Action struct {
	Href, Seen string
	Name       string
	Class      string // go, stop or ""
}

// Recall is the cups that were finished last.
type Recall struct {
	Page
	Station string // whose cups; "" is the whole shop
	Cups    []Card
}

// Facts is a page of figures, with an explanation.
type Facts struct {
	Page
	Lead     string
	Sections []Section
}

// Section is a group of facts.
type Section struct {
	ID    string // in the page; "" is none
	Title string
	Facts []Fact
}

// Start is the first page.
type Start struct {
	Page
	Shop     string
	Demo     string // said plainly, "" when there is nothing to say
	Ways     []Way
	Sections []Section
}

// Way leads to a screen.
type Way struct{ Href, Name, For string }

// Practice is the page that begins and ends a practice.
type Practice struct {
	Page
	Running string // what is rehearsed now, or ""
	Ways    []Way
	Result  *Section // how the last practice went; nil: there was none
	Real    string   // that real orders have ended it, or ""
	Scenes  []Way
	Speeds  []Choice
	Busy    int // real cups to make
	Rate    string
}

// Over is a screen of a practice that is over.
type Over struct {
	Lang   words.Lang
	To     string // where it leads
	Orders int    // real orders that have come, to be made known first
}

// overTrouble is more than the alarms that a board has at once: a real order is heard, whatever was heard before.
const overTrouble = 1000

// Printers is every printer with its paper and its jobs.
type Printers struct {
	Page
	Printers []PrinterView
}

// PrinterView is one printer.
type PrinterView struct {
	Light
	Kind    string
	Jobs    []Job  // those that need a person first
	More    int    // jobs not listed
	Done    string // how many jobs are in which state, in words
	Test    string // where a test page is asked for
	Bundles []Bundle
	Sheets  []Sheet
	Paper   bool // it is virtual and shows its paper
}

// Job is one print job that is not through.
type Job struct {
	Text, State string
	Bad         bool // something went wrong
	Actions     []Action
}

// Bundle is several print jobs that can be ended with one tap.
type Bundle struct {
	Action
	Jobs string // their numbers, with commas
}

// Sheet is one piece of virtual paper as a picture.
type Sheet struct {
	Href, Alt     string
	Width, Height int
}

// Lines is an order that came without its lines, to be filled in.
type Lines struct {
	Page
	Orders []Tab // all there are, the most urgent first
	Order  string
	Number string // its number here and at the platform
	Cups   int    // it was counted for
	Due    string // until its promise
	Last   string // time of day at which its lines are needed
	Back   string
	Items  []Choice
	Groups []Group
	Rows   []string
}

// Group is one kind of option, with what can be chosen.
type Group struct {
	ID      string
	Options []Choice
}

// Sound is what a tablet sounds.
type Sound struct {
	Page
	Mutes    []Choice // for how many minutes; 0 is no longer
	Channels []Choice // with the tones of their new orders, in the shop's order
	Tones    []Choice // of what is not a channel's
}
