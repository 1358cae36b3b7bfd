package replica

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/benbjohnson/litestream"
	"github.com/benbjohnson/litestream/file"
	"github.com/benbjohnson/litestream/nats"
	"github.com/benbjohnson/litestream/s3"
	"github.com/benbjohnson/litestream/sftp"
)

// Target is where a copy is kept.
type Target struct {
	url  *url.URL
	dir  string            // of a directory; "" is elsewhere
	with map[string]string // options of the URL
}

// options are those that each scheme knows.
var options = map[string][]string{
	"file": nil,
	"sftp": {"key", "host_key"},
	"s3":   {"endpoint", "region"},
	"nats": {"creds", "ca", "tls"},
}

// Parse reads where a copy is kept: a directory as /mnt/stick/weir or file:///mnt/stick/weir, sftp://user@host/path with the
// options key and host_key (files), s3://bucket/path with endpoint and region, nats://host:4222/bucket with creds, ca (files)
// and tls=on. Its errors have no password in them.
func Parse(text string) (*Target, error) {
	if filepath.IsAbs(text) {
		return &Target{url: &url.URL{Scheme: "file", Path: text}, dir: filepath.Clean(text)}, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("the copy's URL cannot be read; want /directory, sftp://, s3:// or nats://")
	}
	known, ok := options[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("a copy cannot go to %q; want /directory, sftp://, s3:// or nats://", u.Scheme)
	}
	t := &Target{url: u, with: map[string]string{}}
	for name, values := range u.Query() {
		if !slices.Contains(known, name) || len(values) != 1 {
			return nil, fmt.Errorf("option %q of the copy's URL: %s knows %v, each once", name, u.Scheme, known)
		}
		t.with[name] = values[0]
	}
	switch {
	case u.Scheme == "file" && (u.Host != "" || !filepath.IsAbs(u.Path)):
		return nil, errors.New("want file:///directory")
	case u.Scheme == "file":
		t.dir = filepath.Clean(u.Path)
	case u.Host == "":
		return nil, fmt.Errorf("want %s:// with a host or bucket", u.Scheme)
	case u.Scheme == "sftp" && (u.User.Username() == "" || t.with["host_key"] == ""):
		return nil, errors.New("want sftp://user@host/path?host_key=FILE, the file with the server's public key")
	case u.Scheme == "nats" && strings.Trim(u.Path, "/") == "":
		return nil, errors.New("want nats://host:4222/bucket")
	case t.with["tls"] != "" && t.with["tls"] != "on":
		return nil, errors.New("option tls: want on, or leave it out")
	}
	return t, nil
}

// String names the target without its password and its options.
func (t *Target) String() string {
	if t.dir != "" {
		return t.dir
	}
	named := url.URL{Scheme: t.url.Scheme, Host: t.url.Host, Path: t.url.Path}
	return named.String()
}

// quiet takes the password out of a text.
func (t *Target) quiet(text string) string {
	if password, ok := t.url.User.Password(); ok && password != "" {
		text = strings.ReplaceAll(text, password, "…")
	}
	return text
}

// ready reports whether a target that is a directory is there. It is never made: a stick that is not plugged in would
// else be a folder on the disk that the copy is meant to outlive.
func (t *Target) ready() error {
	if t.dir == "" {
		return nil
	}
	info, err := os.Stat(t.dir)
	if err != nil {
		return fmt.Errorf("%w; the directory of the copy has to be there", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no directory", t.dir)
	}
	return nil
}

// client speaks to the target.
func (t *Target) client() (litestream.ReplicaClient, error) {
	u := t.url
	password, _ := u.User.Password()
	switch u.Scheme {
	case "file":
		return file.NewReplicaClient(t.dir), nil
	case "sftp":
		key, err := os.ReadFile(t.with["host_key"])
		if err != nil {
			return nil, fmt.Errorf("read host_key: %w", err)
		}
		c := sftp.NewReplicaClient()
		c.Host, c.Path, c.User, c.Password = u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username(), password
		if strings.HasPrefix(u.Path, "//") {
			c.Path = u.Path[1:] // an absolute path on the server
		}
		c.KeyPath, c.HostKey = t.with["key"], string(key)
		return c, nil
	case "s3":
		query := url.Values{}
		for name, value := range maps.All(t.with) {
			query.Set(name, value)
		}
		return s3.NewReplicaClientFromURL("s3", u.Host, strings.Trim(u.Path, "/"), query, u.User)
	}
	c := nats.NewReplicaClient()
	c.URL, c.BucketName = "nats://"+u.Host, strings.Trim(u.Path, "/")
	c.Username, c.Password, c.Creds, c.TLS = u.User.Username(), password, t.with["creds"], t.with["tls"] == "on"
	if ca := t.with["ca"]; ca != "" {
		c.RootCAs, c.TLS = []string{ca}, true
	}
	return c, nil
}
