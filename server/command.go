package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"weir/server/control"
	"weir/server/replica"
	"weir/server/store"
	"weir/shop"
	"weir/shop/shopfile"
)

// place is the shop that a command is about.
type place struct {
	Data   string `default:"./data" env:"WEIR_DATA" help:"The shop's data directory."`
	Config string `env:"WEIR_CONFIG" placeholder:"FILE" help:"The shop's shop.yaml; without it the demo shop."`
}

func (p *place) do(ctx context.Context, do func(control.Admin) error) error {
	config, err := (&Serve{Config: p.Config}).shopConfig()
	if err != nil {
		return err
	}
	return withAdmin(ctx, p.Data, config, false, do)
}

type keyCommands struct {
	Add    keyAdd    `cmd:"" help:"Make a key and print it, once: only its hash is kept."`
	List   keyList   `cmd:"" help:"List the keys that are good."`
	Revoke keyRevoke `cmd:"" help:"End a key."`
}

type keyAdd struct {
	place
	Channel string `required:"" help:"The channel that signs in with it."`
}

// Run implements the command. The key alone goes to stdout, so that a script can take it.
func (c *keyAdd) Run(ctx context.Context, stdout io.Writer) error {
	config, err := (&Serve{Config: c.Config}).shopConfig()
	if err != nil {
		return err
	}
	return withAdmin(ctx, c.Data, config, true, func(a control.Admin) error {
		key, _, err := a.AddKey(ctx, c.Channel)
		if err == nil {
			fmt.Fprintln(stdout, key)
		}
		return err
	})
}

type keyList struct{ place }

// Run implements the command.
func (c *keyList) Run(ctx context.Context, stdout io.Writer) error {
	return c.do(ctx, func(a control.Admin) error {
		keys, err := a.Keys(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tCHANNEL\tSINCE")
		for _, k := range goodKeys(keys) {
			fmt.Fprintf(w, "%s\t%s\t%s\n", k.ID, k.Channel, k.CreatedAt.Format(time.DateTime))
		}
		return w.Flush()
	})
}

type keyRevoke struct {
	place
	ID string `arg:"" help:"The key's id, from weir key list."`
}

// Run implements the command.
func (c *keyRevoke) Run(ctx context.Context) error {
	return c.do(ctx, func(a control.Admin) error { return a.RevokeKey(ctx, c.ID) })
}

type backup struct {
	place
	File string `arg:"" help:"The file to write; it must not exist."`
}

// Run implements the command.
func (c *backup) Run(ctx context.Context) error {
	file, err := absolute(c.File)
	if err != nil {
		return err
	}
	return c.do(ctx, func(a control.Admin) error { return a.Backup(ctx, file) })
}

type restore struct {
	place
	File string `arg:"" optional:"" help:"The backup."`
	From string `env:"WEIR_REPLICA" placeholder:"URL" help:"Where the shop's continuous copy is, as --replica of serve; without FILE."`
}

// Run implements the command.
func (c *restore) Run(ctx context.Context, stdout io.Writer) error {
	keepPrivate()
	config, err := (&Serve{Config: c.Config}).shopConfig()
	if err != nil {
		return err
	}
	if c.File != "" {
		return store.Restore(ctx, c.File, c.Data, config, time.Now())
	}
	if c.From == "" {
		return &usageError{errors.New("want the file of a backup, or --from with the URL of a continuous copy")}
	}
	target, err := replica.Parse(c.From)
	if err != nil {
		return err
	}
	return restoreCopy(ctx, target, c.Data, config, stdout)
}

// restoreCopy fetches a continuous copy and makes it the shop's data.
func restoreCopy(ctx context.Context, from *replica.Target, data string, config *shop.Config, stdout io.Writer) error {
	path := filepath.Join(data, store.FileName)
	if _, err := os.Lstat(path); err == nil { // before anything is fetched
		return fmt.Errorf("restore into %s: there is a database already; set it aside or name an empty directory", data)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	fetched, err := os.MkdirTemp(data, "fetched")
	if err != nil {
		return fmt.Errorf("make room for the copy: %w", err)
	}
	defer os.RemoveAll(fetched)
	file := filepath.Join(fetched, store.FileName)
	if err := replica.Fetch(ctx, from, file); err != nil {
		return err
	}
	if err := replica.Forget(path); err != nil {
		return fmt.Errorf("remove what an earlier copy has left: %w", err)
	}
	if err := store.Restore(ctx, file, data, config, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "restored from %s: start the shop; channels are asked for what came after the copy\n", from)
	return nil
}

type check struct {
	Config string `placeholder:"FILE" help:"Look at this shop.yaml alone, without any data, and say what it was understood to mean."`
	Data   string `placeholder:"DIR" help:"The data directory to check; without it and --config, WEIR_DATA or ./data."`
}

// Run implements the command. The shop's unit runs it with --config before each start.
func (c *check) Run(ctx context.Context, stdout io.Writer) error {
	if c.Config != "" {
		config, err := shopfile.Read(c.Config)
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, shopfile.Summary(config))
		fmt.Fprintf(stdout, "ok: %s is a shop.yaml that this version of weir runs\n", c.Config)
		fmt.Fprintln(stdout, "its menu is the first one: one that was changed since, in the shop's data, counts instead (weir check --data says)")
		if c.Data == "" {
			return nil
		}
	}
	p := place{Data: cmp.Or(c.Data, os.Getenv("WEIR_DATA"), "./data"), Config: cmp.Or(c.Config, os.Getenv("WEIR_CONFIG"))}
	return p.do(ctx, func(a control.Admin) error {
		if err := a.Check(ctx); err != nil {
			return err
		}
		fmt.Fprintln(stdout, "ok: the file is whole, the rows are sound, the ledger balances, memory is the rows")
		m, err := a.Menu(ctx)
		if err == nil && m.By != "" {
			fmt.Fprintf(stdout, "the menu that counts was changed by %s on %s; the menu of shop.yaml does not (weir menu reset goes back to it)\n",
				m.By, m.At.Local().Format(time.DateTime))
		}
		return err
	})
}

type healthcheck struct {
	Data string `default:"./data" env:"WEIR_DATA" help:"The shop's data directory: the running shop says where it answers."`
	URL  string `env:"WEIR_URL" help:"Where to ask instead."`
}

// healthTimeout is how long a healthy server may take to say so.
const healthTimeout = 3 * time.Second

// Run implements the command.
func (c *healthcheck) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	at := c.URL
	if at == "" {
		shop, err := control.Dial(ctx, c.Data)
		if err != nil {
			return err
		}
		if at, err = shop.URL(ctx); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(at, "/")+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", at, err)
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: c.URL == "" || onThisMachine(req.URL)}}}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", at, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", at, resp.Status)
	}
	return nil
}

// onThisMachine reports whether a URL cannot leave this machine: then the shop's own certificate, which no
// system trusts, proves nothing that is needed.
func onThisMachine(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

type versionInfo struct{}

// Run implements the command.
func (versionInfo) Run(stdout io.Writer) error {
	fmt.Fprintln(stdout, "weir", version())
	return nil
}

// release is version and commit of a release, which its script stamps in; "" is a build of somebody's own.
var release string

// version is the release's, or the module's with the commit it was built from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return info.Main.Version + " " + s.Value
		}
	}
	return info.Main.Version
}
