// Package campaign asks shops what they would make of a campaign before it is given, and sums up what they say.
package campaign

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"weir/fleet/engine"
	"weir/fleet/table"
	"weir/shop/capacity"
	"weir/shop/wire"
)

// Drill is a campaign that is asked about and not given: no shop records anything, and no person is asked.
type Drill struct {
	Name     string
	Start    time.Time
	End      time.Time
	Expected []int           // cups by quarter of an hour, of all shops together
	Items    json.RawMessage // as in a shop's notice; none is anything on the menu
}

const (
	// ShopsMax bounds one drill: a brand's shops in a region. The answer names each.
	ShopsMax = 5000
	// CupsMax bounds what is expected in a quarter of an hour: more than all shops of a country make.
	CupsMax = 10_000_000
	// quartersMax is the longest campaign, a month: as at a shop.
	quartersMax = 31 * 24 * 4
	// askEvery is how soon a shop that has not answered is asked again, and answerWithin how long all are waited for.
	askEvery, answerWithin = 2 * time.Second, 8 * time.Second
	// heardMax bounds answers that wait to be read: a drill's, and what the channel's orders bring meanwhile.
	heardMax = 1 << 16
)

// Valid says what is wrong with a drill, by the member; "" is nothing. What only a shop can judge it says itself.
func (d *Drill) Valid(now time.Time) (pointer, detail string) {
	quarter := func(at time.Time) bool { return at.Equal(at.Truncate(capacity.SlotLength)) }
	quarters := int(d.End.Sub(d.Start) / capacity.SlotLength)
	switch {
	case d.Name == "":
		return "/name", "is missing"
	case d.Start.IsZero() || !quarter(d.Start):
		return "/window/start", "want a full quarter of an hour"
	case !quarter(d.End) || !d.End.After(d.Start) || quarters > quartersMax:
		return "/window/end", "want a full quarter of an hour after the start, at most 31 days"
	case !d.End.After(now):
		return "/window/end", "is past"
	case len(d.Expected) != quarters:
		return "/expected", fmt.Sprintf("%d numbers for a window of %d quarters of an hour", len(d.Expected), quarters)
	case slices.ContainsFunc(d.Expected, func(n int) bool { return n < 0 || n > CupsMax }):
		return "/expected", fmt.Sprintf("want numbers from 0 to %d", CupsMax)
	}
	return "", ""
}

// Ask asks shops, again and again until each has answered or the time is over, and sums up what they say.
func (d *Drill) Ask(ctx context.Context, e *engine.Engine, channel string, shops []*table.Shop, now time.Time) (Result, error) {
	nonce := rand.Text()
	parts := Share(d.Expected, shops, now)
	waiting := map[string]int{} // by store: its place
	for i, s := range shops {
		waiting[s.ID] = i
	}
	heard := make(chan *nats.Msg, heardMax)
	sub, err := e.Conn.ChanSubscribe("weir.v1.*.answers."+channel, heard)
	if err != nil {
		return Result{}, fmt.Errorf("listen to answers: %w", err)
	}
	defer sub.Unsubscribe() // the connection may have gone, and the subscription with it
	replies := make([]*reply, len(shops))
	again, over := time.NewTimer(0), time.NewTimer(answerWithin)
	defer again.Stop()
	defer over.Stop()
	for len(waiting) > 0 {
		select {
		case m := <-heard:
			store := strings.Split(m.Subject, ".")[2]
			i, asked := waiting[store]
			if r := read(m.Data, nonce); asked && r != nil {
				replies[i] = r
				delete(waiting, store)
				if r.campaign.ID != 0 { // it is older than drills, and has taken the notice as given
					text := fmt.Sprintf(`{"id":%q,"cancelled":true}`, r.campaign.ID)
					_ = e.Conn.Publish("weir.v1."+store+".campaigns."+channel, []byte(text)) // the answer names the shop
				}
			}
		case <-again.C:
			for store, i := range waiting {
				text, err := d.notice(nonce, parts[i])
				if err != nil {
					return Result{}, err
				}
				if err := e.Conn.Publish("weir.v1."+store+".campaigns."+channel, text); err != nil {
					return Result{}, fmt.Errorf("ask %s: %w", store, err)
				}
			}
			again.Reset(askEvery)
		case <-over.C:
			return d.sum(shops, parts, replies), nil
		case <-ctx.Done():
			return Result{}, ctx.Err()
		}
	}
	return d.sum(shops, parts, replies), nil
}

// notice is what one shop is asked.
func (d *Drill) notice(nonce string, expected []int) ([]byte, error) {
	body := map[string]any{
		"ref": "drill-" + nonce, "nonce": nonce, "drill": true, "name": d.Name, "expected": expected,
		"window": wire.Window{Start: d.Start.UTC(), End: d.End.UTC()},
	}
	if len(d.Items) > 0 {
		body["items"] = d.Items
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the notice: %w", err)
	}
	return text, nil
}

// reply is what a shop said: what it can take, or why it cannot say.
type reply struct {
	campaign wire.Campaign
	refused  string
}

// read reads an answer to the drill; nil is that it answers something else.
func read(payload []byte, nonce string) *reply {
	var a wire.Answer
	if json.Unmarshal(payload, &a) != nil || a.Nonce != nonce {
		return nil
	}
	r := &reply{}
	if a.Status < 300 && json.Unmarshal(a.Body, &r.campaign) == nil && r.campaign.ID == 0 {
		return r
	}
	var p struct {
		Detail string `json:"detail"`
	}
	_ = json.Unmarshal(a.Body, &p) // without a reason there is none to say
	if r.refused = p.Detail; a.Status < 300 {
		r.refused = "this shop is older than drills: it took the notice as one that was given, and was told that it is cancelled"
	}
	return r
}

// Share splits what is expected over shops by the rate at which they make cups; of one that says nothing the mean is taken.
// The parts of each quarter add up to it.
func Share(expected []int, shops []*table.Shop, now time.Time) [][]int {
	weights, sum, known := make([]float64, len(shops)), 0.0, 0
	for i, s := range shops {
		if s.Fresh(now) && s.Report.Rate.P50 > 0 {
			weights[i] = s.Report.Rate.P50
			sum += weights[i]
			known++
		}
	}
	mean := 1.0
	if known > 0 {
		mean = sum / float64(known)
	}
	sum = 0
	for i := range weights {
		if weights[i] == 0 {
			weights[i] = mean
		}
		sum += weights[i]
	}
	parts := make([][]int, len(shops))
	for i := range parts {
		parts[i] = make([]int, len(expected))
	}
	for q, cups := range expected {
		given, upTo := 0, 0.0
		for i := range shops { // what is given to the first shops is the rounded share of all of them, so nothing is lost
			upTo += weights[i]
			next := min(cups, int(float64(cups)*upTo/sum+0.5))
			if i == len(shops)-1 {
				next = cups
			}
			parts[i][q] = next - given
			given = next
		}
	}
	return parts
}

// sum adds up what the shops said.
func (d *Drill) sum(shops []*table.Shop, parts [][]int, replies []*reply) Result {
	out := Result{Asked: len(shops), Silent: []string{}, Refused: []Refused{}, Shops: []ShopTakes{}}
	out.Forecast.start(len(d.Expected))
	cities := map[string]*City{}
	for i, s := range shops {
		c := cities[s.City]
		if c == nil {
			c = &City{City: s.City, Silent: []string{}}
			c.Forecast.start(len(d.Expected))
			cities[s.City] = c
		}
		c.Asked++
		out.expect(parts[i])
		c.expect(parts[i])
		switch r := replies[i]; {
		case r == nil:
			out.Silent, c.Silent = append(out.Silent, s.ID), append(c.Silent, s.ID)
		case r.refused != "":
			out.Refused = append(out.Refused, Refused{s.ID, r.refused})
		default:
			out.Answered++
			c.Answered++
			out.add(&r.campaign.Forecast)
			c.add(&r.campaign.Forecast)
			out.Shops = append(out.Shops, ShopTakes{s.ID, s.City, r.campaign.Forecast.ExpectedCups, r.campaign.Forecast.CanTakeCups})
		}
	}
	out.Cities = []City{}
	for _, name := range slices.Sorted(maps.Keys(cities)) {
		out.Cities = append(out.Cities, *cities[name])
	}
	return out
}
