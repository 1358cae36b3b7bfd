package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// killShopFile is a shop that has room for every order of the proofs, and a virtual printer. The time zone is filled in
// so that it is about noon.
const killShopFile = `
store: killed
name: {zh: 堰, en: Weir}
time_zone: "%s"
hours: {open: "04:00", close: "28:00"}
reference: tea
stations: [{id: shake, name: {zh: 调制, en: Shake}, staff: 1000000}]
channels:
  - {id: shangou, name: {zh: 闪购, en: Shangou}, fulfilment: delivery, weight: 1}
  - {id: meituan, name: {zh: 美团, en: Meituan}, fulfilment: delivery, weight: 1}
capacity: {horizon_min: 120, counter_reserve_cups: 0, shelf_bags: 0}
printers: [{name: kitchen, kind: escpos80, address: "virtual:", prints: [kitchen]}]
items:
  - {id: tea, name: {zh: 绿茶, en: Green tea}, price: 900, work: {shake: 24}}
  - {id: milk-tea, name: {zh: 奶绿, en: Milk tea}, price: 1500, work: {shake: 53}}
`

// killable is a shop in a process of its own, which the proofs kill and start again.
type killable struct {
	program, dir string
	args         []string          // more flags of serve; a later one wins
	keys         map[string]string // by channel
	cmd          *exec.Cmd
	url, broker  string
}

// newKillable builds the server, with other sources in place of some of its files, and makes a data directory.
func newKillable(t *testing.T, overlay map[string]string) *killable {
	t.Helper()
	k := &killable{program: filepath.Join(t.TempDir(), "weir")}
	args := []string{"build", "-o", k.program}
	if len(overlay) > 0 {
		text, err := json.Marshal(map[string]any{"Replace": overlay})
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, "-overlay", writeFile(t, "overlay.json", string(text)))
	}
	if out, err := exec.CommandContext(t.Context(), "go", append(args, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("build the server: %v\n%s", err, out)
	}
	return k.sibling(t)
}

// sibling is the same program with a data directory of its own.
func (k *killable) sibling(t *testing.T) *killable {
	t.Helper()
	k = &killable{program: k.program, dir: t.TempDir(), keys: map[string]string{}}
	zone := fmt.Sprintf("Etc/GMT%+d", time.Now().UTC().Hour()-12) // POSIX counts westwards
	k.write(t, "shop.yaml", fmt.Sprintf(killShopFile, zone))
	for _, channel := range []string{"shangou", "meituan"} {
		key, err := exec.CommandContext(t.Context(), k.program, "key", "add", "--channel", channel, "--data", k.dir, "--config",
			k.config()).Output()
		if err != nil {
			said := ""
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				said = string(exit.Stderr)
			}
			t.Fatalf("make a key: %v: %s", err, said)
		}
		k.keys[channel] = strings.TrimSpace(string(key))
	}
	t.Cleanup(k.kill)
	return k
}

func (k *killable) config() string { return filepath.Join(k.dir, "shop.yaml") }

func (k *killable) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeFile writes a file that is removed after the test.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// startMax bounds the wait for a shop to come up, on a machine that does much else.
const startMax = 30 * time.Second

// start starts the shop and waits until it is ready.
func (k *killable) start(t *testing.T) {
	t.Helper()
	k.cmd = exec.Command(k.program, "serve", "--addr", "127.0.0.1:0", "--broker-addr", "127.0.0.1:0", "--data", k.dir, "--config", k.config())
	k.cmd.Args = append(k.cmd.Args, k.args...)
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(k.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	k.cmd.Stderr = log
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	k.url, k.broker = "", ""
	if i := slices.Index(k.args, "--broker"); i >= 0 {
		k.broker = k.args[i+1] // the platform's, which the shop does not announce
	}
	lines := bufio.NewScanner(out)
	for k.url == "" || k.broker == "" {
		if !lines.Scan() {
			t.Fatalf("the shop did not start: %v\n%s", k.cmd.Wait(), k.log(t))
		}
		for word := range strings.FieldsSeq(lines.Text()) {
			if at, ok := strings.CutPrefix(word, "http://"); ok && k.url == "" {
				host, _, _ := strings.Cut(at, "/")
				k.url = "http://" + host
			}
			if strings.HasPrefix(word, "tcp://") && k.broker == "" {
				k.broker = word
			}
		}
	}
	go io.Copy(io.Discard, out)
	k.await(t, "/readyz")
}

func (k *killable) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(k.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// await waits until a path answers 200.
func (k *killable) await(t *testing.T, path string) {
	t.Helper()
	deadline := time.Now().Add(startMax)
	for time.Now().Before(deadline) {
		resp, err := http.Get(k.url + path)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(time.Millisecond) // between two questions; the deadline is what bounds the wait
	}
	t.Fatalf("%s is not good after %v\n%s", path, startMax, k.log(t))
}

// kill ends the process as a power cut would end it, but for the disk.
func (k *killable) kill() {
	if k.cmd == nil {
		return
	}
	k.cmd.Process.Kill() // an error means that it is dead
	k.cmd.Wait()
	k.cmd = nil
}

// inject makes system calls of the running shop fail, as strace(1) describes it, until heal is called.
func (k *killable) inject(t *testing.T, fault string) (heal func()) {
	t.Helper()
	call, _, _ := strings.Cut(fault, ":")
	cmd := exec.Command("strace", "-f", "-o", os.DevNull, "-e", "trace="+call, "-e", "inject="+fault, "-p", fmt.Sprint(k.cmd.Process.Pid))
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Skipf("this needs strace: %v", err)
	}
	heal = sync.OnceFunc(func() {
		cmd.Process.Signal(syscall.SIGTERM) // it lets go of the shop; an error means that the shop has ended
		cmd.Wait()
	})
	t.Cleanup(heal)
	lines := bufio.NewScanner(said)
	if !lines.Scan() || !strings.Contains(lines.Text(), "attached") {
		t.Skipf("strace may not look at the shop: %s", lines.Text())
	}
	go io.Copy(io.Discard, said)
	return heal
}

// check runs weir check beside the running shop.
func (k *killable) check(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, k.program, "check", "--data", k.dir, "--config", k.config()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("weir check: %w: %s", err, out)
	}
	return nil
}

// stopPolitely ends the shop as a service manager does, and returns how it went.
func (k *killable) stopPolitely() error {
	err := k.cmd.Process.Signal(syscall.SIGTERM)
	err = errors.Join(err, k.cmd.Wait())
	k.cmd = nil
	return err
}
