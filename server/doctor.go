package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"weir/server/api"
	"weir/server/control"
	"weir/shop/guard"
	"weir/shop/shopfile"
)

// doctor writes what a supporter asks for into one file. It has no customer's data, no password and no key in it.
type doctor struct {
	place
	File string `arg:"" optional:"" help:"The file to write, which must not exist; - is the standard output. Without it weir-doctor-TIME.txt."`
}

// Run implements the command. What cannot be found out is said in its place: a supporter asks when things are broken.
func (c *doctor) Run(ctx context.Context, stdout io.Writer) error {
	keepPrivate()
	var report bytes.Buffer
	for _, part := range []struct {
		name string
		say  func(context.Context, io.Writer) error
	}{
		{"program", c.program}, {"settings", c.settings}, {"shop.yaml", c.shopYAML}, {"data directory", c.data},
		{"running shop", c.running}, {"check", c.check},
	} {
		fmt.Fprintf(&report, "== %s\n", part.name)
		if err := part.say(ctx, &report); err != nil {
			fmt.Fprintf(&report, "error: %v\n", err)
		}
		fmt.Fprintln(&report)
	}
	if c.File == "-" {
		_, err := stdout.Write(report.Bytes())
		return err
	}
	name := cmp.Or(c.File, "weir-doctor-"+time.Now().Format("20060102-150405")+".txt")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if _, err = f.Write(report.Bytes()); err != nil {
		return errors.Join(fmt.Errorf("write the report: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "%s: read it before you send it; the log is not in it (journalctl -u weir --since yesterday)\n", name)
	return err
}

func (c *doctor) program(_ context.Context, w io.Writer) error {
	fmt.Fprintf(w, "weir %s, %s, %s/%s, %d processors\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	fmt.Fprintf(w, "time %s\n", time.Now().Format(time.RFC3339))
	for _, file := range []string{"/proc/sys/kernel/osrelease", "/etc/os-release", "/proc/loadavg", "/proc/meminfo"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // not on this system
		}
		lines := strings.SplitN(strings.TrimSpace(string(text)), "\n", 4)
		fmt.Fprintf(w, "%s: %s\n", file, strings.Join(lines[:min(len(lines), 3)], "; "))
	}
	return nil
}

// plainSettings are those whose values say nothing secret. Of the others it is told where they lead to.
var plainSettings = []string{"WEIR_DATA", "WEIR_CONFIG", "WEIR_ADDR", "WEIR_BROKER_ADDR", "WEIR_HOSTS", "WEIR_TLS", "WEIR_TLS_CERT",
	"WEIR_TLS_KEY", "WEIR_LOG_LEVEL", "WEIR_LOG_FORMAT", "WEIR_DEMO"}

func (c *doctor) settings(_ context.Context, w io.Writer) error {
	for _, pair := range slices.Sorted(slices.Values(os.Environ())) {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "WEIR_") {
			continue
		}
		if !slices.Contains(plainSettings, name) {
			value = leadsTo(value)
		}
		fmt.Fprintf(w, "%s=%s\n", name, value)
	}
	fmt.Fprintf(w, "--data %s --config %s\n", c.Data, c.Config)
	return nil
}

// leadsTo is what of a value may be told: of a URL scheme and host, of a path the path, of anything else that it is set.
func leadsTo(value string) string {
	if filepath.IsAbs(value) {
		return value
	}
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host + "/…"
	}
	return "(set)"
}

func (c *doctor) shopYAML(_ context.Context, w io.Writer) error {
	config, err := (&Serve{Config: c.Config}).shopConfig()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, shopfile.Summary(config))
	return err
}

func (c *doctor) data(_ context.Context, w io.Writer) error {
	return filepath.WalkDir(c.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			fmt.Fprintf(w, "%s: %v\n", path, err)
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // it has gone meanwhile
		}
		name, err := filepath.Rel(c.Data, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s %12d %s %s\n", info.Mode(), info.Size(), info.ModTime().UTC().Format(time.RFC3339), name)
		if d.IsDir() && strings.Count(name, string(filepath.Separator)) > 1 {
			return filepath.SkipDir
		}
		return nil
	})
}

func (c *doctor) running(ctx context.Context, w io.Writer) error {
	shop, err := control.Dial(ctx, c.Data)
	if err != nil {
		return err
	}
	at, err := shop.URL(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "answers at %s\n", at)
	report, err := shop.Report(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, report)
	return err
}

func (c *doctor) check(ctx context.Context, w io.Writer) error {
	shop, err := control.Dial(ctx, c.Data)
	if errors.Is(err, guard.ErrNotRunning) {
		fmt.Fprintln(w, "not made: no shop is running here, and a report changes nothing; weir check does it")
		return nil
	}
	if err == nil {
		err = shop.Check(ctx)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "ok")
	return nil
}

// report is what the running shop says of itself to a supporter: its parts, and its figures.
func (h *house) report() (string, error) {
	var b strings.Builder
	for _, c := range checks(h.alarms) {
		fmt.Fprintf(&b, "%-5v %s %s\n", c.OK, c.Name, c.Say)
	}
	figures, err := figuresOf(h.api)
	return b.String() + figures, err
}

// figuresOf is what /metrics says.
func figuresOf(a *api.API) (string, error) {
	page := &inMemory{head: http.Header{}}
	r, err := http.NewRequest(http.MethodGet, "/metrics", nil)
	if err != nil {
		return "", fmt.Errorf("ask for the figures: %w", err)
	}
	a.Figures().ServeHTTP(page, r)
	return page.String(), nil
}

// inMemory takes an answer in memory.
type inMemory struct {
	strings.Builder
	head http.Header
}

// Header implements [http.ResponseWriter].
func (p *inMemory) Header() http.Header { return p.head }

// WriteHeader implements [http.ResponseWriter].
func (p *inMemory) WriteHeader(int) {}
