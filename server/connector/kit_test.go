package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
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
