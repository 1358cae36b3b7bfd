package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ownerPhone is somebody's browser.
type ownerPhone struct {
	t      *testing.T
	client *http.Client
	base   string
}

func newPhone(t *testing.T, base string) *ownerPhone {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &ownerPhone{t: t, client: &http.Client{Jar: jar, Timeout: patience}, base: base}
}

// get loads a page; post sends a form and follows to the page after it.
func (p *ownerPhone) get(path string) (int, string) {
	p.t.Helper()
	return p.read(p.client.Get(p.base + path))
}

func (p *ownerPhone) post(path string, form url.Values) (int, string) {
	p.t.Helper()
	return p.read(p.client.PostForm(p.base+path, form))
}

func (p *ownerPhone) read(resp *http.Response, err error) (int, string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, html.UnescapeString(string(text))
}

var secretOnPage = regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`)

// totp is the code that an authenticator shows (RFC 6238), as somebody else would write it.
func totp(t *testing.T, secret string, step int64) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(step))
	mac.Write(n[:])
	sum := mac.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1000000)
}

// begin sets a password and the second factor with a one-time link, and returns the secret and the step of the code used.
func (p *ownerPhone) begin(link, password string) (secret string, step int64) {
	p.t.Helper()
	path := strings.TrimPrefix(link, p.base)
	_, page := p.get(path)
	found := secretOnPage.FindStringSubmatch(page)
	if found == nil {
		p.t.Fatalf("no secret on the page of %s", link)
	}
	step = time.Now().Unix() / 30
	status, page := p.post(path, url.Values{"secret": {found[1]}, "password": {password}, "code": {totp(p.t, found[1], step)}})
	if status != 200 || !strings.Contains(page, `action="/owner/signout"`) {
		p.t.Fatalf("not signed in: %d %.300s", status, page)
	}
	return found[1], step
}

// TestAnOwnerActsFromOutside: somebody signs in with password and second factor, has a real shop with a broker of its own join, pauses
// it, and the shop's board says who it was. While the shop is away it is not known what became of a command, also after the fleet
// was killed; then it is done once. Controls: wrong and used codes, links and sign-ins, somebody who sees no shop, who only looks.
func TestAnOwnerActsFromOutside(t *testing.T) {
	data, shopData := t.TempDir(), t.TempDir()
	addr, mqtt := freePort(t), freePort(t)
	n := beginNode(t, data, "--addr", addr, "--mqtt-addr", mqtt)
	n.url = n.line("HTTP")
	n.line("ready")
	addStore(t, data, "demo", 30.27, 120.15)
	addStore(t, data, "other", 30.28, 120.15)
	shop := start(t, "weir", "serve", "--data", shopData, "--addr", "127.0.0.1:0", "--broker-addr", "off")
	board := ""
	for board == "" {
		if line := shop.line(""); strings.Contains(line, "http://") {
			board = line[strings.Index(line, "http://"):]
			board = strings.Fields(board)[0]
		}
	}
	board = strings.TrimRight(board, "/")

	link := run(t, "weir-fleet", "person", "add", "--data", data, "--name", "李四", "--role", "owner", "--shops", "demo")
	p := newPhone(t, n.url)
	secret, used := p.begin(link, "naicha-and-more")
	if status, _ := newPhone(t, n.url).get(strings.TrimPrefix(link, n.url)); status != 404 {
		t.Errorf("the link works twice: %d", status)
	}
	for name, form := range map[string]url.Values{
		"a code that was used":      {"name": {"李四"}, "password": {"naicha-and-more"}, "code": {totp(t, secret, used)}},
		"a wrong password":          {"name": {"李四"}, "password": {"naicha-and-less"}, "code": {totp(t, secret, used+1)}},
		"somebody who is not there": {"name": {"王五"}, "password": {"naicha-and-more"}, "code": {"123456"}},
	} {
		if status, page := newPhone(t, n.url).post("/owner/signin", form); status == 200 || strings.Contains(page, "signout") {
			t.Errorf("%s signs in: %d", name, status)
		}
	}
	if status, page := newPhone(t, n.url).get("/owner"); !strings.Contains(page, `name="password"`) {
		t.Errorf("a stranger sees %d %.200s", status, page)
	}
	if status, _ := p.get("/owner/shop/other"); status != 404 {
		t.Errorf("a shop of somebody else is shown: %d", status)
	}
	if status, _ := p.get("/owner/people"); status != 404 {
		t.Errorf("an owner sees the people: %d", status)
	}

	_, page := p.post("/owner/shop/demo/join", nil)
	code := regexp.MustCompile(`weir join '([^']+)'`).FindStringSubmatch(page)
	if code == nil {
		t.Fatalf("no code on the page: %.500s", page)
	}
	if got := run(t, "weir", "join", "--data", shopData, code[1]); !strings.Contains(got, "joined: Weir") {
		t.Fatalf("%s", got)
	}
	if out, err := program(t.Context(), t, "weir", "join", "--data", shopData, code[1]).CombinedOutput(); err == nil {
		t.Errorf("a code is good twice: %s", out)
	}
	n.eventually("the shop says how it stands", func() bool {
		_, page := p.get("/owner/shop/demo?lang=en")
		return strings.Contains(page, `id="intake"`)
	})
	pause := url.Values{"mode": {"paused"}, "for": {"30"}, "why": {"overloaded"}, "channel": {"meituan"}}
	p.post("/owner/shop/demo/intake", pause)
	n.eventually("the shop has done it", func() bool {
		_, page := p.get("/owner/shop/demo?lang=en")
		return strings.Contains(page, "done by the shop")
	})
	if _, page := newPhone(t, board).get("/kds?lang=zh"); !strings.Contains(page, "李四 在外面 暂停了美团") {
		t.Error("the board does not say who it was")
	}

	reader := newPhone(t, n.url)
	reader.begin(run(t, "weir-fleet", "person", "add", "--data", data, "--name", "赵六", "--role", "read"), "naicha-and-more")
	if status, _ := reader.post("/owner/shop/demo/intake", url.Values{"mode": {"open"}}); status != 403 {
		t.Errorf("somebody who only looks has acted: %d", status)
	}
	if status, _ := reader.get("/owner/shop/demo"); status != 200 { // the control
		t.Errorf("somebody who only looks does not see the shop: %d", status)
	}

	// The shop does not answer: it is not known, after a kill of the fleet, too.
	shop.signal(syscall.SIGSTOP)
	p.post("/owner/shop/demo/intake", url.Values{"mode": {"open"}})
	if page := english(p); !strings.Contains(page, "not known yet") {
		t.Errorf("of a frozen shop it says %.300s", page)
	}
	n.kill()
	n = beginNode(t, data, "--addr", addr, "--mqtt-addr", mqtt)
	n.url = n.line("HTTP")
	n.line("ready")
	if page := english(p); !strings.Contains(page, "not known yet") {
		t.Errorf("after a restart it says %.300s", page)
	}
	shop.signal(syscall.SIGCONT)
	n.eventually("it is done when the shop is back", func() bool { return !strings.Contains(english(p), "not known yet") })
	log := regexp.MustCompile(`<[^>]*>`)
	_, page = newPhone(t, board).get("/owner/log?lang=en")
	if text := log.ReplaceAllString(page, " "); strings.Count(text, "(not in the shop)") < 2 || strings.Count(text, "Meituan  ") > 9 {
		t.Errorf("the log says %.400s", text)
	}
	if _, page := newPhone(t, board).get("/kds?lang=zh"); strings.Contains(page, "在外面") {
		t.Error("the board still says that it is paused")
	}

	// The key is changed, and the old one is forgotten.
	old := keyOnPage(t, board)
	id := run(t, "weir-fleet", "person", "rotate-key", "--data", data)
	n.eventually("the shop knows the new key alone", func() bool {
		page := keyOnPage(t, board)
		return page != old && strings.Contains(page, "new key "+id) && strings.Contains(page, "is not good any more")
	})
	p.post("/owner/shop/demo/staff", url.Values{"station": {"tea"}, "staff": {"3"}})
	n.eventually("it goes on with the new key", func() bool { return done(english(p), "3 on duty") })

	// A phone was stolen: a new link ends everything that was.
	run(t, "weir-fleet", "person", "link", "--data", data, "李四")
	n.eventually("the stolen phone is out", func() bool { _, page := p.get("/owner"); return strings.Contains(page, `name="password"`) })

	// The shop ends it: nothing is carried out any more.
	if status, _ := newPhone(t, board).post("/owner/fleet/end", nil); status != 200 {
		t.Errorf("ending it: %d", status)
	}
	q := newPhone(t, n.url)
	q.begin(run(t, "weir-fleet", "person", "add", "--data", data, "--name", "钱七", "--role", "brand"), "naicha-and-more")
	q.post("/owner/shop/demo/intake", pause)
	if page := english(q); !strings.Contains(page, "not known yet") {
		t.Errorf("a shop that has left answers: %.300s", page)
	}
	if _, page := newPhone(t, board).get("/kds?lang=zh"); strings.Contains(page, "在外面") {
		t.Error("a shop that has left is paused")
	}
}

// english is the page of the shop in English, as text.
func english(p *ownerPhone) string {
	p.t.Helper()
	_, page := p.get("/owner/shop/demo?lang=en")
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
}

// done reports whether a page says of what was asked that it was done.
func done(page, what string) bool {
	_, after, ok := strings.Cut(page, what)
	return ok && strings.HasPrefix(strings.TrimSpace(after), "done by the shop")
}

// keyOnPage is the shop's log.
func keyOnPage(t *testing.T, board string) string {
	t.Helper()
	_, page := newPhone(t, board).get("/owner/log?lang=en")
	return page
}
