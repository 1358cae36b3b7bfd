package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"weir/shop"
	"weir/shop/shopfile"
	"weir/shop/sim"
)

// commands is the command line. Every flag of serve can be given as WEIR_…, too.
type commands struct {
	Serve       Serve        `cmd:"" default:"withargs" help:"Run the shop (the default)."`
	Simulate    simulate     `cmd:"" help:"Live a shop's day on a virtual clock, under several policies."`
	Platform    platformRun  `cmd:"" help:"Play a day's orders against a running shop, as a platform's router."`
	Key         keyCommands  `cmd:"" help:"Channel keys: what a platform signs in with."`
	Menu        menuCommands `cmd:"" help:"Change the menu from a spreadsheet while the shop runs, take it out, or go back to shop.yaml's."`
	Pair        pair         `cmd:"" help:"A one-time code that pairs a tablet with the running shop, as text and QR."`
	Claim       claim        `cmd:"" help:"Say that this box is the shop, where two boxes have one shop's id (a copied disk)."`
	Join        join         `cmd:"" help:"Join the fleet of the shop's owner, whose people may then act from outside; see docs/access.md."`
	Alert       alertTry     `cmd:"" help:"Send a message to each target of the shop's alerts, to see whether it arrives."`
	Backup      backup       `cmd:"" help:"Write a consistent copy of the database while the shop runs."`
	Restore     restore      `cmd:"" help:"Fill an empty data directory from a backup, or from a continuous copy."`
	Takeover    takeover     `cmd:"" help:"Make this machine the shop's box, from its continuous copy, when the old box is off."`
	Check       check        `cmd:"" help:"Check the file, the rows, the ledger and memory; the exit status says."`
	Doctor      doctor       `cmd:"" help:"Write what a supporter asks for into one file, without customers' data and passwords."`
	Completion  completion   `cmd:"" help:"Print a script with which a shell completes the words of this program."`
	Healthcheck healthcheck  `cmd:"" help:"Exit 0 if the running server is ready."`
	Version     versionInfo  `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

// Serve is how the shop is run.
type Serve struct {
	Data       string   `default:"./data" env:"WEIR_DATA" help:"Directory of the database and the control socket."`
	Addr       string   `default:"127.0.0.1:8080" env:"WEIR_ADDR" help:"Where to listen for HTTP; port 0 picks one."`
	Config     string   `env:"WEIR_CONFIG" placeholder:"FILE" help:"shop.yaml; without it the demo shop runs."`
	Setup      bool     `help:"Where that file is not there yet, and no shop's data either: make it in the browser, then run the shop."`
	Broker     string   `env:"WEIR_BROKER" placeholder:"URL" help:"The platform's MQTT broker, ${broker}."`
	BrokerAddr string   `default:"127.0.0.1:1883" env:"WEIR_BROKER_ADDR" help:"Where the embedded broker listens; off to keep it inside."`
	Hosts      []string `env:"WEIR_HOSTS" placeholder:"NAME" help:"Host names the server is reached by, besides its address."`
	PublicURL  string   `env:"WEIR_PUBLIC_URL" placeholder:"URL" help:"Where browsers reach the shop through a proxy or a tunnel."`
	TLS        string   `default:"off" enum:"off,auto,files" env:"WEIR_TLS" help:"${tls}."`
	TLSCert    string   `env:"WEIR_TLS_CERT" placeholder:"FILE" help:"Certificate chain, PEM; read again when it is renewed."`
	TLSKey     string   `env:"WEIR_TLS_KEY" placeholder:"FILE" help:"Its key, PEM."`
	Replica    string   `env:"WEIR_REPLICA" placeholder:"URL" help:"Where to keep a continuous copy: ${replica}."`
	LogLevel   string   `default:"info" enum:"debug,info,warn,error" env:"WEIR_LOG_LEVEL" help:"What is logged, from this level on: ${enum}."`
	LogFormat  string   `default:"text" enum:"text,json,journald" env:"WEIR_LOG_FORMAT" help:"${logs}."`
	Demo       bool     `env:"WEIR_DEMO" help:"Let a simulated platform and crew live a busy day, sixty times as fast."`
}

// usageError is a command line that cannot be read.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() + "; see weir --help" }
func (e *usageError) Unwrap() error { return e.cause }

// runCommand reads the command line and does what it says.
func runCommand(ctx context.Context, args []string, stdout io.Writer) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("weir"), kong.Writers(stdout, os.Stderr),
		kong.Vars{
			"version": "weir " + version(),
			"broker": "tcp:// or ssl://, options ca, cert, key, qos (docs/install.md); empty is the embedded one. With a password " +
				"in it, give it in WEIR_BROKER: everybody on the machine can see the command line",
			"logs":      "text, json, or journald: with systemd's mark of the level and without a second time",
			"replica":   "a directory, sftp://, s3:// or nats://; with a password in it, give it in WEIR_REPLICA",
			"scenarios": "those that ship: 1400 (the day of the free-drink campaign), " + strings.Join(sim.Shipped(), ", "),
			"customers": "any (whatever they are told), patience (within it), mixed (half of either); one result for each",
			"tls":       "off; auto: certificates of the shop's own authority, kept in the data directory; files: --tls-cert and --tls-key",
			"policies": "weir, none (accept all), toggle (close at 200 cups, reopen at 50), throttle (longer quotes, to two hours), " +
				"uncapped (longer quotes without an end)",
		},
		kong.Description("The box in a milk-tea shop that keeps its promises."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(stdout, (*io.Writer)(nil)))
	if err != nil {
		return fmt.Errorf("read the command line: %w", err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		return &usageError{err}
	}
	return command.Run()
}

// shopConfig reads the shop's file, or the demo shop.
func (s *Serve) shopConfig() (*shop.Config, error) {
	if s.Config == "" {
		return shopfile.Demo()
	}
	return shopfile.Read(s.Config)
}

// Run implements the command.
func (s *Serve) Run(ctx context.Context, stdout io.Writer) error {
	keepPrivate()
	return Run(ctx, s, stdout)
}
