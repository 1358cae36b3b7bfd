package shopfile

import "weir/shop"

// file is shop.yaml as it is written; docs/shop-yaml.md describes every key.
type file struct {
	ID        string                `yaml:"store"`
	Name      shop.Name             `yaml:"name"`
	TimeZone  string                `yaml:"time_zone"`
	DayCutoff string                `yaml:"day_cutoff"`
	Hours     hours                 `yaml:"hours"`
	Reference string                `yaml:"reference"`
	Stations  []station             `yaml:"stations"`
	Rota      []turn                `yaml:"rota"`
	Channels  []channel             `yaml:"channels"`
	Capacity  terms                 `yaml:"capacity"`
	Batch     batch                 `yaml:"batch"`
	Passing   passing               `yaml:"passing"`
	CheckMode string                `yaml:"check_mode"`
	Remote    outside               `yaml:"remote"`
	Taps      string                `yaml:"station_taps"` // each station its own part, or once for the whole cup
	Allergy   []string              `yaml:"allergy_words"`
	Printers  []printerEntry        `yaml:"printers"`
	Sisters   []sister              `yaml:"sisters"`
	Alerts    []AlertEntry          `yaml:"alerts"`
	Options   map[string][]option   `yaml:"options"`
	Items     []item                `yaml:"items"`
	Pantry    map[string]ingredient `yaml:"ingredients"`
}

// outside is what people may do who are not in the shop, once it has joined a fleet.
type outside struct {
	Intake  bool `yaml:"intake"`
	Staff   bool `yaml:"staff"`
	Notices bool `yaml:"notices"`
}

// unit is what people count an ingredient in.
type unit struct {
	ZH    string `yaml:"zh"`
	EN    string `yaml:"en"`
	Holds int    `yaml:"holds" within:"1..1000000"` // amount in one
}

type hours struct {
	Open  string `yaml:"open"`
	Close string `yaml:"close"`
}

type station struct {
	ID    string    `yaml:"id"`
	Name  shop.Name `yaml:"name"`
	Staff int       `yaml:"staff" within:"0..1000000"`
}

// turn is a line of the rota. One of staff, fewer and more is there.
type turn struct {
	Station string   `yaml:"station"`
	Days    []string `yaml:"days"` // mon to sun; none is every day
	Date    string   `yaml:"date"` // instead of days
	From    string   `yaml:"from"` // none is the beginning of the day
	To      string   `yaml:"to"`   // none is its end
	Staff   *int     `yaml:"staff" within:"0..20"`
	Fewer   *int     `yaml:"fewer" within:"0..20"`
	More    *int     `yaml:"more" within:"0..20"`
}

type channel struct {
	ID               string        `yaml:"id"`
	Name             shop.Name     `yaml:"name"`
	Fulfilment       string        `yaml:"fulfilment"` // delivery, pickup or counter
	Weight           float64       `yaml:"weight" within:"0..1000"`
	MinShare         float64       `yaml:"min_share" within:"0..1"`
	SlotShare        float64       `yaml:"slot_share" within:"0..1"`
	Strict           bool          `yaml:"strict"`
	SoldOut          string        `yaml:"sold_out"`
	Provisional      bool          `yaml:"provisional"`
	HoldCups         *int          `yaml:"hold_cups" within:"0..500"`
	HoldUntilArrival bool          `yaml:"hold_until_arrival"`
	OwnRiders        bool          `yaml:"own_riders"`
	RideMin          *int          `yaml:"ride_min" within:"0..120"` // from the shop to the door, where an order does not say it
	Compensation     *compensation `yaml:"compensation"`
	Adapter          *adapter      `yaml:"adapter"`
	Webhook          *webhook      `yaml:"webhook"`
	Connector        *platform     `yaml:"connector"`
}

type terms struct {
	HorizonMin         int      `yaml:"horizon_min" within:"0..120"`
	CounterReserveCups *float64 `yaml:"counter_reserve_cups" within:"0..500"`
	ShelfBags          *int     `yaml:"shelf_bags" within:"0..10000"`
	BusyAt             float64  `yaml:"busy_at" within:"0..1"`
	LimitedAt          float64  `yaml:"limited_at" within:"0..1"`
}

// passing is how far a later order to be made now may pass an earlier one; nothing is not at all.
type passing struct {
	AheadMin float64 `yaml:"ahead_min" within:"0..60"`
	Cups     int     `yaml:"cups" within:"0..100"`
}

type batch struct {
	AheadMin  *float64 `yaml:"ahead_min" within:"0..60"`
	AheadCups *int     `yaml:"ahead_cups" within:"0..100"`
}

type printerEntry struct {
	Name      string   `yaml:"name"`
	Kind      string   `yaml:"kind"`
	Address   string   `yaml:"address"`
	Prints    []string `yaml:"prints"`
	Reprint   *bool    `yaml:"reprint"`
	Lang      string   `yaml:"lang"`
	Cancelled bool     `yaml:"cancelled"`
	Labels    string   `yaml:"labels"`  // begun: when a cup is begun; accepted, or none: when its order goes to the kitchen
	Station   string   `yaml:"station"` // whose kitchen tickets; none is the whole order
	Size      string   `yaml:"size"`
	Pictures  bool     `yaml:"pictures"`
}

type sister struct {
	ID        string    `yaml:"id"`
	Name      shop.Name `yaml:"name"`
	DistanceM int       `yaml:"distance_m" within:"0..1000000"`
}

type option struct {
	ID string `yaml:"id"`
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
	// Price is in fen, Yuan the same in yuan: one of the two.
	Price int64 `yaml:"price" within:"0..1000000" instead:"a price is in whole fen (1850 is ¥18.50); for yuan write price_yuan: 18.50"`
	Yuan  *yuan `yaml:"price_yuan" within:"0..10000"`
	// Work is seconds per station, on top of the item's.
	Work map[string]int `yaml:"work" within:"0..3600"`
	Uses map[string]int `yaml:"uses" within:"0..100000"`
	// What the option does to what the drink itself takes: so much of it, percent, or another in its place.
	Scale int               `yaml:"scale" within:"0..400"`
	Swaps map[string]string `yaml:"swaps"`
}

type item struct {
	ID   string    `yaml:"id"`
	Name shop.Name `yaml:"name"`
	// Price is in fen, Yuan the same in yuan: one of the two.
	Price int64 `yaml:"price" within:"0..1000000" instead:"a price is in whole fen (1850 is ¥18.50); for yuan write price_yuan: 18.50"`
	Yuan  *yuan `yaml:"price_yuan" within:"0..10000"`
	// Work is seconds per station for one cup.
	Work map[string]int `yaml:"work" within:"0..3600"`
	// Cups is 1 unless said otherwise, 0 for a bag.
	Cups *int           `yaml:"cups" within:"0..12"`
	Uses map[string]int `yaml:"uses" within:"0..100000"`
	// Hidden is off the menu for now.
	Hidden bool `yaml:"hidden"`
}

type ingredient struct {
	ZH      string `yaml:"zh"`
	EN      string `yaml:"en"`
	Station string `yaml:"station"`                   // where it goes in; none is not said
	Unit    *unit  `yaml:"unit"`                      // what people count it in; none: the menu's own units
	LeadMin int    `yaml:"lead_min" within:"0..600"`  // minutes that it takes to prepare; 0: it is there at once
	Fixed   bool   `yaml:"fixed"`                     // a larger cup takes no more of it
	Batch   int    `yaml:"batch" within:"0..1000000"` // amount that is prepared at a time; 0: one unit
}
