package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/shop/guard"
	"weir/shop/words"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// thing is something wrong, with one sentence for every language.
func thing(k Kind, id, text string) Thing {
	return Thing{Kind: k, ID: id, Shop: "茉莉小店", Text: func(words.Lang) string { return text }}
}

// file writes a secret into a file.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestOneMessageAThing: what is wrong is told once, when it has lasted; once more when it has been gone for long enough.
// What comes and goes is one thing, and what went before it was told is none.
func TestOneMessageAThing(t *testing.T) {
	out := []Thing{thing(Printer, "label", "缺纸")}
	target := Target{Name: "boss", To: WeCom, Kinds: []string{"printer"}}
	tab := table{target: &target}
	at := func(after time.Duration, things []Thing, want string) {
		t.Helper()
		now := noon.Add(after)
		tab.see(things, now)
		got := ""
		if k, over := tab.next(now, time.UTC); k != nil {
			got = "raised"
			if over {
				got = "over"
			}
			tab.told(*k, over, now)
		}
		if got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
	at(0, out, "")
	at(2*time.Minute-time.Second, out, "")
	at(2*time.Minute, out, "raised")
	at(3*time.Minute, out, "")
	at(4*time.Minute, nil, "")
	at(4*time.Minute+30*time.Second, out, "") // it was back within settle
	at(5*time.Minute, nil, "")
	at(6*time.Minute-time.Second, nil, "")
	at(6*time.Minute, nil, "over")
	at(7*time.Minute, nil, "")
	at(8*time.Minute, out, "") // a thing of its own
	at(8*time.Minute+30*time.Second, nil, "")
	at(20*time.Minute, nil, "") // never told, never over
	if len(tab.things) != 0 {
		t.Errorf("left over: %+v", tab.things)
	}
	at(21*time.Minute, []Thing{thing(Disk, "", "full")}, "") // another kind
}

// TestHoursAndWaits: a message waits for the target's hours, also over midnight, and no target waits less than it asks.
func TestHoursAndWaits(t *testing.T) {
	day := Target{From: 8 * time.Hour, Until: 23 * time.Hour}
	night := Target{From: 22 * time.Hour, Until: 6 * time.Hour}
	for clock, want := range map[string][2]bool{
		"07:59": {false, false}, "08:00": {true, false}, "22:30": {true, true}, "23:00": {false, true}, "05:59": {false, true},
		"06:00": {false, false},
	} {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{day.hears(at), night.hears(at)}; got != want {
			t.Errorf("%s: %v, want %v", clock, got, want)
		}
	}
	if (&Target{After: time.Hour}).wait(Disk) != time.Hour || (&Target{After: time.Second}).wait(Printer) != 2*time.Minute {
		t.Error("the longer of the two waits holds")
	}
}

// TestATargetKnowsOnlySoMuch: a flood of things fills no memory, and says how many it left out.
func TestATargetKnowsOnlySoMuch(t *testing.T) {
	var many []Thing
	for i := range knownMax + 7 {
		many = append(many, thing(SoldOut, strings.Repeat("x", i+1), "sold out"))
	}
	tab := table{target: &Target{}}
	tab.see(many, noon)
	if len(tab.things) != knownMax || tab.left != 7 {
		t.Errorf("%d known, %d left out", len(tab.things), tab.left)
	}
}

// receiver is a service that takes calls as the real ones do, and refuses what they refuse.
type receiver struct {
	mu     sync.Mutex
	calls  []*http.Request
	bodies [][]byte
	answer string // instead of what is right; "" is what check says
	status int
	check  func(r *http.Request, body []byte) string
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(http.MaxBytesReader(w, r.Body, 1<<16)) // a body that is cut short fails the check
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls, v.bodies = append(v.calls, r), append(v.bodies, body.Bytes())
	if v.status != 0 {
		w.WriteHeader(v.status)
		return
	}
	answer := v.answer
	if answer == "" {
		answer = v.check(r, body.Bytes())
	}
	if code, text, ok := strings.Cut(answer, " "); ok && code == "401" {
		http.Error(w, text, http.StatusUnauthorized)
		return
	}
	_, _ = w.Write([]byte(answer))
}

func (v *receiver) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.calls)
}

// robotText is the text of a robot's message as WeCom and DingTalk take it.
func robotText(body []byte) string {
	var m struct {
		Msgtype string
		Text    struct{ Content string }
	}
	if json.Unmarshal(body, &m) != nil || m.Msgtype != "text" || len(m.Text.Content) > 2048 {
		return ""
	}
	return m.Text.Content
}

const whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// services in the tests: what each takes, by its own documentation.
var checks = map[string]struct {
	path, secret string
	check        func(r *http.Request, body []byte) string
}{
	WeCom: {"/cgi-bin/webhook/send?key=KEY-SECRET", "", func(r *http.Request, body []byte) string {
		switch {
		case r.URL.Query().Get("key") != "KEY-SECRET":
			return `{"errcode":93000,"errmsg":"invalid webhook url"}`
		case robotText(body) == "":
			return `{"errcode":44004,"errmsg":"empty content"}`
		}
		return `{"errcode":0,"errmsg":"ok"}`
	}},
	DingTalk: {"/robot/send?access_token=TOKEN-SECRET", "SEC-SECRET", func(r *http.Request, body []byte) string {
		q := r.URL.Query()
		if q.Get("access_token") != "TOKEN-SECRET" || q.Get("sign") != SignDingTalk("SEC-SECRET", q.Get("timestamp")) || robotText(body) == "" {
			return `{"errcode":310000,"errmsg":"sign not match"}`
		}
		return `{"errcode":0,"errmsg":"ok"}`
	}},
	Feishu: {"/open-apis/bot/v2/hook/HOOK-SECRET", "FS-SECRET", func(r *http.Request, body []byte) string {
		var m struct {
			Timestamp, Sign string
			MsgType         string `json:"msg_type"`
			Content         struct{ Text string }
		}
		switch {
		case r.URL.Path != "/open-apis/bot/v2/hook/HOOK-SECRET" || json.Unmarshal(body, &m) != nil || m.MsgType != "text" || m.Content.Text == "":
			return `{"code":9499,"msg":"Bad Request","data":{}}`
		case m.Sign != SignFeishu("FS-SECRET", m.Timestamp):
			return `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`
		}
		return `{"code":0,"msg":"success","data":{}}`
	}},
	Ntfy: {"/weir-TOPIC-SECRET", "tk_SECRET", func(r *http.Request, body []byte) string {
		if r.Header.Get("Authorization") != "Bearer tk_SECRET" || len(body) == 0 || r.Header.Get("Priority") == "" {
			return "401 unauthorized"
		}
		return `{"id":"x","event":"message"}`
	}},
	Webhook: {"/hook?t=QUERY-SECRET", whsec, func(r *http.Request, body []byte) string {
		key, _ := guard.ParseWebhookKey(whsec)
		id := r.Header.Get("webhook-id")
		var at int64
		if json.Unmarshal([]byte(r.Header.Get("webhook-timestamp")), &at) != nil ||
			r.Header.Get("webhook-signature") != guard.SignWebhook(key, id, time.Unix(at, 0), body) {
			return "401 unauthorized"
		}
		return "ok"
	}},
}

// try is a desk with one target at a receiver.
func try(t *testing.T, to, path, secret string, v *receiver, log *slog.Logger) *Desk {
	t.Helper()
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	target := Target{Name: "boss", To: to, URLFile: file(t, server.URL+path)}
	if secret != "" {
		target.SecretFile = file(t, secret)
	}
	d, err := New(Config{Targets: []Target{target}, Look: func() []Thing { return nil }, Now: time.Now, Local: time.UTC, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestEachServiceTakesIt: what is sent passes what the service checks, for what is wrong and for what is over; with a secret
// that is wrong it does not (the control), and neither an error nor the log has a secret in it.
func TestEachServiceTakesIt(t *testing.T) {
	for to, s := range checks {
		for _, over := range []bool{false, true} {
			var log bytes.Buffer
			v := &receiver{check: s.check}
			d := try(t, to, s.path, s.secret, v, slog.New(slog.NewTextHandler(&log, nil)))
			k := known{Kind: Printer, ID: "label", Shop: "茉莉小店", Text: "缺纸 \"<&>", Since: noon, Gone: noon.Add(time.Hour)}
			m := newMessage(words.ZH, k, over, noon.Add(time.Hour), time.UTC)
			if err := d.seats[0].sender.send(t.Context(), m); err != nil {
				t.Errorf("%s, over %t: %v", to, over, err)
			}
			if !bytes.Contains(v.bodies[0], []byte("缺纸")) {
				t.Errorf("%s: %s", to, v.bodies[0])
			}
			wrong := try(t, to, strings.ReplaceAll(s.path, "SECRET", "WRONG"), strings.Replace(s.secret, "S", "T", 1), v, d.config.Log)
			if to == Webhook {
				wrong = try(t, to, s.path, "whsec_"+strings.Repeat("A", 32), v, d.config.Log)
			}
			if to == Ntfy {
				wrong = try(t, to, s.path, "tk_WRONG", v, d.config.Log)
			}
			err := wrong.seats[0].sender.send(t.Context(), m)
			if err == nil {
				t.Errorf("%s: a wrong secret is taken", to)
				continue
			}
			wrong.note(wrong.seats[0], k, over, err)
			said := log.String() + err.Error()
			for _, secret := range []string{"SECRET", "WRONG", "whsec"} {
				if strings.Contains(said, secret) {
					t.Errorf("%s: a secret was said: %s", to, said)
				}
			}
		}
	}
}

// TestAServiceThatCannotBeReached says so without its address, which holds a secret.
func TestAServiceThatCannotBeReached(t *testing.T) {
	for to, s := range checks {
		v := &receiver{check: s.check}
		server := httptest.NewServer(v)
		target := Target{Name: "boss", To: to, URLFile: file(t, server.URL+s.path)}
		if s.secret != "" {
			target.SecretFile = file(t, s.secret)
		}
		d, err := New(Config{Targets: []Target{target}, Now: time.Now, Local: time.UTC, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		server.Close()
		err = d.seats[0].sender.send(t.Context(), message{Line: "x"})
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// TestTheDeskTellsAndRemembers: over the whole way, with a service that is down at first. A desk that is started anew tells
// nothing twice, and tells that it is over.
func TestTheDeskTellsAndRemembers(t *testing.T) {
	var mu sync.Mutex
	now, wrong := noon, []Thing{thing(Disk, "", "the disk is full"), thing(Disk, "2", "the file is damaged")}
	v := &receiver{check: checks[WeCom].check, status: http.StatusInternalServerError}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	config := Config{
		Targets: []Target{{Name: "boss", To: WeCom, URL: server.URL + checks[WeCom].path}},
		Look:    func() []Thing { mu.Lock(); defer mu.Unlock(); return wrong },
		Now:     func() time.Time { mu.Lock(); defer mu.Unlock(); return now },
		Local:   time.UTC, Keep: File(filepath.Join(t.TempDir(), FileName)), Log: slog.New(slog.DiscardHandler),
	}
	start := func() (d *Desk, stop func()) {
		d, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		const short = time.Millisecond
		d.terms = terms{look: short, pace: short, first: short, most: 5 * short, wrong: short}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		return d, func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	until := func(what string, so func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("still not so: " + what)
			}
		}
	}
	d, stop := start()
	until("it fails", func() bool { return !d.Status()[0].Failing.IsZero() && v.count() > 2 })
	v.mu.Lock()
	v.status, v.bodies = 0, nil
	v.mu.Unlock()
	told := func() (n int) {
		d.seats[0].mu.Lock()
		defer d.seats[0].mu.Unlock()
		return len(d.seats[0].table.kept())
	}
	until("both are told", func() bool { return told() == 2 && d.Status()[0].Failing.IsZero() })
	stop()
	v.mu.Lock()
	if len(v.bodies) != 2 {
		t.Errorf("%d messages for two things: %q", len(v.bodies), v.bodies)
	}
	v.bodies = nil
	v.mu.Unlock()

	d, stop = start() // as after a restart of the program
	if told() != 2 {
		t.Error("what was told is forgotten")
	}
	mu.Lock()
	wrong = wrong[:1]
	mu.Unlock()
	until("the second is gone", func() bool {
		d.seats[0].mu.Lock()
		defer d.seats[0].mu.Unlock()
		return !d.seats[0].table.things[1].Gone.IsZero()
	})
	mu.Lock()
	now = now.Add(settle)
	mu.Unlock()
	until("it is over", func() bool { return told() == 1 })
	stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.bodies) != 1 || !strings.Contains(robotText(v.bodies[0]), "已恢复：the file is damaged") {
		t.Errorf("after the restart: %q", v.bodies)
	}
}

// TestWhatIsWrongWithTargets is said before the shop runs, without a secret.
func TestWhatIsWrongWithTargets(t *testing.T) {
	good := Target{Name: "a", To: Ntfy, URL: "https://ntfy.sh/x"}
	for name, change := range map[string]func(*Target){
		"no name":        func(t *Target) { t.Name = "" },
		"no service":     func(t *Target) { t.To = "pager" },
		"no url":         func(t *Target) { t.URL = "" },
		"both":           func(t *Target) { t.URLFile = "f" },
		"a scheme":       func(t *Target) { t.URL = "ftp://SECRET@x/" },
		"a password":     func(t *Target) { t.URL = "https://u:SECRET@x/" },
		"no such kind":   func(t *Target) { t.Kinds = []string{"weather"} },
		"no such lang":   func(t *Target) { t.Lang = "xx" },
		"mail elsewhere": func(t *Target) { t.MailFrom = "a@b.c" },
		"no addresses":   func(t *Target) { t.To, t.URL = Email, "smtp://h" },
		"a header": func(t *Target) {
			t.To, t.URL, t.MailFrom, t.MailTo = Email, "smtp://h", "a@b.c", []string{"a@b.c\r\nBcc: x@y.z"}
		},
	} {
		bad := good
		change(&bad)
		if err := Check([]Target{bad}); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Check([]Target{good}); err != nil {
		t.Error(err)
	}
	if err := Check([]Target{good, good}); err == nil {
		t.Error("a name twice is taken")
	}
}
