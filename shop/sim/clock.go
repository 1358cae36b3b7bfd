package sim

import "cmp"

// clock is virtual time: milliseconds since opening, and what happens when.
type clock struct {
	now  int64
	n    int
	heap []event
}

// event is something that happens at a time; n keeps the order of what was planned for the same time.
type event struct {
	at int64
	n  int
	do func()
}

func (e *event) before(o *event) bool {
	return cmp.Or(cmp.Compare(e.at, o.at), cmp.Compare(e.n, o.n)) < 0
}

// at plans something. What lies in the past happens next.
func (c *clock) at(ms int64, do func()) {
	c.n++
	c.heap = append(c.heap, event{max(ms, c.now), c.n, do})
	for i := len(c.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !c.heap[i].before(&c.heap[parent]) {
			break
		}
		c.heap[i], c.heap[parent] = c.heap[parent], c.heap[i]
		i = parent
	}
}

// every plans something again and again until a time.
func (c *clock) every(from, step, until int64, do func()) {
	at := from
	var next func()
	next = func() {
		do()
		if at += step; at <= until {
			c.at(at, next)
		}
	}
	c.at(at, next)
}

// next takes out the earliest event. There must be one.
func (c *clock) next() event {
	first := c.heap[0]
	last := len(c.heap) - 1
	c.heap[0], c.heap[last] = c.heap[last], event{}
	c.heap = c.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && c.heap[child+1].before(&c.heap[child]) {
			child++
		}
		if !c.heap[child].before(&c.heap[i]) {
			break
		}
		c.heap[i], c.heap[child] = c.heap[child], c.heap[i]
		i = child
	}
	c.now = first.at
	return first
}
