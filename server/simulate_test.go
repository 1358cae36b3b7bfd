package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSimulateCommand(t *testing.T) {
	dir := t.TempDir()
	simulated := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := runCommand(t.Context(), append([]string{"simulate"}, args...), &out)
		return out.String(), err
	}
	args := []string{"--json", "--policy", "weir,none", "--accept", "1.0,0.4", "--seed", "7", "--leave", "13:00=-1", "--flash", "10:30x20/10",
		"--net", "loss=0.2,dup=0.1,delay=120,skew=2,reboots=3", "--no-show", "0.1", "--drift", "0.1", "--crew", "0.9", "--horizon-min", "25",
		"--out", dir}
	first, err := simulated(args...)
	if err != nil {
		t.Fatal(err)
	}
	again, err := simulated(args...)
	if err != nil || again != first {
		t.Errorf("the same seed, and another output: %v", err)
	}
	var got struct{ Policies []struct{ Policy string } }
	if err := json.Unmarshal([]byte(first), &got); err != nil || len(got.Policies) != 4 {
		t.Errorf("%v: %s", err, first)
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err != nil {
		t.Error(err)
	}
	if table, err := simulated("--policy", "none"); err != nil || !strings.Contains(table, "OF BOUND") {
		t.Errorf("%v: %s", err, table)
	}
	trace := filepath.Join(dir, "day.csv")
	if err := os.WriteFile(trace, []byte("minute,channel,cups\n1,meituan,0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a wrong trace":   {[]string{"--trace", trace}, "day.csv:2: cups"},
		"a wrong policy":  {[]string{"--policy", "some"}, "the policies are"},
		"a wrong leave":   {[]string{"--leave", "noon"}, "13:00=-1"},
		"a short horizon": {[]string{"--horizon-min", "5"}, "at least 20m"},
	} {
		if _, err := simulated(c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
