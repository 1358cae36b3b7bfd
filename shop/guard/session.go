package guard

import (
	"net/http"
	"strings"
	"time"
)

// Span is how long a session lasts: Idle without a request, Limit altogether (OWASP ASVS 5.0.0, 7.3.1 and 7.3.2).
type Span struct{ Idle, Limit time.Duration }

// Over reports whether a session that began and was last seen then has come to its end.
func (s Span) Over(began, seen, now time.Time) bool {
	return now.Sub(seen) > s.Idle || now.Sub(began) > s.Limit
}

// securePrefix keeps other hosts of the same domain from setting a cookie (RFC 6265bis, 4.1.3.2). Browsers take it
// over HTTPS only.
const securePrefix = "__Host-"

// Cookies makes and reads the cookies of a server.
type Cookies struct {
	Secure bool // browsers reach the server over HTTPS
}

// Name is a cookie's name with the prefix that it has over HTTPS.
func (c Cookies) Name(name string) string {
	if c.Secure {
		return securePrefix + name
	}
	return name
}

// Make makes a cookie that scripts cannot read and that goes to this server alone. No token ends the cookie. age is
// how long the browser keeps it; browsers keep none longer than 400 days.
func (c Cookies) Make(name, token string, age time.Duration) *http.Cookie {
	cookie := &http.Cookie{
		Name: c.Name(name), Value: token, Path: "/", MaxAge: int(age / time.Second),
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	return cookie
}

// Token is the hash of the token in a request's cookie; ok is false when there is no such cookie.
func (c Cookies) Token(r *http.Request, name string) (h Hash, ok bool) {
	cookie, err := r.Cookie(c.Name(name))
	if err != nil {
		return Hash{}, false
	}
	return HashOf(cookie.Value), true
}

// Bearer is the token in a request's Authorization header, "" when there is none (RFC 6750, 2.1).
func Bearer(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	return ""
}
