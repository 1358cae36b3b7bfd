package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"weir/printer/virtual"
)

// patience bounds every wait of these tests; what they wait for takes milliseconds.
const patience = 20 * time.Second

// running is a whole shop as main starts it, on ports of its own.
type running struct {
	t     *testing.T
	url   string
	mqtt  string
	data  string
	house *house
	stop  func() error
}

// start runs a shop on a data directory until the test ends or stop is called.
func start(t *testing.T, data string, change ...func(*Serve)) *running {
	t.Helper()
	serve := &Serve{Data: data, Addr: "127.0.0.1:0", BrokerAddr: "127.0.0.1:0"}
	for _, f := range change {
		f(serve)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h, err := build(ctx, serve, nil)
	if err != nil {
		cancel()
		h.close()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx, io.Discard, nil) }()
	r := &running{t: t, url: h.own(), mqtt: h.brokerURL(), data: data, house: h}
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		err := <-ended
		if closed := h.close(); err == nil {
			err = closed
		}
		return err
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	r.eventually("ready", func() bool {
		resp, err := r.client().Get(r.url + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return r
}

// client is one that a shop's own certificate does not trouble.
func (r *running) client() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

// eventually waits until something holds.
func (r *running) eventually(what string, holds func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			r.t.Fatalf("waited %v for: %s", patience, what)
		}
		select {
		case <-r.house.store.Bell():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (r *running) key(channel string) string {
	r.t.Helper()
	var out bytes.Buffer
	if err := runCommand(r.t.Context(), []string{"key", "add", "--channel", channel, "--data", r.data}, &out); err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

// call makes a request and decodes a JSON answer.
func (r *running) call(method, path, key string, body any) (int, map[string]any) {
	r.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, bytes.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := map[string]any{}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		r.t.Fatalf("%s %s answered %d with %q: %v", method, path, resp.StatusCode, raw, err)
	}
	return resp.StatusCode, answer
}

func twoGrapes(ref string) map[string]any {
	return map[string]any{
		"ref": ref, "fulfilment": "delivery", "display_number": "37",
		"items": []any{map[string]any{"item": "grape", "qty": 2, "options": map[string]any{"ice": "less", "toppings": []string{"pearl"}},
			"note": "少放糖"}},
		"totals": map[string]any{"total_fen": 4800, "paid_fen": 0, "subsidy_fen": 4800},
	}
}

// TestOneOrderGoesAllTheWay follows an order through every door of a shop that was started with no
// configuration: in over HTTP, onto the board of a tablet that is already open, onto paper, into the
// report and the feed over MQTT, made and handed over by taps, and it is all still true after a restart.
func TestOneOrderGoesAllTheWay(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { // after the shop has stopped: cleanups run last first
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, before)
	})
	data := t.TempDir()
	r := start(t, data)
	key := r.key("shangou")
	events := r.listen("shangou", key, "weir/v1/demo/events/shangou")
	tablet := r.watch("/kds/live")

	status, placed := r.call("POST", "/v1/orders", key, twoGrapes("A1"))
	if status != http.StatusCreated || placed["state"] != "accepted" || placed["pickup_number"] != "001" {
		t.Fatalf("POST /v1/orders = %d %v", status, placed)
	}
	tablet.until(t, "多肉葡萄")
	events.until(t, "order.accepted")
	r.eventually("the ticket on paper", func() bool {
		return strings.Contains(printed(r.house.printers[0].Virtual()), "001")
	})

	for _, cup := range placed["cups"].([]any) {
		id := cup.(map[string]any)["id"].(string)
		if status, answer := r.call("POST", "/kds/cups/"+id+"/done", "", map[string]any{"seen": "waiting"}); status != http.StatusOK {
			t.Fatalf("bump = %d %v", status, answer)
		}
	}
	events.until(t, "order.ready")
	order := placed["id"].(string)
	if status, answer := r.call("POST", "/kds/orders/"+order+"/handover", "", map[string]any{}); status != http.StatusOK {
		t.Fatalf("hand-over = %d %v", status, answer)
	}
	events.until(t, "order.handed")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}

	r = start(t, data)
	if status, again := r.call("GET", "/v1/orders/"+order, key, nil); status != http.StatusOK || again["state"] != "handed" {
		t.Errorf("after a restart the order is %d %v", status, again)
	}
	if status, again := r.call("POST", "/v1/orders", key, twoGrapes("A1")); status != http.StatusOK || again["id"] != order {
		t.Errorf("the same ref after a restart = %d %v", status, again)
	}
	if err := runCommand(t.Context(), []string{"check", "--data", data}, io.Discard); err != nil {
		t.Errorf("check: %v", err)
	}
}

// TestStoppingIsQuick: open tablets and long polls do not keep a shop from ending within five seconds.
func TestStoppingIsQuick(t *testing.T) {
	r := start(t, t.TempDir())
	tablet := r.watch("/kds/live")
	tablet.until(t, "event:")
	began := time.Now()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

// TestWhatIsNotThereIsSaidProperly asks the whole server, where one door's routes could hide another's.
func TestWhatIsNotThereIsSaidProperly(t *testing.T) {
	r := start(t, t.TempDir())
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"DELETE", "/v1/orders", http.StatusMethodNotAllowed},
		{"PUT", "/v1/capacity", http.StatusMethodNotAllowed},
		{"GET", "/kds/counter/x/y", http.StatusNotFound},
		{"GET", "/v1/nothing", http.StatusNotFound},
	} {
		status, problem := r.call(tt.method, tt.path, "", nil)
		if status != tt.status || problem["type"] == nil {
			t.Errorf("%s %s = %d %v, want %d as a problem", tt.method, tt.path, status, problem, tt.status)
		}
	}
}

func TestStartupTroubleIsOneLineThatSaysHowToMendIt(t *testing.T) {
	r := start(t, t.TempDir())
	taken := strings.TrimPrefix(r.url, "http://")
	bad := t.TempDir() + "/shop.yaml"
	if err := os.WriteFile(bad, []byte("store: demo\nprinterz: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"address taken", []string{"--addr", taken, "--data", t.TempDir()}, "--addr"},
		{"data in use", []string{"--addr", "127.0.0.1:0", "--data", r.data}, "another weir is running"},
		{"bad file", []string{"--config", bad, "--data", t.TempDir()}, "printerz"},
		{"no shop there", []string{"key", "list", "--data", t.TempDir()}, "--data"},
		{"no health without a shop", []string{"healthcheck", "--data", t.TempDir()}, "weir is not running"},
		{"no such flag", []string{"--adr", "x"}, "--help"},
		{"unknown channel", []string{"key", "add", "--channel", "nobody", "--data", r.data}, "shangou"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := runCommand(t.Context(), tt.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error = %v, want one line that contains %q", err, tt.want)
			}
		})
	}
	if err := runCommand(t.Context(), []string{"healthcheck", "--data", r.data}, io.Discard); err != nil {
		t.Errorf("healthcheck of a running shop: %v", err)
	}
}

// printed is the text on the sheets of a virtual printer.
func printed(p *virtual.Printer) string {
	var b strings.Builder
	for _, sheet := range p.Paper() {
		b.WriteString(strings.Join(sheet.Text(), "\n"))
	}
	return b.String()
}

// stream is text that arrives: a board's frames or a channel's messages.
type stream struct {
	lines  chan string
	client mqtt.Client // of a channel; nil for a board
}

// publish sends a message as the channel.
func (s *stream) publish(t *testing.T, topic string, body []byte) {
	t.Helper()
	if token := s.client.Publish(topic, 1, false, body); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("publish: %v", token.Error())
	}
}

// until waits for a line that contains what is wanted.
func (s *stream) until(t *testing.T, want string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				t.Fatalf("the stream ended before %q came", want)
			}
			if strings.Contains(line, want) {
				return
			}
		case <-timeout:
			t.Fatalf("waited %v for %q", patience, want)
		}
	}
}

// watch opens a tablet's live stream.
func (r *running) watch(path string) *stream {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		r.t.Fatalf("GET %s = %s", path, resp.Status)
	}
	s := &stream{lines: make(chan string, 1024)}
	go func() {
		defer close(s.lines)
		defer resp.Body.Close()
		scanner := bufio.NewScanner(resp.Body)
		scanner.Buffer(nil, 4<<20)
		for scanner.Scan() {
			select {
			case s.lines <- scanner.Text():
			case <-r.t.Context().Done():
				return
			}
		}
	}()
	return s
}

// listen subscribes as a channel.
func (r *running) listen(channel, key, topic string) *stream {
	r.t.Helper()
	s := &stream{lines: make(chan string, 1024)}
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(r.mqtt).SetClientID("test-" +
		channel).SetUsername(channel).SetPassword(key).SetAutoReconnect(false))
	wait := func(token mqtt.Token, what string) {
		if !token.WaitTimeout(patience) || token.Error() != nil {
			r.t.Fatalf("%s: %v", what, token.Error())
		}
	}
	wait(client.Connect(), "connect to the broker")
	wait(client.Subscribe(topic, 1, func(_ mqtt.Client, m mqtt.Message) {
		select {
		case s.lines <- fmt.Sprintf("%s %s", m.Topic(), m.Payload()):
		default:
		}
	}), "subscribe")
	r.t.Cleanup(func() { client.Disconnect(100) })
	s.client = client
	return s
}

// TestOrdersOverMQTTAreCountedToo: a metric that misses a door is worse than none.
func TestOrdersOverMQTTAreCountedToo(t *testing.T) {
	r := start(t, t.TempDir())
	key := r.key("meituan")
	answers := r.listen("meituan", key, "weir/v1/demo/answers/meituan")
	r.eventually("the MQTT door", func() bool { return r.house.uplink.Status().Connected })
	body, err := json.Marshal(twoGrapes("M1"))
	if err != nil {
		t.Fatal(err)
	}
	answers.publish(t, "weir/v1/demo/orders/meituan", body)
	answers.until(t, `"status":201`)
	resp, err := http.Get(r.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := `weir_orders_total{channel="meituan",outcome="accepted"} 1`; !strings.Contains(string(text), want) {
		t.Errorf("the metrics lack %s", want)
	}
}
