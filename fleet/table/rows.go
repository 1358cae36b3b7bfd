package table

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// rows are the shops by where they stand: bands of a hundredth of a degree of latitude, in each the shops from west to
// east. A search cuts a stretch out of a few rows and reads the places in it one after the other, without a look at
// the shops that are too far.
type rows map[int32]row

// place is where a shop stands, and the shop.
type place struct {
	Point
	of *known
}

const (
	// rowsPerDegree makes a row some 1.1 km wide.
	rowsPerDegree = 100
	// degreeM is a degree of latitude in metres.
	degreeM = 111_320.0
	// aLittleMore covers the rounding of a degree's width.
	aLittleMore = 1 + 1e-9
)

func rowOf(lat float64) int32 { return int32(math.Floor(lat * rowsPerDegree)) }

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.Lon, o.Lon), cmp.Compare(p.Lat, o.Lat))
}

// put adds a shop.
func (r rows) put(at Point, of *known) {
	p := place{at, of}
	list := r[rowOf(at.Lat)]
	i, _ := slices.BinarySearchFunc(list, p, place.compare)
	r[rowOf(at.Lat)] = slices.Insert(list, i, p)
}

// cut takes a shop out.
func (r rows) cut(at Point, of *known) {
	list := slices.DeleteFunc(r[rowOf(at.Lat)], func(p place) bool { return p.of == of })
	if r[rowOf(at.Lat)] = list; len(list) == 0 {
		delete(r, rowOf(at.Lat))
	}
}

// around are the places within limit metres of a point, and some that are farther, in no order; nearer rows come
// first. limit is asked before each row, so that a search that has found enough can make it smaller.
func (r rows) around(at Point, limit func() float64) iter.Seq[place] {
	return func(yield func(place) bool) {
		middle := rowOf(at.Lat)
		steepest := math.Min(90, math.Abs(at.Lat)+limit()/degreeM) // where a degree of longitude is narrowest
		width := degreeM * math.Cos(steepest*math.Pi/180)          // never quite 0; at a pole the whole row is near
		for step := int32(0); ; step++ {
			far := limit()
			// The nearest place of a row that lies so many rows away is at least this far.
			if gap := float64(step-1) / rowsPerDegree * degreeM; gap > far {
				return
			}
			for _, band := range [...]int32{middle - step, middle + step} {
				reach := far / width * aLittleMore
				for _, p := range r[band].between(at.Lon-reach, at.Lon+reach) {
					if !yield(p) {
						return
					}
				}
				if step == 0 {
					break // it is its own mirror
				}
			}
		}
	}
}

// row is the shops of one band, from west to east.
type row []place

// between are the places from one longitude to another.
func (r row) between(west, east float64) row {
	from, _ := slices.BinarySearchFunc(r, west, func(p place, lon float64) int { return cmp.Compare(p.Lon, lon) })
	to := from
	for to < len(r) && r[to].Lon <= east {
		to++
	}
	return r[from:to]
}
