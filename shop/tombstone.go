package shop

import "time"

const (
	// TombstonesMax bounds the refs of one channel that are kept although there is no order: cancellations that came
	// before their orders, and pinned refusals. That is five hundred a day for [TombstonesKept]; one takes about 1 KB on
	// the disk. Nothing is dropped to make room for another, because the order of a ref that is forgotten would be made.
	TombstonesMax = 20_000
	// TombstonesKept is how long such a ref is kept, and the age from which an order is refused because nobody knows
	// any more whether its ref was taken back. No platform keeps a message for so long.
	TombstonesKept = 40 * 24 * time.Hour
	// tombstonesOver is how much longer it is kept, for a platform whose clock is behind the shop's.
	tombstonesOver = 24 * time.Hour
)

// Tombstones counts the refs that are kept although there is no order, by channel and by the business day on which they
// came. Their rows are those for which [Order.Tombstone] holds. It is never changed in place.
type Tombstones map[string]map[Day]int

// Of is how many there are of a channel.
func (t Tombstones) Of(channel string) (n int) {
	for _, day := range t[channel] {
		n += day
	}
	return n
}

func (t Tombstones) plus(o *Order) Tombstones {
	return with(t, o.Channel, with(t[o.Channel], o.Day, t[o.Channel][o.Day]+1))
}

// moved counts one to another day: the clock was wrong when it came.
func (t Tombstones) moved(o *Order, to Day) Tombstones {
	if o.Day == to {
		return t
	}
	days := with(t[o.Channel], o.Day, t[o.Channel][o.Day]-1)
	if days[o.Day] == 0 {
		delete(days, o.Day)
	}
	days[to]++
	return with(t, o.Channel, days)
}

// within are the first and the last day before another on which any came; ok is false when there are none.
func (t Tombstones) within(before Day) (first, last Day, ok bool) {
	for _, days := range t {
		for day := range days {
			if day >= before {
				continue
			}
			if first == "" || day < first {
				first = day
			}
			last = max(last, day)
		}
	}
	return first, last, first != ""
}

// Tombstone reports whether it is no order but a ref that is kept so that none is made of it.
func (o *Order) Tombstone() bool {
	return o.Reason == ReasonCancelledBefore || o.Reason == ReasonPinned
}

// grave makes the row that keeps a ref from becoming an order. It is an error when the channel has as many as it may.
func (d *decider) grave(channel, ref, reason string) (*Order, error) {
	if d.state.Tombstones.Of(channel) >= TombstonesMax {
		return nil, &Error{Kind: Unavailable, Type: ProblemQuota, Detail: "the shop keeps as many cancelled and pinned refs without an order " +
			"as it may for this channel; nothing was kept of this one. Send the cancellation again later"}
	}
	return &Order{
		ID: d.state.Counters.Order + 1, Channel: channel, Ref: ref, Day: d.state.Counters.Day, AcceptedAt: d.now, EndedAt: d.now,
		End: OrderCancelled, Reason: reason,
	}, nil
}

// buried is the state with such a row.
func (s State) buried(o *Order) State {
	s.Counters.Order = o.ID
	s.Tombstones = s.Tombstones.plus(o)
	return s.Recall(o)
}

// ForgetTombstones drops those that are past their time. Send it only while the clock is sure: an order whose tombstone
// is gone too early would be made.
type ForgetTombstones struct{}

func (ForgetTombstones) subject() Subject { return Subject{} }

// TombstonesForgotten says that those that came on the days from First to Last are gone, for all channels.
type TombstonesForgotten struct {
	First Day `json:"first"`
	Last  Day `json:"last"`
}

func (TombstonesForgotten) name() string { return "tombstones.forgotten" }

// decide drops what came on a business day that ended before the time for which it is kept.
func (ForgetTombstones) decide(d *decider) error {
	first, last, ok := d.state.Tombstones.within(d.state.Config.Day(d.now.Add(-TombstonesKept - tombstonesOver)))
	if !ok {
		d.out.Replayed = true
		return nil
	}
	d.emit(0, TombstonesForgotten{First: first, Last: last})
	return nil
}

func (f TombstonesForgotten) apply(s State, _ Event) State {
	kept := Tombstones{}
	for channel, days := range s.Tombstones {
		left := map[Day]int{}
		for day, n := range days {
			if day < f.First || day > f.Last {
				left[day] = n
			}
		}
		if len(left) > 0 {
			kept[channel] = left
		}
	}
	s.Tombstones = kept
	return s
}
