package templates

// OwnerReport is what the shop did in a day, a shift or several days.
type OwnerReport struct {
	Page
	Title, Shop   string
	Today         string // the last day that can be asked for
	Day, From, To string // as asked; From and To are times of day, "" is the day's ends
	Wrong         string
	Month         bool // several days, each a row
	Days          []OwnerReportDay
	Sections      []Section
	Made          string // when the page was made
}

// OwnerReportDay is one day in a row.
type OwnerReportDay struct {
	Href, Name, Wait, Kept               string
	Cups, Late, Refused, Remakes, Wasted int
}
