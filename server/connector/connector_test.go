package connector

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/outbox"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
)

const secret = "s3cret"

func hash(text string) string { sum := md5.Sum([]byte(text)); return hex.EncodeToString(sum[:]) }

// platform is a platform of neither Ele.me nor Meituan: it speaks as their public documents say. It keeps every call that
// the shop makes with a good signature.
type platform struct {
	t    *testing.T
	http *httptest.Server
	name string

	mu    sync.Mutex
	calls []string // action and order
	says  []string // answers to the next calls; "" is success
}

func newPlatform(t *testing.T, name string) *platform {
	p := &platform{t: t, name: name}
	p.http = httptest.NewServer(p)
	t.Cleanup(p.http.Close)
	return p
}

// ServeHTTP implements [http.Handler]: the shop calls.
func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := ""
	if p.name == "eleme" {
		var c struct {
			Action, Token, Signature string
			Params                   map[string]json.RawMessage
			Metas                    struct {
				AppKey    string `json:"app_key"`
				Timestamp int64
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			p.t.Error(err)
		}
		pairs := []string{fmt.Sprintf("app_key=%q", c.Metas.AppKey), fmt.Sprintf("timestamp=%d", c.Metas.Timestamp)}
		for name, v := range c.Params {
			pairs = append(pairs, name+"="+string(v))
		}
		slices.Sort(pairs)
		if strings.ToUpper(hash(c.Action+c.Token+strings.Join(pairs, "")+secret)) != c.Signature || c.Token != "tok" {
			p.t.Errorf("a call of %s is signed wrongly", c.Action)
		}
		param := func(name string) string { return strings.Trim(string(c.Params[name]), `"`) }
		call = c.Action + " " + param("orderId") + param("type") + param("stockMap")
	} else {
		q := r.URL.Query()
		given := q.Get("sig")
		q.Del("sig")
		pairs, _ := url.QueryUnescape(q.Encode())
		if hash(p.http.URL+r.URL.Path+"?"+pairs+secret) != given {
			p.t.Errorf("a call of %s is signed wrongly", r.URL)
		}
		call = strings.TrimPrefix(r.URL.Path, "/") + " " + q.Get("order_id") + q.Get("reason_code")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	say := ""
	if len(p.says) > 0 {
		say, p.says = p.says[0], p.says[1:]
	}
	switch say {
	case "502":
		w.WriteHeader(http.StatusBadGateway)
	case "":
		p.calls = append(p.calls, strings.TrimSpace(call))
		io.WriteString(w, `{"data":"ok","error":null}`)
	default:
		fmt.Fprintf(w, `{"data":"ng","error":{"code":%q}}`, say)
	}
}

func (p *platform) had() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func (p *platform) until(want ...string) {
	p.t.Helper()
	try.Until(p.t, fmt.Sprint(want), func() bool { return len(slices.Compact(p.had())) >= len(want) })
	if got := slices.Compact(p.had()); !slices.Equal(got, want) { // a call may be made again
		p.t.Errorf("the platform was told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// house is a shop that both platforms push to.
type house struct {
	*testshop.Shop
	t    *testing.T
	http *httptest.Server
	by   map[string]*platform
	url  string // as the platforms know it
	logs *logs
}

// logs counts warnings.
type logs struct {
	slog.Handler
	warnings *atomic.Int64
}

// Handle implements [slog.Handler].
func (l logs) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		l.warnings.Add(1)
	}
	return l.Handler.Handle(ctx, r)
}

func open(t *testing.T, changes ...func(*shop.Config)) *house {
	t.Helper()
	return openAfter(t, func(*testshop.Shop) {}, changes...)
}

// openAfter opens a shop in which something has happened before its platforms were connected.
func openAfter(t *testing.T, before func(*testshop.Shop), changes ...func(*shop.Config)) *house {
	t.Helper()
	h := &house{t: t, by: map[string]*platform{}, url: "https://tunnel.example"}
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": secret + "\n", "token": "tok"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.Shop = testshop.Open(t, testshop.Setup{Change: func(c *shop.Config) {
		testshop.TenToTen(c)
		for i := range c.Channels {
			ch := &c.Channels[i]
			name := map[string]string{"shangou": "eleme", "meituan": "meituan"}[ch.ID]
			if name == "" {
				continue
			}
			h.by[ch.ID] = newPlatform(t, name)
			ch.Leased = false
			ch.Connector = &shop.Connector{Map: name, App: "62933118", Store: "968861", SecretFile: filepath.Join(dir, "secret"),
				TokenFile: filepath.Join(dir, "token"), URL: h.url, API: h.by[ch.ID].http.URL, Inside: true}
		}
		for _, change := range changes {
			change(c)
		}
	}})
	before(h.Shop)
	h.logs = &logs{try.Log(t).Handler(), &atomic.Int64{}}
	log := slog.New(*h.logs)
	way := door.New(door.Config{Shop: h.Store, Now: h.Clock.Now, Log: log})
	links, err := New(Config{Store: h.Store, Door: way, Now: h.Clock.Now, Log: log,
		Terms: outbox.Terms{First: 5 * time.Millisecond, Most: 20 * time.Millisecond, Wrong: 20 * time.Millisecond, Park: 24 * time.Hour,
			Look: 10 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	links.readWithin = 300 * time.Millisecond
	for _, f := range links.Followers() {
		try.Run(t, f.Run)
	}
	e := echo.New()
	links.Routes(e)
	h.http = httptest.NewServer(e)
	t.Cleanup(h.http.Close)
	return h
}

// ele pushes as Ele.me does.
func (h *house) ele(kind int, message string) (status int, body string) {
	h.t.Helper()
	text := fmt.Sprintf("appId=62933118message=%srequestId=r1shopId=968861timestamp=1482161482053type=%duserId=7%s", message, kind, secret)
	push, err := json.Marshal(map[string]any{"appId": 62933118, "requestId": "r1", "type": kind, "message": message, "shopId": 968861,
		"timestamp": 1482161482053, "userId": 7, "signature": strings.ToUpper(hash(text))})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.post("/v1/push/shangou", "application/json", push)
}

func eleOrder(ref, item string, qty int) string {
	return fmt.Sprintf(`{"id":%q,"daySn":1,"activeAt":"2026-02-06T11:59:30","totalPrice":10.5,"originalPrice":18,"elemePart":-7.5,`+
		`"book":false,"groups":[{"items":[{"skuId":%q,"name":"原叶绿茶[少冰]","quantity":%d}]}]}`, ref, item, qty)
}

// mt pushes as Meituan does.
func (h *house) mt(kind string, fields url.Values) (status int, body string) {
	h.t.Helper()
	fields.Set("app_id", "62933118")
	fields.Set("app_poi_code", "968861")
	fields.Set("timestamp", "1770350400")
	pairs, err := url.QueryUnescape(fields.Encode())
	if err != nil {
		h.t.Fatal(err)
	}
	fields.Set("sig", hash(h.url+"/v1/push/meituan/"+kind+"?"+pairs+secret))
	if kind != "order" {
		return h.send("GET", "/v1/push/meituan/"+kind+"?"+fields.Encode(), "", nil)
	}
	return h.post("/v1/push/meituan/order", "application/x-www-form-urlencoded", []byte(fields.Encode()))
}

func mtOrder(ref string, qty int) url.Values {
	return url.Values{"order_id": {ref}, "total": {"9.0"}, "original_price": {"9.0"}, "ctime": {"1770350370"}, "delivery_time": {"0"},
		"detail": {fmt.Sprintf(`[{"app_food_code":"green-tea","food_name":"原叶绿茶","quantity":%d,"food_property":"少冰"}]`, qty)}}
}

func (h *house) post(path, kind string, body []byte) (int, string) {
	h.t.Helper()
	return h.send("POST", path, kind, body)
}

func (h *house) send(method, path, kind string, body []byte) (int, string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.http.URL+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (h *house) state(channel, ref string) shop.OrderState {
	h.t.Helper()
	o, err := h.OrderByRef(h.t.Context(), channel, ref)
	if err != nil {
		return "none"
	}
	return o.State()
}

func ok(t *testing.T, status int, body string) {
	t.Helper()
	if status != http.StatusOK || body != `{"message":"ok"}` && body != `{"data":"ok"}` {
		t.Errorf("answered %d %q", status, body)
	}
}

// TestAPlatformThatRetriesDoublesAndReorders: each order is there once, ends truthfully, and the platform hears of it.
func TestAPlatformThatRetriesDoublesAndReorders(t *testing.T) {
	h := open(t)
	p := h.by["shangou"]
	p.says = []string{"502", "UNAUTHORIZED", "502"} // its own end is down at first: nothing is lost
	for range 3 {                                   // doubled
		status, body := h.ele(10, eleOrder("e1", "1", 1))
		ok(t, status, body)
	}
	p.until("eleme.order.confirmOrderLite e1")
	o, err := h.OrderByRef(t.Context(), "shangou", "e1")
	if err != nil || len(o.Cups) != 1 || o.Lines[0].Item != "green-tea" || o.Lines[0].Options.Ice != "less" || o.Totals == nil ||
		o.Totals.SubsidyFen != 750 {
		t.Fatalf("%+v, %v", o, err)
	}
	ok2 := func(status int, body string) { t.Helper(); ok(t, status, body) }
	ok2(h.ele(14, `{"orderId":"e2","state":"invalid"}`)) // its cancellation comes first
	ok2(h.ele(10, eleOrder("e2", "1", 1)))
	ok2(h.ele(12, `{"orderId":"e1","state":"valid"}`)) // says nothing new
	ok2(h.ele(10, eleOrder("e3", "1", 200)))           // there is no room: refused, and told
	ok2(h.ele(10, eleOrder("e3", "1", 200)))
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.cancelOrderLite e3restaurantTooBusy")
	ok2(h.ele(20, `{"orderId":"e1"}`)) // its customer asks, and no cup is made
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.cancelOrderLite e3restaurantTooBusy",
		"eleme.order.agreeRefundLite e1")
	for ref, want := range map[string]shop.OrderState{"e1": shop.OrderCancelled, "e2": shop.OrderCancelled, "e3": shop.OrderCancelled} {
		if got := h.state("shangou", ref); got != want {
			t.Errorf("%s is %s, want %s", ref, got, want)
		}
	}
	if lost := h.Snapshot().Lost(); lost != 0 {
		t.Errorf("%d cups are lost", lost)
	}
}

// TestWhatBecomesOfAnOrderIsTold: ready, released with a reason, and too late to cancel; and what is sold out, by the ids that
// the owner has mapped.
func TestWhatBecomesOfAnOrderIsTold(t *testing.T) {
	h := open(t)
	p := h.by["shangou"]
	h.Must(t, shop.MapNames{By: "owner", Channel: "shangou", Entries: []shop.MapEntry{
		{Kind: shop.MapSKU, Text: "200006", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}}}})
	status, body := h.ele(10, eleOrder("e1", "1", 1))
	ok(t, status, body)
	o, err := h.OrderByRef(t.Context(), "shangou", "e1")
	if err != nil {
		t.Fatal(err)
	}
	cup := o.CupID(1)
	h.Must(t, shop.Tap{By: "staff", Cups: []shop.CupID{cup}, To: shop.Made})
	h.Pass(t, 10*time.Second)
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.setOrderPrepared e1")
	status, body = h.ele(20, `{"orderId":"e1"}`)
	ok(t, status, body)
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.setOrderPrepared e1", "eleme.order.disagreeRefundLite e1")
	h.Must(t, shop.SetAvailable{By: "staff", Item: "grape"}, shop.SetAvailable{By: "staff", Item: "grape", Available: true})
	p.until("eleme.order.confirmOrderLite e1", "eleme.order.setOrderPrepared e1", "eleme.order.disagreeRefundLite e1",
		`eleme.product.item.batchUpdateStock {"200006":0}`, `eleme.product.item.batchUpdateStock {"200006":999}`)
}

// TestASecondMapAlone: Meituan's forms go through the same program; what differs is in its map.
func TestASecondMapAlone(t *testing.T) {
	h := open(t)
	p := h.by["meituan"]
	ok2 := func(status int, body string) { t.Helper(); ok(t, status, body) }
	for range 2 {
		ok2(h.mt("order", mtOrder("25217", 1)))
	}
	ok2(h.mt("order", mtOrder("25218", 200)))
	p.until("order/confirm 25217", "order/cancel 252182008")
	ok2(h.mt("cancel", url.Values{"order_id": {"25217"}, "reason_code": {"1101"}, "reason": {"x"}}))
	if got := h.state("meituan", "25217"); got != shop.OrderCancelled {
		t.Errorf("cancelled at the platform: %s", got)
	}
	ok2(h.mt("refund", url.Values{"order_id": {"25217"}, "notify_type": {"agree"}})) // says nothing new
	ok2(h.mt("refund", url.Values{"order_id": {"25219"}, "notify_type": {"apply"}}))
	p.until("order/confirm 25217", "order/cancel 252182008", "order/refund/agree 25219")
}

// TestAPushThatIsNotThePlatforms is refused with a status alone, and makes nothing.
func TestAPushThatIsNotThePlatforms(t *testing.T) {
	h := open(t)
	for _, tt := range []struct {
		path, body string
		want       int
	}{
		{"/v1/push/shangou", `{"appId":62933118,"type":10,"message":"{}","shopId":968861,"signature":"00"}`, http.StatusUnauthorized},
		{"/v1/push/shangou", `{}`, http.StatusUnauthorized},
		{"/v1/push/shangou", `{`, http.StatusUnauthorized},
		{"/v1/push/shangou", strings.Repeat("x", pushMax+1), http.StatusRequestEntityTooLarge},
	} {
		if status, body := h.post(tt.path, "application/json", []byte(tt.body)); status != tt.want || body != "" {
			t.Errorf("%.40s: %d %q, want %d", tt.body, status, body, tt.want)
		}
	}
	if n := h.Snapshot().Counters.Order; n != 0 {
		t.Errorf("%d orders", n)
	}
	if n := h.logs.warnings.Load(); n != 1 { // strangers do not fill the log, and a wrong secret is seen in it
		t.Errorf("%d warnings", n)
	}
}

// TestAStrangerDoesNotShutOutThePlatform: who sends slowly and signs nothing takes no room of the platform's, and is cut off.
func TestAStrangerDoesNotShutOutThePlatform(t *testing.T) {
	h := open(t)
	var slow []net.Conn
	for range pushesMax {
		conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(try.Patience))
		fmt.Fprint(conn, "POST /v1/push/shangou HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
		answer := make([]byte, len("HTTP/1.1 100"))
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 100" { // its body is being read
			t.Fatalf("%q, %v", answer, err)
		}
		slow = append(slow, conn)
	}
	status, body := h.ele(10, eleOrder("e1", "1", 1))
	ok(t, status, body)
	if rest, err := io.ReadAll(slow[0]); err != nil || !strings.Contains(string(rest), "HTTP/1.1 400") {
		t.Errorf("a stranger that sends nothing: %q, %v", rest, err)
	}
}

// TestRoomForReading is bounded for one address and for all together.
func TestRoomForReading(t *testing.T) {
	r := reading{of: map[string]int{}}
	for range readingOfOne {
		if !r.enter("a") {
			t.Fatal("no room")
		}
	}
	if r.enter("a") || !r.enter("b") {
		t.Error("one address has too much room, or takes another's")
	}
	for r.enter("") {
	}
	if r.all != readingMax || r.enter("c") {
		t.Errorf("%d are read", r.all)
	}
	if r.leave("b"); !r.enter("c") || r.of["b"] != 0 {
		t.Error("room that was given back is not there")
	}
}

// TestAConnectorBeginsNow: a platform that is connected later does not hear what happened before.
func TestAConnectorBeginsNow(t *testing.T) {
	h := openAfter(t, func(s *testshop.Shop) {
		s.Must(t, shop.MapNames{By: "owner", Channel: "shangou", Entries: []shop.MapEntry{
			{Kind: shop.MapSKU, Text: "200006", Parts: []shop.MapPart{{Item: "grape", Qty: 1}}}}})
		s.Must(t, shop.SetAvailable{By: "staff", Item: "grape"})
		if s.Snapshot().Counters.Feeds["shangou"] == 0 {
			t.Fatal("control: nothing has happened")
		}
	})
	status, body := h.ele(10, eleOrder("e1", "1", 1))
	ok(t, status, body)
	h.by["shangou"].until("eleme.order.confirmOrderLite e1")
}

// TestACallThatMeituanFailsIsMadeAgain: none of its codes is known to be final.
func TestACallThatMeituanFailsIsMadeAgain(t *testing.T) {
	h := open(t)
	p := h.by["meituan"]
	p.says = []string{"703", "700", "1"}
	status, body := h.mt("order", mtOrder("25217", 1))
	ok(t, status, body)
	p.until("order/confirm 25217")
}

// TestAShopThatCannotWriteIsPushedAgain: what is not stored is not answered as taken.
func TestAShopThatCannotWriteIsPushedAgain(t *testing.T) {
	h := open(t)
	h.Stop()
	if status, body := h.ele(10, eleOrder("e1", "1", 1)); status != http.StatusServiceUnavailable || body != "" {
		t.Errorf("answered %d %q", status, body)
	}
}
