package broker

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"weir/server/testshop"
	"weir/shop/guard"
	"weir/shop/try"
)

// TestOffLoopbackTheBrokerSpeaksTLS has the certificate that HTTP has, and mosquitto's clients as witnesses.
func TestOffLoopbackTheBrokerSpeaksTLS(t *testing.T) {
	dir := t.TempDir()
	secure, root, err := guard.NewTLS(guard.TLSConfig{Mode: guard.TLSAuto, Data: dir, Log: try.Log(t)})
	if err != nil || root == nil {
		t.Fatal(root, err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "tls", "root.crt"))
	if err != nil || len(found) != 1 {
		t.Fatalf("root certificates: %v (%v)", found, err)
	}
	s, b := newShop(t), startWith(t, Config{Address: "0.0.0.0:0", TLS: secure})
	connect(t, s, b)
	_, port, _ := net.SplitHostPort(b.Addr())
	if !strings.HasPrefix(b.URL(), "ssl://") {
		t.Errorf("the broker is announced as %s", b.URL())
	}
	say := []string{"-u", "shangou", "-P", testshop.KeyOf("shangou"), "-t", "weir/v1/demo/orders/shangou", "-m", testshop.Order("a-1")}
	here := net.JoinHostPort("127.0.0.1", port)
	if out, err := testshop.MosquittoPub(t, here, append(say, "--cafile", found[0])...); err != nil {
		t.Fatalf("over TLS: %v: %s", err, out)
	}
	try.Until(t, "the order is taken", func() bool { return s.Snapshot().Orders.Len() == 1 })
	if out, err := testshop.MosquittoPub(t, here, say...); err == nil {
		t.Errorf("in the clear a key is taken: %s", out)
	}
	if out, err := testshop.MosquittoPub(t, here, "--cafile", found[0], "-t", "weir/v1/demo/orders/shangou", "-m", "x"); err == nil {
		t.Errorf("a guest without a name comes in: %s", out)
	}
}

func TestInTheClearOffLoopbackIsRefused(t *testing.T) {
	b, err := Start(Config{Shop: "demo", Address: "0.0.0.0:0", Check: testshop.CheckKey, Log: try.Log(t)})
	if err == nil {
		b.Close()
		t.Fatal("the broker listens to the network in the clear")
	}
	for _, word := range []string{"0.0.0.0:0", "--tls auto", "--broker-addr 127.0.0.1:1883", "off"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
}
