package shop

// Adapter speaks to a platform that takes no credit: what it takes instead, and where to.
type Adapter struct {
	Kind    AdapterKind
	URL     string // http:// or https://
	KeyFile string // holds the signing secret, as the platform gave it
}

// AdapterKind says what a platform takes instead of credit.
type AdapterKind string

// The adapters there are.
const (
	AdapterPause      AdapterKind = "pause"      // the platform pauses the shop until a time
	AdapterBusy       AdapterKind = "busy"       // the platform adds minutes to what it tells its customers
	AdapterOpenClosed AdapterKind = "openclosed" // the platform shows the shop as open or closed
)

// Loss is something that a platform cannot be told through an adapter.
type Loss string

// What can be lost.
const (
	LossCredit Loss = "credit" // how many cups may be sent: orders are refused one by one instead
	LossLevels Loss = "levels" // that the shop is busy or limited, before it takes nothing
	LossWait   Loss = "wait"   // how long an order takes
	LossSlots  Loss = "slots"  // that later times can be booked
	LossResume Loss = "resume" // when the shop will take orders again
	LossStop   Loss = "stop"   // that nothing more can be taken now
)

// Loses lists what a platform behind such an adapter does not learn.
func (k AdapterKind) Loses() []Loss {
	switch k {
	case AdapterPause:
		return []Loss{LossCredit, LossLevels, LossWait, LossSlots}
	case AdapterBusy:
		return []Loss{LossCredit, LossLevels, LossSlots, LossStop}
	case AdapterOpenClosed:
		return []Loss{LossCredit, LossLevels, LossWait, LossSlots, LossResume}
	}
	return nil
}
