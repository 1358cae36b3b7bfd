package templates

// Setup is what every page of a first start has.
type Setup struct {
	Page
	Steps []SetupStep
	Error string
	Said  string // what was done
}

// SetupStep is a page of a first start, as a way to it.
type SetupStep struct {
	Number     int
	Name, Href string
	Done, Here bool
}

// SetupShop is where the shop says who and where it is, and when it is open.
type SetupShop struct {
	Setup
	NameZH, NameEN, Address, ID, Open, Close string
	Zones                                    []Choice
}

// SetupLine is where the stations and their people are said.
type SetupLine struct {
	Setup
	Ways []SetupWay
}

// SetupWay is one way to divide the work.
type SetupWay struct {
	Value, Name, For string
	Chosen           bool
	Fields           []SetupField
}

// SetupField is a number to be filled in.
type SetupField struct{ Label, Name, Value string }

// SetupMenu is where the menu and the platforms are chosen.
type SetupMenu struct {
	Setup
	Starters, Channels []Choice
	Drinks             []SetupDrink
}

// SetupDrink is a drink with its price in yuan.
type SetupDrink struct {
	ID, Name, Price string
	Sold            bool
}

// SetupPrinters is where printers are looked for, added and tried.
type SetupPrinters struct {
	Setup
	Where               string // addresses to look at
	Found               []string
	Kinds               []Choice
	Name, Address, Size string
	Printers            []SetupPrinter
}

// SetupPrinter is a printer that was added.
type SetupPrinter struct{ Name, Kind, Address string }

// SetupRow is something that was filled in, and where to change it.
type SetupRow struct{ Label, Value, Href string }

// SetupOwner is the last page.
type SetupOwner struct {
	Setup
	Rows    []SetupRow
	Missing []SetupStep
	Name    string
	File    string
}

// SetupLeft is what is left to be done after a first start.
type SetupLeft struct {
	Page
	Things []SetupThing
}

// SetupThing is one of them. It is done on a page, or by a setting in a file.
type SetupThing struct {
	Done                     bool
	Name, Say, Href, Setting string
}
