package connector

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"weir/shop/try"
)

const secret = "s3cret"

func hash(text string) string { sum := md5.Sum([]byte(text)); return hex.EncodeToString(sum[:]) }

// platform is a platform of neither Ele.me nor Meituan: it speaks as their public documents say. It keeps every call that
// the shop makes with a good signature.
type platform struct {
	t    *testing.T
	http *httptest.Server
	name string

	mu    sync.Mutex
	calls []string // action and order
	says  []string // answers to the next calls; "" is success
}

func newPlatform(t *testing.T, name string) *platform {
	p := &platform{t: t, name: name}
	p.http = httptest.NewServer(p)
	t.Cleanup(p.http.Close)
	return p
}

// ServeHTTP implements [http.Handler]: the shop calls.
func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := ""
	if p.name == "eleme" {
		var c struct {
			Action, Token, Signature string
			Params                   map[string]json.RawMessage
			Metas                    struct {
				AppKey    string `json:"app_key"`
				Timestamp int64
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			p.t.Error(err)
		}
		pairs := []string{fmt.Sprintf("app_key=%q", c.Metas.AppKey), fmt.Sprintf("timestamp=%d", c.Metas.Timestamp)}
		for name, v := range c.Params {
			pairs = append(pairs, name+"="+string(v))
		}
		slices.Sort(pairs)
		if strings.ToUpper(hash(c.Action+c.Token+strings.Join(pairs, "")+secret)) != c.Signature || c.Token != "tok" {
			p.t.Errorf("a call of %s is signed wrongly", c.Action)
		}
		param := func(name string) string { return strings.Trim(string(c.Params[name]), `"`) }
		call = c.Action + " " + param("orderId") + param("type") + param("stockMap")
	} else {
		q := r.URL.Query()
		given := q.Get("sig")
		q.Del("sig")
		pairs, _ := url.QueryUnescape(q.Encode())
		if hash(p.http.URL+r.URL.Path+"?"+pairs+secret) != given {
			p.t.Errorf("a call of %s is signed wrongly", r.URL)
		}
		call = strings.TrimPrefix(r.URL.Path, "/") + " " + q.Get("order_id") + q.Get("reason_code")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	say := ""
	if len(p.says) > 0 {
		say, p.says = p.says[0], p.says[1:]
	}
	switch say {
	case "502":
		w.WriteHeader(http.StatusBadGateway)
	case "":
		p.calls = append(p.calls, strings.TrimSpace(call))
		io.WriteString(w, `{"data":"ok","error":null}`)
	default:
		fmt.Fprintf(w, `{"data":"ng","error":{"code":%q}}`, say)
	}
}

func (p *platform) had() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func (p *platform) until(want ...string) {
	p.t.Helper()
	try.Until(p.t, fmt.Sprint(want), func() bool { return len(slices.Compact(p.had())) >= len(want) })
	if got := slices.Compact(p.had()); !slices.Equal(got, want) { // a call may be made again
		p.t.Errorf("the platform was told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
