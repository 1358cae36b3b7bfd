package shopfile

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A small image or a box without the package tzdata has no time zone files. The shop still opens with its own zone.
func TestAShopOpensWithoutTimeZoneFiles(t *testing.T) {
	if os.Getenv("WEIR_NO_ZONES") != "" {
		if files, err := os.ReadDir("/usr/share/zoneinfo"); err == nil && len(files) > 0 {
			t.Fatal("the control: the time zone files are still there")
		}
		c, err := Demo()
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Date(2026, 2, 6, 4, 0, 0, 0, time.UTC).In(c.Location).Format("15:04"); got != "12:00" {
			t.Fatalf("04:00 UTC is %s in the shop, want 12:00", got)
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	hide := "mount -t tmpfs none /usr/share/zoneinfo && mount -t tmpfs none " + strings.TrimSpace(string(root)) + "/lib/time && exec " +
		self + " -test.run TestAShopOpensWithoutTimeZoneFiles"
	cmd := exec.CommandContext(t.Context(), "unshare", "-m", "sh", "-c", hide)
	cmd.Env = append(os.Environ(), "WEIR_NO_ZONES=1")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "unshare failed") || strings.Contains(string(out), "mount:") {
		t.Skipf("no mount namespace can be made here: %s", out)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
