package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// builds are the programs that are compared.
type builds struct {
	weir   string // the product
	single string // the same source with room for one command in a batch: one transaction per order
}

// The change that makes the baseline: nothing else differs, so what is measured is group commit itself.
const (
	batchInGroups = "batchMax = 256\n"
	batchOfOne    = "batchMax = 1\n"
)

// build makes both programs from the checkout that holds this module.
func build(ctx context.Context, root, dir string) (builds, error) {
	b := builds{filepath.Join(dir, "weir"), filepath.Join(dir, "weir-single")}
	if err := goBuild(ctx, root, "-o", b.weir, "./server"); err != nil {
		return b, err
	}
	file := filepath.Join(root, "server", "store", "store.go")
	source, err := os.ReadFile(file)
	if err != nil {
		return b, fmt.Errorf("read the store: %w", err)
	}
	changed := strings.Replace(string(source), batchInGroups, batchOfOne, 1)
	if changed == string(source) {
		return b, fmt.Errorf("%s has no %q: say in build.go what makes batches now", file, batchInGroups)
	}
	patched, overlay := filepath.Join(dir, "store.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(patched, []byte(changed), 0o600); err != nil {
		return b, err
	}
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{file: patched}})
	if err != nil {
		return b, err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return b, err
	}
	return b, goBuild(ctx, root, "-overlay", overlay, "-o", b.single, "./server")
}

func goBuild(ctx context.Context, root string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build"}, args...)...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the server: %w", err)
	}
	return nil
}
