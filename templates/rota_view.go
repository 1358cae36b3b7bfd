package templates

// OwnerRota is the plan of who will be there, as the owner sees and changes it.
type OwnerRota struct {
	Page
	Wrong, Told string
	Today       []Fact // by station: from when how many
	Turns       []OwnerTurn
	Differs     bool // from shop.yaml

	Stations, Days, Kinds  []Choice
	Date, From, To, People string // as typed
}

// OwnerTurn is a line of the rota.
type OwnerTurn struct {
	Text string
	Key  string // names it in a form
	Past bool
}
