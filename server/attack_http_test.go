package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// asking are the flags of a shop that asks everybody who it is.
var askingFlags = []string{"--hosts", "localhost"}

// aStranger is what a proxy adds, so that a shop which trusts its own machine does not take this for the box itself.
var aStranger = []string{"X-Forwarded-For", "203.0.113.7"}

// startsNot starts a shop that is to end at once, and returns what it said. It is ended when it does not.
func startsNot(t *testing.T, k *killable, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), k.program, append([]string{"serve", "--addr", "127.0.0.1:0", "--broker-addr", "127.0.0.1:0",
		"--data", k.dir, "--config", k.config()}, args...)...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { cmd.Process.Kill() }) // an error means that it has ended
	err := cmd.Wait()
	if !late.Stop() {
		return out.String(), nil
	}
	return out.String(), err
}

// TestAttackAllStreams: strangers who do not say that they take a stream take all of them.
func TestAttackAllStreams(t *testing.T) {
	v := attack(t, attacked(t), askingFlags...)
	v.serves("before")
	before := v.holds()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	got := map[int]int{}
	var streams []io.Closer
	for range 140 {
		req, err := http.NewRequestWithContext(t.Context(), "GET", v.url+"/board/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(aStranger[0], aStranger[1])
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got[resp.StatusCode]++
		streams = append(streams, resp.Body)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", v.url+"/kds/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+v.tablet)
	req.Header.Set("Accept", "text/event-stream")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Errorf("after strangers got %v the paired tablet's stream is answered %d", got, resp.StatusCode)
	}
	for _, s := range append(streams, resp.Body) {
		s.Close()
	}
	if n := strings.Count(v.log(t), "level=ERROR"); n > 0 {
		t.Errorf("%d lines in the log that a person has to act on", n)
	}
	v.letsGo(before, 48<<10)
}

// TestAttackAllConnections: connections that say nothing, or half a header.
func TestAttackAllConnections(t *testing.T) {
	v := attack(t, attacked(t))
	v.serves("before")
	before := v.holds()
	address := strings.TrimPrefix(v.url, "http://")
	open := make([]net.Conn, 0, 3000)
	for i := range cap(open) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		if i%2 == 0 {
			io.WriteString(c, "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\n") // it may be closed already
		}
		open = append(open, c)
	}
	during := v.holds()
	t.Logf("during %+v", during)
	if n := during.descriptors - before.descriptors; n > 800 {
		t.Errorf("%d of %d connections are held, want at most 800", n, len(open))
	}
	v.serves("during")
	if out, err := v.command("check"); err != nil {
		t.Errorf("weir check: %v: %s", err, out)
	}
	for _, c := range open {
		c.Close()
	}
	v.letsGo(before, 64<<10)
}

// TestAttackBodiesThatNeverCome takes as long as the shop waits for a body.
func TestAttackBodiesThatNeverCome(t *testing.T) {
	if os.Getenv("WEIR_LONG") != "1" {
		t.Skip("40 seconds: with WEIR_LONG=1; TestABodyThatNeverComesEnds is the short form")
	}
	v := attack(t, attacked(t))
	before := v.holds()
	var open []net.Conn
	for _, key := range []string{"", "Authorization: Bearer " + v.keys["shangou"] + "\r\n"} {
		for _, path := range []string{"/v1/orders", "/v1/cancellations", "/kds/counter", "/lang"} {
			c, err := net.Dial("tcp", strings.TrimPrefix(v.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%sContent-Length: 100\r\n\r\n{", path, key)
			open = append(open, c)
		}
	}
	deadline := time.Now().Add(45 * time.Second)
	for i, c := range open {
		if _, closed := soon(c, time.Until(deadline)); !closed {
			t.Errorf("connection %d is still open after 45 s", i)
		}
	}
	v.letsGo(before, 32<<10)
}

// TestAttackSoldOut: a channel says that an item is sold out, and that what the kitchen has marked is not.
func TestAttackSoldOut(t *testing.T) {
	v := attack(t, attacked(t))
	orders := func(ref, item string) int {
		return v.asChannel("meituan", "POST", "/v1/orders", strings.ReplaceAll(aTea(ref), `"item":"tea"`, `"item":"`+item+`"`)).status
	}
	v.asChannel("shangou", "PUT", "/v1/menu/milk-tea/availability", `{"available":false}`)
	if status := orders("a-1", "milk-tea"); status == 409 || status == 422 || status == 503 {
		if said := v.asChannel("meituan", "GET", "/v1/menu", "").body; strings.Contains(said, `"available":false`) {
			t.Errorf("what one channel marks is sold out for all: %d %s", status, said)
		}
	}
	if r := v.asTablet("POST", "/kds/sold-out/tea", `{"available":false}`); r.status != 200 {
		t.Fatalf("the kitchen marks an item: %d %s", r.status, r.body)
	}
	if status := orders("a-2", "tea"); status == 201 {
		t.Error("the kitchen's mark does nothing: the test proves nothing")
	}
	v.asChannel("shangou", "PUT", "/v1/menu/tea/availability", `{"available":true}`)
	if status := orders("a-3", "tea"); status == 201 {
		t.Error("a channel has undone the kitchen's mark")
	}
}

// TestAttackARefusalThatBecomesAnOrder: an order is refused as pinned, and a copy of it comes later, when there is room.
func TestAttackARefusalThatBecomesAnOrder(t *testing.T) {
	v := attack(t, attacked(t))
	v.asTablet("POST", "/kds/sold-out/tea", `{"available":false}`)
	pinned := strings.Replace(aTea("late"), `{"ref"`, `{"pin":true,"ref"`, 1)
	first := v.asChannel("shangou", "POST", "/v1/orders", pinned)
	if first.status == 201 || first.fields["pinned"] != true {
		t.Errorf("an order of what is sold out is answered %d %s; want a refusal for ever", first.status, first.body)
	}
	v.asTablet("POST", "/kds/sold-out/tea", `{"available":true}`)
	for _, copied := range []string{pinned, aTea("late")} {
		if second := v.asChannel("shangou", "POST", "/v1/orders", copied); second.status == 201 {
			t.Errorf("its copy is answered %d: a router that went elsewhere has two drinks", second.status)
		}
	}
	if r := v.asChannel("shangou", "POST", "/v1/orders", aTea("other")); r.status != 201 { // the control
		t.Errorf("another order is answered %d %s", r.status, r.body)
	}
}

// TestAttackThroughAPlainProxy: a proxy on this machine adds no header and names the shop's own address.
func TestAttackThroughAPlainProxy(t *testing.T) {
	for name, flags := range map[string][]string{"a trial": nil, "a shop with host names": askingFlags} {
		t.Run(name, func(t *testing.T) {
			v := attack(t, attacked(t), flags...)
			v.url = plainProxy(t, v.url)
			ask := func(method, path, form string) reply {
				return v.ask(method, path, form, "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html")
			}
			if r := ask("POST", "/owner/keys", url.Values{"channel": {"meituan"}}.Encode()); strings.Contains(r.body, "weir_") {
				t.Errorf("a stranger behind the proxy gets a channel's key: %d", r.status)
			}
			if r := ask("POST", "/owner/devices/code", ""); strings.Contains(r.body, `class="digits"`) {
				t.Errorf("a stranger behind the proxy gets a pairing code: %d", r.status)
			}
			if flags == nil {
				return // a trial shows its pages to whoever reaches it, and says so
			}
			for _, path := range []string{"/kds", "/owner", "/metrics", "/printers"} {
				if r := ask("GET", path, ""); r.status == 200 {
					t.Errorf("%s is open to strangers behind the proxy", path)
				}
			}
		})
	}
}

// TestAttackLongPolls: strangers wait for changes in all the places that there are, and a channel's own call is answered at
// once, as if it had not asked to wait.
func TestAttackLongPolls(t *testing.T) {
	longFlood(t, "TestStrangersTakeNoChannelsPlace")
	v := attack(t, attacked(t), askingFlags...)
	v.serves("before")
	before := v.holds()
	var wait sync.WaitGroup
	var waiting atomic.Int64
	var open []net.Conn
	for range 600 {
		c, err := net.Dial("tcp", strings.TrimPrefix(v.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "GET /v1/capacity HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n\r\n") // it may be closed already
		open = append(open, c)
	}
	for _, c := range open {
		wait.Go(func() {
			said, closed := soon(c, 2*time.Second) // some are answered at once, or closed: there is no place for them
			if said == "" && !closed {
				waiting.Add(1)
			}
		})
	}
	wait.Wait()
	t.Logf("%d of %d strangers wait", waiting.Load(), len(open))
	if n := int(waiting.Load()); n == 0 || n == len(open) {
		t.Fatal("nobody waits, or everybody does: the test proves nothing")
	}
	r := v.ask("GET", "/v1/capacity", "", "Authorization", "Bearer "+v.keys["shangou"], "Prefer", "wait=1")
	if r.status != 200 || r.header.Get("Preference-Applied") == "" {
		t.Errorf("with %d strangers waiting a channel's call is answered %d and does not wait", waiting.Load(), r.status)
	}
	v.serves("during")
	for _, c := range open {
		c.Close()
	}
	v.letsGo(before, 64<<10)
}

// TestAttackNames: what a wrong pairing code says of a name that is taken, and what an answer tells a browser.
func TestAttackNames(t *testing.T) {
	v := attack(t, attacked(t), askingFlags...)
	pair := func(name string) int {
		return v.ask("POST", "/pair", url.Values{"code": {"00000000"}, "name": {name}}.Encode(),
			append([]string{"Content-Type", "application/x-www-form-urlencoded"}, aStranger...)...).status
	}
	if taken, free := pair("出杯"), pair("前台"); taken != free {
		t.Errorf("a wrong code with a name that is taken is answered %d, with another %d", taken, free)
	}
	for _, path := range []string{"/v1/capacity", "/healthz", "/static/owner.css", "/nowhere", "/v1/orders", "/kds"} {
		if r := v.ask("GET", path, ""); r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d without nosniff", path, r.status)
		}
	}
	huge := `{"channel":"` + strings.Repeat("x", 60_000) + `","ref":"a"}`
	before := len(v.log(t))
	v.asChannel("shangou", "POST", "/v1/campaigns", huge)
	soon(v.mqtt(mqttHello(4, "long", "shangou", v.keys["shangou"]), mqttSay(1, "weir/v1/killed/campaigns", huge)), 300*time.Millisecond)
	v.serves("after")
	if n := len(v.log(t)) - before; n > 4096 {
		t.Errorf("%d bytes more in the log", n)
	}
}

// TestAttackRestore: a backup that was changed, one that is a pipe, and a directory whose name ends a path in a URI.
func TestAttackRestore(t *testing.T) {
	v := attack(t, attacked(t))
	v.serves("before")
	file := filepath.Join(t.TempDir(), "backup.db")
	if out, err := v.command("backup", file); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	restore := func(file, into string) (string, error) {
		cmd := exec.CommandContext(t.Context(), v.program, "restore", file, "--data", into, "--config", v.config())
		late := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() }) // an error means that it has ended
		out, err := cmd.CombinedOutput()
		if !late.Stop() {
			return "it did not end", nil
		}
		return string(out), err
	}
	if out, err := restore(file, t.TempDir()); err != nil { // the control
		t.Errorf("a good backup: %v: %s", err, out)
	}
	for name, change := range map[string][2]string{
		"a row":     {`"ref":"before"`, `"ref":"beforf"`},
		"the epoch": {`"epoch":1`, `"epoch":0`},
	} {
		changed := strings.ReplaceAll(string(good), change[0], change[1])
		if changed == string(good) {
			t.Fatalf("%s: there is nothing to change", name)
		}
		if out, err := restore(writeFile(t, "changed.db", changed), t.TempDir()); err == nil {
			t.Errorf("a backup in which %s was changed is restored: %s", name, out)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := restore(pipe, t.TempDir()); err == nil {
		t.Errorf("a pipe: %s", out)
	}
	above := t.TempDir()
	if out, err := restore(file, filepath.Join(above, "shop?1")); err != nil {
		t.Errorf("into a directory with a question mark: %v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(above, "shop?1", "weir.db")); err != nil {
		t.Errorf("what was restored went elsewhere: %v", err)
	}
}
