package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// unpacked is what the Debian package puts on a box, in a directory of its own. .ci/release-test unpacks the real package
// and names the directory in WEIR_UNPACKED; otherwise the program is built, and its settings and its unit come from .ci/package.
type unpacked struct {
	t       *testing.T
	root    string
	program string
	serve   []string // how the unit starts it
	cmd     *exec.Cmd
	out     *said
	url     string
}

func unpack(t *testing.T) *unpacked {
	t.Helper()
	u := &unpacked{t: t, root: t.TempDir()}
	settings, unit := "../.ci/package/weir.env", "../.ci/package/weir.service"
	if from := os.Getenv("WEIR_UNPACKED"); from != "" {
		u.program = filepath.Join(from, "usr/bin/weir")
		settings, unit = filepath.Join(from, "etc/weir/weir.env"), filepath.Join(from, "lib/systemd/system/weir.service")
	} else {
		u.program = newKillable(t, nil).program
	}
	for _, dir := range []string{"etc/weir", "var/lib/weir", "mnt/stick"} {
		if err := os.MkdirAll(filepath.Join(u.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(u.root, "etc/weir/weir.env"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	how, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/weir (.*)$`).FindSubmatch(how)
	if start == nil {
		t.Fatalf("the unit does not start weir:\n%s", how)
	}
	u.serve = strings.Fields(string(start[1]))
	t.Cleanup(u.kill)
	return u
}

// file is a path of the box.
func (u *unpacked) file(path string) string { return filepath.Join(u.root, path) }

// settings are those of weir.env, with the box's paths and ports that are free on this machine.
func (u *unpacked) settings() []string {
	u.t.Helper()
	text, err := os.ReadFile(u.file("etc/weir/weir.env"))
	if err != nil {
		u.t.Fatal(err)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "WEIR_") })
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(value, "/") {
			value = u.file(value)
		}
		if name == "WEIR_ADDR" {
			value = "127.0.0.1:0"
		}
		env = append(env, name+"="+value)
	}
	return append(env, "WEIR_BROKER_ADDR=127.0.0.1:0")
}

// start starts the service.
func (u *unpacked) start() {
	u.t.Helper()
	u.out = &said{}
	u.cmd = exec.Command(u.program, u.serve...)
	u.cmd.Env, u.cmd.Stdout, u.cmd.Stderr = u.settings(), u.out, u.out
	if err := u.cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	u.url = u.out.find(u.t, `(?:setup|start) +(https://[^/\s]+)/`)
}

// stop ends the service as systemd does.
func (u *unpacked) stop() {
	u.t.Helper()
	if err := u.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		u.t.Fatal(err)
	}
	if err := u.cmd.Wait(); err != nil {
		u.t.Errorf("the service ends with %v:\n%s", err, u.out)
	}
	u.cmd = nil
}

func (u *unpacked) kill() {
	if u.cmd != nil {
		u.cmd.Process.Kill() // an error means that it has ended
		u.cmd.Wait()
		u.cmd = nil
	}
}

// command is weir-shop: a command beside the service, with its settings.
func (u *unpacked) command(args ...string) string {
	u.t.Helper()
	cmd := exec.CommandContext(u.t.Context(), u.program, args...)
	cmd.Env = u.settings()
	out, err := cmd.CombinedOutput()
	if err != nil {
		u.t.Fatalf("weir %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// add appends lines to a file of the box, as a person with an editor does.
func (u *unpacked) add(path, text string) {
	u.t.Helper()
	f, err := os.OpenFile(u.file(path), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		err = cmp.Or(err, f.Close())
	}
	if err != nil {
		u.t.Fatal(err)
	}
}

func (u *unpacked) person() *person { return (&newBox{t: u.t, url: u.url}).person() }

// robot is the receiver of a group robot.
type robot struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string
}

func newRobot(t *testing.T) *robot {
	r := &robot{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		text, err := io.ReadAll(io.LimitReader(q.Body, 64<<10))
		if err != nil {
			return
		}
		r.mu.Lock()
		r.heard = append(r.heard, string(text))
		r.mu.Unlock()
		io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *robot) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard)
}

// place sends an order of a cup as a platform does.
func (u *unpacked) place(p *person, key, ref string) {
	u.t.Helper()
	body := fmt.Sprintf(`{"ref":%q,"fulfilment":"delivery","items":[{"item":"jasmine-milk-tea","qty":1}],`+
		`"totals":{"total_fen":1250,"paid_fen":1250,"subsidy_fen":0}}`, ref)
	req, err := http.NewRequestWithContext(u.t.Context(), http.MethodPost, u.url+"/v1/orders", strings.NewReader(body))
	if err != nil {
		u.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.Do(req)
	if err != nil {
		u.t.Fatal(err)
	}
	defer resp.Body.Close()
	var told struct{ Receipt string }
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusCreated || json.Unmarshal(text, &told) != nil || told.Receipt == "" {
		u.t.Fatalf("%s: %d %v %s", ref, resp.StatusCode, err, text)
	}
}

// TestTheWalkOfTheReadme goes once through what install.md says, with what the Debian package has in it: a new box is set up in the
// browser, prints a test label, pairs a tablet, tells a robot, takes orders, dies with all that it has on its disk, and another box
// goes on from the copy. Every order is counted.
func TestTheWalkOfTheReadme(t *testing.T) {
	u, robot := unpack(t), newRobot(t)
	address, paper := paperAt(t)

	// The first start. The clock's hour is one at which the shop is open.
	u.start()
	p := u.person()
	p.fill("/setup", "/setup/shop", "code", u.out.find(t, `code (\d{4} \d{4})`))
	p.fill("/setup/shop", "/setup/line", "zh", "堰", "id", "walk", "open", "04:00", "close", "04:00", "zone", "Asia/Shanghai")
	p.fill("/setup/line", "/setup/menu", "line", "1", "staff-1-0", "20")
	p.fill("/setup/menu", "/setup/printers", "sold-jasmine-milk-tea", "true", "price-jasmine-milk-tea", "12.50", "channel-shangou", "true")
	p.fill("/setup/printers/add", "/setup/printers", "address", address, "kind", "tspl", "size", "40x30", "name", "cups")
	p.fill("/setup/printers/test", "/setup/printers/test", "printer", "tcp://"+address)
	if n := len(paper.Paper()); n != 1 {
		t.Fatalf("%d test labels", n)
	}
	p.fill("/setup/printers", "/setup/owner")
	p.openShop()
	p.fill("/owner/signin", "/owner/left", "secret", ownersPassword, "back", "/owner/left")

	// What is left: settings, with an editor, and a restart.
	u.add("etc/weir/weir.env", "WEIR_REPLICA=/mnt/stick\n")
	u.add("etc/weir/shop.yaml", fmt.Sprintf("alerts:\n  - {name: duty, to: wecom, url: %q}\n", robot.URL))
	u.stop()
	u.command("check", "--config", u.file("etc/weir/shop.yaml"))
	u.start()
	if out := u.command("alert"); !strings.Contains(out, "duty: sent") || len(robot.all()) != 1 {
		t.Errorf("the robot heard %q: %s", robot.all(), out)
	}

	// A tablet is paired, and prints a test label of the running shop.
	code := regexp.MustCompile(`Pairing code: (\d{4} \d{4})`).FindStringSubmatch(u.command("pair"))
	if code == nil {
		t.Fatal("no pairing code")
	}
	tablet := u.person()
	tablet.fill("/pair", "/kds", "code", code[1], "name", "出杯", "back", "/kds")
	tablet.fill("/printers/cups/test", "/printers", "back", "/printers")
	eventually(t, "a second test label", func() bool { return len(paper.Paper()) == 2 })

	// Orders, labels, and the loss.
	key := strings.TrimSpace(u.command("key", "add", "--channel", "shangou"))
	placed := map[string]bool{}
	for n := range 20 {
		ref := fmt.Sprintf("before-%d", n)
		u.place(p, key, ref)
		placed[ref] = true
	}
	eventually(t, "the orders' first labels", func() bool { return len(paper.Paper()) >= 4 })
	last := time.Now()
	eventually(t, "all is copied", func() bool {
		m := regexp.MustCompile(`(?m)^weir_copy_age_seconds (\S+)$`).FindStringSubmatch(tablet.open("/metrics").body)
		age := time.Hour
		if m != nil {
			age, _ = time.ParseDuration(m[1] + "s") // not a number is not copied yet
		}
		return time.Now().Add(-age).After(last.Add(time.Second))
	})
	u.kill()
	if err := os.RemoveAll(u.file("var/lib/weir")); err != nil {
		t.Fatal(err)
	}

	// Another box with the same settings.
	if out := u.command("restore", "--from", u.file("mnt/stick")); !strings.Contains(out, "restored from") {
		t.Errorf("restore: %s", out)
	}
	u.start()
	u.command("check")
	p.url = u.url
	for n := range 5 {
		ref := fmt.Sprintf("after-%d", n)
		u.place(p, key, ref)
		placed[ref] = true
	}
	u.stop()
	there := refs(t, u.file("var/lib/weir"))
	for ref := range placed {
		if there[ref] != 1 {
			t.Errorf("%s is there %d times", ref, there[ref])
		}
	}
	if len(there) != len(placed) {
		t.Errorf("%d orders are there, %d were placed", len(there), len(placed))
	}
	t.Logf("%d orders, %d labels, %d messages", len(there), len(paper.Paper()), len(robot.all()))
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("waited %v for: %s", patience, what)
		}
		time.Sleep(20 * time.Millisecond) // between two looks; the deadline bounds the wait
	}
}
