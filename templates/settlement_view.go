package templates

// OwnerSettlement is the list of business days.
type OwnerSettlement struct {
	Page
	Rows  []OwnerRow
	Rules []Fact // what customers are given when the shop does not keep its word
	Last  string // the newest day that can be asked for, 2006-01-02
}

// OwnerDay is what is owed for one business day.
type OwnerDay struct {
	Page
	Wrong    string // why the day could not be closed
	Word     string // how it stands
	Note     string
	Class    string // "wait", "done" or ""
	Due      string
	DueNote  string
	MayClose bool
	Open     []OwnerRow // what keeps the day from being closed
	More     string     // how many of them are not shown, or ""
	Channels []OwnerSettled
	CSV      string // address of the file
	Digest   string
}

// OwnerSettled is what one channel owes.
type OwnerSettled struct {
	ID, Name  string
	Due       string
	Facts     []Fact
	Statement *OwnerRow // the platform's own figures beside it; nil where there is no platform
	Digest    string
	Then      string // digest when the day was closed, where that differs
}

// OwnerStatement is one channel's statement beside the shop's own book.
type OwnerStatement struct {
	Page
	Day         string
	Wrong       string   // why the file was refused
	Lines       []string // what is wrong in which line
	Word        string   // how it compares
	Class       string   // "wait", "done" or ""
	Facts       []Fact   // none while there is no statement
	Kinds       []Fact   // how many differences of each kind, and of how much
	Differences []OwnerDifference
	More        string // how many of them are not shown, or ""
	CSV         string
	MayUpload   bool
	Doubts      []OwnerDoubt // lines about which a person has to decide before anything is taken in
	Upload      string       // under which the file waits for that
	LeftOut     []string     // lines that a person went on without
}

// OwnerDoubt is a line of a statement about which a person has to decide.
type OwnerDoubt struct {
	Line, Text, Why string
	Field           string        // name of the form's field
	Choices         []OwnerChoice // none where it can only be left out
}

// OwnerChoice is one answer to a doubt.
type OwnerChoice struct{ Value, Word string }

// OwnerDifference is one row in which a statement and the shop's own book differ.
type OwnerDifference struct {
	Kind, Ref, Where string
	Ours, Theirs     string
	Off              string // what the shop is owed more; "" where it is not about money
}
