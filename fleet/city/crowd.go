package city

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/shop"
	"weir/shop/bell"
)

// Tally is what became of the orders. Placed counts orders that a shop has accepted; each of them ends in one of Made,
// Cancelled and Released, or is still open.
type Tally struct {
	Asked     int // orders that customers sent
	Placed    int
	Made      int // and given out, or left on the shelf
	Cancelled int
	Released  int // the shop said in time that it will not make them
	Refused   int // nobody makes them, and the answer named other shops or times
	Bare      int // nobody makes them, and there was nothing to name
	Unknown   int // at this moment: asked again until it is known
	Twice     int // orders that ended at two shops, or twice. Must stay 0
	Wrong     int // answers that should not be. Must stay 0
	Outages   int // times that the box was switched off and has come back
}

// Open is the orders that are placed and have not ended, and those that are not known.
func (t Tally) Open() int { return t.Placed - t.Made - t.Cancelled - t.Released + t.Unknown }

const (
	// usualRate is orders a minute and shop, by the city's clock: some six in ten of what a crew can make.
	usualRate = 0.85
	// campaignRate is what a free-drink campaign adds, far more than all crews together can make.
	campaignRate = 5.0
	// campaignFirst, campaignEvery and campaignFor are its times, by the city's clock.
	campaignFirst, campaignEvery, campaignFor = 3 * time.Minute, 20 * time.Minute, 6 * time.Minute
	// nearMean is how far customers are from a shop, in degrees: some 700 m.
	nearMean = 0.006
	// hotShare is the part of a campaign's customers who are at the first shops of the list, hotSites of them.
	hotShare, hotSites = 0.6, 3
	// slotShare is the part of refused customers who take a time or shop that they are offered.
	slotShare = 0.5
	// cancelShare is the part of customers who call their order off at once.
	cancelShare = 0.02
	// crowdMax bounds the customers who wait for an answer; more do not come.
	crowdMax = 64
	// crowdStep is how often somebody may come, readEvery how often the platforms read events, by the machine's clock.
	crowdStep, readEvery = 20 * time.Millisecond, 400 * time.Millisecond
	// endedMax is how many ended orders are remembered, to see that none ends twice.
	endedMax = 100_000
	// answerMax bounds one request.
	answerMax = 20 * time.Second
)

// crowd is the customers and the platforms they order over.
type crowd struct {
	Config
	client   *http.Client
	rnd      *rand.Rand
	channels []string
	prefix   string

	mu      sync.Mutex
	counts  Tally
	ended   map[string]string // by channel and ref: at which shop
	endings []string          // the first first
}

func newCrowd(c Config) *crowd {
	return &crowd{
		Config: c, client: &http.Client{Timeout: answerMax}, rnd: rand.New(rand.NewPCG(c.Seed, 5)),
		channels: slices.Sorted(maps.Keys(c.Keys)), prefix: strconv.FormatInt(time.Now().UnixNano(), 36), ended: map[string]string{},
	}
}

func (c *crowd) tally() Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts
}

func (c *crowd) count(f func(*Tally)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.counts)
}

// run lets customers come, and platforms read what shops tell, until ctx ends.
func (c *crowd) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, channel := range c.channels {
		group.Go(func() error { return c.read(ctx, channel) })
	}
	group.Go(func() error { return c.come(ctx) })
	return group.Wait()
}

// come sends customers, each with a goroutine of its own.
func (c *crowd) come(ctx context.Context) error {
	began, last := c.Clock.Now(), c.Clock.Now()
	room := make(chan struct{}, crowdMax)
	var all sync.WaitGroup
	defer all.Wait()
	for n := 0; bell.Sleep(ctx, crowdStep); {
		now := c.Clock.Now()
		since := now.Sub(began)
		campaign := since >= campaignFirst && (since-campaignFirst)%campaignEvery < campaignFor
		rate := usualRate * float64(len(c.Sites))
		if campaign {
			rate += campaignRate * float64(len(c.Sites))
		}
		due := rate * now.Sub(last).Minutes()
		last = now
		for ; due > 0 && c.rnd.Float64() < due && (c.Orders == 0 || n < c.Orders); due-- {
			p := c.draw(n, campaign && c.rnd.Float64() < campaignRate/(campaignRate+usualRate))
			select {
			case room <- struct{}{}:
				n++
				all.Go(func() { c.order(ctx, p); <-room })
			default: // nobody comes into a crowd that does not move
			}
		}
	}
	return nil
}

// person is a customer, with everything about them that chance decides.
type person struct {
	channel, ref string
	order        map[string]any
	takes, calls bool // an offer; off
}

func (c *crowd) draw(n int, campaign bool) person {
	at := c.Sites[c.rnd.IntN(len(c.Sites))]
	if campaign && c.rnd.Float64() < hotShare {
		at = c.Sites[c.rnd.IntN(min(hotSites, len(c.Sites)))]
	}
	near := func(middle float64) float64 { return math.Round((middle+nearMean*c.rnd.NormFloat64())*1e5) / 1e5 }
	item := c.Shop.Menu.Items[c.rnd.IntN(len(c.Shop.Menu.Items))]
	for item.Cups == 0 {
		item = c.Shop.Menu.Items[c.rnd.IntN(len(c.Shop.Menu.Items))]
	}
	qty := 1 + c.rnd.IntN(10)/7
	price := item.PriceFen * int64(qty)
	p := person{
		channel: c.channels[c.rnd.IntN(len(c.channels))], ref: fmt.Sprintf("city-%s-%d", c.prefix, n),
		takes: c.rnd.Float64() < slotShare, calls: c.rnd.Float64() < cancelShare,
		order: map[string]any{
			"placed_at": c.Clock.Now().UTC().Format(time.RFC3339), "fulfilment": "delivery", "display_number": fmt.Sprint(1 + n%300),
			"near":   map[string]float64{"lat": near(at.Lat), "lon": near(at.Lon)},
			"items":  []any{map[string]any{"item": item.ID, "qty": qty}},
			"totals": map[string]int64{"total_fen": price, "paid_fen": 0, "subsidy_fen": price},
		},
	}
	if campaign {
		p.order["campaign"] = "free-drink"
	}
	return p
}

// reply is the part of an answer that a platform acts on.
type reply struct {
	Outcome      string `json:"outcome"`
	NotMade      bool   `json:"not_made"`
	Detail       string `json:"detail"`
	TrackURL     string `json:"track_url"`
	Alternatives []struct {
		Type  string    `json:"type"`
		Store string    `json:"store"`
		Start time.Time `json:"start"`
	} `json:"alternatives"`
}

// unknownRetry is how soon the same order is asked again while its outcome is not known, by the machine's clock.
const unknownRetry = time.Second

// order sends an order until its outcome is certain. Whoever is refused may take what is offered instead: a new order.
func (c *crowd) order(ctx context.Context, p person) {
	p.order["ref"] = p.ref
	c.count(func(t *Tally) { t.Asked++ })
	unknown := false
	for {
		status, a := c.post(ctx, p.channel, "orders", p.order)
		if ctx.Err() != nil {
			return
		}
		if certain := status == http.StatusCreated || status == http.StatusOK || a.NotMade; certain && unknown {
			c.count(func(t *Tally) { t.Unknown-- })
		}
		switch {
		case status == http.StatusCreated || status == http.StatusOK:
			c.count(func(t *Tally) { t.Placed++ })
			if c.Placed != nil && a.TrackURL != "" {
				c.Placed(a.TrackURL)
			}
			if p.calls {
				c.post(ctx, p.channel, "cancellations", map[string]any{"ref": p.ref}) // too late is an answer, too
			}
			return
		case a.NotMade:
			c.refused(ctx, p, a)
			return
		case a.Outcome != "unknown" && status != http.StatusTooManyRequests && status != 0:
			c.count(func(t *Tally) { t.Wrong++ })
			c.Log.Error("an answer that should not be", "ref", p.ref, "status", status, "detail", a.Detail)
			return
		}
		if !unknown {
			unknown = true
			c.count(func(t *Tally) { t.Unknown++ })
		}
		if !bell.Sleep(ctx, unknownRetry) {
			return
		}
	}
}

func (c *crowd) refused(ctx context.Context, p person, a reply) {
	if len(a.Alternatives) == 0 {
		c.count(func(t *Tally) { t.Bare++ })
		return
	}
	c.count(func(t *Tally) { t.Refused++ })
	if !p.takes {
		return
	}
	offer := a.Alternatives[0]
	if offer.Type == "slot" && !c.Slots {
		return
	}
	next := person{channel: p.channel, ref: p.ref + "-again", order: maps.Clone(p.order), calls: p.calls}
	delete(next.order, "campaign")
	next.order["stores"] = []string{offer.Store}
	next.order["placed_at"] = c.Clock.Now().UTC().Format(time.RFC3339)
	if offer.Type == "slot" {
		next.order["slot_start"] = offer.Start.UTC().Format(time.RFC3339)
	}
	c.order(ctx, next)
}

func (c *crowd) post(ctx context.Context, channel, path string, body any) (status int, a reply) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, a // strings and numbers: cannot fail
	}
	status = c.do(ctx, http.MethodPost, channel, path, bytes.NewReader(text), &a)
	return status, a
}

// do makes a request; 0 is that nothing came back.
func (c *crowd) do(ctx context.Context, method, channel, path string, body io.Reader, into any) int {
	req, err := http.NewRequestWithContext(ctx, method, c.Door+"/v1/fleet/"+path, body)
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+c.Keys[channel])
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, readMax))
	if err != nil || json.Unmarshal(text, into) != nil {
		return 0
	}
	return resp.StatusCode
}

// readMax bounds an answer: a page of events.
const readMax = 4 << 20

// read follows a channel's events and sees how each order ends.
func (c *crowd) read(ctx context.Context, channel string) error {
	cursor := ""
	for bell.Sleep(ctx, readEvery) {
		var page struct {
			Cursor string `json:"cursor"`
			Events []struct {
				Store string `json:"store"`
				Event struct {
					Type string `json:"type"`
					Data struct {
						Ref    string `json:"ref"`
						Reason string `json:"reason"`
					} `json:"data"`
				} `json:"event"`
			} `json:"events"`
		}
		if c.do(ctx, http.MethodGet, channel, "events?limit=500&after="+url.QueryEscape(cursor), nil, &page) != http.StatusOK {
			continue
		}
		cursor = page.Cursor
		for _, e := range page.Events {
			c.ends(channel+"/"+e.Event.Data.Ref, e.Store, e.Event.Type, e.Event.Data.Reason)
		}
	}
	return nil
}

// ends takes in an event. A tombstone is the end of an order that never was one.
func (c *crowd) ends(order, store, kind, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case kind == shop.ToldHanded || kind == shop.ToldUnclaimed:
		c.counts.Made++
	case kind == shop.ToldReleased:
		c.counts.Released++
	case kind == shop.ToldCancelled && reason == shop.ReasonCancelledBefore:
		return
	case kind == shop.ToldCancelled:
		c.counts.Cancelled++
	default:
		return
	}
	if at, known := c.ended[order]; known {
		c.counts.Twice++
		c.Log.Error("an order ended twice", "order", order, "at", at, "and", store)
	}
	c.ended[order] = store
	if c.endings = append(c.endings, order); len(c.endings) > endedMax {
		delete(c.ended, c.endings[0])
		c.endings = c.endings[1:]
	}
}
