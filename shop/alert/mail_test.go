package alert

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"weir/shop/words"
)

// certificate is one for localhost, with the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// mailServer takes mail for name and password over TLS, as RFC 5321, 3207 and 4954 say, and hands each mail out.
func mailServer(t *testing.T, c tls.Certificate, implicit bool) (address string, mails <-chan []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if implicit {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{c}})
	}
	t.Cleanup(func() { l.Close() })
	out := make(chan []byte, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go receiveMail(conn, c, implicit, out)
		}
	}()
	return l.Addr().String(), out
}

func receiveMail(conn net.Conn, c tls.Certificate, secure bool, out chan<- []byte) {
	defer func() { conn.Close() }()
	r := bufio.NewReader(conn)
	say := func(s string) { fmt.Fprint(conn, s+"\r\n") }
	say("220 localhost")
	signedIn := false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb {
		case "EHLO":
			if secure {
				say("250-localhost\r\n250 AUTH PLAIN")
			} else {
				say("250-localhost\r\n250 STARTTLS")
			}
		case "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{c}})
			r, secure = bufio.NewReader(conn), true
		case "AUTH":
			_, word, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(word)
			if signedIn = secure && string(plain) == "\x00weir\x00MAIL-SECRET"; signedIn {
				say("235 welcome")
			} else {
				say("535 no such user with " + string(plain))
			}
		case "DATA":
			if !signedIn {
				say("530 sign in")
				continue
			}
			say("354 go on")
			var m bytes.Buffer
			for {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				m.WriteString(line)
			}
			out <- m.Bytes()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// TestMailArrives over both kinds of TLS, in words that a mail program reads; the mail that says it is over answers the first.
// With another password, or a certificate that nobody trusts, nothing is sent and the secret is not said.
func TestMailArrives(t *testing.T) {
	c, pool := certificate(t)
	k := known{Kind: Printer, ID: "label", Shop: "茉莉小店", Text: strings.Repeat("打印机缺纸，", 30), Since: noon, Gone: noon.Add(time.Hour)}
	for _, scheme := range []string{"smtp", "smtps"} {
		address, mails := mailServer(t, c, scheme == "smtps")
		desk := func(secret string, roots *x509.CertPool) *Desk {
			target := Target{Name: "mail", To: Email, URL: scheme + "://weir@" + address, SecretFile: file(t, secret),
				MailFrom: "weir@example.com", MailTo: []string{"boss@example.com", "second@example.com"}}
			d, err := New(Config{Targets: []Target{target}, Now: time.Now, Local: time.UTC, Roots: roots, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		var ids []string
		for _, over := range []bool{false, true} {
			m := newMessage(words.ZH, k, over, noon.Add(time.Hour), time.UTC)
			if err := desk("MAIL-SECRET", pool).seats[0].sender.send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			got, err := mail.ReadMessage(bytes.NewReader(<-mails))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
			if err != nil || !strings.HasPrefix(subject, "【茉莉小店】") {
				t.Errorf("subject %q, %v", subject, err)
			}
			text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, got.Body))
			if err != nil || strings.TrimSpace(string(text)) != m.Line {
				t.Errorf("%q, %v, want %q", text, err, m.Line)
			}
			ids = append(ids, got.Header.Get("Message-ID"))
			if over && got.Header.Get("References") != ids[0] {
				t.Errorf("the second mail refers to %q, want %q", got.Header.Get("References"), ids[0])
			}
		}
		for what, d := range map[string]*Desk{
			"a wrong password": desk("OTHER-SECRET", pool), "a stranger's certificate": desk("MAIL-SECRET", x509.NewCertPool()),
		} {
			err := d.seats[0].sender.send(t.Context(), message{About: k, At: noon, Line: "x"})
			if err == nil || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if len(mails) != 0 {
			t.Error("a mail was taken that should not have been sent")
		}
	}
}
