package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/shop"
	"weir/shop/door"
	"weir/shop/wire"
)

// notice is a campaign of an hour from two, with more members.
func notice(more ...string) string {
	return `{"name": "免单", "window": {"start": "2026-02-06T14:00:00+08:00", "end": "2026-02-06T15:00:00+08:00"}, "expected": [10, 20, 900, ` +
		`0]` +
		strings.Join(append([]string{""}, more...), ", ") + `}`
}

func TestACampaignFromNoticeToCancellation(t *testing.T) {
	d := open(t)
	r := d.call("POST", "/v1/campaigns", notice(`"ref": "feb6"`, `"items": [{"item": "jasmine-milk-tea"}]`, `"subsidy": {"fen": 1500}`))
	given := read[wire.Campaign](t, r)
	if r.status != 201 || r.header.Get("Location") != "/v1/campaigns/n1" || given.State != "noticed" || given.Ref != "feb6" {
		t.Fatalf("given: %d %s", r.status, r.body)
	}
	f := given.Forecast
	if f.ExpectedCups != 930 || f.CanTake[2] < 15 || f.CanTake[2] > 34 || f.CanTakeCups != 30+f.CanTake[2] || len(f.Staff) != 3 ||
		f.Staff[1].Needed < 40 || f.Ingredients[0].Name != "jasmine" {
		t.Errorf("forecast %+v", f)
	}
	again := d.call("POST", "/v1/campaigns", notice(`"ref": "feb6"`, `"items": [{"item": "jasmine-milk-tea"}]`, `"subsidy": {"fen": 1500}`))
	if again.status != 200 || again.header.Get("Idempotent-Replayed") != "true" || read[wire.Campaign](t, again).ID != given.ID {
		t.Errorf("given again: %d %s", again.status, again.body)
	}
	if r := d.call("POST", "/v1/campaigns", notice(`"ref": "feb6"`)); r.problem() != shop.ProblemNoticeConflict {
		t.Errorf("the same ref with other content: %d %s", r.status, r.body)
	}

	d.do(shop.AcknowledgeNotice{By: "owner", Campaign: 1, Revision: 1, Limit: &shop.Limit{Cups: 3, Of: shop.LimitOfCampaign}})
	got := read[wire.Campaign](t, d.call("GET", "/v1/campaigns/n1", ""))
	if got.State != "acknowledged" || got.Acknowledged.Limit.Cups != 3 {
		t.Errorf("acknowledged: %+v", got)
	}
	events := read[wire.Events](t, d.call("GET", "/v1/events", "")).Events
	if last := events[len(events)-1]; last.Type != "campaign.acknowledged" || last.Subject != "n1" || last.Data.Campaign.Limit.Cups != 3 ||
		last.Data.Campaign.ExpectedCups != 930 {
		t.Errorf("event %+v", last)
	}

	first := read[wire.Order](t, d.call("POST", "/v1/orders", order("o1", 2, `"campaign": "feb6"`)))
	if first.Campaign != 1 {
		t.Errorf("the order is of campaign %s", first.Campaign)
	}
	r = d.call("POST", "/v1/orders", order("o2", 2, `"campaign": "n1"`))
	p := read[wire.Problem](t, r)
	if r.status != 503 || r.problem() != "temporary-reduced-capacity" || p.Reason != "campaign" || !p.NotMade ||
		len(p.Alternatives) == 0 || r.header.Get("Retry-After") == "" {
		t.Errorf("over the limit: %d %s", r.status, r.body)
	}
	if r := d.call("POST", "/v1/orders", order("o2", 2)); r.status != 201 {
		t.Errorf("the same order without the campaign: %d %s", r.status, r.body)
	}
	if r := d.call("GET", "/v1/slots?cups=2&campaign=feb6", ""); len(read[wire.Slots](t, r).Slots) != 0 {
		t.Errorf("slots for a campaign that is full: %s", r.body)
	}
	if r := d.call("GET", "/v1/slots?cups=2", ""); len(read[wire.Slots](t, r).Slots) == 0 {
		t.Error("no slots for the channel")
	}

	revised := read[wire.Campaign](t, d.call("PUT", "/v1/campaigns/n1", notice(`"ref": "feb6"`)))
	if revised.State != "revised" || revised.Revision != 2 || revised.Acknowledged.Limit.Cups != 3 || revised.Taken.Campaign != 2 {
		t.Errorf("revised: %+v", revised)
	}
	if r := d.call("PUT", "/v1/campaigns/n1", notice()); r.status != 200 || r.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same revision, without its ref: %d %s", r.status, r.body)
	}
	for range 2 {
		if c := read[wire.Campaign](t, d.call("DELETE", "/v1/campaigns/n1", "")); c.State != "cancelled" {
			t.Errorf("cancelled: %+v", c)
		}
	}
	if r := d.call("POST", "/v1/orders", order("o3", 2, `"campaign": "feb6"`)); r.status != 201 {
		t.Errorf("an order of a cancelled campaign: %d %s", r.status, r.body)
	}
	if list := read[wire.Campaigns](t, d.call("GET", "/v1/campaigns", "")).Campaigns; len(list) != 1 {
		t.Errorf("list %+v", list)
	}
}

// A notice without a ref is known by its name and window; sent twice it is one campaign.
func TestANoticeWithoutARef(t *testing.T) {
	d := open(t)
	sparse := strings.Replace(notice(), `[10, 20, 900, 0]`, `[{"start": "2026-02-06T06:15:00Z", "cups": 20}, {"start": `+
		`"2026-02-06T14:00:00+08:00", "cups": 10}, {"start": "2026-02-06T06:30:00Z", "cups": 900}]`, 1)
	one, two := d.call("POST", "/v1/campaigns", notice()), d.call("POST", "/v1/campaigns", sparse)
	if one.status != 201 || two.status != 200 || read[wire.Campaign](t, one).Ref != read[wire.Campaign](t, two).Ref {
		t.Errorf("%d %s, then %d %s", one.status, one.body, two.status, two.body)
	}
	if diff := cmp.Diff([]int{10, 20, 900, 0}, read[wire.Campaign](t, two).Forecast.Expected); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherChannelsCampaignIsNotThere(t *testing.T) {
	d := open(t)
	d.call("POST", "/v1/campaigns", notice())
	meituan := "Authorization: Bearer " + d.key["meituan"]
	for _, method := range []string{"GET", "DELETE"} {
		if r := d.call(method, "/v1/campaigns/n1", "", meituan); r.status != 404 {
			t.Errorf("%s: %d %s", method, r.status, r.body)
		}
	}
	if r := d.call("PUT", "/v1/campaigns/n1", notice(), meituan); r.status != 404 {
		t.Errorf("PUT: %d %s", r.status, r.body)
	}
	if list := read[wire.Campaigns](t, d.call("GET", "/v1/campaigns", "", meituan)).Campaigns; len(list) != 0 {
		t.Errorf("list %+v", list)
	}
	if c := d.store.Snapshot().Campaigns[1]; !c.CancelledAt.IsZero() || c.Revision != 1 {
		t.Errorf("the campaign is now %+v", c)
	}
}

func TestBadNotices(t *testing.T) {
	d := open(t)
	d.call("POST", "/v1/campaigns", notice(`"ref": "there"`))
	pointer := func(at string) string { return `"pointer":"` + at + `"` }
	swap := func(old, new string) string {
		text := strings.Replace(notice(), old, new, 1)
		if text == notice() {
			t.Fatalf("%q is not in the notice", old)
		}
		return text
	}
	put := asked{method: "PUT", path: "/v1/campaigns/n1"}
	for _, row := range []asked{
		{name: "no key", body: notice(), headers: []string{"Authorization:"}, status: 401, problem: "key-missing"},
		{name: "wrong key", body: notice(), headers: []string{"Authorization: Bearer x"}, status: 401, problem: "key-invalid"},
		{name: "not JSON", body: "a", status: 400, problem: "malformed"},
		{name: "trailing data", body: notice() + "{}", status: 400, problem: "malformed"},
		{name: "duplicate field", body: notice(`"name": "b"`), status: 400, problem: "malformed", says: "name"},
		{name: "bad UTF-8", body: notice("\"x\": \"\xff\""), status: 400, problem: "malformed"},
		{name: "too deep", body: notice(`"x": ` + strings.Repeat("[", 32) + strings.Repeat("]", 32)), status: 400, problem: "malformed"},
		{name: "too large", body: notice(`"x": "` + strings.Repeat("x", wire.BodyMax) + `"`), status: 413, problem: "too-large"},
		{name: "a form", body: notice(), headers: []string{"Content-Type: text/csv"}, status: 415, problem: "unsupported-media-type"},
		{name: "not an object", body: "[]", status: 422, problem: "invalid"},
		{name: "no name", body: swap(`"免单"`, `""`), status: 422, problem: "invalid", says: pointer("/name")},
		{name: "a name of control characters", body: swap(`"免单"`, `"\u202e\u0007"`), status: 422, problem: "invalid", says: pointer("/name")},
		{name: "a long name", body: swap(`"免单"`, `"`+strings.Repeat("免", 67)+`"`), status: 422, problem: "invalid", says: pointer("/name")},
		{name: "an empty ref", body: notice(`"ref": ""`), status: 422, problem: "invalid", says: pointer("/ref")},
		{name: "no window", body: `{"name": "a", "expected": [1]}`, status: 422, problem: "invalid", says: pointer("/window")},
		{name: "no end", body: swap(`, "end": "2026-02-06T15:00:00+08:00"`, ``), status: 422, problem: "invalid", says: pointer("/window/end")},
		{name: "not a time", body: swap(`"2026-02-06T15:00:00+08:00"`, `"three"`), status: 422, problem: "invalid", says: pointer("/window/end")},
		{name: "not a quarter", body: swap("14:00:00", "14:01:00"), status: 422, problem: "invalid", says: pointer("/window/start")},
		{name: "ends before it starts", body: swap("15:00:00", "13:00:00"), status: 422, problem: "invalid", says: pointer("/window/end")},
		{name: "past", body: strings.NewReplacer("2026-02-06T14", "2026-02-05T14", "2026-02-06T15", "2026-02-05T15").Replace(notice()),
			status: 422, problem: "invalid", says: pointer("/window/end")},
		{name: "longer than a month", body: swap("2026-02-06T15", "2026-03-20T15"), status: 422, problem: "invalid",
			says: pointer("/window/end")},
		{name: "nothing expected", body: swap(`, "expected": [10, 20, 900, 0]`, ``), status: 422, problem: "invalid", says: pointer("/expected")},
		{name: "a number too few", body: swap("900, 0]", "900]"), status: 422, problem: "invalid", says: pointer("/expected")},
		{name: "a number too many", body: swap("900, 0]", "900, 0, 1]"), status: 422, problem: "invalid", says: pointer("/expected")},
		{name: "negative cups", body: swap("900", "-1"), status: 422, problem: "invalid", says: pointer("/expected/2")},
		{name: "half a cup", body: swap("900", "0.5"), status: 422, problem: "invalid", says: pointer("/expected/2")},
		{name: "cups 1e9", body: swap("900", "1e9"), status: 422, problem: "invalid", says: pointer("/expected/2")},
		{name: "no cups", body: swap("900", "null"), status: 422, problem: "invalid", says: pointer("/expected/2")},
		{name: "cups outside the window", body: swap("[10, 20, 900, 0]", `[{"start": "2026-02-06T15:00:00+08:00", "cups": 1}]`), status: 422,
			problem: "invalid", says: pointer("/expected/0/start")},
		{name: "an unknown drink", body: notice(`"items": [{"item": "gold"}]`), status: 422, problem: "invalid", says: pointer("/items/0/item")},
		{name: "a share of nothing", body: notice(`"items": [{"item": "green-tea", "share": 0}]`), status: 422, problem: "invalid",
			says: pointer("/items/0/share")},
		{name: "negative subsidy", body: notice(`"subsidy": {"fen": -1}`), status: 422, problem: "invalid", says: pointer("/subsidy/fen")},
		{name: "subsidy for what", body: notice(`"subsidy": {"fen": 1, "per": "litre"}`), status: 422, problem: "invalid",
			says: pointer("/subsidy/per")},
		{name: "the same ref with other content", body: swap("900", "800"), headers: nil, status: 201}, // no ref: a campaign of its own
		{name: "another content under a ref", body: strings.Replace(notice(`"ref": "there"`), "900", "800", 1), status: 409,
			problem: "notice-conflict"},
		{name: "unknown extra field", body: notice(`"ref": "extra"`, `"colour": {"x": [1.5]}`), status: 201},
		{name: "revise: unknown id", method: "PUT", path: "/v1/campaigns/n99", body: notice(), status: 404, problem: "not-found"},
		{name: "revise: not an id", method: "PUT", path: "/v1/campaigns/0x1", body: notice(), status: 404, problem: "not-found"},
		{name: "revise: another ref", method: put.method, path: put.path, body: notice(`"ref": "other"`), status: 409,
			problem: "notice-conflict"},
		{name: "revise: not JSON", method: put.method, path: put.path, body: "a", status: 400, problem: "malformed"},
		{name: "revise: not valid", method: put.method, path: put.path, body: swap("900", "-1"), status: 422, problem: "invalid",
			says: pointer("/expected/2")},
		{name: "cancel: unknown id", method: "DELETE", path: "/v1/campaigns/n99", status: 404, problem: "not-found"},
		{name: "unknown method", method: "PATCH", path: "/v1/campaigns/n1", body: notice(), status: 405, problem: "method-not-allowed"},
		{name: "foreign origin", body: notice(), headers: []string{"Origin: https://evil.example"}, status: 403, problem: "cross-origin"},
		{name: "unknown host", body: notice(), headers: []string{"Host: evil.example"}, status: 421, problem: "wrong-host"},
	} {
		if row.path == "" {
			row.path = "/v1/campaigns"
		}
		t.Run(row.name, func(t *testing.T) {
			before := len(d.store.Snapshot().Campaigns)
			row.run(t, d)
			if after := len(d.store.Snapshot().Campaigns); (after > before) != (row.status == 201) {
				t.Errorf("%d campaigns, and then %d", before, after)
			}
		})
	}
	if c := d.store.Snapshot().Campaigns[1]; c.Revision != 1 || c.Notice.Expected[2] != 900 {
		t.Errorf("a refused revision changed the campaign: %+v", c)
	}
}

func TestOrdersAreNotRefusedForTheirCampaign(t *testing.T) {
	d := open(t)
	for i, word := range []string{`"nobody knows"`, `""`, `null`, `7`, `{"id": "n1"}`, `"` + strings.Repeat("x", 200) + `"`} {
		r, err := d.try("POST", "/v1/orders", order(fmt.Sprint("r", i), 1, `"campaign": `+word))
		if r.status != 201 {
			t.Errorf("campaign %s: %d %s, %v", word, r.status, r.body, err)
		}
	}
}

func TestANoticeOverMQTTSaysWhatHTTPSays(t *testing.T) {
	d := open(t)
	take := func(body string) (int, wire.Campaign, error) {
		a := d.door.Do(t.Context(), "shangou", door.Notice, door.Message{Body: func() ([]byte, error) { return []byte(body), nil }})
		c, _ := a.Body.(wire.Campaign)
		return a.Status, c, a.Err
	}
	for _, step := range []struct {
		body   string
		status int
		state  shop.CampaignState
		rev    int
	}{
		{notice(`"channel": "shangou"`, `"ref": "feb6"`), 201, "noticed", 1},
		{notice(`"channel": "shangou"`, `"ref": "feb6"`), 200, "noticed", 1},
		{strings.Replace(notice(`"channel": "shangou"`, `"id": "n1"`), "900", "90", 1), 200, "noticed", 2},
		{`{"channel": "shangou", "id": "n1", "cancelled": true}`, 200, "cancelled", 2},
	} {
		status, c, err := take(step.body)
		if err != nil || status != step.status || c.State != step.state || c.Revision != step.rev || c.ID != 1 {
			t.Errorf("%s: %d %+v, %v", step.body, status, c, err)
		}
	}
	for _, body := range []string{`{`, `{"cancelled": true}`, `{"cancelled": true, "id": "x"}`, `{"id": "n1"}`, notice(`"id": "n9"`)} {
		if status, _, err := take(body); err == nil {
			t.Errorf("%s: %d", body, status)
		}
	}
}

func TestSettlementShowsAChannelItsOwn(t *testing.T) {
	d := open(t)
	d.call("POST", "/v1/orders", order("a", 2))
	d.call("POST", "/v1/orders", order("b", 1))
	d.call("POST", "/v1/orders", order("c", 1), "Authorization: Bearer "+d.key["meituan"])
	d.do(shop.Handover{By: "t", Order: 1, Made: true})
	settled := func(day string) wire.Settlement {
		t.Helper()
		s := read[wire.Settlement](t, d.call("GET", "/v1/settlement/"+day, ""))
		if len(s.Channels) != 1 || s.Channels[0].Channel != "shangou" {
			t.Fatalf("another channel's: %+v", s)
		}
		return s
	}
	if s := settled("2026-02-06"); s.Closed || s.Over || s.Channels[0].Orders != 1 || s.Channels[0].Cups != 2 ||
		s.Channels[0].Due != 1500 || s.Channels[0].Open != 1 {
		t.Errorf("during the day: %+v", s)
	}
	d.shop.Clock.Move(17 * time.Hour)
	d.do(shop.Tick{})
	if s := settled("2026-02-06"); s.Closed || !s.Over {
		t.Errorf("with an order open: %+v", s)
	}
	d.do(shop.Handover{By: "t", Order: 2, Made: true})
	d.do(shop.Handover{By: "t", Order: 3, Made: true})
	d.do(shop.CloseDay{By: "owner", Day: "2026-02-06"})
	closed := settled("2026-02-06")
	if !closed.Closed || closed.Changed || closed.Then != closed.Channels[0].Digest || closed.Channels[0].Due != 3000 {
		t.Errorf("closed: %+v", closed)
	}
	events := read[wire.Events](t, d.call("GET", "/v1/events?limit=500", "")).Events
	last := events[len(events)-1]
	if last.Type != "day.closed" || last.Data.Day != "2026-02-06" || !cmp.Equal(*last.Data.Settled, closed.Channels[0]) {
		t.Errorf("event %+v", last)
	}
	d.call("POST", "/v1/cancellations", `{"ref": "b", "final": true}`)
	if s := settled("2026-02-06"); !s.Changed || s.Channels[0].MadeCancelled != 1 || s.Then != closed.Then {
		t.Errorf("changed: %+v", s)
	}
	if s := settled("2026-02-03"); !s.Closed || s.Channels[0].Orders != 0 {
		t.Errorf("a day without a shop: %+v", s)
	}
	for _, day := range []string{"today", "2026-02-30", "20260206"} {
		if r := d.call("GET", "/v1/settlement/"+day, ""); r.status != http.StatusUnprocessableEntity || r.problem() != "invalid" {
			t.Errorf("%s: %d %s", day, r.status, r.body)
		}
	}
	if r := d.call("GET", "/v1/settlement/2026-02-06", "", "Authorization:"); r.problem() != "key-missing" {
		t.Errorf("without a key: %d %s", r.status, r.body)
	}
}

// TestADrillRecordsNothing: the shop says what it would say to the notice, keeps no campaign, and the same notice given after
// it is new. A drill that is wrong is refused as the notice would be.
func TestADrillRecordsNothing(t *testing.T) {
	d := open(t)
	before := d.shop.Snapshot()
	r := d.call("POST", "/v1/campaigns", notice(`"ref": "feb6"`, `"drill": true`))
	drill := read[wire.Campaign](t, r)
	if r.status != 200 || drill.State != shop.CampaignDrill || drill.ID != 0 || drill.Forecast.ExpectedCups != 930 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if after := d.shop.Snapshot(); len(after.Campaigns) != 0 || after.Counters.Seq != before.Counters.Seq {
		t.Errorf("it recorded: %+v", after.Campaigns)
	}
	if r := d.call("POST", "/v1/campaigns", notice(`"items": [{"item": "nothing"}]`, `"drill": true`)); r.status != 422 {
		t.Errorf("a drink that is not there: %d %s", r.status, r.body)
	}
	given := d.call("POST", "/v1/campaigns", notice(`"ref": "feb6"`))
	if c := read[wire.Campaign](t, given); given.status != 201 || !cmp.Equal(c.Forecast, drill.Forecast) {
		t.Errorf("given after it: %d %+v, the drill said %+v", given.status, c.Forecast, drill.Forecast)
	}
}
