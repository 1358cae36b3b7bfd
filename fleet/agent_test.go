package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// withKey sends the platform's key with each request.
type withKey struct{ key string }

// RoundTrip implements [http.RoundTripper].
func (k withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+k.key)
	return http.DefaultTransport.RoundTrip(r)
}

// agent is a client of the SDK's own, as an assistant has one.
type agent struct {
	t       *testing.T
	session *sdk.ClientSession
}

func newAgent(t *testing.T, n *node) (*agent, error) {
	t.Helper()
	c := sdk.NewClient(&sdk.Implementation{Name: "assistant", Version: "1"}, nil)
	session, err := c.Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: n.url + "/mcp", HTTPClient: &http.Client{Transport: withKey{n.key}}, DisableStandaloneSSE: true,
	}, nil)
	if err == nil {
		t.Cleanup(func() { session.Close() }) // the fleet may have ended before
	}
	return &agent{t, session}, err
}

// told is what an agent reads of an answer.
type told struct {
	Say, State, Store, Shop string
	PickupNumber            string `json:"pickup_number"`
	PriceFen                int64  `json:"price_fen"`
	AtDoorBy                string `json:"at_door_by"`
	TrackURL                string `json:"track_url"`
	Instead                 []struct{ Store string }
}

func (a *agent) call(tool string, in map[string]any) told {
	a.t.Helper()
	r, err := a.session.CallTool(a.t.Context(), &sdk.CallToolParams{Name: tool, Arguments: in})
	if err != nil {
		a.t.Fatalf("%s %v: %v", tool, in, err)
	}
	text, err := json.Marshal(r.StructuredContent)
	if err != nil {
		a.t.Fatal(err)
	}
	var got told
	if err := json.Unmarshal(text, &got); err != nil {
		a.t.Fatalf("%s: %s: %v", tool, text, err)
	}
	if said, ok := r.Content[0].(*sdk.TextContent); !ok || said.Text != got.Say || got.Say == "" {
		a.t.Errorf("%s says %+v first, want %q", tool, r.Content[0], got.Say)
	}
	return got
}

// TestAnAgentOrders plays an agent that has understood 去冰的伯牙绝弦，15 分钟内送到公司: one call orders it, the same call
// again changes nothing, it asks and cancels; and a no says what instead.
func TestAnAgentOrders(t *testing.T) {
	t.Parallel()
	demo, err := os.ReadFile("../shop/shopfile/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(demo), "茉莉奶绿", "伯牙绝弦", 1)
	text = strings.Replace(text, "store: demo ", "store: hubin ", 1)
	config := filepath.Join(t.TempDir(), "hubin.yaml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	n := startNode(t, data, "--mqtt-addr", "127.0.0.1:0", "--menu", config)
	n.line("ready")
	broker := run(t, "weir-fleet", "store", "add", "--data", data, "--id", "hubin", "--name", "湖滨店", "--lat", "30.25", "--lon", "120.164")
	if _, err := newAgent(t, n); err == nil {
		t.Error("an agent without a key comes in")
	}
	n.key = run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	shop := start(t, "weir", "serve", "--data", t.TempDir(), "--config", config, "--addr", "127.0.0.1:0", "--broker", broker)
	n.fresh(1)
	a, err := newAgent(t, n)
	if err != nil {
		t.Fatal(err)
	}
	tools, err := a.session.ListTools(t.Context(), nil)
	if err != nil || len(tools.Tools) != 5 {
		t.Fatalf("%d tools, %v", len(tools.Tools), err)
	}
	office := func(more map[string]any) map[string]any {
		in := map[string]any{"ref": "c1", "lat": 30.2521, "lon": 120.1655, "delivery": true, "within_min": 15, "place": "公司前台",
			"items": []any{map[string]any{"drink": "伯牙绝弦", "options": []string{"去冰"}}}}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	first := a.call("place_order", office(nil))
	if first.State != "accepted" || first.Shop != "湖滨店" || first.PickupNumber == "" || first.AtDoorBy == "" || first.PriceFen != 1500 ||
		!strings.Contains(first.Say, "湖滨店已接单") && !strings.Contains(first.Say, "正在做") {
		t.Fatalf("去冰的伯牙绝弦: %+v", first)
	}
	// The control: the same call again, once within the same words and once much later in the customer's patience.
	for _, within := range []int{15, 1} {
		again := a.call("place_order", office(map[string]any{"within_min": within}))
		if again.State != "accepted" || again.PickupNumber != first.PickupNumber {
			t.Errorf("again: %+v, want number %s", again, first.PickupNumber)
		}
	}
	where, twice := n.lines()
	if len(twice) != 0 || len(where) != 1 || len(where["c1"]) != 1 {
		t.Errorf("after three calls the shop has %v", where)
	}
	if got := a.call("place_order", office(map[string]any{"delivery": false, "within_min": 0})); got.State != "unclear" {
		t.Errorf("another order under the same ref: %+v", got)
	}
	s := a.call("order_status", map[string]any{"ref": "c1", "lang": "en"})
	if s.State != "accepted" || !strings.Contains(s.Say, first.PickupNumber) {
		t.Errorf("status: %+v", s)
	}
	for range 2 {
		if c := a.call("cancel_order", map[string]any{"ref": "c1"}); c.State != "cancelled" || !strings.Contains(c.Say, "已取消") {
			t.Errorf("cancelled: %+v", c)
		}
	}
	if s := a.call("order_status", map[string]any{"ref": "c1"}); s.State != "cancelled" {
		t.Errorf("status after it: %+v", s)
	}
	req, err := http.NewRequest(http.MethodPost, n.url+"/mcp",
		strings.NewReader(`[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","id":2,"method":"tools/list"}]`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	batch, err := (&http.Client{Transport: withKey{n.key}, Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	batch.Body.Close()
	if batch.StatusCode != http.StatusBadRequest {
		t.Errorf("two calls in one request: %d, and the quota counts one", batch.StatusCode)
	}
	// The demo's menu is known, too, but no shop near by has it.
	if got := a.call("quote", map[string]any{"lat": 30.2521, "lon": 120.1655,
		"items": []any{map[string]any{"drink": "茉莉奶绿"}}}); got.State != "unclear" {
		t.Errorf("a drink of the demo's menu: %+v", got)
	}
	if got := a.call("quote", map[string]any{"lat": 30.2521, "lon": 120.1655,
		"items": []any{map[string]any{"drink": "伯牙绝弦", "options": []string{"去冰", "少冰"}}}}); got.State != "unclear" {
		t.Errorf("two kinds of ice: %+v", got)
	}
	// A no is true, and says what instead.
	no := a.call("place_order", office(map[string]any{"ref": "c2", "within_min": 1}))
	if no.State != "refused" || len(no.Instead) == 0 || !strings.Contains(no.Say, "来不及") || !strings.Contains(no.Say, "湖滨店") {
		t.Errorf("within a minute: %+v", no)
	}
	if n.state("c2") == "placed" {
		t.Error("what was said to be not ordered is ordered")
	}
	got := a.call("place_order", office(map[string]any{"ref": "c3", "items": []any{map[string]any{"drink": "奶茶"}}}))
	if got.State != "unclear" || !strings.Contains(got.Say, "珍珠奶茶") {
		t.Errorf("a drink that could be three: %+v", got)
	}
	if got := a.call("quote", map[string]any{"lat": 30.2521, "lon": 120.1655, "lang": "en",
		"items": []any{map[string]any{"drink": "Lemon", "qty": 2}}}); got.State != "found" || got.PriceFen != 3400 {
		t.Errorf("quote: %+v", got)
	}
	shop.kill()
	n.fresh(0)
	if got := a.call("find_shops", map[string]any{"lat": 30.2521, "lon": 120.1655}); got.State != "nothing" {
		t.Errorf("no shop is there: %+v", got)
	}
}
