package tell

import (
	"cmp"
	"maps"
	"slices"

	"weir/shop/alert"
	"weir/shop/words"
)

// A whole city that loses its network, or shops that all come back to an engine which was restarted, are one message and
// not two thousand. What a target has been told of shop by shop stays so until it is over; of what is new, the shops of a
// city are one thing from foldCity on, and all that is new of a kind is one thing beyond newMax.
const (
	// foldCity is from how many shops of a city that have the same trouble the city is told of.
	foldCity = 5
	// foldKept is down to how many of them that holds. Those that are left then are told of by name.
	foldKept = 3
	// newMax is how many new things of a kind are told one by one.
	newMax = 9
	// singleMax is how many shops with the same trouble a target knows by name.
	singleMax = 60
)

// allOf is the name of the thing that stands for all shops; a city's is cityOf and the city.
const allOf, cityOf = "all", "city/"

// knows reports whether a target has been told of a thing that is not over.
type knows func(k alert.Kind, id, shop string) bool

// fold is what a target is told of all that is wrong at its shops. It depends on nothing but that and on what the target
// knows, so whichever router tells goes on from what the last one told.
func fold(all []Wrong, known knows, l words.Lang) (things []alert.Thing) {
	byKind := map[alert.Kind][]Wrong{}
	for _, w := range all {
		byKind[w.Kind] = append(byKind[w.Kind], w)
	}
	for _, k := range slices.Sorted(maps.Keys(byKind)) {
		things = append(things, foldKind(k, byKind[k], known, l)...)
	}
	return things
}

func foldKind(k alert.Kind, all []Wrong, known knows, l words.Lang) (things []alert.Thing) {
	everything := l.T("fleet_alert.all")
	cities := map[string][]Wrong{} // what is not known by name
	for _, w := range all {
		if known(k, w.place(), w.shopName()) {
			things = append(things, w.thing())
		} else {
			cities[w.Shop.City] = append(cities[w.Shop.City], w)
		}
	}
	single, fresh, count := len(things), []alert.Thing{}, 0
	for _, city := range slices.Sorted(maps.Keys(cities)) {
		list, name := cities[city], cmp.Or(city, l.T("fleet_page.no_city"))
		told := known(k, cityOf+city, name)
		switch {
		case told && len(list) >= foldKept:
			things = append(things, many(k, cityOf+city, name, len(list)))
			continue
		case len(list) >= foldCity:
			fresh = append(fresh, many(k, cityOf+city, name, len(list)))
		default:
			for i := range list {
				fresh = append(fresh, list[i].thing())
			}
		}
		count += len(list)
	}
	if told := known(k, allOf, everything); told && count >= foldKept || len(fresh) > newMax || single > singleMax && count > 0 {
		return append(things, many(k, allOf, everything, count))
	}
	return append(things, fresh...)
}

// thing is what is wrong at one shop.
func (w *Wrong) thing() alert.Thing {
	return alert.Thing{Kind: w.Kind, ID: w.place(), Shop: w.shopName(), Text: w.Text}
}

// many is the same trouble of many shops.
func many(k alert.Kind, id, name string, shops int) alert.Thing {
	return alert.Thing{Kind: k, ID: id, Shop: name, Text: func(l words.Lang) string {
		return l.T("fleet_alert.shops", shops, l.T("fleet_alert.kind."+string(k)))
	}}
}
