// Package replica keeps a continuous copy of a shop's database somewhere else: on a stick, another machine, S3, or the
// fleet's object store. What was committed is there a second later, and a new box goes on from it.
//
// The copying is Litestream's: it reads SQLite's log of changes and stores each part of it as a file. Here is what it is
// asked to do and when, and how old the copy is.
package replica

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/benbjohnson/litestream"
	"github.com/prometheus/client_golang/prometheus"

	"weir/shop/bell"
)

const (
	// syncEvery is how often what was committed is carried over. The copy is older than that by the time of one transfer.
	syncEvery = 500 * time.Millisecond
	// syncMax bounds one such transfer: the first one has the whole database in it.
	syncMax = 2 * time.Minute
	// retryAfter is the wait after a transfer that failed.
	retryAfter = 2 * time.Second
	// StoppedAfter is the age from which a copy counts as stopped. In a shop ordinary ages are a second.
	StoppedAfter = 10 * time.Second
	// closeMax bounds the last transfer, when the shop stops.
	closeMax = 5 * time.Second
	// keptFor is how long the past is kept at the target. Purged names are gone from there a day after, and a day's snapshot.
	keptFor = 24 * time.Hour
	// resetAfter is how many transfers in a row fail at one of the files kept here until the copy begins anew.
	resetAfter = 3
)

// levels are how the files of the copy are put together, so that a restore reads few of them.
var levels = litestream.CompactionLevels{
	{Level: 0}, {Level: 1, Interval: 30 * time.Second}, {Level: 2, Interval: 5 * time.Minute}, {Level: 3, Interval: time.Hour},
}

// Config is what a copy is made of.
type Config struct {
	Database string // the file
	Target   *Target
	Log      *slog.Logger
}

// Status is how a copy stands.
type Status struct {
	Target  string
	Until   time.Time // all that was committed before is at the target; zero: nothing is known to be, since the start
	Stopped bool      // it is older than [StoppedAfter]
	Error   string    // of the last transfer; "" when it went well
}

// Copy is a continuous copy.
type Copy struct {
	config Config
	began  time.Time

	work sync.Mutex // guards what follows, and keeps transfers apart
	db   *litestream.DB
	all  *litestream.Store

	mu    sync.Mutex
	until time.Time
	err   string
}

// New prepares a copy. Nothing is read or written yet.
func New(c Config) *Copy {
	return &Copy{config: c, began: time.Now()}
}

// Status is how the copy stands now, by the machine's clock: the shop's may be put right while it runs.
func (c *Copy) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{Target: c.config.Target.String(), Until: c.until, Error: c.err}
	since := c.until
	if since.IsZero() {
		since = c.began
	}
	s.Stopped = time.Since(since) > StoppedAfter
	return s
}

// Run copies until ctx ends.
func (c *Copy) Run(ctx context.Context) error {
	failed := 0
	for ctx.Err() == nil {
		began := time.Now()
		err := c.sync(ctx)
		if ctx.Err() != nil {
			return nil
		}
		c.note(began, err)
		if err == nil {
			failed = 0
			bell.Sleep(ctx, syncEvery)
			continue
		}
		var local *litestream.LTXError
		if failed++; failed >= resetAfter && errors.As(err, &local) {
			c.config.Log.Warn("the copy begins anew", "copy", c.config.Target, "error", c.config.Target.quiet(err.Error()))
			c.reset(ctx)
			failed = 0
		}
		bell.Sleep(ctx, retryAfter)
	}
	return nil
}

// note records what became of a transfer. What was committed before it began is at the target when it went well.
func (c *Copy) note(began time.Time, err error) {
	c.mu.Lock()
	was := c.err
	if err == nil {
		c.until, c.err = began, ""
	} else {
		c.err = c.config.Target.quiet(err.Error())
	}
	now := c.err
	c.mu.Unlock()
	switch {
	case now != "" && was == "":
		c.config.Log.Warn("the copy does not go on", "copy", c.config.Target, "error", now)
	case now == "" && was != "":
		c.config.Log.Info("the copy goes on again", "copy", c.config.Target)
	}
}

// sync carries over what was committed.
func (c *Copy) sync(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, syncMax)
	defer cancel()
	if err := c.config.Target.ready(); err != nil {
		return err
	}
	c.work.Lock()
	defer c.work.Unlock()
	if err := c.open(ctx); err != nil {
		return err
	}
	if err := c.db.Sync(ctx); err != nil {
		return fmt.Errorf("read the log of changes: %w", err)
	}
	if err := c.db.Replica.Sync(ctx); err != nil {
		return fmt.Errorf("carry it over: %w", err)
	}
	here, err := c.db.Pos()
	if err != nil {
		return err
	}
	if there := c.db.Replica.Pos(); there.TXID < here.TXID {
		return fmt.Errorf("the copy is at %s, the shop at %s", there.TXID, here.TXID)
	}
	return nil
}

// open begins to copy, unless it has begun. The caller holds work.
func (c *Copy) open(ctx context.Context) error {
	if c.db != nil {
		return nil
	}
	client, err := c.config.Target.client()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler) // it writes several lines a second; what fails comes back as an error
	client.SetLogger(log)
	db := litestream.NewDB(c.config.Database)
	db.SetLogger(log)
	db.MonitorInterval = 0 // Run asks, so that it knows how old the copy is
	db.ShutdownSyncTimeout = closeMax
	db.Replica = litestream.NewReplicaWithClient(db, client)
	db.Replica.MonitorEnabled = false
	all := litestream.NewStore([]*litestream.DB{db}, levels)
	all.Logger = log
	all.SnapshotRetention, all.ShutdownSyncTimeout = keptFor, closeMax
	if err := all.Open(ctx); err != nil {
		return err
	}
	c.db, c.all = db, all
	return nil
}

// reset forgets what is kept here of the copy; the next transfer begins it anew, at the target as here.
func (c *Copy) reset(ctx context.Context) {
	c.work.Lock()
	defer c.work.Unlock()
	if err := c.db.ResetLocalState(ctx); err != nil {
		c.config.Log.Warn("cannot begin the copy anew", "error", c.config.Target.quiet(err.Error()))
	}
}

// EmptyLog carries the log of changes over into the database and cuts it, as far as readers let it. While a copy is kept only
// the copy can do that, because it reads the log at all times; mine is false when it does not yet.
func (c *Copy) EmptyLog(ctx context.Context) (empty, mine bool) {
	c.work.Lock()
	defer c.work.Unlock()
	if c.db == nil {
		return false, false
	}
	return c.db.Checkpoint(ctx, litestream.CheckpointModeTruncate) == nil, true
}

var (
	copyAge  = prometheus.NewDesc("weir_copy_age_seconds", "How old the continuous copy is; since the start while there is none.", nil, nil)
	copyFail = prometheus.NewDesc("weir_copy_failing", "1 when the last transfer of the continuous copy failed.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (c *Copy) Describe(to chan<- *prometheus.Desc) { to <- copyAge; to <- copyFail }

// Collect implements [prometheus.Collector].
func (c *Copy) Collect(to chan<- prometheus.Metric) {
	s := c.Status()
	since, failing := s.Until, 0.0
	if since.IsZero() {
		since = c.began
	}
	if s.Error != "" {
		failing = 1
	}
	to <- prometheus.MustNewConstMetric(copyAge, prometheus.GaugeValue, time.Since(since).Seconds())
	to <- prometheus.MustNewConstMetric(copyFail, prometheus.GaugeValue, failing)
}

// Close carries over the last commits and ends. The shop has to be closed before.
func (c *Copy) Close() error {
	c.work.Lock()
	defer c.work.Unlock()
	if c.all == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*closeMax)
	defer cancel()
	err := c.all.Close(ctx)
	c.all, c.db = nil, nil
	if err != nil {
		return fmt.Errorf("end the copy: %s", c.config.Target.quiet(err.Error()))
	}
	return nil
}

// reach connects to where a copy is, to read it.
func reach(ctx context.Context, t *Target) (litestream.ReplicaClient, error) {
	if err := t.ready(); err != nil {
		return nil, err
	}
	client, err := t.client()
	if err != nil {
		return nil, err
	}
	client.SetLogger(slog.New(slog.DiscardHandler))
	if err := client.Init(ctx); err != nil {
		return nil, fmt.Errorf("reach the copy at %s: %s", t, t.quiet(err.Error()))
	}
	return client, nil
}

// Fetch writes the newest state of a copy into a file that must not exist yet.
func Fetch(ctx context.Context, t *Target, file string) error {
	client, err := reach(ctx, t)
	if err != nil {
		return err
	}
	o := litestream.NewRestoreOptions()
	o.OutputPath = file
	if err := litestream.NewReplicaWithClient(nil, client).Restore(ctx, o); err != nil {
		if errors.Is(err, litestream.ErrTxNotAvailable) || errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no copy at %s", t)
		}
		return fmt.Errorf("read the copy at %s: %s", t, t.quiet(err.Error()))
	}
	return nil
}

// Growing reports whether somebody writes a copy: whether it has more after a while than before. That it has not proves
// nothing: nothing may have happened in the shop.
func Growing(ctx context.Context, t *Target, within time.Duration) (bool, error) {
	client, err := reach(ctx, t)
	if err != nil {
		return false, err
	}
	before, err := newest(ctx, client)
	if err != nil {
		return false, fmt.Errorf("look at the copy at %s: %s", t, t.quiet(err.Error()))
	}
	if !bell.Sleep(ctx, within) {
		return false, context.Cause(ctx)
	}
	after, err := newest(ctx, client)
	if err != nil {
		return false, fmt.Errorf("look at the copy at %s: %s", t, t.quiet(err.Error()))
	}
	return after != before, nil
}

// newest is the number of the last transaction in a copy; 0 is none.
func newest(ctx context.Context, client litestream.ReplicaClient) (last uint64, err error) {
	files, err := client.LTXFiles(ctx, 0, 0, false)
	if err != nil {
		return 0, err
	}
	for files.Next() {
		last = max(last, uint64(files.Item().MaxTXID))
	}
	return last, errors.Join(files.Err(), files.Close())
}

// MetaDir is where Litestream keeps what it needs beside a database; it goes when the database goes.
func MetaDir(database string) string {
	return filepath.Join(filepath.Dir(database), "."+filepath.Base(database)+litestream.MetaDirSuffix)
}

// Forget removes what is kept beside a database of an earlier copy.
func Forget(database string) error { return os.RemoveAll(MetaDir(database)) }
