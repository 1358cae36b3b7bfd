package templates

// FarSignIn is where an owner signs in at the fleet.
type FarSignIn struct {
	Page
	Wrong, Name string
}

// FarBegin is where they set their password and their second factor.
type FarBegin struct {
	Page
	Wrong, Name, Secret, Address, QR string
	Size                             int
}

// FarShops is an owner's shops.
type FarShops struct {
	Page
	Who, Notice, Rest string
	Brand             bool
	Rows              []FarRow
	Every             int // seconds after which the page asks again
}

// FarRow is one of them.
type FarRow struct {
	Href, Name, Word, Class, Wait, Backlog string
	Alarms                                 []string
}

// FarShop is one shop for an owner who is not there.
type FarShop struct {
	Page
	ID, Wrong, Code, Silent             string
	Row                                 FarRow
	Joined, Heard, Acts, Restricted     bool
	MayIntake, MayStaff, MayNotices     bool
	Wait, Backlog, Level, Class, Reason string
	Alarms                              []string
	Channels                            []FarChannel
	Stations                            []FarStation
	Notices                             []FarNotice
	Day                                 []FarHour
	Asks                                []FarAsk
	Fors, Whys                          []Choice
	Every                               int
}

// FarChannel is what a platform may order.
type FarChannel struct {
	ID, Name, Word, Detail, Mode string
	Open                         bool
}

// FarStation is who is on duty.
type FarStation struct {
	ID, Name          string
	Staff, Less, More int
}

// FarNotice is a campaign that waits for an answer.
type FarNotice struct{ ID, Revision, Name, Text, CanTake string }

// FarHour is an hour of the day, in cups. Most is the largest number of all hours.
type FarHour struct {
	Time                       string
	Taken, Refused, Made, Most int
}

// FarAsk is something that was asked of the shop, and what became of it.
type FarAsk struct{ Who, At, What, Word, Class string }

// FarPeople is who may sign in.
type FarPeople struct {
	Page
	Wrong, Link, For string
	People           []FarPerson
	Roles            []Choice
}

// FarPerson is one of them.
type FarPerson struct {
	ID, Name, Role, Shops, Note string
	Self                        bool
}
