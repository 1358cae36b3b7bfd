package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
	_ "time/tzdata" // a machine without the system's time zone files knows the zone of its people

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"weir/fleet/api"
	"weir/fleet/directory"
	"weir/fleet/engine"
	"weir/fleet/mcp"
	"weir/fleet/owner"
	"weir/fleet/route"
	"weir/fleet/tell"
	"weir/fleet/track"
	"weir/fleet/watch"
	"weir/shop/guard"
)

const (
	// readHeaderTimeout keeps a client that sends nothing from holding a connection.
	readHeaderTimeout = 10 * time.Second
	// idleTimeout is for connections between requests.
	idleTimeout = 2 * time.Minute
	// brokerFile holds where shops connect, for commands that run while the fleet does not.
	brokerFile = "broker"
)

// underTest is what a test puts into the program; all nil in service.
var underTest struct {
	step   func(route.Step) // see [route.Config]
	opened func(*fleet)     // called when the router is made
}

// fleet is one process: engine, directory, router, door.
type fleet struct {
	config    *Serve
	engine    *engine.Engine
	directory *directory.Directory
	router    *route.Router
	door      *api.API
	page      *watch.Watch
	track     *track.Track
	tell      *tell.Tell
	owner     *owner.Owner
	broker    string // where shops connect, as in their URLs without user and key
	log       *slog.Logger
}

// Run implements the command.
func (s *Serve) Run(ctx context.Context, stdout io.Writer) error {
	syscall.Umask(0o077) // streams hold orders
	if s.Demo {
		return demo(ctx, s, stdout)
	}
	return runFleet(ctx, s, time.Now, nil, stdout)
}

// beside is what runs beside a fleet once it takes orders, until ctx ends. url is of its door.
type beside func(ctx context.Context, f *fleet, url string) error

// runFleet runs the fleet until ctx ends, by a clock of its own in the demo. The first lines on stdout name every URL.
func runFleet(ctx context.Context, s *Serve, now func() time.Time, then beside, stdout io.Writer) error {
	if err := s.valid(); err != nil {
		return err
	}
	f, err := open(s, now, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer f.engine.Close()
	secure, err := s.tls()
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	f.door = api.New(f.directory, now, f.log)
	f.door.Measure(f.tell)
	f.door.Routes(e)
	f.page = watch.New(now)
	f.page.Routes(e)
	f.track.Routes(e)
	f.owner.Routes(e)
	e.Any(mcp.Path, f.door.Keyed(mcp.New(f.door, s.zone(), now).Serve))
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("listen for HTTP: %w", err)
	}
	server := &http.Server{Handler: e, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(f.log.Handler(), slog.LevelDebug)}
	socket, err := controlSocket.Listen(s.Data)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	scheme := "http"
	if secure != nil {
		scheme = "https"
		secure.NextProtos = []string{"h2", "http/1.1"}
		listener = tls.NewListener(listener, secure)
	}
	base := fmt.Sprintf("%s://%s", scheme, listener.Addr())
	if s.Web == "" && guard.Loopback(listener.Addr()) {
		f.track.Reached(base)
		f.owner.Reached(base)
	}
	fmt.Fprintf(stdout, "Weir fleet\n  HTTP   %s\n  page   %s/fleet\n  owner  %s/owner\n  docs   %s/docs\n", base, base, base, base)
	if f.broker != "" {
		fmt.Fprintf(stdout, "  shops  %s\n", f.broker)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return guard.Serve(ctx, server, listener) })
	group.Go(func() error {
		return guard.Serve(ctx, &http.Server{Handler: guard.Answer(controlSocket, f.control), ReadHeaderTimeout: readHeaderTimeout}, socket)
	})
	ready := make(chan struct{})
	group.Go(func() error { return f.run(ctx, stdout, ready) })
	if then != nil {
		group.Go(func() error {
			select {
			case <-ready:
				return then(ctx, f, base)
			case <-ctx.Done():
				return nil
			}
		})
	}
	return group.Wait()
}

// open starts the engine or reaches it.
func open(s *Serve, now func() time.Time, log *slog.Logger) (*fleet, error) {
	f := &fleet{config: s, log: log}
	f.directory = directory.New(nil)
	menus, err := s.menus()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	if f.engine, err = s.engine(f.directory.Admit, log); err != nil {
		return nil, err
	}
	f.track = track.New(s.Web, s.zone(), now)
	f.owner = owner.New(owner.Config{Base: s.Web, Name: s.Brand, Broker: func() string { return f.broker }, Directory: f.directory,
		Zone: s.zone(), Now: now, Log: log})
	f.router = route.New(route.Config{Engine: f.engine, Directory: f.directory, Menus: menus, Keep: s.Keep, Restored: s.Restored,
		Pages: f.track, Now: now, Log: log, Step: underTest.step})
	f.directory.Heard(f.router.Table.Listed)
	if f.tell, err = s.tell(f, now); err != nil {
		f.engine.Close()
		return nil, err
	}
	if underTest.opened != nil {
		underTest.opened(f)
	}
	return f, f.noteBroker()
}

func (s *Serve) engine(admit engine.Admit, log *slog.Logger) (*engine.Engine, error) {
	if s.Engine != "" {
		return engine.Dial(s.Engine, s.Replicas)
	}
	secure, err := s.tls()
	if err != nil {
		return nil, err
	}
	key, err := s.clusterKey()
	if err != nil {
		return nil, err
	}
	lock, err := lockData(s.Data)
	if err != nil {
		return nil, err
	}
	e, err := engine.Start(engine.Config{
		Dir: s.Data, Name: s.Name, MQTTAddr: s.MQTTAddr, TLS: secure, ClusterAddr: s.Cluster,
		Peers: s.Peers, ClusterKey: key, Admit: admit, Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return e, nil
}

// lockData keeps a second process off the streams until this one ends; the kernel lets go of it then.
func lockData(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another weir-fleet runs on %s", dir), lock.Close())
	}
	return lock, nil
}

// noteBroker keeps where shops connect.
func (f *fleet) noteBroker() error {
	host := f.config.Public
	if host == "" {
		host = f.engine.MQTTAddr()
	}
	if host == "" {
		return nil
	}
	scheme := "tcp"
	if f.config.TLSCert != "" {
		scheme = "ssl"
	}
	f.broker = scheme + "://" + host
	if err := os.WriteFile(filepath.Join(f.config.Data, brokerFile), []byte(f.broker+"\n"), 0o600); err != nil {
		return fmt.Errorf("note where shops connect: %w", err)
	}
	return nil
}

// run waits for the streams, and then carries orders; ready is closed when it does.
func (f *fleet) run(ctx context.Context, stdout io.Writer, ready chan struct{}) error {
	if err := f.prepare(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return f.owner.Run(ctx, f.router) })
	group.Go(func() error {
		return f.router.Run(ctx, func() {
			f.door.Open(f.router)
			f.page.Open(f.router)
			f.track.Open(f.router)
			fmt.Fprintln(stdout, "  ready")
			close(ready)
		})
	})
	group.Go(func() error {
		select {
		case <-ready: // before that no shop is known
			return f.tell.Run(ctx)
		case <-ctx.Done():
			return nil
		}
	})
	return group.Wait()
}

// prepare brings the streams up to date and reads the directory.
func (f *fleet) prepare(ctx context.Context) error {
	if err := f.engine.Ready(ctx); err != nil {
		return err
	}
	if err := f.engine.MakeStreams(ctx, f.config.Keep); err != nil {
		return err
	}
	if err := f.track.Unlock(ctx, f.engine); err != nil {
		return err
	}
	if err := f.directory.Open(ctx, f.engine); err != nil {
		return err
	}
	return f.owner.Open(ctx, f.engine)
}
