package templates

// OwnerOutside is the fleet that the shop has joined, and what its people may do.
type OwnerOutside struct {
	Page
	Fleet  string // "" is none
	Facts  []Fact
	Rights []OwnerRight
	May    bool // whoever looks may change the rights
}

// OwnerRight is one thing that people outside may do, or not.
type OwnerRight struct {
	Name, Text string
	Is         bool
}
