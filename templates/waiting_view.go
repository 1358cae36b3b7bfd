package templates

// OwnerWaiting is the waiting list on the owner's pages.
type OwnerWaiting struct {
	Page
	Count  string // of orders, in words; "" when there are none
	Orders []Fact // who asked first comes first
	More   int    // that have no room on the page
}
