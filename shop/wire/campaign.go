package wire

import (
	"time"

	"weir/shop"
)

// Campaign is a campaign as its channel reads it: its notice, what the shop can take of it, and what a person said.
type Campaign struct {
	ID           shop.CampaignID    `json:"id,omitzero"` // none of a drill
	Ref          string             `json:"ref"`
	Channel      string             `json:"channel"`
	Name         string             `json:"name"`
	State        shop.CampaignState `json:"state"`
	Revision     int                `json:"revision"`
	Window       Window             `json:"window"`
	Subsidy      *Subsidy           `json:"subsidy,omitempty"`
	Forecast     Forecast           `json:"forecast"`
	Acknowledged *Acknowledged      `json:"acknowledged,omitempty"` // a person has answered
	Taken        Taken              `json:"taken"`
}

// Campaigns answers GET /v1/campaigns.
type Campaigns struct {
	Campaigns []Campaign `json:"campaigns"` // as they were given
}

// Subsidy is what the channel pays for a campaign's drinks.
type Subsidy struct {
	Fen int64           `json:"fen"`
	Per shop.SubsidyPer `json:"per"`
}

// Forecast is what a campaign asks of the shop and what the shop can take of it.
type Forecast struct {
	ExpectedCups int          `json:"expected_cups"`
	CanTakeCups  int          `json:"can_take_cups"`
	Expected     []int        `json:"expected"` // per quarter of an hour from the window's start
	CanTake      []int        `json:"can_take"` // the same
	Staff        []Staff      `json:"staff"`    // to take all of it
	Ingredients  []Ingredient `json:"ingredients"`
}

// Staff is the people one station would need in the busiest quarter of an hour.
type Staff struct {
	Station  string    `json:"station"`
	Name     shop.Name `json:"name"`
	Ordinary int       `json:"ordinary"`
	Needed   int       `json:"needed"`
}

// Ingredient is how much of one is needed, in the shop's own units.
type Ingredient struct {
	Name     string `json:"name"`
	Expected int64  `json:"expected"` // for all that is expected
	CanTake  int64  `json:"can_take"` // for what can be taken
}

// Acknowledged is a person's answer to a notice.
type Acknowledged struct {
	Revision int       `json:"revision"` // that the person saw
	At       time.Time `json:"at"`
	Limit    *Limit    `json:"limit,omitempty"` // none: whatever can be made
}

// Limit is the cups the shop takes of a campaign.
type Limit struct {
	Cups int          `json:"cups"`
	Of   shop.LimitOf `json:"of"` // the orders that name the campaign, or all of the channel for the window
}

// Taken is the cups accepted so far, less those cancelled or released unmade.
type Taken struct {
	Campaign int `json:"campaign_cups"` // of orders that name the campaign
	Channel  int `json:"channel_cups"`  // of all the channel sent for the window
}

// NewCampaign shows a campaign with the forecast of now.
func NewCampaign(state *shop.State, c *shop.Campaign, now time.Time) Campaign {
	out := Campaign{
		ID: c.ID, Ref: c.Notice.Ref, Channel: c.Channel, Name: c.Notice.Name, State: c.State(now), Revision: c.Revision,
		Window: Window{c.Notice.Start, c.Notice.End}, Forecast: newForecast(state.Forecast(c, now)),
	}
	if s := c.Notice.Subsidy; s.Fen > 0 {
		out.Subsidy = &Subsidy{s.Fen, s.Per}
	}
	if a := c.Acknowledged; a != nil {
		out.Acknowledged = &Acknowledged{Revision: a.Revision, At: a.At, Limit: newLimit(a.Limit)}
	}
	taken := state.Taken[c.ID]
	out.Taken = Taken{taken.Campaign, taken.Channel}
	return out
}

func newLimit(l *shop.Limit) *Limit {
	if l == nil {
		return nil
	}
	return &Limit{l.Cups, l.Of}
}

func newForecast(f shop.Forecast) Forecast {
	out := Forecast{
		ExpectedCups: f.Expected, CanTakeCups: f.CanTake, Expected: make([]int, 0, len(f.Quarters)), CanTake: make([]int, 0, len(f.Quarters)),
		Staff: make([]Staff, 0, len(f.Staff)), Ingredients: make([]Ingredient, 0, len(f.Uses)),
	}
	for _, q := range f.Quarters {
		out.Expected, out.CanTake = append(out.Expected, q.Expected), append(out.CanTake, q.CanTake)
	}
	for _, s := range f.Staff {
		out.Staff = append(out.Staff, Staff{s.Station.ID, s.Station.Name, s.Ordinary, s.Needed})
	}
	for _, u := range f.Uses {
		out.Ingredients = append(out.Ingredients, Ingredient{u.Name, u.Expected, u.CanTake})
	}
	return out
}
