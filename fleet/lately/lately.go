// Package lately is a map that does not grow without end: it keeps so many entries, and of more those that were used last.
// Everything that a router remembers by shop and could ask for again lies in one.
package lately

// Map keeps the entries that were used last. It is not safe for several goroutines at once.
type Map[K comparable, V any] struct {
	half       int
	young, old map[K]V // an entry that is used goes to the young; when half of the room is taken, the old ones go
}

// New makes a map of at most so many entries; the last half of them is always there.
func New[K comparable, V any](most int) *Map[K, V] {
	return &Map[K, V]{half: max(1, most/2), young: map[K]V{}}
}

// Get finds an entry and keeps it a while longer.
func (m *Map[K, V]) Get(k K) (V, bool) {
	if v, ok := m.young[k]; ok {
		return v, true
	}
	v, ok := m.old[k]
	if ok {
		delete(m.old, k)
		m.Put(k, v)
	}
	return v, ok
}

// Put keeps an entry.
func (m *Map[K, V]) Put(k K, v V) {
	if _, ok := m.young[k]; !ok && len(m.young) >= m.half {
		m.old, m.young = m.young, map[K]V{}
	}
	delete(m.old, k)
	m.young[k] = v
}

// Delete takes an entry out.
func (m *Map[K, V]) Delete(k K) {
	delete(m.young, k)
	delete(m.old, k)
}

// Len is how many entries there are.
func (m *Map[K, V]) Len() int { return len(m.young) + len(m.old) }
