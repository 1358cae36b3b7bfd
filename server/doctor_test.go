package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTheDoctorTellsWhatASupporterAsksFor, and nothing of customers, passwords and keys. The control is the database, which
// has the customer in it.
func TestTheDoctorTellsWhatASupporterAsksFor(t *testing.T) {
	t.Setenv("WEIR_BROKER", "ssl://shop:hunter2@broker.example.com:8883")
	t.Setenv("WEIR_PUBLIC_URL", "https://shop:hunter2@tea.example.com/")
	t.Setenv("WEIR_REPLICA", "/mnt/stick/weir")
	r := start(t, t.TempDir())
	key := r.key("shangou")
	order := twoGrapes("secret-ref")
	order["customer"] = map[string]any{"name": "王小明", "phone_tail": "4711"}
	if status, answer := r.call("POST", "/v1/orders", key, order); status != http.StatusCreated {
		t.Fatalf("%d %v", status, answer)
	}
	file := filepath.Join(t.TempDir(), "report.txt")
	var said bytes.Buffer
	if err := runCommand(t.Context(), []string{"doctor", "--data", r.data, file}, &said); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"== program", "weir ", "WEIR_BROKER=ssl://broker.example.com:8883/…", "WEIR_REPLICA=/mnt/stick/weir",
		"茉莉奶绿 ¥15.00", "weir.db", "answers at http://127.0.0.1", "true  Platform", "weir_backlog_cups 2", "== check\nok"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("not in the report: %q", want)
		}
	}
	private := []string{"王小明", "4711", "少放糖", "secret-ref", "hunter2", key}
	for _, word := range private {
		if strings.Contains(string(text), word) {
			t.Errorf("in the report: %q", word)
		}
	}
	stored := ""
	for _, name := range []string{"weir.db", "weir.db-wal"} {
		part, err := os.ReadFile(filepath.Join(r.data, name))
		if err != nil {
			t.Fatal(err)
		}
		stored += string(part)
	}
	if !strings.Contains(stored, "王小明") {
		t.Error("the control: the customer is not in the database either")
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the report can be read by others: %v", info.Mode())
	}
	if err := runCommand(t.Context(), []string{"doctor", "--data", r.data, file}, &said); err == nil {
		t.Error("a report was written over another file")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	said.Reset()
	if err := runCommand(t.Context(), []string{"doctor", "--data", r.data, "-"}, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "== running shop\nerror: ") || !strings.Contains(said.String(), "茉莉奶绿") {
		t.Errorf("without a running shop:\n%s", said.String())
	}
}

// TestCompletion: what a shell offers after what was typed.
func TestCompletion(t *testing.T) {
	offered := func(typed ...string) []string {
		t.Helper()
		var out bytes.Buffer
		if err := runCommand(t.Context(), append([]string{"completion", "words", "--"}, typed...), &out); err != nil {
			t.Fatal(err)
		}
		return strings.Fields(out.String())
	}
	for _, tt := range []struct {
		typed []string
		want  []string
	}{
		{[]string{"he"}, []string{"healthcheck"}},
		{[]string{"key", ""}, []string{"add", "list", "revoke"}},
		{[]string{"key", "add", "--ch"}, []string{"--channel"}},
		{[]string{"serve", "--tls", ""}, []string{"off", "auto", "files"}},
		{[]string{"--tls", "a"}, []string{"auto"}}, // serve is the default
		{[]string{"completion", "f"}, []string{"fish"}},
		{[]string{"backup", "/var"}, nil},
	} {
		if got := offered(tt.typed...); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.typed, got, tt.want)
		}
	}
	if got := offered(""); !slices.Contains(got, "serve") || !slices.Contains(got, "doctor") {
		t.Errorf("the first word: %q", got)
	}
	for shell := range scripts {
		var script bytes.Buffer
		if err := runCommand(t.Context(), []string{"completion", shell}, &script); err != nil || script.Len() == 0 {
			t.Fatalf("%s: %v", shell, err)
		}
		program, err := exec.LookPath(shell)
		if err != nil {
			continue // the shell itself reads its script where it is installed; bash is everywhere
		}
		check := exec.Command(program, "-n")
		check.Stdin = &script
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s does not read its script: %v %s", shell, err, out)
		}
	}
}
