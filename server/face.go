package main

import (
	"crypto/tls"
	"log/slog"
	"net"
	"slices"
	"time"

	"weir/shop/guard"
)

// face is how a server shows itself to browsers: over what, and under which names.
type face struct {
	tls      *tls.Config // nil without TLS
	root     *guard.Root // the shop's own certificate authority; nil when there is none
	loopback bool        // it can be reached from this machine only
	secure   bool        // browsers reach it over HTTPS
	hosts    []string    // names it is reached by, besides its addresses
	urls     []string    // where it is reached, the best first
}

// newFace finds out how a server that listens at an address is reached.
func newFace(c *Serve, at net.Addr, now func() time.Time, log *slog.Logger) (*face, error) {
	public, err := publicURL(c.PublicURL)
	if err != nil {
		return nil, err
	}
	f := &face{loopback: guard.Loopback(at), hosts: c.Hosts}
	if public != nil {
		f.hosts = append(slices.Clone(f.hosts), public.Hostname())
	}
	f.tls, f.root, err = guard.NewTLS(guard.TLSConfig{Mode: c.TLS, CertFile: c.TLSCert, KeyFile: c.TLSKey, Data: c.Data, Hosts: f.hosts,
		Now: now, Log: log})
	if err != nil {
		return nil, err
	}
	f.secure = f.tls != nil || public != nil && public.Scheme == "https"
	f.urls = guard.URLs(at, f.tls != nil, c.Hosts)
	if public != nil {
		f.urls = append([]string{public.String()}, f.urls...)
	}
	return f, nil
}
