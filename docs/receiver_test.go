package docs_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weir/server/webhook"
	"weir/shop"
	"weir/shop/try"
)

// receiver holds the page's receiver against the program that is in the repository, which the test below runs.
func receiver(text string) error {
	program, err := os.ReadFile(filepath.Join("receiver", "main.go"))
	if err == nil && !strings.HasSuffix(string(program), text) {
		err = fmt.Errorf("is not what docs/receiver does")
	}
	return err
}

// TestTheReceiverTakesAShopsEvents: the example on the page verifies what a real shop sends, and prints each event once.
func TestTheReceiverTakesAShopsEvents(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	dir := t.TempDir()
	program, key := filepath.Join(dir, "receiver"), filepath.Join(dir, "key")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./receiver").CombinedOutput(); err != nil {
		t.Fatalf("build the receiver: %v\n%s", err, out)
	}
	if err := os.WriteFile(key, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "SECRET="+secret, "ADDR=127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // it may have ended
		cmd.Wait()         // with an error, because it was killed
	})
	lines := bufio.NewReader(out)
	url, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, func(c *shop.Config) {
		c.Channels[0].Webhook = &shop.Webhook{URL: strings.TrimSpace(url), KeyFile: key, Inside: true}
	})
	hooks, err := webhook.New(t.Context(), webhook.Config{Store: h.Store, Now: h.Clock.Now, Log: try.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range hooks.Followers() {
		try.Run(t, f.Run)
	}
	channel := h.Snapshot().Config.Channels[0].ID
	a, err := h.ask("POST /v1/orders\nAuthorization: Bearer <key of " + channel + ">\nContent-Type: application/json\n\n" +
		`{"ref": "W-1", "items": [{"item": "green-tea", "qty": 1}]}`)
	if err != nil || a.status != "201 Created" {
		t.Fatalf("%s %s, %v", a.status, a.body, err)
	}
	line, err := lines.ReadString('\n')
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if err := fits(`{"type": "order.accepted", "seq": 1, "data": {"ref": "W-1", "state": "accepted"}}`, []byte(line)); err != nil {
		t.Error(err)
	}
}
