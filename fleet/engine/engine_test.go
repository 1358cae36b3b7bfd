package engine

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/nats-io/nats.go"
)

const patience = 20 * time.Second

// start starts an engine at which the store "east" has the key "right", and "west" the key "other".
func start(t *testing.T, change func(*Config)) *Engine {
	t.Helper()
	c := Config{
		Dir: t.TempDir(), Name: "n1", MQTTAddr: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Admit: func(store, key string) Verdict {
			switch {
			case store == "east" && key == "right" || store == "west" && key == "other":
				return Yes
			case store == "early":
				return Later
			}
			return No
		},
	}
	if change != nil {
		change(&c)
	}
	e, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func connect(t *testing.T, e *Engine, user, client, key string) (paho.Client, error) {
	t.Helper()
	c := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + e.MQTTAddr()).SetUsername(user).SetPassword(key).SetClientID(client).
		SetProtocolVersion(4).SetConnectRetry(false).SetAutoReconnect(false).SetCleanSession(false))
	token := c.Connect()
	if !token.WaitTimeout(patience) {
		return nil, fmt.Errorf("no answer")
	}
	if token.Error() == nil {
		t.Cleanup(func() { c.Disconnect(10) })
	}
	return c, token.Error()
}

func TestWhoMaySignIn(t *testing.T) {
	e := start(t, nil)
	if err := e.Ready(bounded(t)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		user, client, key string
		good              bool
	}{
		{"east", "east", "right", true},
		{"east", "east", "wrong", false},
		{"east", "east", "other", false},
		{"east", "west", "right", false}, // another's session
		{"north", "north", "right", false},
		{"", "east", "", false},
		{routerUser, routerUser, "right", false},
	} {
		_, err := connect(t, e, c.user, c.client, c.key)
		if (err == nil) != c.good || err != nil && !errors.Is(err, packets.ErrorRefusedNotAuthorised) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	// Of whom nothing can be said yet, nothing is said.
	if _, err := connect(t, e, "early", "early", "right"); err == nil || errors.Is(err, packets.ErrorRefusedNotAuthorised) {
		t.Errorf("before it can be decided: %v", err)
	}
	// There is no native port; with the native protocol the MQTT port says nothing that a client understands.
	if nc, err := nats.Connect("nats://east:right@"+e.MQTTAddr(), nats.Timeout(time.Second)); err == nil {
		nc.Close()
		t.Error("a store speaks the native protocol")
	}
}

// TestNobodySpeaksTheNativeProtocol: a node of a cluster has a native port, and lets nobody in.
func TestNobodySpeaksTheNativeProtocol(t *testing.T) {
	e := start(t, func(c *Config) {
		c.Peers, c.ClusterAddr, c.ClusterKey = []string{"127.0.0.1:1"}, "127.0.0.1:0", "secret"
	})
	for _, user := range []string{"east", routerUser} {
		for _, key := range []string{"right", e.secret, "secret"} {
			nc, err := nats.Connect(e.server.ClientURL(), nats.UserInfo(user, key), nats.Timeout(2*time.Second))
			if err == nil {
				nc.Close()
				t.Errorf("%s comes in", user)
			} else if !strings.Contains(err.Error(), "uthorization") {
				t.Errorf("%s: %v", user, err)
			}
		}
	}
}

// TestShopsConnectOverTLS: with a certificate there is no plain listener.
func TestShopsConnectOverTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	e := start(t, func(c *Config) {
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	})
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	c := paho.NewClient(paho.NewClientOptions().AddBroker("ssl://" +
		e.MQTTAddr()).SetUsername("east").SetPassword("right").SetClientID("east").
		SetTLSConfig(&tls.Config{RootCAs: roots}).SetConnectRetry(false))
	if token := c.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	c.Disconnect(10)
	if _, err := connect(t, e, "east", "east", "right"); err == nil {
		t.Error("a plain connection is taken")
	}
}

// TestAStoreHasItsOwnTopics: with the fleet as witness, what is published elsewhere does not arrive, and a store does
// not hear what another is sent.
func TestAStoreHasItsOwnTopics(t *testing.T) {
	e := start(t, nil)
	east, err := connect(t, e, "east", "east", "right")
	if err != nil {
		t.Fatal(err)
	}
	sub, err := e.Conn.SubscribeSync("weir.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Conn.FlushWithContext(bounded(t)); err != nil { // or what comes next may be faster than the subscription
		t.Fatal(err)
	}
	for _, topic := range []string{"weir/v1/west/capacity", "weir/v1/east/orders/shangou", "fleet/credit/east/shangou",
		"weir/v1/east/capacity"} {
		if token := east.Publish(topic, 1, false, "from east"); !token.WaitTimeout(patience) || token.Error() != nil {
			t.Fatalf("%s: %v", topic, token.Error())
		}
	}
	m, err := sub.NextMsg(patience)
	if err != nil || m.Subject != "weir.v1.east.capacity" {
		t.Fatalf("the first that arrives is %v, %v", m, err)
	}
	heard := make(chan string, 10)
	for topic, want := range map[string]byte{"weir/v1/west/orders/+": 0x80, "#": 0x80, "$MQTT/msgs/#": 0x80, "weir/v1/east/orders/+": 0,
		"weir/v1/east/status": 0} {
		token := east.Subscribe(topic, 0, func(_ paho.Client, m paho.Message) { heard <- m.Topic() })
		if !token.WaitTimeout(patience) {
			t.Fatal("no answer to a subscription")
		}
		if got := token.(*paho.SubscribeToken).Result()[topic]; got != want {
			t.Errorf("subscribe %s: %#x, want %#x", topic, got, want)
		}
	}
	for _, subject := range []string{"weir.v1.west.orders.shangou", "weir.v1.east.orders.shangou"} {
		if err := e.Conn.Publish(subject, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case topic := <-heard:
		if topic != "weir/v1/east/orders/shangou" {
			t.Errorf("heard %s", topic)
		}
	case <-time.After(patience):
		t.Error("hears nothing")
	}
}

// TestAnAbsentShopIsKnownAtOnce pins what the record of an order builds on: a message to a shop that is not connected
// is answered by the engine, and is never delivered later.
func TestAnAbsentShopIsKnownAtOnce(t *testing.T) {
	e := start(t, nil)
	const topic, subject = "weir/v1/east/orders/shangou", "weir.v1.east.orders.shangou"
	heard := make(chan string, 10)
	join := func() paho.Client {
		c, err := connect(t, e, "east", "east", "right")
		if err != nil {
			t.Fatal(err)
		}
		if token := c.Subscribe(topic, 0, func(_ paho.Client, m paho.Message) { heard <- string(m.Payload()) }); !token.WaitTimeout(patience) ||
			token.Error() != nil {
			t.Fatal(token.Error())
		}
		return c
	}
	ask := func(text string) error {
		_, err := e.Conn.Request(subject, []byte(text), 100*time.Millisecond)
		return err
	}
	shop := join()
	if err := ask("one"); err != nats.ErrTimeout {
		t.Fatalf("a shop that is there: %v, want a time-out, because nobody replies over MQTT", err)
	}
	if got := <-heard; got != "one" {
		t.Fatal(got)
	}
	shop.Disconnect(10)
	for deadline := time.Now().Add(patience); ask("two") != nats.ErrNoResponders; {
		if time.Now().After(deadline) {
			t.Fatal("an absent shop is not noticed")
		}
	}
	join()
	if err := ask("three"); err != nats.ErrTimeout {
		t.Fatal(err)
	}
	for got := range heard {
		if got == "three" {
			break // "two" may have reached the old connection in its last moment; after that it is lost
		}
	}
}

func TestStreamsAreMadeAndChecked(t *testing.T) {
	e := start(t, nil)
	if err := e.MakeStreams(bounded(t), OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	findings, err := e.Check(bounded(t), OrdersKeepMin)
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v %v", findings, err)
	}
	if err := e.JS.DeleteStream(bounded(t), Feed); err != nil {
		t.Fatal(err)
	}
	if findings, err = e.Check(bounded(t), OrdersKeepMax); err != nil || len(findings) != 1+aloneStreams {
		t.Errorf("without %s and with another age: %q %v", Feed, findings, err)
	}
	if err := e.MakeStreams(bounded(t), time.Hour); err == nil {
		t.Error("records are kept for an hour")
	}
}

// TestCliffs pins what the MQTT listener of this version does and does not do.
func TestCliffs(t *testing.T) {
	e := start(t, nil)
	if v := e.Version(); v != pinned {
		t.Errorf("version %s; look at the cliffs again and pin it", v)
	}
	// MQTT 5 is refused: shops speak 3.1.1.
	for level, good := range map[byte]bool{4: true, 5: false} {
		conn, err := net.Dial("tcp", e.MQTTAddr())
		if err != nil {
			t.Fatal(err)
		}
		body := "\x00\x04MQTT" + string(level) + "\xc2\x00\x1e"
		if level == 5 {
			body += "\x00" // no properties
		}
		body += "\x00\x04east\x00\x04east\x00\x05right"
		fmt.Fprintf(conn, "\x10%c%s", len(body), body) // an error shows as no answer
		conn.SetReadDeadline(time.Now().Add(patience))
		answer := make([]byte, 4)
		_, err = io.ReadFull(conn, answer)
		if got := err == nil && answer[0] == 0x20 && answer[3] == 0; got != good {
			t.Errorf("protocol level %d: %x %v", level, answer, err)
		}
		conn.Close()
	}
}

// TestMosquittoAgrees lets a client that is not ours see the same.
func TestMosquittoAgrees(t *testing.T) {
	pub, err := exec.LookPath("mosquitto_pub")
	if err != nil {
		t.Skip("mosquitto clients are not installed")
	}
	e := start(t, nil)
	host, port, _ := net.SplitHostPort(e.MQTTAddr())
	run := func(user, client, key string) string {
		out, _ := exec.CommandContext(bounded(t), pub, "-h", host, "-p", port, "-u", user, "-P", key, "-i", client, "-q", "1",
			"-t", "weir/v1/east/status", "-m", "{}").CombinedOutput() // what it prints says how it ended
		return string(out)
	}
	if out := run("east", "east", "right"); out != "" {
		t.Errorf("with the right key: %s", out)
	}
	for _, wrong := range [][3]string{{"east", "east", "wrong"}, {"east", "west", "right"}} {
		if out := run(wrong[0], wrong[1], wrong[2]); !strings.Contains(out, "refused") && !strings.Contains(out, "uthori") {
			t.Errorf("%v: %q", wrong, out)
		}
	}
}
