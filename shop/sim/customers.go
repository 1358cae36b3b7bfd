package sim

// Models are how customers take what they are told. Every policy meets the same people, and each of them decides by the
// same rule whoever asks.
//
//   - any: they take any time that they are told, however late it is.
//   - patience: they take a time that is no later than their patience lasts.
//   - mixed: half of them are of either kind.
var Models = []string{"any", "patience", "mixed"}

// accepts is whether the customer takes a wait of so many ms, as it is told before the order.
func (d *day) accepts(v *visit, wait int64) bool {
	switch d.model {
	case "patience":
		return wait <= v.patience
	case "mixed":
		return v.flexible < 0.5 || wait <= v.patience
	}
	return true
}

// waitsUntil is how long the customer waits for room.
func (d *day) waitsUntil(v *visit) int64 {
	if d.model == "patience" || d.model == "mixed" && v.flexible >= 0.5 {
		return v.came + v.patience
	}
	return d.closes
}

// away is the customer who goes with nothing. Some come back later and ask again.
func (d *day) away(p policy, v *visit, bare bool) {
	v.state, v.bare = refused, bare
	r := d.o.scenario().Retries
	if r == nil || v.returns >= r.Times || v.again >= r.Share {
		return
	}
	back := d.now + int64(r.After)*60_000
	if back >= d.closes || v.walkIn {
		return
	}
	d.at(back, func() {
		if v.state != refused {
			return
		}
		v.returns++
		v.state, v.came, v.tries, v.answered, v.bounced, v.bare = coming, d.now, 0, false, false, false
		p.arrive(v)
	})
}
