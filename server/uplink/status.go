package uplink

import (
	"errors"
	"time"
)

// Status is how the shop stands with its broker, for the board's network light and the metrics of whoever runs it.
type Status struct {
	Broker    string    // host:port, or embedded
	Connected bool      //
	Since     time.Time // since when
	Error     string    // the last trouble; "" is none since the start
	Deaf      []string  // topics on which the broker delivers nothing, though it grants them; only while not connected
	// Forged is when the broker last kept something in this shop's name that it cannot have written; zero is never.
	Forged time.Time
	// Unacked is how many events each channel has not acknowledged. One that nobody reads only grows.
	Unacked map[string]uint64
	// ClockOff names the channels whose clock differs from the shop's by more than leases allow, and by
	// how much the shop is ahead. They are sent no leases.
	ClockOff map[string]time.Duration
}

// Status is the state at this moment.
func (u *Uplink) Status() Status {
	u.mu.Lock()
	s := u.status
	u.mu.Unlock()
	s.Broker = u.remote.Name
	state := u.shop.Snapshot()
	s.Unacked, s.ClockOff = map[string]uint64{}, map[string]time.Duration{}
	for _, c := range state.Config.Channels {
		s.Unacked[c.ID] = state.Counters.Feeds[c.ID] - state.Counters.Acks[c.ID]
		if off, wrong := u.clockOff(c.ID); wrong {
			s.ClockOff[c.ID] = off
		}
	}
	return s
}

// note records that the connection came or went.
func (u *Uplink) note(connected bool, cause error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if connected != u.status.Connected || u.status.Since.IsZero() {
		u.status.Connected, u.status.Since = connected, u.now()
	}
	if connected {
		u.status.Deaf = nil
	}
	if cause != nil {
		u.status.Error, u.status.Deaf = cause.Error(), nil
		if deaf := (*deafError)(nil); errors.As(cause, &deaf) {
			u.status.Deaf = deaf.topics
		}
	}
}

func (u *Uplink) clockOff(channel string) (time.Duration, bool) {
	return u.clocks.off(channel, time.Now(), u.shop.Snapshot().Config.Capacity.Lease.Skew)
}
