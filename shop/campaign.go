package shop

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/shop/capacity"
)

// CampaignID numbers the campaigns a shop was told of, from 1. Outside it is written "n7".
type CampaignID int64

// String returns the form used in URLs and JSON.
func (id CampaignID) String() string { return "n" + strconv.FormatInt(int64(id), 10) }

// MarshalText implements encoding.TextMarshaler.
func (id CampaignID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *CampaignID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseCampaignID(string(text))
	return err
}

// ParseCampaignID reads the form written by [CampaignID.String].
func ParseCampaignID(s string) (CampaignID, error) {
	digits, ok := strings.CutPrefix(s, "n")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n <= 0 || CampaignID(n).String() != s {
		return 0, fmt.Errorf("campaign id %.40q: want the letter n and a number, as in n7", s)
	}
	return CampaignID(n), nil
}

// Notice is what a channel says of a campaign before it begins.
type Notice struct {
	Ref      string      `json:"ref"` // the channel's own; (channel, ref) is one campaign
	Name     string      `json:"name"`
	Start    time.Time   `json:"start"`              // of a quarter of an hour
	End      time.Time   `json:"end"`                // of a quarter of an hour
	Expected []int       `json:"expected,omitempty"` // cups per quarter of an hour from Start; none once it is over
	Items    []ItemShare `json:"items,omitempty"`    // what is drunk; none is anything on the menu
	Subsidy  Subsidy     `json:"subsidy"`
}

// ItemShare is how much of a campaign is one item.
type ItemShare struct {
	Item  string `json:"item"`
	Share int    `json:"share"` // by the sum of all shares
}

// Subsidy is what the channel pays the shop for a campaign's drinks.
type Subsidy struct {
	Fen int64      `json:"fen"`
	Per SubsidyPer `json:"per,omitempty"` // "" when there is none
}

// SubsidyPer is what a subsidy is paid for.
type SubsidyPer string

// What a subsidy is paid for.
const (
	SubsidyPerCup   SubsidyPer = "cup"
	SubsidyPerOrder SubsidyPer = "order"
)

// For is the subsidy of an order of so many cups.
func (s Subsidy) For(cups int) int64 {
	if s.Per == SubsidyPerCup {
		return s.Fen * int64(cups)
	}
	return s.Fen
}

// Cups is the sum of what is expected.
func (n *Notice) Cups() (sum int) {
	for _, cups := range n.Expected {
		sum += cups
	}
	return sum
}

// Covers reports whether a moment is in the campaign's window.
func (n *Notice) Covers(at time.Time) bool { return !at.Before(n.Start) && at.Before(n.End) }

// quarters is the length of the window.
func (n *Notice) quarters() int { return int(n.End.Sub(n.Start) / capacity.SlotLength) }

// Campaign is a notice as the shop keeps it: what the channel said last, and what the shop said to it.
type Campaign struct {
	ID           CampaignID       `json:"id"`
	Channel      string           `json:"channel"`
	Notice       Notice           `json:"notice"`
	Revision     int              `json:"revision"` // 1, and one more with each revision
	GivenAt      time.Time        `json:"given_at"`
	RevisedAt    time.Time        `json:"revised_at,omitzero"`
	CancelledAt  time.Time        `json:"cancelled_at,omitzero"`
	Acknowledged *Acknowledgement `json:"acknowledged,omitempty"`
}

// Acknowledgement is a person's answer to a notice.
type Acknowledgement struct {
	Revision int       `json:"revision"` // that the person saw
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Limit    *Limit    `json:"limit,omitempty"` // nil: whatever can be made
}

// Limit is the cups that the shop takes of a campaign.
type Limit struct {
	Cups int     `json:"cups"`
	Of   LimitOf `json:"of"`
}

// LimitOf says which orders a limit counts.
type LimitOf string

// Which orders a limit counts: those that name the campaign, or everything its channel sends for the
// window. The second is for channels that do not mark their campaign's orders.
const (
	LimitOfCampaign LimitOf = "campaign"
	LimitOfChannel  LimitOf = "channel"
)

// CampaignState is where a campaign stands.
type CampaignState string

// The states of a campaign.
const (
	CampaignNoticed      CampaignState = "noticed"      // nobody has answered yet
	CampaignRevised      CampaignState = "revised"      // changed since somebody answered; that answer still holds
	CampaignAcknowledged CampaignState = "acknowledged" //
	CampaignCancelled    CampaignState = "cancelled"    // by its channel
	CampaignOver         CampaignState = "over"         // its window is past
	CampaignDrill        CampaignState = "drill"        // never given: the shop was only asked what it would say
)

// State tells where the campaign stands.
func (c *Campaign) State(now time.Time) CampaignState {
	switch {
	case c.ID == 0:
		return CampaignDrill
	case !c.CancelledAt.IsZero():
		return CampaignCancelled
	case !now.Before(c.Notice.End):
		return CampaignOver
	case c.Acknowledged == nil:
		return CampaignNoticed
	case c.Acknowledged.Revision < c.Revision:
		return CampaignRevised
	}
	return CampaignAcknowledged
}

// Limit is the limit that holds; nil where there is none.
func (c *Campaign) Limit() *Limit {
	if c.Acknowledged == nil || !c.CancelledAt.IsZero() {
		return nil
	}
	return c.Acknowledged.Limit
}

// Taken is the cups that were accepted, less those of orders that were cancelled or released unmade.
type Taken struct {
	Campaign int `json:"campaign"` // of orders that name the campaign
	Channel  int `json:"channel"`  // of all its channel sent for the window
}

// Of is the count that a limit is held against.
func (t Taken) Of(of LimitOf) int {
	if of == LimitOfChannel {
		return t.Channel
	}
	return t.Campaign
}
