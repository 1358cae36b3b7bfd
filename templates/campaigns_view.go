package templates

// OwnerCampaigns is the list of campaigns.
type OwnerCampaigns struct {
	Page
	Parts []OwnerCampaignPart
}

// OwnerCampaignPart is campaigns that stand alike, under one heading.
type OwnerCampaignPart struct {
	Name string
	Rows []OwnerRow
}

// OwnerRow is a line of a list that leads to a page of its own.
type OwnerRow struct {
	Href, Name, Detail string
	Word               string // how it stands
	Value              string // the figure that matters
	Class              string // "wait", "done" or ""
}

// OwnerCampaign is one campaign: what it would ask, what can be made of it, and the answer.
type OwnerCampaign struct {
	Page
	Wrong    string // what was wrong with the answer that was sent
	Word     string // how it stands
	Note     string // what that means
	Class    string // "wait", "done" or ""
	Expected string
	CanTake  string
	Facts    []Fact
	Answer   *OwnerAnswer // nil once there is nothing to answer
	Bars     *OwnerBars   // nil once it is over
	Staff    []OwnerNeed
	Uses     []OwnerUse
}

// OwnerAnswer is the form of an answer, as typed before or as it is likely to be.
type OwnerAnswer struct {
	Revision string // revision that is shown
	Cups     string
	Ofs      []Choice // which orders the limit counts
}

// OwnerNeed is how many people a station needs.
type OwnerNeed struct {
	Name             string
	Ordinary, Needed int
}

// OwnerUse is how much of an ingredient is used, in the menu's own units.
type OwnerUse struct{ Name, Expected, CanTake string }

// OwnerBars is a campaign's chart, reckoned out for an SVG of Width by Height, with its table.
type OwnerBars struct {
	Title         string
	Width, Height string
	Left, Right   string // edges of the drawing
	Bars          []OwnerBar
	Line          string // what can be taken: the d of a path
	Across        []OwnerTick
	Up            []OwnerTick
	Rows          []OwnerUse // rows of the table
}

// OwnerBar is a bar of a chart.
type OwnerBar struct{ X, Y, Width, Height string }

// OwnerTick is a label at an axis.
type OwnerTick struct{ X, Y, Text string }
