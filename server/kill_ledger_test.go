package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/wire"
)

// killLedger is a platform's own book of what it sent and what it was told. It lives outside the shop, survives every
// kill, and is what the shop is held against.
type killLedger struct {
	channel, key string
	base         func() string // the shop's URL now
	client       *http.Client
	customers    func(context.Context) // send orders until the shop is gone

	mu     sync.Mutex
	orders []*killOrder
	lies   []string // answers that contradict earlier ones
	cursor string   // of the reader of the feed
	events []wire.Event
}

// killOrder is one order as the platform knows it.
type killOrder struct {
	ref  string
	body []byte
	cups int
	news int         // how often it was accepted as new; answers to two requests may be heard in any order
	told *wire.Order // nil while the outcome is not known
}

// ledger is the book of a channel that sends its orders over HTTP.
func (k *killable) ledger(channel string) *killLedger {
	l := &killLedger{
		channel: channel, key: k.keys[channel], base: func() string { return k.url },
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * killClients}, Timeout: 20 * time.Second},
	}
	l.customers = func(ctx context.Context) { l.overHTTP(ctx, killClients) }
	return l
}

// draft enters a new order, before it is sent.
func (l *killLedger) draft() *killOrder {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := &killOrder{ref: fmt.Sprintf("%s-%d", l.channel, len(l.orders)), cups: 1 + rand.IntN(3)}
	item := []string{"tea", "milk-tea"}[rand.IntN(2)]
	o.body = fmt.Appendf(nil, `{"ref":%q,"fulfilment":"delivery","items":[{"item":%q,"qty":%d,"note":"少冰"}],`+
		`"totals":{"total_fen":1500,"paid_fen":0,"subsidy_fen":1500}}`, o.ref, item, o.cups)
	l.orders = append(l.orders, o)
	return o
}

// again picks an order that has been sent before, or nil.
func (l *killLedger) again() *killOrder {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.orders) == 0 {
		return nil
	}
	return l.orders[rand.IntN(len(l.orders))]
}

// unknown lists the orders whose outcome nobody has told.
func (l *killLedger) unknown() []*killOrder {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*killOrder
	for _, o := range l.orders {
		if o.told == nil {
			out = append(out, o)
		}
	}
	return out
}

// hear enters an answer. An answer that contradicts an earlier one is a lie.
func (l *killLedger) hear(o *killOrder, status int, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lie := func(format string, args ...any) {
		l.lies = append(l.lies, fmt.Sprintf("%s: %d: "+format, append([]any{o.ref, status}, args...)...))
	}
	switch status {
	case http.StatusCreated, http.StatusOK:
	case http.StatusServiceUnavailable:
		if !bytes.Contains(body, []byte(`"outcome":"unknown"`)) {
			lie("refused: %s", body)
		}
		return
	case http.StatusTooManyRequests:
		return // nothing was asked of the shop
	default:
		lie("%s", body)
		return
	}
	var told wire.Order
	if err := json.Unmarshal(body, &told); err != nil {
		lie("%v", err)
		return
	}
	if status == http.StatusCreated {
		o.news++
	}
	switch {
	case told.Ref != o.ref || len(told.Cups) != o.cups || told.PickupNumber == "":
		lie("another order: %s", body)
	case o.news > 1:
		lie("accepted as new a second time")
	case o.told != nil:
		if diff := cmp.Diff(promised(o.told), promised(&told)); diff != "" {
			lie("another answer than before: %s", diff)
		}
	default:
		o.told = &told
	}
}

// promised is what must not change in an answer, whatever happens to the order later.
func promised(o *wire.Order) any {
	labels := make([]string, len(o.Cups))
	for i, c := range o.Cups {
		labels[i] = fmt.Sprint(c.ID, c.Label)
	}
	return []any{o.ID.String(), o.Ref, o.PickupNumber, o.AcceptedAt, o.Work, o.PositionCups, labels, o.Quote}
}

// send posts an order. An error means that the outcome is not known: the connection broke.
func (l *killLedger) send(ctx context.Context, o *killOrder) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base()+"/v1/orders", bytes.NewReader(o.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+l.key)
	resp, err := l.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	l.hear(o, resp.StatusCode, body)
	return nil
}

// repeatShare is how many of the sent orders are repetitions: routers repeat when they hear nothing.
const repeatShare = 0.1

// overHTTP sends orders from so many clients at once until the shop is gone.
func (l *killLedger) overHTTP(ctx context.Context, clients int) {
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for {
				o := l.again()
				if o == nil || rand.Float64() >= repeatShare {
					o = l.draft()
				}
				if l.send(ctx, o) != nil {
					return
				}
			}
		})
	}
	all.Wait()
}

// try sends new orders one after the other; whatever the shop says, it must be there to say it.
func (l *killLedger) try(t *testing.T, orders int) {
	t.Helper()
	for range orders {
		if err := l.send(t.Context(), l.draft()); err != nil {
			t.Fatalf("the server is gone: %v", err)
		}
	}
}

// settle asks again for everything whose outcome is not known, as a platform does after an outage.
func (l *killLedger) settle(ctx context.Context) error {
	for left := l.unknown(); len(left) > 0; left = l.unknown() {
		for _, o := range left {
			if err := l.send(ctx, o); err != nil {
				return fmt.Errorf("ask for %s again: %w", o.ref, err)
			}
		}
		if len(l.lying()) > 0 {
			return errors.New(strings.Join(l.lying(), "\n"))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (l *killLedger) lying() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lies)
}

// follow reads the feed as it grows, until the shop is gone.
func (l *killLedger) follow(ctx context.Context) {
	for {
		err := l.readFeed(ctx, "wait=1")
		if gap := (feedGap{}); errors.As(err, &gap) {
			l.mu.Lock()
			l.lies = append(l.lies, gap.Error())
			l.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// get reads an answer, again when the shop says that the channel asks too much.
func (l *killLedger) get(ctx context.Context, path, prefer string, into any) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base()+path, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+l.key)
		req.Header.Set("Prefer", prefer)
		resp, err := l.client.Do(req)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case err != nil:
			return err
		case resp.StatusCode == http.StatusOK:
			return json.Unmarshal(body, into)
		case resp.StatusCode != http.StatusTooManyRequests:
			return fmt.Errorf("GET %s: %s: %s", path, resp.Status, body)
		}
	}
}

// feedGap is a number that is missing in the feed.
type feedGap struct{ is, want uint64 }

func (g feedGap) Error() string {
	return fmt.Sprintf("event %d of the feed has number %d", g.want, g.is)
}

// readFeed reads the events after those it has, across kills, until there are no more. Whatever was read by one life
// and is gone in the next shows as a number that does not fit, or as an order without its event.
func (l *killLedger) readFeed(ctx context.Context, prefer string) error {
	for {
		var page wire.Events
		if err := l.get(ctx, "/v1/events?limit=500&after="+l.cursor, prefer, &page); err != nil {
			return fmt.Errorf("read the feed after %q: %w", l.cursor, err)
		}
		for _, e := range page.Events {
			if want := uint64(len(l.events) + 1); e.Seq != want {
				return feedGap{e.Seq, want}
			}
			l.events = append(l.events, e)
		}
		if l.cursor = page.Cursor.String(); len(page.Events) == 0 {
			return nil
		}
	}
}

// holdAgainst compares the whole ledger with the shop, which must be running: its list of the day, its feed, its rows,
// and what it says of itself.
func (l *killLedger) holdAgainst(ctx context.Context, k *killable) error {
	if err := l.readFeed(ctx, ""); err != nil {
		return err
	}
	var day wire.Reconciliation
	if err := l.get(ctx, "/v1/reconciliation", "", &day); err != nil {
		return err
	}
	if err := l.compare(&day); err != nil {
		return err
	}
	return errors.Join(l.holdRows(ctx, k.dir), l.noCupLost(ctx), k.check(ctx))
}

// noCupLost reads the alarm that everybody can see.
func (l *killLedger) noCupLost(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base()+"/metrics", nil)
	if err != nil {
		return err
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), "\nweir_cups_lost 0\n") {
		return errors.New("the cup ledger is out of balance")
	}
	return nil
}

// compare holds the ledger against the shop's list of the day and its feed.
func (l *killLedger) compare(day *wire.Reconciliation) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lies) > 0 {
		return errors.New(strings.Join(l.lies, "\n"))
	}
	has := map[string]wire.DayOrder{}
	for _, o := range day.Orders {
		if _, twice := has[o.Ref]; twice {
			return fmt.Errorf("ref %s is there twice", o.Ref)
		}
		has[o.Ref] = o
	}
	accepted := map[string]int{}
	for _, e := range l.events {
		if e.Type == shop.ToldAccepted {
			accepted[e.Data.Ref]++
		}
	}
	for _, o := range l.orders {
		if o.told == nil {
			continue
		}
		if is, ok := has[o.ref]; !ok || is.ID != o.told.ID || is.Cups != o.cups {
			return fmt.Errorf("%s was acknowledged as %s with %d cups; the shop has %+v", o.ref, o.told.ID, o.cups, is)
		}
		if accepted[o.ref] != 1 {
			return fmt.Errorf("%s has %d events of acceptance", o.ref, accepted[o.ref])
		}
	}
	if len(has) > len(l.orders) {
		return fmt.Errorf("the shop has %d orders, %d were sent", len(has), len(l.orders))
	}
	return nil
}

// holdRows looks into the file beside the running shop: every order has one ticket, not counting marked reprints.
func (l *killLedger) holdRows(ctx context.Context, dir string) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "weir.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	var wrong, orders int
	err = db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(tickets <> 1), 0) FROM (
		SELECT orders.id, coalesce(n, 0) AS tickets FROM orders LEFT JOIN (
			SELECT order_id, count(*) AS n FROM job WHERE coalesce(json_extract(doc, '$.reprint'), 0) = 0 GROUP BY order_id
		) ON order_id = orders.id WHERE orders.channel = ?)`, l.channel).Scan(&orders, &wrong)
	if err != nil {
		return fmt.Errorf("count the tickets: %w", err)
	}
	if wrong != 0 {
		return fmt.Errorf("%d of %d orders have no ticket, or two", wrong, orders)
	}
	return nil
}
