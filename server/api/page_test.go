package api

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/shop"
	"weir/shop/wire"
	"weir/shop/words"
)

func TestMenuAndAvailability(t *testing.T) {
	d := open(t)
	menu := read[wire.Menu](t, d.call("GET", "/v1/menu", ""))
	if menu.Rev == "" || menu.Reference != "jasmine-milk-tea" || len(menu.Items) < 10 || menu.Items[0].Work != 100 ||
		!menu.Items[0].Available ||
		len(menu.Options["toppings"]) == 0 || menu.Options["milk"][1].PriceFen != 300 {
		t.Errorf("menu %+v", menu)
	}
	put := func(item, body string, headers ...string) reply {
		return d.call("PUT", "/v1/menu/"+item+"/availability", body, headers...)
	}
	for range 2 { // a second time changes nothing
		if r := put("grape", `{"available": false}`); r.status != 200 || read[wire.MenuItem](t, r).Available {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	if told := d.store.Snapshot().Counters.Feeds; told["shangou"] != 1 || told["meituan"] != 0 {
		t.Errorf("told %v; want the channel itself once", told)
	}
	for channel, available := range map[string]bool{"shangou": false, "meituan": true} {
		menu := read[wire.Menu](t, d.call("GET", "/v1/menu", "", "Authorization: Bearer "+d.key[channel]))
		if at := slices.IndexFunc(menu.Items, func(i wire.MenuItem) bool { return i.ID == "grape" }); menu.Items[at].Available != available {
			t.Errorf("the menu of %s shows %+v", channel, menu.Items[at])
		}
	}
	d.do(shop.SetAvailable{By: "tablet", Item: "grape"})
	if r := put("grape", `{"available": true}`); r.status != 200 || read[wire.MenuItem](t, r).Available {
		t.Errorf("a channel took the kitchen's mark back: %d %s", r.status, r.body)
	}
	d.do(shop.SetAvailable{By: "tablet", Item: "grape", Available: true})
	if r := put("grape", `{"available": true}`); !read[wire.MenuItem](t, r).Available {
		t.Errorf("%s", r.body)
	}
	for want, r := range map[string]reply{
		"not-found": put("x", `{"available": true}`), "invalid": put("grape", `{}`), "malformed": put("grape", `{`),
		"key-missing":            put("grape", `{"available": false}`, "Authorization:"),
		"unsupported-media-type": put("grape", `{}`, "Content-Type: text/plain"),
	} {
		if r.problem() != want {
			t.Errorf("got %d %s, want %s", r.status, r.body, want)
		}
	}
	if !d.store.Snapshot().Available("grape") {
		t.Error("a refused call made the item sold out")
	}
}

// TestPages: what explains the calls can be read by people, in both languages, and its style is the one
// that its policy lets in.
func TestPages(t *testing.T) {
	d := open(t)
	pages := map[string][]string{
		"/docs": {"POST</span> /v1/orders<", "产能报告", "The capacity report", `id="Capacity"`, "expires_at", "totals.paid_fen",
			"errors[].pointer", `id="Alternative"`, "distance_m"},
		"/problems":          {"/problems/sold-out", "已售罄", "Sold out"},
		"/problems/sold-out": {"已售罄", "Sold out", "409"},
	}
	for _, entry := range wire.Problems {
		pages["/problems/"+entry.Name] = []string{entry.Title(words.ZH), entry.Title(words.EN)}
	}
	styles := regexp.MustCompile(`(?s)<style>(.*)</style>`)
	for path, parts := range pages {
		r := d.call("GET", path, "", "Authorization:")
		for _, part := range parts {
			if r.status != 200 || !strings.Contains(string(r.body), part) {
				t.Errorf("%s: %d without %q", path, r.status, part)
			}
		}
		sum := sha256.Sum256(styles.FindSubmatch(r.body)[1])
		if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "sha256-"+base64.StdEncoding.EncodeToString(sum[:])) {
			t.Errorf("%s: policy %q does not let its style in", path, policy)
		}
		if strings.Contains(string(r.body), "http://") || strings.Contains(string(r.body), "https://") ||
			strings.Contains(string(r.body), "<script") {
			t.Errorf("%s: wants something from outside", path)
		}
	}
	if r := d.call("GET", "/problems/none", ""); r.status != 404 || r.problem() != "not-found" {
		t.Errorf("unknown problem: %d %s", r.status, r.body)
	}
	if r := d.call("GET", "/openapi.yaml", "", "Authorization:"); r.status != 200 || string(r.body) != string(openAPIText) {
		t.Errorf("/openapi.yaml: %d", r.status)
	}
}

// TestEveryRouteIsInTheDocument: a path that is served and not documented is a mistake of ours, and the
// other way round.
func TestEveryRouteIsInTheDocument(t *testing.T) {
	d := open(t)
	served := map[string]bool{"POST /v1/device/scans": true} // by package kds: its caller is a device of the shop
	params := regexp.MustCompile(`:(\w+)`)
	for _, r := range d.echo.Routes() {
		if r.Method != "HEAD" && r.Path != "/problems" {
			served[r.Method+" "+params.ReplaceAllString(r.Path, "{$1}")] = true
		}
	}
	book, err := readBook(openAPIText)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range book.Groups {
		for _, c := range g.Calls {
			if !served[c.Method+" "+c.Path] {
				t.Errorf("%s %s is documented and not served", c.Method, c.Path)
			}
			delete(served, c.Method+" "+c.Path)
			if c.Summary.ZH == "" || c.Summary.EN == "" {
				t.Errorf("%s %s has no summary in both languages", c.Method, c.Path)
			}
		}
	}
	for r := range served {
		t.Errorf("%s is served and not documented", r)
	}
	for _, data := range book.Types {
		for _, f := range append(data.Fields, field{Name: "", Text: data.Text}) {
			if f.Text.ZH == "" || f.Text.EN == "" {
				t.Errorf("%s.%s is not explained in both languages", data.Name, f.Name)
			}
		}
	}
}

func TestMetrics(t *testing.T) {
	d := open(t)
	d.call("POST", "/v1/orders", order("王小明-13800001234", 2))
	d.call("POST", "/v1/orders", order("王小明-13800001234", 2))
	d.call("POST", "/v1/orders", `{"ref": "x"}`)
	d.call("GET", "/v1/orders/o1", "")
	d.call("GET", "/some/path/of/a/stranger", "")
	code, err := d.guard.NewCode(t.Context(), "test", false)
	if err != nil {
		t.Fatal(err)
	}
	monitor, err := d.guard.Pair(t.Context(), code.Digits, "monitor", "test")
	if err != nil {
		t.Fatal(err)
	}
	r := d.call("GET", "/metrics", "", "Authorization: Bearer "+monitor)
	text := string(r.body)
	for _, line := range []string{
		`weir_orders_total{channel="shangou",outcome="accepted"} 1`,
		`weir_orders_total{channel="shangou",outcome="replayed"} 1`,
		`weir_orders_total{channel="shangou",outcome="invalid-order"} 1`,
		"weir_backlog_cups 2", "weir_backlog_work 200", "weir_level 0", `weir_cups{state="waiting"} 2`, "weir_cups_lost 0",
		`weir_rate_cups_per_minute{percentile="50"} 2`, "weir_commits_total 3", `weir_commit_batch_size_bucket{le="1"} 3`,
		"weir_commit_batch_size_sum 3",
		`weir_print_jobs{state="queued"} 1`, `weir_feed_unacknowledged{channel="shangou"} 1`, "weir_storage_healthy 1",
		`weir_http_request_seconds_count{method="GET",route="/v1/orders/:id",status="200"} 1`,
		`weir_http_request_seconds_count{method="GET",route="none",status="404"} 1`,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
	for _, person := range []string{"王小明", "1380000", "李", "stranger"} {
		if strings.Contains(text, person) || strings.Contains(d.log.String(), person) {
			t.Errorf("%q is in the metrics or the log", person)
		}
	}
}

func TestReady(t *testing.T) {
	d := open(t)
	if r := d.call("GET", "/readyz", "", "Authorization:"); r.status != 200 {
		t.Errorf("ready: %d %s", r.status, r.body)
	}
	for _, host := range []string{"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "192.168.1.7", "shop.example",
		"Shop.Example.:443"} {
		if r := d.call("GET", "/healthz", "", "Host: "+host); r.status != 200 {
			t.Errorf("host %s: %d %s", host, r.status, r.body)
		}
	}
	d.api.Stop()
	if r := d.call("GET", "/readyz", ""); r.status != 503 || r.problem() != shop.ProblemStorage {
		t.Errorf("stopping: %d %s", r.status, r.body)
	}
}

// A person who has mistyped an address gets a page with a way back, a program a problem.
func TestNoSuchPage(t *testing.T) {
	d := open(t)
	r := d.call("GET", "/nosuch", "", "Authorization:", "Accept: text/html,*/*;q=0.8")
	if r.status != 404 || !strings.Contains(string(r.body), `href="/"`) || !strings.Contains(r.header.Get("Content-Type"), "text/html") {
		t.Errorf("a browser gets %d %s %.300s", r.status, r.header.Get("Content-Type"), r.body)
	}
	for _, path := range []string{"/nosuch", "/v1/nosuch"} {
		accept := "Accept: application/json"
		if path == "/v1/nosuch" {
			accept = "Accept: text/html" // a call of the platform's is never a page
		}
		if r := d.call("GET", path, "", "Authorization:", accept); r.status != 404 || r.problem() != "not-found" {
			t.Errorf("%s: a program gets %d %s", path, r.status, r.body)
		}
	}
}
