package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"weir/fleet/engine"
	"weir/fleet/tell"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/shopfile"
)

// commands is the command line. Every flag of serve can be given as WEIR_FLEET_…, too.
type commands struct {
	Serve    Serve          `cmd:"" default:"withargs" help:"Run the fleet (the default)."`
	Store    storeCommands  `cmd:"" help:"Shops: add, list, new key, remove; import and export as CSV."`
	Key      keyCommands    `cmd:"" help:"Platforms' keys, one per channel."`
	Person   personCommands `cmd:"" help:"People who sign in at /owner: the first one, a new link, the fleet's key."`
	Order    orderCommands  `cmd:"" help:"Orders in doubt: a person's word."`
	Alert    alertTry       `cmd:"" help:"Send each target of a file of alerts a message, to try it."`
	Check    check          `cmd:"" help:"Compare the engine with what the fleet relies on; the exit status says."`
	Simulate simulate       `cmd:"" help:"Live 6 February over a city, under several ways to choose a shop."`
	Version  versionInfo    `cmd:"" help:"Print the version."`
}

// Serve is how the fleet is run.
type Serve struct {
	Data     string        `default:"./fleet-data" env:"WEIR_FLEET_DATA" help:"Directory of the streams and the control socket."`
	Addr     string        `default:"127.0.0.1:8090" env:"WEIR_FLEET_ADDR" help:"Where to listen for HTTP; port 0 picks one."`
	MQTTAddr string        `name:"mqtt-addr" default:"127.0.0.1:1884" env:"WEIR_FLEET_MQTT_ADDR" help:"Where shops connect${mqtt}."`
	TLSCert  string        `env:"WEIR_FLEET_TLS_CERT" placeholder:"FILE" help:"Certificate chain of both listeners, PEM."`
	TLSKey   string        `env:"WEIR_FLEET_TLS_KEY" placeholder:"FILE" help:"Its key, PEM."`
	Public   string        `env:"WEIR_FLEET_PUBLIC" placeholder:"HOST:PORT" help:"Where shops reach that listener; goes into their URLs."`
	Web      string        `name:"public-url" env:"WEIR_FLEET_PUBLIC_URL" placeholder:"URL" help:"${web}"`
	Zone     string        `default:"Asia/Shanghai" env:"WEIR_FLEET_ZONE" help:"Time zone of the hours that people read."`
	Brand    string        `env:"WEIR_FLEET_BRAND" default:"Weir" help:"What shops and people call this fleet."`
	Name     string        `env:"WEIR_FLEET_NAME" default:"fleet" help:"Of this node; unique in its cluster, and the same after a restart."`
	Peers    []string      `env:"WEIR_FLEET_PEERS" placeholder:"HOST:PORT" help:"The cluster addresses of all three nodes, this one included."`
	Cluster  string        `name:"cluster-addr" env:"WEIR_FLEET_CLUSTER_ADDR" placeholder:"HOST:PORT" help:"Where the other nodes connect."`
	Secret   string        `name:"cluster-key-file" env:"WEIR_FLEET_CLUSTER_KEY_FILE" placeholder:"FILE" help:"A secret that the nodes share."`
	Engine   string        `env:"WEIR_FLEET_ENGINE" placeholder:"URL" help:"A NATS cluster that runs elsewhere, nats://…"`
	Replicas int           `env:"WEIR_FLEET_REPLICAS" default:"3" help:"Copies of each stream at an outside engine."`
	Keep     time.Duration `env:"WEIR_FLEET_KEEP" default:"72h" help:"How long the records of orders are kept, 72h to 840h."`
	Restored time.Time     `name:"restored-at" env:"WEIR_FLEET_RESTORED_AT" placeholder:"TIME" help:"${restored}; see docs/fleet.md."`
	Menus    []string      `name:"menu" env:"WEIR_FLEET_MENU" placeholder:"FILE" help:"A shop.yaml whose menu shops use; see docs/fleet.md."`
	Alerts   string        `env:"WEIR_FLEET_ALERTS" placeholder:"FILE" help:"Who is told what is wrong with which shops; see docs/fleet.md."`
	Demo     bool          `help:"Run a city of simulated shops on a fast clock, in a directory that is removed at the end."`

	told []tell.Target // besides those of Alerts
}

// usageError is a command line that cannot be read.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() + "; see weir-fleet --help" }
func (e *usageError) Unwrap() error { return e.cause }

// runCommand reads the command line and does what it says.
func runCommand(ctx context.Context, args []string, stdout io.Writer) error {
	var c commands
	parser, err := newParser(&c, kong.Writers(stdout, os.Stderr),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(stdout, (*io.Writer)(nil)))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return &usageError{err}
	}
	return command.Run()
}

func newParser(c *commands, opts ...kong.Option) (*kong.Kong, error) {
	opts = append(opts, kong.Name("weir-fleet"), kong.Description("Many shops behind one truthful answer."),
		kong.Vars{
			"web":      "Where customers reach this server; their pages' addresses begin with it. On loopback: --addr",
			"mqtt":     "; needs TLS unless on loopback",
			"restored": "When the streams were put back from a copy, RFC 3339",
			"ways":     "fleet, nearest (no reports), onoff (nearest that is switched on), wait (nearest with a waiting time that suits)",
		})
	parser, err := kong.New(c, opts...)
	if err != nil {
		return nil, fmt.Errorf("read the command line: %w", err)
	}
	return parser, nil
}

// valid says what is wrong with the flags before anything is started.
func (s *Serve) valid() error {
	switch {
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case s.Engine == "" && s.MQTTAddr != "" && s.TLSCert == "" && !guard.IsLoopback(s.MQTTAddr):
		return fmt.Errorf("--mqtt-addr %s is not on loopback: shops send their keys, so give --tls-cert and --tls-key", s.MQTTAddr)
	case s.TLSCert == "" && !guard.IsLoopback(s.Addr):
		return fmt.Errorf("--addr %s is not on loopback: platforms send their keys, so give --tls-cert and --tls-key", s.Addr)
	case len(s.Peers) > 0 && s.Engine != "":
		return errors.New("--peers is for embedded engines, --engine for one that runs elsewhere: give one of them")
	case len(s.Peers) > 0 && len(s.Peers) != 3:
		return fmt.Errorf("--peers names %d nodes: a majority that survives one failure takes 3", len(s.Peers))
	case len(s.Peers) > 0 && (s.Cluster == "" || s.Name == "fleet"):
		return errors.New("a node of a cluster needs --cluster-addr and a --name of its own")
	case len(s.Peers) > 0 && s.Secret == "" && !guard.IsLoopback(s.Cluster):
		return errors.New("a cluster that is not on loopback needs --cluster-key-file")
	case s.Web != "" && !webURL(s.Web):
		return fmt.Errorf("--public-url %s: want https://HOST, and http:// on loopback only", s.Web)
	case s.Restored.After(time.Now()):
		return fmt.Errorf("--restored-at %s lies in the future", s.Restored.Format(time.RFC3339))
	case s.Keep < engine.OrdersKeepMin || s.Keep > engine.OrdersKeepMax:
		return fmt.Errorf("--keep %v: want from %v to %v", s.Keep, engine.OrdersKeepMin, engine.OrdersKeepMax)
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		return fmt.Errorf("--zone %s: want a name such as Asia/Shanghai", s.Zone)
	}
	return nil
}

// webURL reports whether customers can be sent to an address: what acts there is known by its address alone, so it must
// not cross a network in the clear.
func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		(u.Scheme == "https" || u.Scheme == "http" && guard.IsLoopback(net.JoinHostPort(u.Hostname(), "80")))
}

// zone is the time zone of the hours that people read.
func (s *Serve) zone() *time.Location {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return time.UTC // valid has seen that it can be loaded
	}
	return zone
}

// tls reads the certificate; nil without one.
func (s *Serve) tls() (*tls.Config, error) {
	if s.TLSCert == "" {
		return nil, nil // no certificate is plain, which valid has allowed
	}
	pair, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// clusterKey reads the secret of the cluster.
func (s *Serve) clusterKey() (string, error) {
	if s.Secret == "" {
		return "loopback", nil // valid has seen that nobody else can reach it
	}
	text, err := os.ReadFile(s.Secret)
	if err != nil {
		return "", fmt.Errorf("read the cluster's key: %w", err)
	}
	if key := strings.TrimSpace(string(text)); len(key) >= clusterKeyMin {
		return key, nil
	}
	return "", fmt.Errorf("the cluster's key in %s is shorter than %d characters", s.Secret, clusterKeyMin)
}

// clusterKeyMin is 128 bits in hexadecimal.
const clusterKeyMin = 32

// menus reads the menus by revision; the demo shop's is always known.
func (s *Serve) menus() (map[string]*shop.Menu, error) {
	demo, err := shopfile.Demo()
	if err != nil {
		return nil, fmt.Errorf("read the demo shop: %w", err)
	}
	menus := map[string]*shop.Menu{demo.Menu.Rev: demo.Menu}
	for _, file := range s.Menus {
		c, err := shopfile.Read(file)
		if err != nil {
			return nil, err
		}
		menus[c.Menu.Rev] = c.Menu
	}
	return menus, nil
}
