package store

import "sync/atomic"

// batchClasses are the sizes of batches that are counted apart: how well commits are shared.
var batchClasses = [...]int{1, 2, 4, 8, 16, 32, 64, 128, batchMax}

// batchCount counts the batches that were committed, by size.
type batchCount struct {
	classes  [len(batchClasses)]atomic.Uint64
	commands atomic.Uint64
}

func (c *batchCount) add(size int) {
	c.commands.Add(uint64(size))
	for i, most := range batchClasses {
		if size <= most {
			c.classes[i].Add(1)
			return
		}
	}
}

// Waiting is how many commands wait for the writer at this moment, and how many may.
func (s *Store) Waiting() (commands, most int) { return len(s.queue), cap(s.queue) }

// Batches says how many commits had at most so many commands, for each size that is counted, and how
// many commands they had in all, since the start.
func (s *Store) Batches() (atMost map[float64]uint64, commands uint64) {
	atMost = make(map[float64]uint64, len(batchClasses))
	sum := uint64(0)
	for i, most := range batchClasses {
		sum += s.batches.classes[i].Load()
		atMost[float64(most)] = sum
	}
	return atMost, s.batches.commands.Load()
}
