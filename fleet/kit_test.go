package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds each wait; the machine may be busy.
const patience = 60 * time.Second

// shopBinary builds the shop's program once.
var shopBinary = sync.OnceValues(func() (file string, err error) {
	dir, err := os.MkdirTemp("", "fleet-test-")
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "weir")
	if out, err := exec.Command("go", "build", "-o", file, "weir/server").CombinedOutput(); err != nil {
		return file, fmt.Errorf("build the shop: %w\n%s", err, out)
	}
	return file, nil
})

// asChild in the environment makes the test's own program be weir-fleet.
const asChild = "WEIR_FLEET_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		watched()
		main()
		return
	}
	code := m.Run()
	if built.Load() {
		if file, err := shopBinary(); err == nil {
			os.RemoveAll(filepath.Dir(file)) // what is left in a temporary directory hurts nobody
		}
	}
	os.Exit(code)
}

var built atomic.Bool

// program is a command that runs weir-fleet or the shop.
func program(ctx context.Context, t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	if name == "weir-fleet" {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(ctx, self, args...)
		c.Env = append(os.Environ(), asChild+"=1")
		return c
	}
	built.Store(true)
	file, err := shopBinary()
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(ctx, file, args...)
}

// output is what a program has said so far: it is read while the program runs.
type output struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	return len(p), nil
}

// String is all of it.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// child is a program that runs.
type child struct {
	t    *testing.T
	cmd  *exec.Cmd
	args []string
	err  *output
	said chan string
	done chan struct{}
}

// start starts a program and collects what it says.
func start(t *testing.T, name string, args ...string) *child {
	t.Helper()
	c := &child{t: t, args: append([]string{name}, args...), err: &output{}, said: make(chan string, 100), done: make(chan struct{})}
	c.cmd = program(context.WithoutCancel(t.Context()), t, name, args...)
	c.cmd.Stderr = c.err
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case c.said <- lines.Text():
			default:
			}
		}
		c.cmd.Wait() // how it ended is the test's own doing
		close(c.done)
	}()
	t.Cleanup(func() {
		c.kill()
		if t.Failed() {
			t.Logf("%v said:\n%.4000s", c.args, c.err)
		}
	})
	return c
}

// kill is kill -9.
func (c *child) kill() {
	c.cmd.Process.Signal(syscall.SIGCONT)
	c.cmd.Process.Kill()
	<-c.done
}

func (c *child) signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// line waits for a line that begins with something and returns the rest.
func (c *child) line(begin string) string {
	c.t.Helper()
	for end := time.After(patience); ; {
		select {
		case text := <-c.said:
			if rest, ok := strings.CutPrefix(strings.TrimSpace(text), begin); ok {
				return strings.TrimSpace(rest)
			}
		case <-c.done:
			c.t.Fatalf("%v ended: %s", c.args, c.err)
		case <-end:
			c.t.Fatalf("%v does not say %q: %s", c.args, begin, c.err)
		}
	}
}

// run runs a command of a program to its end.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := program(ctx, t, name, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v %s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// node is a fleet that runs.
type node struct {
	*child
	data, url, key string
}

// startNode starts a fleet on a data directory.
func startNode(t *testing.T, data string, args ...string) *node {
	t.Helper()
	n := beginNode(t, data, args...)
	n.url = n.line("HTTP")
	return n
}

// beginNode is startNode without waiting for the node's URL.
func beginNode(t *testing.T, data string, args ...string) *node {
	t.Helper()
	n := &node{data: data}
	n.child = start(t, "weir-fleet", append([]string{"serve", "--data", data, "--addr", "127.0.0.1:0"}, args...)...)
	return n
}

// addStore puts a shop in the directory and returns its URL.
func addStore(t *testing.T, data, id string, lat, lon float64) string {
	t.Helper()
	return run(t, "weir-fleet", "store", "add", "--data", data, "--id", id, "--city", "hz", "--lat", fmt.Sprint(lat), "--lon", fmt.Sprint(lon))
}

// startShop starts a real shop with an id of its own.
func startShop(t *testing.T, id, broker, data string) *child {
	t.Helper()
	text, err := os.ReadFile("../shop/shopfile/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), id+".yaml")
	mine := strings.Replace(string(text), "store: demo ", "store: "+id+" ", 1)
	if mine == string(text) {
		t.Fatal("the demo's file names its store in another way")
	}
	if err := os.WriteFile(config, []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, "weir", "serve", "--data", data, "--config", config, "--addr", "127.0.0.1:0", "--broker", broker)
}

// do makes a request and reads the JSON that comes.
func (n *node) do(method, path, body string) (status int, answer map[string]any, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, n.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+n.key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, err
	}
	answer = map[string]any{}
	if err := json.Unmarshal(text, &answer); err != nil {
		return resp.StatusCode, nil, fmt.Errorf("%d %.200s: %w", resp.StatusCode, text, err)
	}
	return resp.StatusCode, answer, nil
}

func (n *node) must(method, path, body string, want int) map[string]any {
	n.t.Helper()
	status, answer, err := n.do(method, path, body)
	if err != nil || status != want {
		n.t.Fatalf("%s %s %s: %d %v %v, want %d", method, path, body, status, answer, err, want)
	}
	return answer
}

// place has a new order taken.
func (n *node) place(body string) map[string]any {
	n.t.Helper()
	status, answer, err := n.do("POST", "/v1/fleet/orders", body)
	if err != nil || status != http.StatusCreated || answer["id"] == nil {
		n.t.Fatalf("order %s: %d %v %v, want it taken", body, status, answer, err)
	}
	return answer
}

// order is the text of an order of one cup for shops, or near the middle of the test's city.
func order(ref string, stores ...string) string {
	where := `"near":{"lat":30.27,"lon":120.15}`
	if len(stores) > 0 {
		where = `"stores":["` + strings.Join(stores, `","`) + `"]`
	}
	return fmt.Sprintf(`{"ref":%q,%s,"items":[{"item":"jasmine-milk-tea","qty":1,"options":{"size":"m"}}],
		"totals":{"total_fen":1500,"paid_fen":0,"subsidy_fen":1500}}`, ref, where)
}

// fresh waits until the fleet believes so many shops.
func (n *node) fresh(want int) {
	n.t.Helper()
	n.eventually(fmt.Sprintf("%d fresh shops", want), func() bool {
		_, answer, err := n.do("GET", "/v1/fleet/stores", "")
		if err != nil {
			return false
		}
		got := 0
		list, _ := answer["stores"].([]any)
		for _, s := range list {
			if s.(map[string]any)["fresh"] == true {
				got++
			}
		}
		return got == want
	})
}

func (n *node) eventually(what string, is func() bool) {
	n.t.Helper()
	n.within(patience, what, is)
}

// within waits for something that takes its own time.
func (n *node) within(most time.Duration, what string, is func() bool) {
	n.t.Helper()
	for end := time.Now().Add(most); !is(); time.Sleep(20 * time.Millisecond) { // between two looks
		if time.Now().After(end) {
			n.t.Fatalf("never: %s", what)
		}
	}
}

// state is how the fleet's record of an order stands.
func (n *node) state(ref string) string {
	_, answer, err := n.do("GET", "/v1/fleet/orders?ref="+ref, "")
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(answer["state"])
}

// lines are the orders of today at all shops: where each ref is, and those that are alive at two.
func (n *node) lines() (where map[string][]string, twice []any) {
	n.t.Helper()
	where = map[string][]string{}
	for _, day := range days() {
		answer := n.must("GET", "/v1/fleet/reconciliation?day="+day, "", 200)
		if silent, ok := answer["silent"]; ok {
			n.t.Fatalf("silent: %v", silent)
		}
		for _, s := range answer["stores"].([]any) {
			shop := s.(map[string]any)
			for _, o := range shop["orders"].([]any) {
				line := o.(map[string]any)
				if line["state"] != "cancelled" {
					where[line["ref"].(string)] = append(where[line["ref"].(string)], shop["store"].(string))
				}
			}
		}
		if more, ok := answer["twice"].([]any); ok {
			twice = append(twice, more...)
		}
	}
	return where, twice
}

// days are the business days that a test may be in.
func days() []string {
	now := time.Now().UTC().Add(8*time.Hour - 4*time.Hour) // Shanghai, and the day begins at 4
	return slices.Compact([]string{now.Add(-time.Hour).Format(time.DateOnly), now.Add(time.Hour).Format(time.DateOnly)})
}

// portsTaken are the ports that freePort has given out.
var portsTaken sync.Map

// freePort is an address that nobody listens on. It lies below the ports that the kernel gives to those who do not ask
// for one, so that a node which starts again finds its port free.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if _, taken := portsTaken.LoadOrStore(addr, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close() // it was only tried
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}
