package shop

// Connector is a platform that pushes its orders to the shop in a form of its own.
type Connector struct {
	Map        string // name of a map that comes with the program, or a map file
	App        string // id of the application at the platform
	Store      string // id of the shop at the platform
	SecretFile string // holds the application's secret
	TokenFile  string // holds the token for calls; "" where the platform has none
	URL        string // at which the platform reaches the shop, without the path; some platforms sign it
	API        string // where the platform is called; "" is the map's
	Inside     bool   // API may be in the shop's own network or on this machine
}
