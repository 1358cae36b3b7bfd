package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"weir/shop/guard"
)

const (
	// answerWithin bounds one call.
	answerWithin = 10 * time.Second
	// answerMax is what is read of an answer, bytes.
	answerMax = 16 << 10
	// lineMax bounds a message in bytes: WeCom takes 2048 of text, ntfy 4096.
	lineMax = 2000
)

// message is what a target is told.
type message struct {
	About known
	Over  bool
	At    time.Time
	Line  string // in the target's language
}

// id is the same for each try of a message, and for no other message.
func (m *message) id() string {
	k := m.About
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d\x00%t", k.Kind, k.ID, k.Shop, k.Since.UnixNano(), m.Over))
	return "alert_" + hex.EncodeToString(sum[:12])
}

// sender brings a message to one target. Its errors have no secret in them.
type sender interface {
	send(ctx context.Context, m message) error
}

// refusal is an answer that is no success.
type refusal struct {
	what  string
	final bool // trying again will hardly help
}

// Error implements error.
func (r *refusal) Error() string { return r.what }

// newSender reads what a target needs of files.
func newSender(t Target, roots *x509.CertPool) (sender, error) {
	address := t.URL
	if t.URLFile != "" {
		var err error
		if address, err = readSecret(t.URLFile); err != nil {
			return nil, fmt.Errorf("read url_file: %w", err)
		}
	}
	u, err := parseURL(t.To, address)
	if err != nil {
		return nil, err
	}
	secret, err := readSecret(t.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("read secret_file: %w", err)
	}
	if t.To == Email {
		return newMailer(u, secret, t, roots), nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() // proxies of the machine are used
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	c := caller{url: u, secret: secret, client: &http.Client{
		Timeout: answerWithin, Transport: transport,
		// Whoever answers with another address is not who was given the secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	switch t.To {
	case WeCom:
		c.write, c.read = c.wecom, readErrcode
	case DingTalk:
		c.write, c.read = c.dingtalk, readErrcode
	case Feishu:
		c.write, c.read = c.feishu, readCode
	case Ntfy:
		c.write = c.ntfy
	case Webhook:
		key, err := webhookKey(secret)
		if err != nil {
			return nil, fmt.Errorf("secret_file: %w", err)
		}
		c.write = func(m message, _ time.Time) (*http.Request, error) { return c.webhook(m, key) }
	}
	return &c, nil
}

// caller tells a target by one HTTP call.
type caller struct {
	url    *url.URL
	secret string
	client *http.Client
	write  func(m message, at time.Time) (*http.Request, error)
	read   func(body []byte) error // nil: the status says all
}

// send implements sender.
func (c *caller) send(ctx context.Context, m message) error {
	m.Line = cut(m.Line)
	req, err := c.write(m, time.Now()) // receivers refuse a time that is far off their own clock
	if err != nil {
		return errors.New("make the call: the address or the message cannot be sent") // the cause would name the address
	}
	req.Header.Set("User-Agent", "weir")
	resp, err := c.client.Do(req.WithContext(ctx))
	if at := (*url.Error)(nil); errors.As(err, &at) {
		err = at.Err // without the address
	}
	if err != nil {
		return fmt.Errorf("call: %w", err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, answerMax)) // what is missing makes it no success below
	if s := resp.StatusCode; s/100 != 2 {
		final := s/100 == 3 || s/100 == 4 && s != http.StatusRequestTimeout && s != http.StatusTooEarly && s != http.StatusTooManyRequests
		return &refusal{what: "it answered " + strconv.Itoa(s) + " " + http.StatusText(s), final: final}
	}
	if c.read == nil {
		return nil
	}
	return c.read(body)
}

// cut keeps a text within what services take.
func cut(s string) string {
	if len(s) <= lineMax {
		return s
	}
	at := lineMax
	for at > 0 && s[at]&0xC0 == 0x80 { // within a character
		at--
	}
	return s[:at] + "…"
}

func post(address *url.URL, v any) (*http.Request, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	return req, nil
}

// text is the body that WeCom and DingTalk share.
func text(line string) any {
	return map[string]any{"msgtype": "text", "text": map[string]string{"content": line}}
}

// wecom is a call to a group robot of WeCom. [developer.work.weixin.qq.com/document/path/91770]
func (c *caller) wecom(m message, _ time.Time) (*http.Request, error) {
	return post(c.url, text(m.Line))
}

// dingtalk is a call to a robot of DingTalk. With a secret, timestamp in milliseconds and sign are in the query.
// [open.dingtalk.com/document/robots/customize-robot-security-settings]
func (c *caller) dingtalk(m message, at time.Time) (*http.Request, error) {
	u := *c.url
	if c.secret != "" {
		stamp := strconv.FormatInt(at.UnixMilli(), 10)
		q := u.Query()
		q.Set("timestamp", stamp)
		q.Set("sign", SignDingTalk(c.secret, stamp))
		u.RawQuery = q.Encode()
	}
	return post(&u, text(m.Line))
}

// feishu is a call to a robot of Feishu. With a secret, timestamp in seconds and sign are in the body.
// [open.feishu.cn/document/client-docs/bot-v3/add-custom-bot]
func (c *caller) feishu(m message, at time.Time) (*http.Request, error) {
	body := map[string]any{"msg_type": "text", "content": map[string]string{"text": m.Line}}
	if c.secret != "" {
		stamp := strconv.FormatInt(at.Unix(), 10)
		body["timestamp"], body["sign"] = stamp, SignFeishu(c.secret, stamp)
	}
	return post(c.url, body)
}

// SignDingTalk is the sign of a call to DingTalk: HMAC-SHA256 with the secret as key over the time and the secret.
func SignDingTalk(secret, stamp string) string { return mac(secret, stamp+"\n"+secret) }

// SignFeishu is the sign of a call to Feishu: HMAC-SHA256 over nothing, with the time and the secret as key.
func SignFeishu(secret, stamp string) string { return mac(stamp+"\n"+secret, "") }

func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text)) // a hash takes every byte
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// ntfy posts to a topic; its URL is the topic's. [docs.ntfy.sh/publish]
func (c *caller) ntfy(m message, _ time.Time) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, c.url.String(), bytes.NewReader([]byte(m.Line)))
	if err != nil {
		return nil, err
	}
	priority, tag := "high", "warning"
	if m.Over {
		priority, tag = "default", "white_check_mark"
	}
	req.Header.Set("Priority", priority)
	req.Header.Set("Tags", tag)
	if c.secret != "" {
		req.Header.Set("Authorization", "Bearer "+c.secret)
	}
	return req, nil
}

// webhook is a call as Standard Webhooks 1.0 has them.
func (c *caller) webhook(m message, key []byte) (*http.Request, error) {
	kind := "alert.raised"
	if m.Over {
		kind = "alert.over"
	}
	data := map[string]any{"shop": m.About.Shop, "kind": m.About.Kind, "id": m.About.ID, "text": m.About.Text, "since": m.About.Since.UTC()}
	if m.Over {
		data["over_at"] = m.About.Gone.UTC()
	}
	body, err := json.Marshal(map[string]any{"type": kind, "timestamp": m.At.UTC(), "data": data})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, c.url.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	at := time.Now()
	req.Header.Set("webhook-id", m.id())
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	if key != nil {
		req.Header.Set("webhook-signature", guard.SignWebhook(key, m.id(), at, body))
	}
	return req, nil
}

// tooFast are the answers of robots that mean "later": more than 20 messages a minute, or 5 a second.
var tooFast = map[int]bool{45009: true, 130101: true, 660026: true, 11232: true, 9499: true}

// robotAnswer reads a robot's answer: it says 200 whatever happens, and the truth in the body. What it says in words is
// left out, because some quote the call.
func robotAnswer(body []byte, name string) error {
	var answer map[string]json.RawMessage
	code := -1
	if json.Unmarshal(body, &answer) == nil {
		if err := json.Unmarshal(answer[name], &code); err != nil {
			code = -1
		}
	}
	if code == 0 {
		return nil
	}
	return &refusal{what: fmt.Sprintf("it answered with %s %d", name, code), final: code > 0 && !tooFast[code]}
}

func readErrcode(body []byte) error { return robotAnswer(body, "errcode") }
func readCode(body []byte) error    { return robotAnswer(body, "code") }
