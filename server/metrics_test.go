package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"weir/server/outbox"
)

// TestWhatAnOperatorWatches: a shop with all its parts gives out what the page about monitoring, the alert rules and the
// dashboard name, by names that Prometheus' own check has nothing to say about.
func TestWhatAnOperatorWatches(t *testing.T) {
	copies := t.TempDir()
	r := start(t, t.TempDir(), func(s *Serve) {
		s.Replica = copies
		s.Config = writeFile(t, "shop.yaml", demoWithAlert(t))
		s.TLS = "auto"
	})
	token := r.monitor()
	status, text := r.fetch("/metrics", token)
	if status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	given := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)`).FindAllStringSubmatch(text, -1) {
		given[m[1]] = true
		if m[2] == "histogram" {
			given[m[1]+"_bucket"], given[m[1]+"_count"], given[m[1]+"_sum"] = true, true, true
		}
	}
	given["weir_orders_total"], given["weir_refusals_total"] = true, true // they begin with the first order; see below
	described := make(chan *prometheus.Desc, 100)
	outbox.Figures(r.house.outbox).Describe(described) // these begin with the first webhook
	close(described)
	for d := range described {
		given[regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())[1]] = true
	}
	named := map[string]bool{}
	for _, file := range []string{"../docs/monitoring.md", "../docs/monitoring/weir.rules.yml", "../docs/monitoring/dashboard.json"} {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\b(weir|go|process)_[a-z0-9_]+`).FindAllString(string(page), -1) {
			if named[name] = true; !given[name] && name != "go_" && name != "process_" {
				t.Errorf("%s names %s, which the shop does not give out", filepath.Base(file), name)
			}
		}
	}
	for name := range given {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")
		if strings.HasPrefix(name, "weir_") && !named[name] && !named[base] {
			t.Errorf("no page names %s", name)
		}
	}
	for _, want := range []string{`weir_broker_connected{broker="embedded"} 1`, `weir_clock_sure `, `weir_build_info{version="`,
		`weir_alert_target_working{target="boss"} 1`, `weir_alarms{kind="twin"} 0`, `weir_writer_queue_capacity_commands 1024`} {
		if !strings.Contains(text, want) {
			t.Errorf("not there: %s", want)
		}
	}
}

// demoWithAlert is the demo's shop.yaml with a target for its alerts.
func demoWithAlert(t *testing.T) string {
	t.Helper()
	demo, err := os.ReadFile("../shop/shopfile/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(demo) + "\nalerts: [{name: boss, to: webhook, url: \"http://127.0.0.1:1/\"}]\n"
}

// TestRefusalsAreCounted: an order that is refused for a reason of the shop's own is counted under it.
func TestRefusalsAreCounted(t *testing.T) {
	r := start(t, t.TempDir())
	key := r.key("shangou")
	if status, _ := r.call("POST", "/v1/availability", key, map[string]any{"item": "grape", "available": false}); status >= 300 {
		t.Fatalf("sold out: %d", status)
	}
	if status, _ := r.call("POST", "/v1/orders", key, twoGrapes("r-1")); status != http.StatusConflict {
		t.Fatalf("an order of what is sold out: %d", status)
	}
	_, text := r.fetch("/metrics", "")
	for _, want := range []string{`weir_refusals_total{channel="shangou",reason="sold-out"} 1`,
		`weir_orders_total{channel="shangou",outcome=`} {
		if !strings.Contains(text, want) {
			t.Errorf("not there: %s", want)
		}
	}
}

// TestTheDashboardIsOne: Grafana's import wants a title, a schema version, and panels with a place, a source and questions.
func TestTheDashboardIsOne(t *testing.T) {
	text, err := os.ReadFile("../docs/monitoring/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Title         string
		UID           string
		SchemaVersion int
		Panels        []struct {
			ID         int
			Type       string
			Title      string
			Datasource struct{ Type, UID string }
			GridPos    struct{ X, Y, W, H int }
			Targets    []struct{ RefID, Expr string }
		}
		Templating struct{ List []struct{ Name, Type string } }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if d.Title == "" || d.UID == "" || d.SchemaVersion < 36 || len(d.Panels) == 0 || len(d.Templating.List) != 2 {
		t.Errorf("%+v", d)
	}
	ids, taken := map[int]bool{}, map[[2]int]bool{}
	for _, p := range d.Panels {
		if p.Type == "" || p.Title == "" || p.Datasource.UID != "${source}" || p.GridPos.W == 0 || p.GridPos.X+p.GridPos.W > 24 ||
			len(p.Targets) == 0 || ids[p.ID] {
			t.Errorf("panel %+v", p)
		}
		ids[p.ID] = true
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				if at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}; taken[at] {
					t.Errorf("panel %q lies on another", p.Title)
				} else {
					taken[at] = true
				}
			}
		}
		for _, q := range p.Targets {
			if q.RefID == "" || q.Expr == "" {
				t.Errorf("panel %q: %+v", p.Title, q)
			}
		}
	}
}

// TestReadyzNamesItsPartsToAMonitor, and to nobody else.
func TestReadyzNamesItsPartsToAMonitor(t *testing.T) {
	r := start(t, t.TempDir(), func(s *Serve) { s.Hosts = []string{"localhost"} })
	token := r.monitor()
	status, text := r.fetch("/readyz?verbose", token)
	var ready struct {
		Status string
		Checks []struct {
			Name, Say string
			OK        bool
		}
	}
	if err := json.Unmarshal([]byte(text), &ready); err != nil || status != http.StatusOK || ready.Status != "ready" {
		t.Fatalf("%d %s", status, text)
	}
	names := map[string]bool{}
	for _, c := range ready.Checks {
		names[c.Name] = c.OK
	}
	if !names["storage"] || !names["Platform"] || len(names) < 3 {
		t.Errorf("%s", text)
	}
	for _, other := range []string{"", "wrong"} {
		if status, text := r.fetch("/readyz?verbose", other); status != http.StatusOK || strings.Contains(text, "checks") {
			t.Errorf("a stranger: %d %s", status, text)
		}
	}
}

// monitor pairs a monitor and returns its token.
func (r *running) monitor() string {
	r.t.Helper()
	code, err := r.house.guard.NewCode(r.t.Context(), "test", false)
	if err != nil {
		r.t.Fatal(err)
	}
	token, err := r.house.guard.Pair(r.t.Context(), code.Digits, "monitor", "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// fetch gets a page as a monitor does.
func (r *running) fetch(path, token string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := r.client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
