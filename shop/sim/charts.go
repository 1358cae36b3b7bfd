package sim

import (
	"cmp"
	"slices"

	"weir/shop/capacity"
)

// charts is the course of a day, for pictures.
type charts struct {
	backlog []point
	waits   []promise // of orders made at once
	slots   []slotBar // by start
}

// point is the cups that are due and not made at a time.
type point struct {
	at   int64
	cups int
}

// promise is what an order was told and how long it took, in ms from its arrival.
type promise struct{ promised, ready int64 }

// slotBar is a quarter of an hour and the work booked into it.
type slotBar struct {
	start int64
	work  capacity.Work
}

// note adds a point to the course of the backlog.
func (d *day) note() { d.charts.backlog = append(d.charts.backlog, point{d.now, d.dueCups}) }

// drawn is the day's course with what became of its orders.
func (d *day) drawn() charts {
	c := d.charts
	for _, v := range d.visits {
		switch {
		case v.slot > 0 && v.state == accepted:
			i, known := slices.BinarySearchFunc(c.slots, v.slot, func(s slotBar, start int64) int { return cmp.Compare(s.start, start) })
			if !known {
				c.slots = slices.Insert(c.slots, i, slotBar{start: v.slot})
			}
			c.slots[i].work += v.work
		case v.slot == 0 && v.readyAt > 0 && v.promised > 0:
			c.waits = append(c.waits, promise{v.promised - v.at, v.readyAt - v.at})
		}
	}
	return c
}
