package remote

import (
	"context"
	"time"

	"weir/shop"
	"weir/shop/capacity"
)

// View is how a shop stands, for somebody who is not there.
type View struct {
	Name     shop.Name     `json:"name"`
	Zone     string        `json:"zone"` // of its clock
	Level    int           `json:"level"`
	Reason   string        `json:"reason,omitempty"`
	Backlog  int           `json:"backlog_cups"`
	P50S     int64         `json:"p50_s"` // wait of who orders now; 0 when nothing is taken
	P90S     int64         `json:"p90_s"`
	RateCPM  float64       `json:"rate_cpm"`
	Closes   time.Time     `json:"closes_at,omitzero"`
	May      shop.Remote   `json:"may"` // what people outside may do
	Channels []ChannelView `json:"channels"`
	Stations []StationView `json:"stations"`
	Notices  []NoticeView  `json:"notices,omitempty"` // that wait for an answer
	Alarms   []Alarm       `json:"alarms,omitempty"`
	Day      []Hour        `json:"day,omitempty"` // today, oldest first
}

// ChannelView is what a platform may order now, and who said so.
type ChannelView struct {
	ID     string              `json:"id"`
	Name   shop.Name           `json:"name"`
	Mode   capacity.IntakeMode `json:"mode"`
	Until  time.Time           `json:"until,omitzero"`
	Reason string              `json:"reason,omitempty"`
	By     string              `json:"by,omitempty"`
}

// StationView is who is on duty.
type StationView struct {
	ID    string    `json:"id"`
	Name  shop.Name `json:"name"`
	Staff int       `json:"staff"`
}

// NoticeView is a campaign that waits for an answer.
type NoticeView struct {
	ID       string    `json:"id"`
	Revision int       `json:"revision"`
	Channel  string    `json:"channel"`
	Name     string    `json:"name"`
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Expected int       `json:"expected_cups"`
	CanTake  int       `json:"can_take_cups"`
}

// Alarm is something wrong in the shop, in both languages.
type Alarm struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Hour is one hour of the day, in cups.
type Hour struct {
	At      time.Time `json:"at"`
	Taken   int       `json:"taken"`
	Refused int       `json:"refused"`
	Made    int       `json:"made"`
}

const (
	// noticesMax, alarmsMax and hoursMax bound what an answer carries.
	noticesMax, alarmsMax, hoursMax = 16, 16, 36
)

// view is how the shop stands now.
func (d *Desk) view(ctx context.Context, state *shop.State, now time.Time) *View {
	r := state.Capacity.Report(now)
	v := &View{
		Name: state.Config.Name, Zone: state.Config.Location.String(), Level: r.Level.Level, Reason: string(r.Level.Reason),
		Backlog: state.Ledger.Backlog(), RateCPM: r.Rate.P50 / float64(capacity.Cup), May: state.Settings.Remote,
	}
	if closes := state.Config.Hours(now).Closes; closes.After(now) {
		v.Closes = closes.UTC()
	}
	if r.Level.Level < capacity.LevelSlots && r.Rate.P50 > 0 {
		v.P50S, v.P90S = int64(r.Quote.P50/time.Second), int64(r.Quote.P90/time.Second)
	}
	for _, ch := range state.Config.Channels {
		if ch.ID == shop.CounterChannel {
			continue
		}
		in := state.Intake(ch.ID, now)
		v.Channels = append(v.Channels, ChannelView{ID: ch.ID, Name: ch.Name, Mode: in.Mode, Until: in.Until, Reason: in.Reason, By: in.By})
	}
	onDuty := state.OnDuty(now)
	for _, s := range state.Config.Stations {
		v.Stations = append(v.Stations, StationView{ID: s.ID, Name: s.Name, Staff: onDuty[s.ID]})
	}
	for _, c := range state.CampaignsOf("") {
		waits := c.State(now) == shop.CampaignNoticed || c.State(now) == shop.CampaignRevised
		if !waits || len(v.Notices) >= noticesMax {
			continue
		}
		f := state.Forecast(&c, now)
		v.Notices = append(v.Notices, NoticeView{ID: c.ID.String(), Revision: c.Revision, Channel: c.Channel, Name: c.Notice.Name,
			Start: c.Notice.Start, End: c.Notice.End, Expected: f.Expected, CanTake: f.CanTake})
	}
	if d.Alarms != nil {
		v.Alarms = d.Alarms()
		v.Alarms = v.Alarms[:min(len(v.Alarms), alarmsMax)]
	}
	if d.Day != nil {
		if day, err := d.Day(ctx); err == nil { // without it the rest is true all the same
			v.Day = day[max(0, len(day)-hoursMax):]
		}
	}
	return v
}
