package shop

import (
	"time"
	"weir/shop/capacity"
)

// Settings are what the owner may change while the shop runs.
type Settings struct {
	Staff     map[string]int    `json:"staff"`      // per station, where the rota says nothing; a station not named has nobody
	Rota      capacity.Rota     `json:"rota"`       // who will be there
	Horizon   time.Duration     `json:"horizon"`    // longest promise for an order to be made now
	Reserve   capacity.Work     `json:"reserve"`    // kept for the counter
	ShelfMax  int               `json:"shelf_max"`  // bags that may wait to be fetched; 0 is no limit
	CheckMode string            `json:"check_mode"` // cup, bag or tap at hand-over
	OneTap    bool              `json:"one_tap"`    // a tap at any station finishes the whole cup; see [State.Passing]
	Intake    map[string]Intake `json:"intake"`     // per channel; a missing one is open
	Remote    Remote            `json:"remote"`     // what people outside the shop may do
}

// capacitySettings are what shop.yaml sets for capacity, with what the owner has changed.
func (s State) capacitySettings() capacity.Settings {
	limits := s.Config.Capacity
	limits.Horizon, limits.Reserve, limits.ShelfMax = s.Settings.Horizon, s.Settings.Reserve, s.Settings.ShelfMax
	for _, st := range s.Config.Stations {
		limits.Stations = append(limits.Stations, st.ID)
	}
	limits.Channels = make([]capacity.Channel, 0, len(s.Config.Channels))
	for _, ch := range s.Config.Channels {
		in := s.Settings.Intake[ch.ID]
		limits.Channels = append(limits.Channels, capacity.Channel{
			ID: ch.ID, Delivery: ch.Delivery, Leased: ch.Leased, Weight: ch.Weight, MinShare: ch.MinShare, SlotShare: ch.SlotShare,
			Intake: capacity.Intake{Mode: in.Mode, Until: in.Until}, Bounds: s.bounds(ch.ID),
		})
	}
	return limits
}
