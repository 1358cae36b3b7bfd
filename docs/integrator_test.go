package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/server/adapter"
	"weir/shop"
	"weir/shop/try"
)

// block is one fenced example, or a comment that says what the shop itself does.
type block struct {
	line       int
	kind, text string
}

var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$|^<!-- shop: (.*?) -->$")

func blocks(t *testing.T, file string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllSubmatchIndex(text, -1) {
		b := block{line: 1 + strings.Count(string(text[:m[0]]), "\n"), kind: "shop"}
		if m[2] >= 0 {
			b.kind, b.text = string(text[m[2]:m[3]]), string(text[m[4]:m[5]])
		} else {
			b.text = string(text[m[6]:m[7]])
		}
		list = append(list, b)
	}
	return list
}

// parts takes an example apart: its first line, its headers, its body.
func parts(text string) (first string, headers http.Header, body string) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	headers = http.Header{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		headers.Set(name, value)
	}
	return lines[0], headers, body
}

var keyOf = regexp.MustCompile(`<key of ([a-z]+)>`)

// answer is what came back over HTTP.
type answer struct {
	status string
	header http.Header
	body   []byte
}

func (h *house) ask(text string) (answer, error) {
	first, headers, body := parts(text)
	method, path, ok := strings.Cut(first, " ")
	if !ok {
		return answer{}, fmt.Errorf("%q: want a method and a path", first)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.http.URL+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for name := range headers {
		req.Header.Set(name, keyOf.ReplaceAllStringFunc(headers.Get(name),
			func(m string) string { return h.keys[keyOf.FindStringSubmatch(m)[1]] }))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text2, err := io.ReadAll(resp.Body)
	return answer{resp.Status, resp.Header, text2}, err
}

func (a answer) check(text string) error {
	first, headers, body := parts(text)
	if a.status != first {
		return fmt.Errorf("answered %s, the page says %s: %s", a.status, first, a.body)
	}
	for name := range headers {
		if got, want := a.header.Get(name), headers.Get(name); got != want && !strings.HasPrefix(got, want+";") {
			return fmt.Errorf("%s: %q, the page says %q", name, got, want)
		}
	}
	return fits(body, a.body)
}

// fits holds JSON against the page's: what the page shows has to be there. "…" stands for any value, "≈31" for about 31.
func fits(page string, real []byte) error {
	var want, got any
	if err := json.Unmarshal([]byte(page), &want); err != nil {
		return fmt.Errorf("the page's JSON: %w", err)
	}
	if err := json.Unmarshal(real, &got); err != nil {
		return fmt.Errorf("%s: %w", real, err)
	}
	if err := within("", want, got); err != nil {
		return fmt.Errorf("%w in %s", err, real)
	}
	return nil
}

// tolerance is how far a figure may be from one that the page gives with "≈": what depends on how fast the crew is.
const tolerance = 0.2

func within(at string, want, got any) error {
	if word, ok := want.(string); ok && strings.HasPrefix(word, "≈") {
		about, err := strconv.ParseFloat(strings.TrimPrefix(word, "≈"), 64)
		if n, isNumber := got.(float64); err != nil || !isNumber || n < about*(1-tolerance) || n > about*(1+tolerance) {
			return fmt.Errorf("%s is %v, the page says %s", at, got, word)
		}
		return nil
	}
	if want == "…" {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is %v, no object", at, got)
		}
		for name, v := range want {
			inner, there := members[name]
			if !there {
				return fmt.Errorf("%s/%s is not there", at, name)
			}
			if err := within(at+"/"+name, v, inner); err != nil {
				return err
			}
		}
	case []any:
		elements, ok := got.([]any)
		if !ok || len(elements) != len(want) {
			return fmt.Errorf("%s is %v, the page has %d elements", at, got, len(want))
		}
		for i := range want {
			if err := within(fmt.Sprintf("%s/%d", at, i), want[i], elements[i]); err != nil {
				return err
			}
		}
	default:
		if !reflect.DeepEqual(want, got) {
			return fmt.Errorf("%s is %v, the page says %v", at, got, want)
		}
	}
	return nil
}

// channelOf is the channel that a message is from: named by its topic, or in it.
func channelOf(topic, body string) string {
	var m struct{ Channel string }
	if err := json.Unmarshal([]byte(body), &m); err == nil && m.Channel != "" {
		return m.Channel
	}
	return topic[strings.LastIndex(topic, "/")+1:]
}

func (h *house) message(text string) error {
	first, _, body := parts(text)
	verb, topic, _ := strings.Cut(first, " ")
	g, err := h.join(channelOf(topic, body))
	if err != nil {
		return err
	}
	if verb == "publish" {
		if token := g.Publish(topic, 1, false, body); !token.WaitTimeout(try.Patience) || token.Error() != nil {
			return fmt.Errorf("publish: %w", token.Error())
		}
		return nil
	}
	select {
	case m := <-g.Heard:
		return fits(body, m.Payload())
	case <-time.After(try.Patience):
		return errors.New("no answer")
	}
}

func TestTheIntegratorsExamplesRun(t *testing.T) {
	h := open(t, func(*shop.Config) {})
	asked := map[string]int{}
	var last *answer
	for _, b := range blocks(t, "integrator.md") {
		var err error
		switch {
		case b.kind == "shop":
			err = h.obey(b.text)
		case b.kind == "http" && last == nil:
			var a answer
			a, err = h.ask(b.text)
			last = &a
		case b.kind == "http":
			err = last.check(b.text)
			last = nil
		case b.kind == "mqtt":
			err = h.message(b.text)
		case b.kind == "webhook":
			err = called(t, b.text)
		case b.kind == "go":
			err = receiver(b.text)
		default:
			err = fmt.Errorf("an example of kind %s is not run", b.kind)
		}
		if err != nil {
			t.Fatalf("integrator.md:%d: %v", b.line, err)
		}
		asked[b.kind]++
	}
	if asked["http"] < 30 || asked["mqtt"] < 8 || asked["webhook"] != 3 || asked["go"] != 1 || last != nil {
		t.Errorf("ran %v: the page has lost examples", asked)
	}
}

// called has a shop with an adapter paused by its owner, and holds the call against the page.
func called(t *testing.T, text string) error {
	var page struct{ Type string }
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		return err
	}
	bodies := make(chan []byte, 100)
	platform := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			bodies <- body
		}
	}))
	defer platform.Close()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), 0o600); err != nil {
		return err
	}
	kind := shop.AdapterKind(strings.TrimPrefix(page.Type, "intake."))
	h := open(t, func(c *shop.Config) {
		c.Channels[1].Leased, c.Channels[1].Adapter = false, &shop.Adapter{Kind: kind, URL: platform.URL, KeyFile: key}
	})
	h.do(shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: "paused", Until: try.Noon.Add(40 * time.Minute), By: "owner"}})
	all, err := adapter.All(adapter.Config{Shop: h.Store, Now: h.Clock.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	for _, a := range all {
		try.Run(t, a.Run)
	}
	select {
	case body := <-bodies:
		return fits(text, body)
	case <-time.After(try.Patience):
		return errors.New("the platform was not called")
	}
}

// A page that is wrong is found out: the control of the test above.
func TestAWrongExampleIsFoundOut(t *testing.T) {
	real := []byte(`{"a": 1, "list": [{"b": "x"}], "more": true}`)
	for page, ok := range map[string]bool{
		`{"a": 1}`: true, `{"a": "…", "list": [{"b": "x"}]}`: true, `{"list": "…"}`: true, `{"a": "≈1.1"}`: true, `{"a": "≈2"}`: false,
		`{"a": 2}`: false, `{"c": "…"}`: false, `{"list": []}`: false, `{"list": [{"b": "y"}]}`: false, `{"list": {}}`: false, `[1]`: false,
		`{`: false,
	} {
		if err := fits(page, real); (err == nil) != ok {
			t.Errorf("%s: %v", page, err)
		}
	}
	a := answer{status: "200 OK", header: http.Header{"Location": {"/a"}}, body: real}
	if a.check("200 OK\n\n{}") != nil || a.check("201 Created\n\n{}") == nil || a.check("200 OK\nLocation: /b\n\n{}") == nil {
		t.Error("status or header are not compared")
	}
}
