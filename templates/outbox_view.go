package templates

// OwnerOutbox is who is told the shop's events by calls.
type OwnerOutbox struct {
	Page
	Followers []OwnerFollower
}

// OwnerFollower is one of them.
type OwnerFollower struct {
	ID    string
	Name  string // the channel, and how it is told
	Word  string // how it stands
	Class string // caution while something is wrong; "" is not
	Facts []Fact
	Again string // path of the form that sends again; "" while there is nothing to send again
}
