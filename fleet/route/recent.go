package route

import (
	"time"

	"weir/fleet/orders"
)

// recent are the accepted orders of the last minutes: those that can be sent again to a box that was restored.
type recent struct {
	entries map[orders.Key]orders.Entry
	queue   []moment // in the order in which they came
}

// moment is when a version of a record was written.
type moment struct {
	key      orders.Key
	revision uint64
	at       time.Time
}

func (c *recent) put(e orders.Entry) {
	if c.entries == nil {
		c.entries = map[orders.Key]orders.Entry{}
	}
	c.entries[e.Key] = e
	c.queue = append(c.queue, moment{e.Key, e.Revision, e.At})
}

func (c *recent) cut(k orders.Key) { delete(c.entries, k) }

// forget drops what is older than an age.
func (c *recent) forget(now time.Time, age time.Duration) {
	for len(c.queue) > 0 && now.Sub(c.queue[0].at) > age {
		if old := c.queue[0]; c.entries[old.key].Revision == old.revision {
			delete(c.entries, old.key)
		}
		c.queue = c.queue[1:]
	}
}

// at are the orders of a store that were sent to a box of an earlier epoch.
func (c *recent) at(store string, epoch int64) (list []orders.Entry) {
	for _, e := range c.entries {
		if e.Record.At.Store == store && e.Record.At.Epoch < epoch {
			list = append(list, e)
		}
	}
	return list
}
