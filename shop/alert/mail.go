package alert

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

const (
	// mailWithin bounds the whole talk with a mail server.
	mailWithin = 30 * time.Second
	// subjectMax is how many characters of a message are its subject.
	subjectMax = 60
)

// mailer sends e-mail through one server.
type mailer struct {
	host, address string // name, and name with port
	implicit      bool   // TLS from the first byte (RFC 8314)
	user, secret  string
	from          string
	to            []string
	roots         *x509.CertPool
}

func newMailer(u *url.URL, secret string, t Target, roots *x509.CertPool) *mailer {
	m := &mailer{host: u.Hostname(), implicit: u.Scheme == "smtps", secret: secret, from: t.MailFrom, to: t.MailTo, roots: roots}
	port := u.Port()
	switch {
	case port != "":
	case m.implicit:
		port = "465"
	default:
		port = "587"
	}
	m.address = net.JoinHostPort(m.host, port)
	if m.user = u.User.Username(); m.user == "" && secret != "" {
		m.user = t.MailFrom
	}
	return m
}

// send implements sender. A name and password go over TLS alone: net/smtp refuses anything else.
func (m *mailer) send(ctx context.Context, msg message) error {
	ctx, cancel := context.WithTimeout(ctx, mailWithin)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.address)
	if err != nil {
		return fmt.Errorf("reach the mail server: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // ends whatever waits
	defer stop()
	config := &tls.Config{ServerName: m.host, RootCAs: m.roots, MinVersion: tls.VersionTLS12}
	if m.implicit {
		conn = tls.Client(conn, config)
	}
	if err := m.talk(conn, config, msg); err != nil {
		var answer *textproto.Error
		if errors.As(err, &answer) { // without its words, which may quote what was sent
			return &refusal{what: fmt.Sprintf("the mail server answered %d", answer.Code), final: answer.Code >= 500}
		}
		return fmt.Errorf("talk with the mail server: %w", err)
	}
	return nil
}

func (m *mailer) talk(conn net.Conn, config *tls.Config, msg message) error {
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return err
	}
	defer c.Close()
	if can, _ := c.Extension("STARTTLS"); can && !m.implicit {
		if err := c.StartTLS(config); err != nil {
			return err
		}
	}
	if m.secret != "" {
		if err := c.Auth(smtp.PlainAuth("", m.user, m.secret, m.host)); err != nil {
			return err
		}
	}
	if err := c.Mail(m.from); err != nil {
		return err
	}
	for _, to := range m.to {
		if err := c.Rcpt(to); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.compose(msg)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // the mail is taken already
	return nil
}

// compose writes a mail (RFC 5322, RFC 2045). The mail that says a thing is over is in one conversation with the first.
func (m *mailer) compose(msg message) []byte {
	_, domain, _ := strings.Cut(m.from, "@")
	first := msg
	first.Over = false
	subject := []rune(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, msg.Line))
	if len(subject) > subjectMax {
		subject = append(subject[:subjectMax], '…')
	}
	var b bytes.Buffer
	line := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	line("From", m.from)
	line("To", strings.Join(m.to, ", "))
	line("Subject", mime.BEncoding.Encode("utf-8", string(subject)))
	line("Date", msg.At.Format(time.RFC1123Z))
	line("Message-ID", "<"+msg.id()+"@"+domain+">")
	if msg.Over {
		line("In-Reply-To", "<"+first.id()+"@"+domain+">")
		line("References", "<"+first.id()+"@"+domain+">")
	}
	line("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday answers it
	line("MIME-Version", "1.0")
	line("Content-Type", "text/plain; charset=utf-8")
	line("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(cut(msg.Line) + "\r\n"))
	for len(text) > 0 {
		n := min(76, len(text)) // RFC 2045, 6.8
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	return b.Bytes()
}
