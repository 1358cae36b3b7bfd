package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A shop.yaml is looked at alone: no data directory is needed, made or read.
func TestCheckLooksAtAFileAlone(t *testing.T) {
	demo, err := os.ReadFile("../shop/shopfile/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "shop.yaml"), filepath.Join(dir, "bad.yaml")
	for file, text := range map[string]string{good: string(demo), bad: strings.Replace(string(demo), "price: 1500", "price: 18.5", 1)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("WEIR_DATA", filepath.Join(dir, "data"))
	var out bytes.Buffer
	if err := runCommand(t.Context(), []string{"check", "--config", good}, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "茉莉奶绿 ¥15.00, 18 s at tea, 53 s at shake") {
		t.Errorf("check says %s", out.String())
	}
	if err := runCommand(t.Context(), []string{"check", "--config", bad}, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "price: 18.5") {
		t.Errorf("a wrong price: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("the check made a data directory")
	}
	if err := runCommand(t.Context(), []string{"check", "--config", good, "--data", filepath.Join(dir, "none")}, io.Discard); err == nil {
		t.Error("a check of data that are not there says ok")
	}
}

// A command line that cannot be read is told apart from a command that failed: main exits with 2.
func TestAWrongFlagIsAUsageError(t *testing.T) {
	for _, args := range [][]string{{"--wrong"}, {"nothing"}, {"backup"}, {"serve", "--tls", "maybe"}} {
		var usage *usageError
		if err := runCommand(t.Context(), args, io.Discard); !errors.As(err, &usage) {
			t.Errorf("%v: %v, want a usage error", args, err)
		}
	}
	var usage *usageError
	if err := runCommand(t.Context(), []string{"key", "list", "--data", t.TempDir()}, io.Discard); err == nil || errors.As(err, &usage) {
		t.Errorf("a command that failed: %v", err)
	}
}
