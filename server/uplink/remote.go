package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"time"
)

// Remote is a broker as the shop reaches it. Get one from [Within] or [ParseURL].
type Remote struct {
	Name     string // what people read: host:port, or embedded
	User     string
	Password string
	QoS      byte // QoS of subscriptions: 1, or 0 where the broker's sessions do not scale to one per shop
	Dial     func(context.Context) (net.Conn, error)
	inside   bool // it is in this process and remembers nothing that is older
}

// Within is the broker inside this process, which is reached with a secret of its own.
func Within(user, secret string, dial func(context.Context) (net.Conn, error)) Remote {
	return Remote{Name: "embedded", User: user, Password: secret, QoS: 1, Dial: dial, inside: true}
}

// dialMax bounds the way to the broker, name look-up and TLS included.
const dialMax = 10 * time.Second

// ParseURL reads the address of a broker:
//
//	tcp://[user:password@]host[:1883]
//	ssl://[user:password@]host[:8883][?ca=FILE][&cert=FILE&key=FILE][&qos=0]
//
// ca is a PEM file with the certificates to trust instead of the system's; cert and key are this
// shop's own. qos=0 asks the broker to send at most once, for fleets whose broker cannot keep a
// session per shop; the router then has to ask again for what it hears nothing of. Anything else in the address is an error.
func ParseURL(text string) (Remote, error) {
	u, err := url.Parse(text)
	if err != nil {
		// The error of url.Parse repeats the text, and with it the password.
		return Remote{}, errors.New("broker address: not a URL; want tcp://host:1883 or ssl://host:8883")
	}
	ports := map[string]string{"tcp": "1883", "mqtt": "1883", "ssl": "8883", "tls": "8883", "mqtts": "8883"}
	port, ok := ports[u.Scheme]
	if !ok || u.Hostname() == "" {
		return Remote{}, errors.New("broker address: want tcp://host:1883 or ssl://host:8883")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	address := net.JoinHostPort(u.Hostname(), port)
	r := Remote{Name: address, User: u.User.Username(), QoS: 1}
	r.Password, _ = u.User.Password()
	encrypted := ports[u.Scheme] == "8883"
	if err := knownOptions(u, encrypted); err != nil {
		return Remote{}, err
	}
	switch u.Query().Get("qos") {
	case "", "1":
	case "0":
		r.QoS = 0
	default:
		return Remote{}, fmt.Errorf("broker address %q: qos is 0 or 1", u.Redacted())
	}
	r.Dial = func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{Timeout: dialMax}).DialContext(ctx, "tcp", address)
	}
	if encrypted {
		config, err := tlsConfig(u)
		if err != nil {
			return Remote{}, err
		}
		r.Dial = func(ctx context.Context) (net.Conn, error) {
			return (&tls.Dialer{NetDialer: &net.Dialer{Timeout: dialMax}, Config: config}).DialContext(ctx, "tcp", address)
		}
	}
	return r, nil
}

// knownOptions refuses what an address says beside the broker's and that would mean nothing: a word that is misspelled is
// a certificate that is not looked at.
func knownOptions(u *url.URL, encrypted bool) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fmt.Errorf("broker address %q: its options cannot be read", u.Redacted())
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return fmt.Errorf("broker address %q: it ends with the port; options follow after a ?", u.Redacted())
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case name != "qos" && name != "ca" && name != "cert" && name != "key":
			return fmt.Errorf("broker address %q: there is no option %q; there are ca, cert, key and qos", u.Redacted(), name)
		case len(query[name]) > 1:
			return fmt.Errorf("broker address %q: option %q is there twice", u.Redacted(), name)
		case query[name][0] == "":
			return fmt.Errorf("broker address %q: option %q is empty", u.Redacted(), name)
		case name != "qos" && !encrypted:
			return fmt.Errorf("broker address %q: option %q is for ssl:// only", u.Redacted(), name)
		}
	}
	return nil
}

func tlsConfig(u *url.URL) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
	query := u.Query()
	if file := query.Get("ca"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the broker's CA: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read the broker's CA: %s holds no PEM certificate", file)
		}
	}
	cert, key := query.Get("cert"), query.Get("key")
	if (cert == "") != (key == "") {
		return nil, errors.New("broker address: cert and key go together")
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("read this shop's certificate for the broker: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
