package templates

// Owner is the owner's page.
type Owner struct {
	Page
	Clock    []string // what is wrong with the box's clock; none while all is well
	Time     string   // what that clock shows
	Shop     string
	Who      string     // who is looking; "" when nobody has signed in
	Wrong    OwnerWrong // what was wrong with the form that was sent
	Live     OwnerLive
	Intake   []OwnerIntake
	All      OwnerIntakes
	Fors     []Choice // for how long intake can be closed
	Whys     []Choice // reasons that can be given
	Stations []OwnerStation
	Homes    []string // times at which one may go home today
	ClosesAt string   // when the shop closes today, if that is before its hours end; "" is at their end
	Nominal  string   // what the crew on duty should make
	Terms    OwnerTerms
	Sisters  []Fact
	Links    []Way
	Changes  []OwnerChange
}

// OwnerLive is what is brought up to date while the page is open.
type OwnerLive struct {
	Page
	Clock     string
	Wait      string // wait of a customer who orders now
	WaitNote  string
	Backlog   string
	Level     int
	LevelWord string
	Reason    string
	Facts     []Fact
	Alarms    []Alarm
	Curve     OwnerCurve
}

// OwnerCurve is the day in quarters of an hour.
type OwnerCurve struct {
	Summary  []Fact
	Reasons  string // why cups were refused; "" when none were
	Points   any    // for the chart: a JSON object of arrays
	Quarters []OwnerQuarter
}

// OwnerQuarter is a row of the curve's table. Capacity is "" where it is not known.
type OwnerQuarter struct {
	Time                       string
	Now, Booked, Refused, Made int
	Capacity                   string
}

// OwnerIntake is what one channel may order, and until when.
type OwnerIntake struct {
	ID, Name string
	Mode     string // what the owner has set: open, slots or paused
	Meets    string // what a customer meets: the same, or less
	Word     string // the same in words
	Detail   string // until when, why, by whom; "" when open
	Level    string // what the channel meets at present
}

// OwnerIntakes is what can be set for all platforms at once.
type OwnerIntakes struct {
	Part          string // of the page, for a mistake in the form
	Platforms     int
	Counter       bool // there is one, and it can be paused with them
	CounterPaused string
	Restricted    bool // one of them is
}

// OwnerWrong is what was wrong with a form of the first page.
type OwnerWrong struct {
	Part string // staff, terms, or the id of a channel
	Text string // "" is nothing
}

// Choice is one of several values of a form.
type Choice struct {
	Value, Name string
	Chosen      bool
}

// OwnerStation is who is on duty at a station.
type OwnerStation struct {
	ID, Name  string
	Staff     int
	Usual     int
	Less      int // one fewer
	More      int // one more; equal to Staff at the limit
	Narrowest bool
}

// OwnerTerms are the owner's terms as they are typed, with what shop.yaml says where that differs.
type OwnerTerms struct {
	May                        bool // whoever looks may change them
	Horizon, Reserve, Shelf    string
	HorizonMin, HorizonMax     string
	Modes                      []Choice
	FileHorizon, FileReserve   string // "" is the same
	FileShelf, FileMode        string
	Taps                       []Choice // each station for itself, or one for all; none where there is one station
	FileTaps, FileTapsV        string
	Differs                    bool
	FileHorizonV, FileReserveV string
	FileShelfV, FileModeV      string
}

// OwnerChange is a line of the log in words.
type OwnerChange struct{ At, Who, What string }

// OwnerDevices is the paired devices.
type OwnerDevices struct {
	Page
	Devices []OwnerDevice
	Code    *OwnerCode // one that was just made
	Command string     // what makes a code instead, where this page does not; "" is this page
}

// OwnerDevice is a paired device.
type OwnerDevice struct {
	ID, Name, Paired, Seen string
	This                   bool // the one the page is shown on
}

// OwnerCode is a pairing code as it is shown, once.
type OwnerCode struct {
	Digits      string
	Until       string
	URLs        []string
	Path        string // the QR code as an SVG path
	Size        int
	Fingerprint string
}

// OwnerPeople is who has a PIN.
type OwnerPeople struct {
	Page
	Wrong  string
	People []OwnerPerson
	Roles  []Choice
	Name   string // as typed before
}

// OwnerPerson is somebody with a PIN.
type OwnerPerson struct {
	ID, Name, Role, Since string
	Roles                 []Choice
}

// OwnerKeys is the channel keys.
type OwnerKeys struct {
	Page
	Wrong    string
	Fresh    string // a key that was just made: shown once
	For      string // its channel
	Keys     []OwnerKey
	Channels []Choice
	Command  string // what makes a key instead, where this page does not; "" is this page
}

// OwnerKey is a key that is good.
type OwnerKey struct{ ID, Channel, Since string }

// OwnerPassword is where the owner changes the password.
type OwnerPassword struct {
	Page
	Wrong string
}

// OwnerLog is the audit.
type OwnerLog struct {
	Page
	Changes []OwnerChange
	Older   string // address of the page before; "" at the end
}
