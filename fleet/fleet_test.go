package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestShopsJoinAndShareOrders is a fleet of one process and three real shops that know nothing of it but the URL.
func TestShopsJoinAndShareOrders(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	began := time.Now()
	n := startNode(t, data, "--mqtt-addr", "127.0.0.1:0")
	n.line("ready")
	t.Logf("ready %v after the start of the process", time.Since(began).Round(time.Millisecond))
	n.key = run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	shops := map[string]*child{}
	dirs := map[string]string{}
	urls := map[string]string{}
	for i, id := range []string{"a", "b", "c"} {
		urls[id] = addStore(t, data, id, 30.27+0.005*float64(i), 120.15)
		dirs[id] = t.TempDir()
		shops[id] = startShop(t, id, urls[id], dirs[id])
	}
	n.fresh(3)

	// Who has another shop's key, or none, does not join.
	wrong, err := url.Parse(urls["a"])
	if err != nil {
		t.Fatal(err)
	}
	other, _ := url.Parse(urls["b"])
	key, _ := other.User.Password()
	wrong.User = url.UserPassword("a", key)
	thief := startShop(t, "a", wrong.String(), t.TempDir())
	n.eventually("the wrong key is refused", func() bool { return strings.Contains(thief.err.String(), "no connection to the broker") })
	thief.kill()

	// One order, once, whatever is asked.
	first := n.place(order("one"))
	if again := n.must("POST", "/v1/fleet/orders", order("one"), 200); again["store"] != first["store"] || again["id"] != first["id"] {
		t.Errorf("asked again: %v, first %v", again, first)
	}
	other1 := strings.Replace(order("one"), `"qty":1`, `"qty":2`, 1)
	if conflict := n.must("POST", "/v1/fleet/orders", other1, 409); conflict["type"] != "/problems/order-conflict" {
		t.Errorf("other content: %v", conflict)
	}

	// Fifty at once are one.
	var wait sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 50 {
		wait.Go(func() {
			status, answer, err := n.do("POST", "/v1/fleet/orders", order("many"))
			mu.Lock()
			defer mu.Unlock()
			if err != nil || status > 201 {
				t.Errorf("%d %v %v", status, answer, err)
			}
			answers[fmt.Sprint(answer["store"], answer["id"])]++
		})
	}
	wait.Wait()
	if len(answers) != 1 {
		t.Errorf("answers differ: %v", answers)
	}

	// Cancelled before it comes, it is never made.
	n.must("POST", "/v1/fleet/cancellations", `{"ref":"early"}`, 202)
	if late := n.must("POST", "/v1/fleet/orders", order("early"), 200); late["state"] != "cancelled" {
		t.Errorf("after its cancellation: %v", late)
	}
	placed := n.place(order("gone"))
	if gone := n.must("POST", "/v1/fleet/cancellations", `{"ref":"gone"}`, 200); gone["state"] != "cancelled" ||
		gone["store"] != placed["store"] {
		t.Errorf("cancelled: %v", gone)
	}
	n.eventually("the record has ended", func() bool { return n.state("gone") == "ended" })

	// One that comes without its items is filled in at the shop that has it, whatever shop is named then.
	bare := func(cups int) string {
		return fmt.Sprintf(`{"ref":"bare","stores":["a"],"downgraded":true,"items":[],"cups":%d,"totals":null}`, cups)
	}
	if got := n.place(bare(1)); got["store"] != "a" || got["lines_unknown"] != true {
		t.Errorf("without items: %v", got)
	}
	n.must("POST", "/v1/fleet/orders", bare(1), 200)
	n.must("POST", "/v1/fleet/orders", bare(2), 409)
	if got := n.must("POST", "/v1/fleet/orders", order("bare", "b"), 200); got["store"] != "a" || got["lines_unknown"] == true {
		t.Errorf("filled in: %v", got)
	}
	for _, text := range []string{bare(1), order("bare", "c")} { // late, and again
		if got := n.must("POST", "/v1/fleet/orders", text, 200); got["store"] != "a" || got["lines_unknown"] == true {
			t.Errorf("after it was filled in: %v", got)
		}
	}
	n.must("POST", "/v1/fleet/orders", strings.Replace(order("bare", "b"), `"qty":1`, `"qty":2`, 1), 409)

	// A shop that was killed is passed over at once.
	shops["a"].kill()
	n.fresh(2)
	began = time.Now()
	if next := n.place(order("passed", "a", "b")); next["store"] != "b" {
		t.Errorf("placed at %v", next["store"])
	}
	t.Logf("the next shop had it after %v", time.Since(began).Round(time.Millisecond))
	shops["a"] = startShop(t, "a", urls["a"], dirs["a"])
	n.fresh(3)

	// A shop that is frozen keeps its order, and nobody else gets it.
	shops["a"].signal(syscall.SIGSTOP)
	for _, stores := range [][]string{{"a"}, {"a", "b", "c"}} {
		wait.Go(func() {
			unknown := n.must("POST", "/v1/fleet/orders", order("frozen", stores...), 503)
			if unknown["outcome"] != "unknown" || unknown["not_made"] == true {
				t.Errorf("while it is frozen: %v", unknown)
			}
		})
		n.eventually("the record is open", func() bool { return n.state("frozen") == "open" })
	}
	wait.Wait()
	shops["a"].signal(syscall.SIGCONT)
	n.eventually("it is placed", func() bool { return n.state("frozen") == "placed" })
	if there := n.must("POST", "/v1/fleet/orders", order("frozen", "b"), 200); there["store"] != "a" {
		t.Errorf("placed at %v", there["store"])
	}

	// Everything is killed and starts again from disk.
	n.kill()
	n2 := startNode(t, data, "--mqtt-addr", wrong.Host)
	n2.key = n.key
	n2.line("ready")
	n2.fresh(3)
	if there := n2.must("POST", "/v1/fleet/orders", order("frozen", "b"), 200); there["store"] != "a" {
		t.Errorf("after a restart: %v", there)
	}
	where, twice := n2.lines()
	if len(twice) > 0 {
		t.Errorf("at two shops: %v", twice)
	}
	for _, ref := range []string{"one", "many", "passed", "frozen", "bare"} {
		if len(where[ref]) != 1 {
			t.Errorf("%s is at %v", ref, where[ref])
		}
	}
	if len(where["early"])+len(where["gone"]) > 0 {
		t.Errorf("cancelled orders live: %v", where)
	}
	n2.eventually("events of all orders are in the feed", func() bool {
		_, answer, err := n2.do("GET", "/v1/fleet/events?limit=500", "")
		seen := map[any]bool{}
		if err == nil {
			for _, e := range answer["events"].([]any) {
				seen[e.(map[string]any)["event"].(map[string]any)["data"].(map[string]any)["ref"]] = true
			}
		}
		return seen["one"] && seen["many"] && seen["passed"] && seen["frozen"] && seen["gone"]
	})
}

// TestBadInput: what is wrong is said as a shop says it.
func TestBadInput(t *testing.T) {
	data := t.TempDir()
	key := run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou") // before it runs
	n := startNode(t, data, "--mqtt-addr", "127.0.0.1:0")
	n.key = key
	n.line("ready")
	ahead := time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	old := time.Now().Add(-100 * time.Hour).UTC().Format(time.RFC3339)
	with := func(more string) string { return strings.Replace(order("r"), `{"ref"`, `{`+more+`,"ref"`, 1) }
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		problem            string
	}{
		"not JSON":           {"POST", "/v1/fleet/orders", "{", 400, "malformed"},
		"twice a name":       {"POST", "/v1/fleet/orders", `{"ref":"a","ref":"b"}`, 400, "malformed"},
		"too large":          {"POST", "/v1/fleet/orders", strings.Repeat(" ", 70000), 413, "too-large"},
		"no ref":             {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"ref":"r",`, "", 1), 422, "invalid-order"},
		"no place":           {"POST", "/v1/fleet/orders", `{"ref":"r","items":[{"item":"x","qty":1}]}`, 422, "invalid-order"},
		"no such place":      {"POST", "/v1/fleet/orders", strings.Replace(order("r"), "30.27", "130.27", 1), 422, "invalid-order"},
		"place of text":      {"POST", "/v1/fleet/orders", strings.Replace(order("r"), "30.27", `"x"`, 1), 422, "invalid-order"},
		"data behind it":     {"POST", "/v1/fleet/orders", order("r") + "{}", 400, "malformed"},
		"bad UTF-8":          {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"r"`, "\"\xff\"", 1), 400, "malformed"},
		"too deep":           {"POST", "/v1/fleet/orders", with(`"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)), 400, "malformed"},
		"a list":             {"POST", "/v1/fleet/orders", `[]`, 422, "invalid-order"},
		"no items":           {"POST", "/v1/fleet/orders", `{"ref":"r","near":{"lat":30,"lon":120},"items":[]}`, 422, "invalid-order"},
		"no cups":            {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"qty":1`, `"qty":0`, 1), 422, "invalid-order"},
		"fewer than no cups": {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"qty":1`, `"qty":-1`, 1), 422, "invalid-order"},
		"half a cup":         {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"qty":1`, `"qty":1.5`, 1), 422, "invalid-order"},
		"a lake":             {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"qty":1`, `"qty":1e9`, 1), 422, "invalid-order"},
		"negative money": {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"total_fen":1500`, `"total_fen":-1`, 1), 422,
			"invalid-order"},
		"fractional money": {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"total_fen":1500`, `"total_fen":0.5`, 1), 422,
			"invalid-order"},
		"overflowing money": {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"total_fen":1500`, `"total_fen":1e30`, 1), 422,
			"invalid-order"},
		"beyond all numbers":  {"POST", "/v1/fleet/orders", strings.Replace(order("r"), "30.27", "1e309", 1), 422, "invalid-order"},
		"NaN is no JSON":      {"POST", "/v1/fleet/orders", strings.Replace(order("r"), "30.27", "NaN", 1), 400, "malformed"},
		"half a place":        {"POST", "/v1/fleet/orders", strings.Replace(order("r"), `"lat":30.27,`, "", 1), 422, "invalid-order"},
		"a place of null":     {"POST", "/v1/fleet/orders", strings.Replace(order("r"), "30.27", "null", 1), 422, "invalid-order"},
		"no radius":           {"POST", "/v1/fleet/orders", with(`"radius_m":-1`), 422, "invalid-order"},
		"radius of the earth": {"POST", "/v1/fleet/orders", with(`"radius_m":1e9`), 422, "invalid-order"},
		"a store of no name":  {"POST", "/v1/fleet/orders", with(`"stores":[""]`), 422, "invalid-order"},
		"stores of numbers":   {"POST", "/v1/fleet/orders", with(`"stores":[1]`), 422, "invalid-order"},
		"an unknown store":    {"POST", "/v1/fleet/orders", with(`"stores":["*"]`), 503, "temporary-reduced-capacity"},
		"an unknown member":   {"POST", "/v1/fleet/orders", with(`"more":{"a":[1]}`), 503, "temporary-reduced-capacity"},
		"lat of NaN":          {"GET", "/v1/fleet/near?lat=NaN&lon=120", "", 422, "invalid"},
		"lat without end":     {"GET", "/v1/fleet/near?lat=30&lon=-Inf", "", 422, "invalid"},
		"lat beyond numbers":  {"GET", "/v1/fleet/near?lat=1e309&lon=120", "", 422, "invalid"},
		"half a query":        {"GET", "/v1/fleet/near?lat=30", "", 422, "invalid"},
		"cancel nothing":      {"POST", "/v1/fleet/cancellations", `{}`, 422, "invalid-order"},
		"cancel of no JSON":   {"POST", "/v1/fleet/cancellations", `x`, 400, "malformed"},
		"final of text":       {"POST", "/v1/fleet/cancellations", `{"ref":"r","final":"x"}`, 422, "invalid-order"},
		"by of no time":       {"POST", "/v1/fleet/orders", with(`"by":"soon"`), 422, "invalid-order"},
		"from the future":     {"POST", "/v1/fleet/orders", with(`"placed_at":"` + ahead + `"`), 422, "invalid-order"},
		"too old":             {"POST", "/v1/fleet/orders", with(`"placed_at":"` + old + `"`), 422, "invalid-order"},
		"no shop":             {"POST", "/v1/fleet/orders", order("r"), 503, "temporary-reduced-capacity"},
		"unknown order":       {"GET", "/v1/fleet/orders?ref=x", "", 404, "not-found"},
		"no parameter":        {"GET", "/v1/fleet/near", "", 422, "invalid"},
		"bad parameter":       {"GET", "/v1/fleet/near?lat=x&lon=1", "", 422, "invalid"},
		"no day":              {"GET", "/v1/fleet/reconciliation", "", 422, "invalid"},
		"foreign cursor":      {"GET", "/v1/fleet/events?after=99999", "", 400, "cursor-invalid"},
		"no cursor":           {"GET", "/v1/fleet/events?after=x", "", 400, "cursor-invalid"},
		"unknown path":        {"GET", "/v1/fleet/nothing", "", 404, "not-found"},
		"wrong method":        {"PUT", "/v1/fleet/orders", "", 405, "method-not-allowed"},
		"unknown step":        {"POST", "/v1/fleet/progress", `{"ref":"x"}`, 422, "invalid"},
		"step of no order":    {"POST", "/v1/fleet/progress", `{"ref":"x","arrived":true}`, 404, "not-found"},
		"cups out of range":   {"POST", "/v1/fleet/admissions", `{"near":{"lat":30,"lon":120},"cups":1000}`, 422, "invalid-order"},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer, err := n.do(c.method, c.path, c.body)
			if err != nil || status != c.status || answer["type"] != "/problems/"+c.problem {
				t.Errorf("%d %v %v, want %d %s", status, answer, err, c.status, c.problem)
			}
		})
	}
	text, err := http.NewRequestWithContext(t.Context(), "POST", n.url+"/v1/fleet/orders", strings.NewReader(order("r")))
	if err != nil {
		t.Fatal(err)
	}
	text.Header.Set("Authorization", "Bearer "+n.key)
	text.Header.Set("Content-Type", "text/plain")
	resp, err := http.DefaultClient.Do(text)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("an order as text: %d", resp.StatusCode)
	}
	for key, problem := range map[string]string{"": "key-missing", "weir_wrong": "key-invalid"} {
		n.key = key
		status, answer, err := n.do("GET", "/v1/fleet/stores", "")
		if key == "" {
			problem = "key-invalid" // the header is there and empty
		}
		if err != nil || status != 401 || answer["type"] != "/problems/"+problem {
			t.Errorf("key %q: %d %v %v", key, status, answer, err)
		}
	}
	bad := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(bad, []byte("id,lat,lon\ngood,30,120\n>,30,120\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	add := func(id string, more ...string) []string {
		return append([]string{"store", "add", "--data", data, "--id=" + id, "--lat=30", "--lon=120"}, more...)
	}
	for name, args := range map[string][]string{
		"every topic": add(">"), "all of a level": add("*"), "two parts": add("a.b"), "a path": add("../a"), "a shell": add("a;ls"),
		"the router": add("$router"), "upper case": add("Shop"), "nothing": add(""), "a formula": add("ok", "--name==1+1"),
		"hidden": add("ok", "--name=x\u200by"), "a wrong line": {"store", "import", "--data", data, bad},
	} {
		if out, err := program(t.Context(), t, "weir-fleet", args...).CombinedOutput(); err == nil || !strings.Contains(string(out), "store ") {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
	if out := run(t, "weir-fleet", "store", "list", "--data", data); out != "" { // also of a table with one wrong line nothing is taken
		t.Errorf("in the directory is now: %s", out)
	}
	if out := run(t, "weir-fleet", "check", "--data", data); !strings.Contains(out, "as the fleet needs") {
		t.Errorf("check: %s", out)
	}
}

// TestACustomersPage follows an order of a real shop on its page: it says the number, it is there after the fleet was
// started again, it cancels the order once, and what the shop keeps to print only shows.
func TestACustomersPage(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	n := startNode(t, data, "--mqtt-addr", "127.0.0.1:0")
	n.line("ready")
	broker := addStore(t, data, "hubin", 30.25, 120.164)
	n.key = run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	dir := t.TempDir()
	startShop(t, "hubin", broker, dir)
	n.fresh(1)
	answer := n.place(order("p1", "hubin"))
	page, _ := answer["track_url"].(string)
	if !strings.HasPrefix(page, n.url+"/t/") {
		t.Fatalf("track_url is %q in %v", page, answer)
	}
	if again := n.must("POST", "/v1/fleet/orders", order("p1", "hubin"), 200); again["track_url"] != page {
		t.Errorf("asked again: track_url %v, want %v", again["track_url"], page)
	}
	number := fmt.Sprint(answer["pickup_number"])
	if status, text := body(t, page, nil); status != 200 || !strings.Contains(text, number) || !strings.Contains(text, "/cancel") {
		t.Errorf("the page: %d, want the number %s and a button\n%s", status, number, text)
	}
	printed := kept(t, dir, regexp.QuoteMeta(n.url)+`/t/[\w-]+`)
	status, text := body(t, printed, nil)
	if printed == page || status != 200 || !strings.Contains(text, number) || strings.Contains(text, "/cancel") {
		t.Errorf("the paper's page: %d, want the number %s and no button\n%s", status, number, text)
	}
	for i, want := range []string{"said=cancelled", "said=cancelled"} {
		resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).
			Post(page+"/cancel", "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if to := resp.Header.Get("Location"); !strings.HasSuffix(to, want) {
			t.Errorf("cancelled %d times: sent to %s, want %s", i+1, to, want)
		}
	}
	n.eventually("the order has ended", func() bool { return n.state("p1") == "ended" })
	if _, text := body(t, page, nil); !strings.Contains(text, "已取消") {
		t.Errorf("the page of a cancelled order:\n%s", text)
	}
	n.kill()
	again := startNode(t, data, "--mqtt-addr", "127.0.0.1:0", "--public-url", "https://fleet.example")
	again.line("ready")
	if status, text := body(t, again.url+strings.TrimPrefix(page, n.url), nil); status != 200 || !strings.Contains(text, "已取消") {
		t.Errorf("after a start: %d\n%s", status, text)
	}
}

// kept is a text that a shop has in its data, by a pattern; "" is none.
func kept(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil { // a socket cannot be read
			if found := regexp.MustCompile(pattern).Find(text); found != nil {
				return string(found)
			}
		}
	}
	return ""
}
