package shopfile

import "weir/shop"

// file is shop.yaml as it is written; docs/shop-yaml.md describes every key.
type file struct {
	ID        string               `yaml:"store"`
	Name      shop.Name            `yaml:"name"`
	TimeZone  string               `yaml:"time_zone"`
	DayCutoff string               `yaml:"day_cutoff"`
	Hours     hours                `yaml:"hours"`
	Reference string               `yaml:"reference"`
	Stations  []station            `yaml:"stations"`
	Channels  []channel            `yaml:"channels"`
	Capacity  terms                `yaml:"capacity"`
	Batch     batch                `yaml:"batch"`
	CheckMode string               `yaml:"check_mode"`
	Printers  []printerEntry       `yaml:"printers"`
	Sisters   []sister             `yaml:"sisters"`
	Options   map[string][]option  `yaml:"options"`
	Items     []item               `yaml:"items"`
	Pantry    map[string]shop.Name `yaml:"ingredients"`
}

type hours struct {
	Open  string `yaml:"open"`
	Close string `yaml:"close"`
}

type station struct {
	ID    string    `yaml:"id"`
	Name  shop.Name `yaml:"name"`
	Staff int       `yaml:"staff"`
}

type channel struct {
	ID               string    `yaml:"id"`
	Name             shop.Name `yaml:"name"`
	Fulfilment       string    `yaml:"fulfilment"` // delivery, pickup or counter
	Weight           float64   `yaml:"weight"`
	MinShare         float64   `yaml:"min_share"`
	SlotShare        float64   `yaml:"slot_share"`
	Strict           bool      `yaml:"strict"`
	SoldOut          string    `yaml:"sold_out"`
	HoldUntilArrival bool      `yaml:"hold_until_arrival"`
	Adapter          *adapter  `yaml:"adapter"`
}

type terms struct {
	HorizonMin         int      `yaml:"horizon_min"`
	CounterReserveCups *float64 `yaml:"counter_reserve_cups"`
	ShelfBags          *int     `yaml:"shelf_bags"`
	BusyAt             float64  `yaml:"busy_at"`
	LimitedAt          float64  `yaml:"limited_at"`
}

type batch struct {
	AheadMin  *float64 `yaml:"ahead_min"`
	AheadCups *int     `yaml:"ahead_cups"`
}

type printerEntry struct {
	Name      string   `yaml:"name"`
	Kind      string   `yaml:"kind"`
	Address   string   `yaml:"address"`
	Prints    []string `yaml:"prints"`
	Reprint   *bool    `yaml:"reprint"`
	Lang      string   `yaml:"lang"`
	Cancelled bool     `yaml:"cancelled"`
	Size      string   `yaml:"size"`
	Pictures  bool     `yaml:"pictures"`
}

type sister struct {
	ID        string    `yaml:"id"`
	Name      shop.Name `yaml:"name"`
	DistanceM int       `yaml:"distance_m"`
}

type option struct {
	ID    string         `yaml:"id"`
	ZH    string         `yaml:"zh"`
	EN    string         `yaml:"en"`
	Price int64          `yaml:"price"` // fen
	Work  map[string]int `yaml:"work"`  // seconds per station, on top of the item's
	Uses  map[string]int `yaml:"uses"`
}

type item struct {
	ID    string         `yaml:"id"`
	Name  shop.Name      `yaml:"name"`
	Price int64          `yaml:"price"` // fen
	Work  map[string]int `yaml:"work"`  // seconds per station for one cup
	Cups  *int           `yaml:"cups"`  // 1 unless said otherwise; 0 for a bag
	Uses  map[string]int `yaml:"uses"`
}
