package shop

import (
	"iter"
	"slices"
)

// pageSize is how many rows are copied for one change: 256 pointers are 2 KiB, about as much as one
// order's JSON.
const pageSize = 256

// Table is an immutable table of rows by number. Changing it returns a new table that shares every
// page but one, so a snapshot costs nothing. Numbers should be dense and growing, as those of orders
// and jobs are. The zero value is empty.
type Table[T any] struct {
	pages []*page[T] // growing by number, none empty
	rows  int
}

type page[T any] struct {
	number int64
	rows   [pageSize]*T
	used   int
}

// Len is the number of rows.
func (t Table[T]) Len() int { return t.rows }

// At returns row n, or nil when there is none.
func (t Table[T]) At(n int64) *T {
	if i, found := t.find(n / pageSize); found && n >= 0 {
		return t.pages[i].rows[n%pageSize]
	}
	return nil
}

// All yields the rows in growing order of their numbers.
func (t Table[T]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, p := range t.pages {
			for _, row := range p.rows {
				if row != nil && !yield(row) {
					return
				}
			}
		}
	}
}

// With returns the table with row n set, n ≥ 0. A nil row takes it out.
func (t Table[T]) With(n int64, row *T) Table[T] {
	old := t.At(n)
	if old == row {
		return t
	}
	number := n / pageSize
	i, found := t.find(number)
	changed := page[T]{number: number}
	if found {
		changed = *t.pages[i]
	}
	changed.rows[n%pageSize] = row
	if old == nil {
		changed.used++
		t.rows++
	} else if row == nil {
		changed.used--
		t.rows--
	}
	pages := make([]*page[T], 0, len(t.pages)+1)
	pages = append(pages, t.pages[:i]...)
	if changed.used > 0 {
		pages = append(pages, &changed)
	}
	if found {
		i++
	}
	t.pages = append(pages, t.pages[i:]...)
	return t
}

func (t Table[T]) find(number int64) (int, bool) {
	return slices.BinarySearchFunc(t.pages, number, func(p *page[T], n int64) int { return int(p.number - n) })
}
