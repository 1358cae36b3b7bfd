package templates

// OwnerNames is what channels call things, on the owner's pages.
type OwnerNames struct {
	Page
	Channel, ChannelName string
	Channels             []Tab
	Unread               []OwnerUnread // that nobody knows; what came last comes first
	Wrong                string        // what is wrong with what was sent; "" is nothing
	Lines                []string      // in detail
	Line                 string        // on the test bench, as typed
	Read                 *OwnerRead    // what it is; nil when nothing was typed
	Kinds                []Choice
	Text, Means          string // as typed
	Entries              []OwnerName
	More                 int // entries that have no room on the page
}

// OwnerUnread is a name or a word that nobody knows.
type OwnerUnread struct {
	Kind, Text string
	In         string // of a word: the whole name
	SKU        string
	Often      string
	Choices    []Choice
	Counted    bool // one of it can be several cups
}

// OwnerRead is what a line on the test bench is taken for.
type OwnerRead struct {
	How    string // how that is known
	Parts  []string
	Unread string // words that nobody knows; "" is none
}

// OwnerName is one thing that was said.
type OwnerName struct{ Kind, KindWord, Text, Means string }
