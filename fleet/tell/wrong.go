package tell

import (
	"cmp"
	"time"

	"weir/fleet/directory"
	"weir/fleet/route"
	"weir/shop/alert"
	"weir/shop/words"
)

// Wrong is something that is wrong at a shop, as the fleet sees it.
type Wrong struct {
	Kind alert.Kind
	ID   string // tells apart what is of a kind at one shop; "" where there is only one
	Shop directory.Shop
	Text func(words.Lang) string
}

// kindOf is the kind of each alarm of a shop.
var kindOf = map[string]alert.Kind{
	"silent": alert.Silent, "clock": alert.Clock, "epoch-rose": alert.Restored, "two-boxes": alert.Twin, "unknown-orders": alert.Doubt,
}

// newFor is how long a shop that has never been heard may be in the directory before that is wrong: it is being set up. The
// reports of shops are kept as long, so a router that starts later does not take a shop that was heard for one that was not.
const newFor = 24 * time.Hour

// Alarms is what is wrong with the shops that a router knows.
func Alarms(r *route.Router, now time.Time) (all []Wrong) {
	for _, row := range r.Stores(now) {
		if len(row.Alarms) == 0 {
			continue
		}
		s, ok := r.Table.Get(row.ID)
		if !ok || row.ReportAt.IsZero() && now.Sub(s.AddedAt) < newFor {
			continue
		}
		for _, a := range row.Alarms {
			all = append(all, Wrong{Kind: kindOf[a], Shop: *s.Shop, Text: func(l words.Lang) string { return l.T("fleet_alert.at." + a) }})
		}
	}
	return all
}

// place is the thing's name within its kind.
func (w *Wrong) place() string { return w.Shop.ID + "/" + w.ID }

// shopName is the shop as people know it.
func (w *Wrong) shopName() string { return cmp.Or(w.Shop.Name, w.Shop.ID) }
