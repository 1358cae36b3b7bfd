package capacity

import "time"

// StepClock moves what was learned to another scale of time, on which it is now: the wall clock has jumped by so much.
// whole says that everything was stamped on the old scale; otherwise only what lies in the future was. Leases are not
// moved, because their times mean the same to everybody: begin a new epoch ([Book.NewEpoch]).
func (b Book) StepClock(now time.Time, by time.Duration, whole bool) Book {
	ms, limit := by.Milliseconds(), now.UnixMilli()
	p, w, h := &b.mem.Pace, &b.mem.WalkIns, &b.mem.Hysteresis
	step := func(list ...*int64) {
		for _, at := range list {
			if *at == 0 {
				continue
			}
			if whole || *at > limit {
				*at += ms
			}
			*at = min(*at, limit)
		}
	}
	step(&p.SpellMs, &p.LastMs, &p.TapMs, &w.AtMs, &h.Kitchen.BelowMs, &h.Shelf.BelowMs)
	b.mem.Stations = b.mem.Stations.each(func(p Pace) Pace {
		step(&p.SpellMs, &p.LastMs, &p.TapMs)
		return p
	})
	return b
}
