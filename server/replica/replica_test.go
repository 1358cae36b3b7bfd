package replica

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	_ "modernc.org/sqlite"
)

// TestTargets: each kind of URL is read, what is not known is refused, and no password is ever said.
func TestTargets(t *testing.T) {
	for text, want := range map[string]string{
		"/mnt/stick/weir":                                       "/mnt/stick/weir",
		"file:///mnt/stick/weir":                                "/mnt/stick/weir",
		"sftp://u:SECRET@nas:22/weir?host_key=/k&key=/id":       "sftp://nas:22/weir",
		"s3://bucket/weir?region=cn-north-1&endpoint=oss.local": "s3://bucket/weir",
		"nats://u:SECRET@fleet:4222/copies?tls=on":              "nats://fleet:4222/copies",
	} {
		target, err := Parse(text)
		if err != nil || target.String() != want {
			t.Errorf("%s: %v, %v", text, target, err)
		}
	}
	for _, text := range []string{
		"", "weir", "stick/weir", "ftp://h/p", "file://host/p", "sftp://u:SECRET@nas/weir", "sftp://nas/weir?host_key=/k", "s3:///p",
		"s3://b/p?acl=public", "nats://u:SECRET@h:1", "nats://h/b?tls=off", "nats://h/b?creds=a&creds=b", "nats://u:SECRET@h:x/b",
	} {
		if _, err := Parse(text); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// table is a database in WAL mode with rows.
func table(t *testing.T) (path string, db *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "weir.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(0)&_pragma=busy_timeout(5000)")
	if err == nil {
		_, err = db.ExecContext(t.Context(), `CREATE TABLE line (n INTEGER PRIMARY KEY)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return path, db
}

func insert(t *testing.T, db *sql.DB) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO line DEFAULT VALUES`); err != nil {
		t.Fatal(err)
	}
}

// lines counts the rows of a copy.
func lines(t *testing.T, target *Target) (n int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fetched.db")
	if err := Fetch(t.Context(), target, file); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+file)
	if err == nil {
		defer db.Close()
		err = db.QueryRowContext(t.Context(), `SELECT count(*) FROM line`).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// running copies until stop is called.
func running(t *testing.T, path string, target *Target) (c *Copy, stop func()) {
	t.Helper()
	c = New(Config{Database: path, Target: target, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still not so: " + what)
		}
	}
}

// copies holds a target against what it is for: what the copy says is copied can be fetched, another run goes on, and a new
// box that begins from what was fetched goes on in the same place.
func copies(t *testing.T, text string) {
	target, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	err = Fetch(t.Context(), target, filepath.Join(t.TempDir(), "x"))
	if err == nil || !strings.Contains(err.Error(), "there is no copy at") {
		t.Errorf("before the first copy: %v", err)
	}
	path, db := table(t)
	for run := range 2 {
		insert(t, db)
		at := time.Now()
		c, stop := running(t, path, target)
		until(t, "the copy has what was committed", func() bool { return c.Status().Until.After(at) })
		if n := lines(t, target); n != 2*run+1 {
			t.Errorf("run %d: %d rows in the copy, want %d", run, n, 2*run+1)
		}
		insert(t, db)
		at = time.Now()
		until(t, "the copy goes on", func() bool { return c.Status().Until.After(at) })
		if n := lines(t, target); n != 2*run+2 {
			t.Errorf("run %d: %d rows in the copy, want %d", run, n, 2*run+2)
		}
		stop()
	}
	next := filepath.Join(t.TempDir(), "weir.db") // the new box
	if err := Fetch(t.Context(), target, next); err != nil {
		t.Fatal(err)
	}
	db2, err := sql.Open("sqlite", "file:"+next+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db2.Close()
	insert(t, db2)
	at := time.Now()
	c, stop := running(t, next, target)
	until(t, "the new box is copied", func() bool { return c.Status().Until.After(at) })
	if n := lines(t, target); n != 5 {
		t.Errorf("the new box: %d rows in the copy, want 5", n)
	}
	stop()
}

func TestACopyInADirectory(t *testing.T) { copies(t, t.TempDir()) }

// TestAStickThatIsPulledOut: the copy says that it does not go on, makes no folder in the stick's place, and goes on when the
// stick is back.
func TestAStickThatIsPulledOut(t *testing.T) {
	path, db := table(t)
	insert(t, db)
	dir := filepath.Join(t.TempDir(), "stick")
	target, err := Parse(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, stop := running(t, path, target)
	defer stop()
	until(t, "it says that nothing is there", func() bool { return c.Status().Error != "" })
	if s := c.Status(); !s.Until.IsZero() {
		t.Errorf("without a stick: %+v", s)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made in the stick's place")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	until(t, "it goes on", func() bool { s := c.Status(); return s.Error == "" && !s.Until.IsZero() })
	if n := lines(t, target); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// TestAnOldCopyHasStopped: a copy that is older than StoppedAfter has stopped, whatever the last transfer does.
func TestAnOldCopyHasStopped(t *testing.T) {
	target, err := Parse("/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	c := New(Config{Target: target})
	if c.Status().Stopped {
		t.Error("stopped at the start")
	}
	c.began = time.Now().Add(-StoppedAfter - time.Second)
	if !c.Status().Stopped {
		t.Error("never begun, and not stopped")
	}
	c.until = time.Now()
	if c.Status().Stopped {
		t.Error("fresh, and stopped")
	}
	c.until = time.Now().Add(-StoppedAfter - time.Second)
	if !c.Status().Stopped {
		t.Error("old, and not stopped")
	}
}

func TestACopyInAnObjectStore(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server is not ready")
	}
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err == nil {
		_, err = js.CreateObjectStore(t.Context(), jetstream.ObjectStoreConfig{Bucket: "shop-1"})
	}
	if err != nil {
		t.Fatal(err)
	}
	copies(t, s.ClientURL()+"/shop-1")
}

// sftpServer serves a directory to whoever has the key, over SSH. It returns the URL of a folder in it.
func sftpServer(t *testing.T) string {
	t.Helper()
	keys := map[string]ssh.Signer{}
	dir := t.TempDir()
	for _, name := range []string{"host", "user"} {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if keys[name], err = ssh.NewSignerFromKey(key); err != nil {
			t.Fatal(err)
		}
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	public := ssh.MarshalAuthorizedKey(keys["host"].PublicKey())
	if err := os.WriteFile(filepath.Join(dir, "host.pub"), public, 0o600); err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(keys["user"].PublicKey().Marshal()) {
			return nil, os.ErrPermission
		}
		return nil, nil
	}}
	config.AddHostKey(keys["host"])
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveSFTP(conn, config)
		}
	}()
	q := url.Values{"host_key": {filepath.Join(dir, "host.pub")}, "key": {filepath.Join(dir, "user")}}
	return "sftp://weir@" + l.Addr().String() + "/" + t.TempDir() + "/copy?" + q.Encode()
}

func serveSFTP(conn net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(r.Type == "subsystem", nil) // the client notices what it does not get
			}
		}()
		go func() {
			s, err := sftp.NewServer(channel)
			if err == nil {
				err = s.Serve()
			}
			if err == nil || err == io.EOF {
				s.Close()
			}
		}()
	}
}

func TestACopyOverSFTP(t *testing.T) { copies(t, sftpServer(t)) }
