package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The attacks are made from outside, against a shop in a process of its own, with nothing of its code. So they can be made
// against any version of it:
//
//	go build -o /some/where/weir ./server    (of the other version)
//	WEIR_PROGRAM=/some/where/weir go test ./server -run Attack -v
//
// docs/security.md says which of them an earlier version does not hold.

// attacked is the weir that is attacked, with a counter: the one that WEIR_PROGRAM names, or this one.
func attacked(t *testing.T) *killable {
	t.Helper()
	var k *killable
	if named := os.Getenv("WEIR_PROGRAM"); named != "" {
		k = (&killable{program: named}).sibling(t)
	} else {
		k = newKillable(t, nil)
	}
	text, err := os.ReadFile(k.config())
	if err != nil {
		t.Fatal(err)
	}
	k.write(t, "shop.yaml", strings.Replace(string(text), "channels:\n",
		"channels:\n  - {id: counter, name: {zh: 柜台, en: Counter}, fulfilment: pickup, weight: 1}\n", 1))
	return k
}

// victim is a running shop that is attacked, and what its own people need.
type victim struct {
	*killable
	t      *testing.T
	tablet string // token of a paired device; "" of a trial, which asks nobody
}

// attack starts a shop with more flags. One that names a host asks everybody who it is, and has a tablet.
func attack(t *testing.T, k *killable, args ...string) *victim {
	t.Helper()
	v := &victim{killable: k, t: t}
	k.args = args
	k.start(t)
	t.Cleanup(k.kill)
	if slices.Contains(args, "--hosts") {
		v.tablet = v.pair("出杯")
	}
	return v
}

// command runs a command of weir beside the shop.
func (v *victim) command(args ...string) (string, error) {
	v.t.Helper()
	out, err := exec.CommandContext(v.t.Context(), v.program, append(args, "--data", v.dir, "--config", v.config())...).CombinedOutput()
	return string(out), err
}

// pair pairs a device as a person does and returns its token.
func (v *victim) pair(name string) string {
	v.t.Helper()
	out, err := v.command("pair")
	if err != nil {
		v.t.Fatalf("weir pair: %v: %s", err, out)
	}
	_, after, _ := strings.Cut(out, "Pairing code: ")
	line, _, _ := strings.Cut(after, "\n")
	code := strings.ReplaceAll(strings.TrimSpace(line), " ", "")
	r := v.ask("POST", "/pair", url.Values{"code": {code}, "name": {name}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	for _, c := range r.cookies {
		if strings.Contains(c.Name, "device") {
			return c.Value
		}
	}
	v.t.Fatalf("pairing with %s: %d %.200s", code, r.status, r.body)
	return ""
}

// reply is what came back.
type reply struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
	fields  map[string]any // of a JSON body
}

// ask makes one request on a connection of its own. It does not follow where it is sent; status 0 is no answer.
func (v *victim) ask(method, path, body string, header ...string) reply {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return reply{body: err.Error()}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{body: err.Error()}
	}
	r := reply{status: resp.StatusCode, header: resp.Header, cookies: resp.Cookies(), body: string(text)}
	_ = json.Unmarshal(text, &r.fields) // it may be a page
	return r
}

// asChannel makes a request with a channel's key.
func (v *victim) asChannel(channel, method, path, body string) reply {
	v.t.Helper()
	return v.ask(method, path, body, "Authorization", "Bearer "+v.keys[channel], "Content-Type", "application/json")
}

// asTablet makes a request as the shop's own tablet.
func (v *victim) asTablet(method, path, body string) reply {
	v.t.Helper()
	header := []string{"Content-Type", "application/json"}
	if v.tablet != "" {
		header = append(header, "Authorization", "Bearer "+v.tablet)
	}
	return v.ask(method, path, body, header...)
}

// aTea is an order of one cup.
func aTea(ref string) string {
	return fmt.Sprintf(`{"ref":%q,"fulfilment":"delivery","items":[{"item":"tea","qty":1}],
		"totals":{"total_fen":900,"paid_fen":0,"subsidy_fen":900}}`, ref)
}

// serves looks whether the shop still does what it is there for: an order, a tap, the tablet's page, and the commands.
func (v *victim) serves(ref string) {
	v.t.Helper()
	if r := v.asChannel("meituan", "POST", "/v1/orders", aTea(ref)); r.status != http.StatusCreated {
		v.t.Errorf("an order is answered %d %.200s", r.status, r.body)
	}
	if r := v.asTablet("POST", "/kds/counter", `{"cups":1}`); r.status != http.StatusOK {
		v.t.Errorf("a tap is answered %d %.200s", r.status, r.body)
	}
	if r := v.asTablet("GET", "/kds", ""); r.status != http.StatusOK {
		v.t.Errorf("a tablet's page is answered %d %.200s", r.status, r.body)
	}
}

// taps taps so many times and says how long the half and the last hundredth of them took.
func (v *victim) taps(n int) (p50, p99 time.Duration) {
	v.t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		if r := v.asTablet("POST", "/kds/counter", `{"cups":1}`); r.status != http.StatusOK {
			v.t.Fatalf("a tap is answered %d %.200s", r.status, r.body)
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[n/2], took[n*99/100]
}

// held is what the process holds: resident memory in KiB, descriptors, and goroutines as its metrics say.
type held struct{ memory, descriptors, goroutines int }

func (v *victim) holds() held {
	v.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	if err != nil {
		v.t.Fatalf("the shop is gone: %v\n%.3000s", err, tail(v.log(v.t)))
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", v.cmd.Process.Pid))
	if err != nil {
		v.t.Fatal(err)
	}
	h := held{descriptors: len(open)}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			h.memory, _ = strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	for line := range strings.Lines(v.asTablet("GET", "/metrics", "").body) {
		if rest, ok := strings.CutPrefix(line, "go_goroutines "); ok {
			h.goroutines, _ = strconv.Atoi(strings.TrimSpace(rest))
		}
	}
	return h
}

// letsGo waits until the process holds what it held before, but for the memory that the runtime keeps.
func (v *victim) letsGo(before held, memory int) {
	v.t.Helper()
	now := held{}
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) { // between two looks
		if now = v.holds(); now.descriptors <= before.descriptors+5 && now.goroutines <= before.goroutines+10 {
			break
		}
		if time.Now().After(end) {
			v.t.Errorf("what was held is not given back: before %+v, now %+v", before, now)
			break
		}
	}
	v.t.Logf("before %+v, after %+v", before, now)
	if now.memory > before.memory+memory {
		v.t.Errorf("%d KiB more are held than before, want %d at most", now.memory-before.memory, memory)
	}
}

// alive reports whether the process is still there.
func (v *victim) alive() bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.cmd.Process.Pid))
	return err == nil && !bytes.Contains(status, []byte(") Z "))
}

// tail is the end of a log.
func tail(log string) string { return log[max(0, len(log)-3000):] }

// mqttText is a string as MQTT has it.
func mqttText(s string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...)
}

// mqttPacket is a packet of MQTT.
func mqttPacket(head byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	out := []byte{head}
	for n := len(body); ; n >>= 7 {
		if n < 0x80 {
			return append(append(out, byte(n)), body...)
		}
		out = append(out, byte(n)|0x80)
	}
}

// mqttHello is CONNECT with a clean session; nobody has no name. will is a topic and what is said there, or nothing.
func mqttHello(version byte, id, user, key string, will ...string) []byte {
	flags, props, rest := byte(2), []byte{}, mqttText(id)
	if version == 5 {
		props = []byte{0}
	}
	if len(will) == 2 {
		flags |= 1<<2 | 1<<3 // at QoS 1
		rest = bytes.Join([][]byte{rest, props, mqttText(will[0]), mqttText(will[1])}, nil)
	}
	if user != "" {
		flags |= 1<<7 | 1<<6
		rest = bytes.Join([][]byte{rest, mqttText(user), mqttText(key)}, nil)
	}
	return mqttPacket(0x10, mqttText("MQTT"), []byte{version, flags, 0, 60}, props, rest)
}

// mqttSay is PUBLISH of MQTT 3.1.1.
func mqttSay(qos byte, topic, payload string) []byte {
	id := []byte{0, 1}
	if qos == 0 {
		id = nil
	}
	return mqttPacket(0x30|qos<<1, mqttText(topic), id, []byte(payload))
}

// mqttListen is SUBSCRIBE of MQTT 3.1.1 at QoS 0.
func mqttListen(filter string) []byte {
	return mqttPacket(0x82, []byte{0, 1}, mqttText(filter), []byte{0})
}

// mqtt opens a connection to the shop's broker and sends bytes.
func (v *victim) mqtt(stream ...[]byte) net.Conn {
	v.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(v.broker, "tcp://"))
	if err != nil {
		v.t.Fatalf("the broker takes no connection: %v", err)
	}
	v.t.Cleanup(func() { c.Close() })
	if _, err := c.Write(bytes.Join(stream, nil)); err != nil {
		v.t.Fatal(err)
	}
	return c
}

// soon reads what comes within a while, until the other end closes.
func soon(c net.Conn, while time.Duration) (text string, closed bool) {
	c.SetReadDeadline(time.Now().Add(while)) // an error shows in the read
	all, err := io.ReadAll(c)
	return string(all), !os.IsTimeout(err)
}
