package connector

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Signature says how something is signed: one of six families, with what differs among their members.
type Signature struct {
	Kind      string `yaml:"kind"`
	Prefix    string `yaml:"prefix"`     // template before what is signed: {url}, {action}, {token}
	Sep       string `yaml:"sep"`        // between two members
	JSON      bool   `yaml:"json"`       // values are signed as JSON
	SkipEmpty bool   `yaml:"skip_empty"` // members without a value are not signed
	Upper     bool   `yaml:"upper"`      // hexadecimal digits in upper case
	Base64    bool   `yaml:"base64"`     // and not hexadecimal
	Field     string `yaml:"field"`      // member that holds it, and is not signed
	Header    string `yaml:"header"`     // or header
}

// signed is what there is to sign.
type signed struct {
	members map[string]any // without the signature
	body    []byte
	prefix  string
	app     string
	secret  string
}

// families are the ways to sign: what the digest is over, and the digest.
var families = map[string]func(s Signature, of signed) []byte{
	// MD5 over prefix, name=value and secret: Ele.me, Meituan.
	"md5-kv": func(s Signature, of signed) []byte { return md5sum(of.prefix + s.pairs(of.members, "=") + of.secret) },
	// MD5 over secret, namevalue and secret: JD, Dada.
	"md5-wrapped": func(s Signature, of signed) []byte { return md5sum(of.secret + s.pairs(of.members, "") + of.secret) },
	// SHA-1 over secret and namevalue: Meituan's restaurants, Meituan's riders.
	"sha1-kv": func(s Signature, of signed) []byte { return sha1sum(of.secret + s.pairs(of.members, "")) },
	// SHA-1 over secret and body: Douyin.
	"sha1-body": func(_ Signature, of signed) []byte { return sha1sum(of.secret + string(of.body)) },
	// HMAC-SHA256 over prefix and body: Uber, Square, Deliverect.
	"hmac-sha256": func(_ Signature, of signed) []byte {
		mac := hmac.New(sha256.New, []byte(of.secret))
		mac.Write([]byte(of.prefix))
		mac.Write(of.body)
		return mac.Sum(nil)
	},
	// Base64 of the hexadecimal MD5 over body&id&key: SF.
	"md5-body": func(_ Signature, of signed) []byte {
		return []byte(hex.EncodeToString(md5sum(string(of.body) + "&" + of.app + "&" + of.secret)))
	},
}

// Families are the kinds of signatures there are.
func Families() []string { return slices.Sorted(maps.Keys(families)) }

func md5sum(text string) []byte { sum := md5.Sum([]byte(text)); return sum[:] }

func sha1sum(text string) []byte { sum := sha1.Sum([]byte(text)); return sum[:] }

// base64 reports whether the signature is written in Base64, and not in hexadecimal digits.
func (s Signature) base64() bool { return s.Base64 || s.Kind == "md5-body" }

// sign is the signature as text.
func (s Signature) sign(of signed) string {
	sum := families[s.Kind](s, of)
	switch {
	case s.base64():
		return base64.StdEncoding.EncodeToString(sum)
	case s.Upper:
		return strings.ToUpper(hex.EncodeToString(sum))
	}
	return hex.EncodeToString(sum)
}

// good reports whether a signature is the right one. Hexadecimal digits may be in either case.
func (s Signature) good(given string, of signed) bool {
	want := s.sign(of)
	if !s.base64() {
		given, want = strings.ToLower(given), strings.ToLower(want)
	}
	return hmac.Equal([]byte(given), []byte(want))
}

// pairs are the members in the order of their names, each with its value.
func (s Signature) pairs(members map[string]any, equals string) string {
	var list []string
	for name, v := range members {
		value := s.value(v)
		if name == s.Field || s.SkipEmpty && value == "" {
			continue
		}
		list = append(list, name+equals+value)
	}
	slices.Sort(list)
	return strings.Join(list, s.Sep)
}

// value is a member's value as it is signed.
func (s Signature) value(v any) string {
	if text, ok := v.(string); ok && !s.JSON {
		return text
	}
	if simple := plain(v); simple != "" && !s.JSON {
		return simple
	}
	return string(encode(v))
}

// encode is JSON as platforms write it: <, > and & stand for themselves. It is nil for what cannot be encoded.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
