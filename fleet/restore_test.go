package main

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestABoxRestoredFromACopy: a shop's box is lost with orders in flight and comes back from a copy that is older. By record
// every order is made once and at that shop; what may have come out of the old box's printers is marked for the crew.
func TestABoxRestoredFromACopy(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	n := startNode(t, data, "--mqtt-addr", "127.0.0.1:0")
	n.line("ready")
	n.key = run(t, "weir-fleet", "key", "add", "--data", data, "--channel", "shangou")
	url := addStore(t, data, "a", 30.27, 120.15)
	startShop(t, "b", addStore(t, data, "b", 30.275, 120.15), t.TempDir())
	old, box := t.TempDir(), t.TempDir()
	a := startShop(t, "a", url, old)
	n.fresh(2)

	n.place(order("kept", "a"))
	copied := filepath.Join(t.TempDir(), "copy")
	run(t, "weir", "backup", copied, "--data", old)
	n.place(order("printed", "a"))
	a.signal(syscall.SIGSTOP)
	if flying := n.must("POST", "/v1/fleet/orders", order("flying", "a"), 503); flying["outcome"] != "unknown" {
		t.Errorf("in flight: %v", flying)
	}
	a.kill()
	run(t, "weir", "restore", copied, "--data", box)
	startShop(t, "a", url, box)

	asked := func(ref string) (answer map[string]any) {
		n.within(3*patience, ref+" is answered by the new box", func() bool {
			status, got, err := n.do("POST", "/v1/fleet/orders", order(ref, "a", "b"))
			answer = got
			return err == nil && status < 300 && got["cups"] != nil
		})
		return answer
	}
	for ref, marked := range map[string]bool{"kept": false, "printed": true, "flying": true} {
		if got := asked(ref); got["store"] != "a" || (got["may_be_made"] == true) != marked {
			t.Errorf("%s: at %v, may be made: %v, want at a, %v", ref, got["store"], got["may_be_made"], marked)
		}
	}
	n.place(order("after", "a"))
	if got := asked("after"); got["may_be_made"] == true { // control: what came after the restore is not marked
		t.Errorf("after: %v", got)
	}
	where, twice := n.lines()
	for _, ref := range []string{"kept", "printed", "flying", "after"} {
		if len(where[ref]) != 1 || where[ref][0] != "a" {
			t.Errorf("%s is at %v", ref, where[ref])
		}
	}
	if len(twice) > 0 {
		t.Errorf("at two shops: %v", twice)
	}
}
