// Package static holds what browsers load besides pages: style, script and icons. Everything is in the
// binary, and every address carries a checksum of its content, so that it may be cached for ever.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed *.css *.js icon vendor/*.js vendor/*.LICENSE
var files embed.FS

// Prefix is the path under which [Handler] must be mounted.
const Prefix = "/static/"

// sumLength is how much of the checksum is in the address: 40 bits tell any two versions of a file apart.
const sumLength = 10

type asset struct {
	sum  string
	kind string
	body []byte
}

var assets, build = load()

func load() (map[string]asset, string) {
	found := map[string]asset{}
	all := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		all.Write(sum[:])
		found[name] = asset{hex.EncodeToString(sum[:])[:sumLength], kind(name), body}
		return nil
	})
	if err != nil {
		panic("static: read the embedded files: " + err.Error()) // cannot happen: they are in the binary
	}
	return found, hex.EncodeToString(all.Sum(nil))[:sumLength]
}

func kind(name string) string {
	if ext := path.Ext(name); ext != ".LICENSE" {
		return mime.TypeByExtension(ext)
	}
	return "text/plain; charset=utf-8"
}

// URL is the address of a file, with its checksum: /static/0123456789/weir.css. A name that does not
// exist panics: it is a mistake in a template, found by the first test that shows the page.
func URL(name string) string {
	a, ok := assets[name]
	if !ok {
		panic("static: there is no file " + name)
	}
	return Prefix + a.sum + "/" + name
}

// Build is a checksum of all files together. A page that was made by another build reloads itself.
func Build() string { return build }

// Handler serves the files. An address with an old checksum gets the file as it is now, uncached: a
// tablet that was open during an update asks for such.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		a, ok := assets[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a.kind)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if sum == a.sum {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
	})
}
