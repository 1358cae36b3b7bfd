package uplink

import "weir/shop"

// What a broker keeps may be written by anybody who may write there. A number that no life of this shop can have
// led to is not this shop's, and is not followed: the shop's own would never come down again.
const (
	// epochAhead is how many epochs the broker may be ahead of the shop's memory. Each is a restore or a loss, made
	// by a person; a shop that is restored every week from the same old copy comes to a thousand in twenty years.
	epochAhead = 1000
	// numberMax is the largest number that every reader of JSON takes in exactly, 2^53 - 1. [RFC 8259, 6]
	numberMax = 1<<53 - 1
	// stampMax bounds the numbers of connections and reports. They are times in ms or a little above, and this is
	// the year 144,000: from here, too, they can go on growing for longer than anybody asks.
	stampMax = 1 << 52
)

// disbelieve drops what the broker kept and this shop cannot have written, and says so.
func (u *Uplink) disbelieve(seen *past) {
	now := u.shop.Snapshot().Counters
	wrong := func(what string, epoch int64, number uint64) {
		u.log.Error("the broker keeps a message that this shop cannot have written; it is not believed. Look who may write there",
			"message", what, "epoch", epoch, "number", number, "own_epoch", now.Epoch)
		u.mu.Lock()
		u.status.Forged = u.now()
		u.mu.Unlock()
	}
	stamp := func(n int64) bool { return n >= 0 && n <= stampMax }
	if s := seen.status.Load(); s != nil && (!believable(s.Epoch, now.Epoch) || !stamp(s.Conn) || !stamp(s.Joined)) {
		wrong("status", s.Epoch, uint64(s.Conn))
		seen.status.Store(nil)
	}
	if r := seen.capacity.Load(); r != nil && (!believable(r.Epoch, now.Epoch) || r.Seq > stampMax || r.Log > numberMax) {
		wrong("capacity", r.Epoch, r.Seq)
		seen.capacity.Store(nil)
	}
	if l := seen.lease.Load(); l != nil && (!believable(l.Epoch, now.Epoch) || l.Seq < 0 || l.Seq > numberMax) {
		wrong("lease", l.Epoch, uint64(l.Seq))
		seen.lease.Store(nil)
	}
}

// believable reports whether an epoch can be this shop's, whose memory is at own.
func believable(epoch, own int64) bool {
	return epoch >= 0 && epoch <= own+epochAhead && epoch < shop.EpochMax
}
