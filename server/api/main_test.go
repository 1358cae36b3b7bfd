package api

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"

	"weir/server/access"
	"weir/server/store"
	"weir/server/testshop"
	"weir/server/webhook"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

// server is a shop with its HTTP door on a real server, over a real store.
type server struct {
	t     *testing.T
	shop  *testshop.Shop
	store *store.Store // the shop's
	keys  *access.Keys
	door  *door.Door
	api   *API
	guard *access.Guard
	echo  *echo.Echo
	http  *httptest.Server
	key   map[string]string
	log   *bytes.Buffer
}

// with changes a shop before it opens.
type with func(*shop.Config, *door.Config)

// open opens a shop at noon.
func open(t *testing.T, changes ...with) *server {
	t.Helper()
	d := &server{t: t, key: map[string]string{}, log: &bytes.Buffer{}}
	clock := &try.Clock{}
	log := slog.New(slog.NewTextHandler(&lockedWriter{to: d.log}, nil))
	way := door.Config{Now: clock.Now, Log: log}
	d.shop = testshop.Open(t, testshop.Setup{Clock: clock, Log: log, Change: func(c *shop.Config) {
		testshop.TenToTen(c)
		for _, change := range changes {
			change(c, &way)
		}
	}})
	d.store = d.shop.Store
	var err error
	if d.keys, err = access.NewKeys(t.Context(), d.store); err != nil {
		t.Fatal(err)
	}
	for _, ch := range d.store.Snapshot().Config.Channels {
		if d.key[ch.ID], _, err = d.keys.Add(t.Context(), ch.ID); err != nil {
			t.Fatal(err)
		}
	}
	way.Shop, way.Box = d.store, d.store.Box()
	d.door = door.New(way)
	hooks, err := webhook.New(t.Context(), webhook.Config{Store: d.store, Now: clock.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	d.api, err = New(Config{Shop: d.store, Door: d.door, Keys: d.keys, Reporter: wire.NewReporter(nil), Log: log, Now: clock.Now,
		Hooks: hooks})
	if err != nil {
		t.Fatal(err)
	}
	d.echo = echo.New()
	d.api.Errors(d.echo)
	d.guard, err = access.New(t.Context(), access.Config{Store: d.store, Log: log, Hosts: []string{"shop.example"}})
	if err != nil {
		t.Fatal(err)
	}
	d.echo.Use(d.guard.Protect)
	d.api.Routes(d.echo)
	d.http = httptest.NewUnstartedServer(d.echo)
	d.http.Config.RegisterOnShutdown(d.api.Stop)
	d.http.Start()
	t.Cleanup(d.http.Close)
	return d
}

// pass lets time pass, second by second, as the server's ticks do.
func (d *server) pass(span time.Duration) {
	d.t.Helper()
	for range int(span / time.Second) {
		d.shop.Pass(d.t, time.Second)
	}
}

// do has the shop itself do something.
func (d *server) do(c shop.Command) shop.Result {
	d.t.Helper()
	return d.shop.Must(d.t, c)
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// problem is the name of the answer's problem type, "" when it is none.
func (r reply) problem() string {
	var p wire.Problem
	if r.header.Get("Content-Type") != wire.ProblemMediaName || json.Unmarshal(r.body, &p) != nil || p.Status != r.status {
		return ""
	}
	return strings.TrimPrefix(p.Type, "/problems/")
}

// read decodes an answer.
func read[T any](t *testing.T, r reply) (v T) {
	t.Helper()
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return v
}

// call sends a request with the key of shangou and holds request and answer against openapi.yaml.
// Headers are "Name: value"; an empty value takes a header away.
func (d *server) call(method, path, body string, headers ...string) reply {
	d.t.Helper()
	r, err := d.try(method, path, body, headers...)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *server) try(method, path, body string, headers ...string) (reply, error) {
	req, err := http.NewRequest(method, d.http.URL+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+d.key["shangou"])
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if value = strings.TrimSpace(value); value == "" {
			req.Header.Del(name)
		} else if strings.EqualFold(name, "Host") {
			req.Host = value
		} else {
			req.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, fmt.Errorf("read the answer: %w", err)
	}
	r := reply{resp.StatusCode, resp.Header, text}
	if err := conforms(req, body, r); err != nil {
		return r, fmt.Errorf("%s %s: %d %s: %w", method, path, r.status, r.body, err)
	}
	return r, nil
}

// contracts are openapi.yaml, validated: as it is, for requests, and without room for members that it
// does not name, for answers. What the shop says has to be documented.
var contracts = sync.OnceValues(func() (c struct{ requests, answers routers.Router }, err error) {
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	if c.requests, err = contract(false); err == nil {
		c.answers, err = contract(true)
	}
	return c, err
})

func contract(closed bool) (routers.Router, error) {
	document, err := openapi3.NewLoader().LoadFromData(openAPIText)
	if err != nil {
		return nil, err
	}
	if closed {
		for _, schema := range document.Components.Schemas {
			closeSchema(schema)
		}
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(document)
}

// closeSchema refuses unnamed members of an object and of everything in it.
func closeSchema(s *openapi3.SchemaRef) {
	if s == nil || s.Ref != "" {
		return
	}
	v := s.Value
	if len(v.Properties) > 0 && v.AdditionalProperties.Schema == nil {
		no := false
		v.AdditionalProperties.Has = &no
	}
	for _, p := range v.Properties {
		closeSchema(p)
	}
	closeSchema(v.Items)
	closeSchema(v.AdditionalProperties.Schema)
}

// conforms holds an exchange against openapi.yaml: every answer to a documented path, and the request
// when the shop took it. What is not in the document has to be a 404 or 405.
func conforms(req *http.Request, body string, r reply) error {
	routers, err := contracts()
	if err != nil {
		return err
	}
	plain := req.Clone(context.Background())
	plain.URL.Host, plain.URL.Scheme, plain.Host = "", "", ""
	plain.Body = io.NopCloser(strings.NewReader(body))
	if plain.Method == http.MethodHead {
		plain.Method = http.MethodGet
	}
	route, params, err := routers.requests.FindRoute(plain)
	if err != nil {
		if r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed || strings.HasPrefix(req.URL.Path, "/static/") ||
			req.URL.Path == "/problems" {
			return nil
		}
		return fmt.Errorf("not in openapi.yaml: %w", err)
	}
	input := &openapi3filter.RequestValidationInput{Request: plain, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if r.status < 400 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	if req.Method == http.MethodHead {
		return nil
	}
	if input.Route, _, err = routers.answers.FindRoute(plain); err != nil {
		return fmt.Errorf("not in openapi.yaml: %w", err)
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: r.status, Header: r.header, Body: io.NopCloser(bytes.NewReader(r.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

// sum is what the file holds: what must not grow when something is refused.
type sum struct{ orders, open, jobs, events int }

func (d *server) sum() (s sum) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.shop.Dir, store.FileName)+"?_pragma=query_only(1)")
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow(`SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM orders WHERE open = 1), (SELECT count(*) FROM job), `+
		`(SELECT count(*) FROM log)`).
		Scan(&s.orders, &s.open, &s.jobs, &s.events)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// lockedWriter lets many handlers log into one buffer.
type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

// Write implements [io.Writer].
func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// order is an order of so many cups of jasmine milk tea, with more members.
func order(ref string, cups int, more ...string) string {
	return fmt.Sprintf(`{"ref": %q, "placed_at": "2026-02-06T12:00:00+08:00", "fulfilment": "delivery",
		"items": [{"item": "jasmine-milk-tea", "qty": %d, "options": {"ice": "less", "toppings": []}, "note": "少糖"}],
		"totals": {"total_fen": 1500, "paid_fen": 0, "subsidy_fen": 1500}, "customer": {"name": "李", "phone_tail": "1234"}%s}`,
		ref, cups, strings.Join(append([]string{""}, more...), ", "))
}
