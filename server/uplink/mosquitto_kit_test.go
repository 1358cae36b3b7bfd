package uplink

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"weir/shop/try"
)

// mosquitto is a real broker, a process of its own.
type mosquitto struct {
	t       *testing.T
	address string
	dir     string
	process *exec.Cmd
}

func newMosquitto(t *testing.T) *mosquitto { t.Helper(); return newMosquittoWith(t, "") }

// newMosquittoWith starts one with more in its configuration.
func newMosquittoWith(t *testing.T, more string) *mosquitto {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mosquitto{t: t, address: free.Addr().String(), dir: t.TempDir()}
	free.Close()
	_, port, _ := net.SplitHostPort(m.address)
	config := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 10000\nuser root\n%s", port, more)
	if err := os.WriteFile(filepath.Join(m.dir, "conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	m.start()
	t.Cleanup(m.kill)
	return m
}

func (m *mosquitto) start() {
	m.t.Helper()
	m.process = exec.Command(tool(m.t, "mosquitto"), "-c", filepath.Join(m.dir, "conf"))
	if err := m.process.Start(); err != nil {
		m.t.Fatal(err)
	}
	try.Until(m.t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", m.address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (m *mosquitto) kill() {
	if m.process == nil {
		return
	}
	m.process.Process.Kill() // as kill -9; an error means that it has ended
	m.process.Wait()
	m.process = nil
}

func (m *mosquitto) remote() Remote {
	m.t.Helper()
	r, err := ParseURL("tcp://" + m.address)
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// tool finds a program of Debian's mosquitto packages.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("%s is not installed: these tests need a broker and clients that are not ours; apt-get install mosquitto mosquitto-clients", name)
	return ""
}
