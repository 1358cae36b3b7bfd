package testshop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"weir/shop/try"
)

// Mosquitto is a broker that is not ours, in a process of its own.
type Mosquitto struct {
	Address string // host and port
	Dir     string // of its configuration
	t       testing.TB
	process *exec.Cmd
}

// NewMosquitto starts a broker that lets everybody in. more is what its configuration says besides.
func NewMosquitto(t testing.TB, more string) *Mosquitto {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mosquitto{t: t, Address: free.Addr().String(), Dir: t.TempDir()}
	free.Close()
	_, port, _ := net.SplitHostPort(m.Address)
	config := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 10000\nuser root\n%s", port, more)
	if err := os.WriteFile(filepath.Join(m.Dir, "conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Start()
	t.Cleanup(m.Kill)
	return m
}

// Start starts it again at the same address, and waits until it listens.
func (m *Mosquitto) Start() {
	m.t.Helper()
	m.process = exec.Command(MosquittoTool(m.t, "mosquitto"), "-c", filepath.Join(m.Dir, "conf"))
	if err := m.process.Start(); err != nil {
		m.t.Fatal(err)
	}
	try.Until(m.t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", m.Address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// Kill ends it without a word, as a power cut does. What ended before stays ended.
func (m *Mosquitto) Kill() {
	if m.process == nil {
		return
	}
	m.process.Process.Kill() // an error means that it has ended
	m.process.Wait()
	m.process = nil
}

// Signal sends it a signal: on SIGHUP it reads its access list again.
func (m *Mosquitto) Signal(s os.Signal) error { return m.process.Process.Signal(s) }

// MosquittoTool finds a program of Debian's mosquitto packages.
func MosquittoTool(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("%s is not installed: these tests need a broker and clients that are not ours; apt-get install mosquitto mosquitto-clients", name)
	return ""
}

// MosquittoPub runs mosquitto_pub at QoS 1 and returns what it said and how it ended.
func MosquittoPub(t testing.TB, address string, args ...string) (string, error) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"-h", host, "-p", port, "-V", "mqttv311", "-q", "1"}, args...)
	out, err := exec.Command(MosquittoTool(t, "mosquitto_pub"), args...).CombinedOutput()
	return string(out), err
}
