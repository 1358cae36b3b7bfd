package shop

import "fmt"

// Ack says how far a channel has read its feed.
type Ack struct {
	Channel string
	Through uint64
}

func (Ack) subject() Subject { return Subject{} }

// FeedAcked says how far a channel has read its feed.
type FeedAcked struct {
	Channel string `json:"channel"`
	Through uint64 `json:"through"`
}

func (FeedAcked) name() string { return "feed.acked" }

// decide moves the channel's cursor forward; it never moves back.
func (c Ack) decide(d *decider) error {
	d.by = c.Channel
	if c.Through > d.state.Counters.Feeds[c.Channel] {
		return invalid(ProblemCursorInvalid, "this cursor has not been given out", FieldError{"/cursor", fmt.Sprint(c.Through)})
	}
	if c.Through > d.state.Counters.Acks[c.Channel] {
		d.emit(0, FeedAcked(c))
	}
	return nil
}

func (f FeedAcked) apply(s State, _ Event) State {
	s.Counters.Acks = with(s.Counters.Acks, f.Channel, f.Through)
	return s
}
