package shop

// Webhook is how a channel is told its events by calls of the shop's own.
type Webhook struct {
	URL     string // where to; "" when the channel registers it itself
	KeyFile string // holds the signing secrets, one a line, two at most
	Inside  bool   // addresses in the shop's own network and on this machine may be called
}
