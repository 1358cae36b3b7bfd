package templates

// OwnerMenu is the menu on the owner's pages, or what a change of it would do.
type OwnerMenu struct {
	Page
	Own     string // who changed it; "" is that of shop.yaml
	Changed bool   // it has just been changed
	Wrong   string // what is wrong with what was sent; "" is nothing
	Lines   []string
	Items   []OwnerMenuItem
	Rev     string
	Plan    *OwnerMenuPlan // what would change; nil: nothing was brought
}

// OwnerMenuPlan is what a change would do, for a person to say yes or no.
type OwnerMenuPlan struct {
	Base    string // the menu that it was looked at with
	Upload  string // the table that waits; "" is the menu of shop.yaml
	Changes []string
	More    string // "" is none
	Effects []string
}

// OwnerMenuItem is an item with what can be changed of it here.
type OwnerMenuItem struct {
	ID, Name, ZH, EN, Price string
	Hidden                  bool
	Seconds                 []OwnerSeconds
}

// OwnerSeconds is how long an item takes at a station.
type OwnerSeconds struct{ Station, Name, Value string }
