package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/printer/virtual"
	"weir/server/store"
	"weir/shop/shopfile"
)

// said is what a program has written, for several goroutines.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// find waits until a pattern is there and returns its last match's group.
func (s *said) find(t *testing.T, pattern string) string {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		if all := regexp.MustCompile(pattern).FindAllStringSubmatch(s.String(), -1); len(all) > 0 {
			return all[len(all)-1][1]
		}
		if time.Now().After(end) {
			t.Fatalf("waited for %s in:\n%s", pattern, s)
		}
		time.Sleep(5 * time.Millisecond) // between two looks; the deadline bounds the wait
	}
}

// newBox is a box without a shop that is being started for the first time.
type newBox struct {
	t     *testing.T
	serve *Serve
	out   *said
	url   string
	ended chan error
	stop  context.CancelFunc
}

func firstBox(t *testing.T, change ...func(*Serve)) *newBox {
	t.Helper()
	dir := t.TempDir()
	b := &newBox{t: t, out: &said{}, ended: make(chan error, 1), serve: &Serve{Data: filepath.Join(dir, "data"), Addr: "127.0.0.1:0",
		BrokerAddr: "127.0.0.1:0", Config: filepath.Join(dir, "shop.yaml"), Setup: true}}
	for _, f := range change {
		f(b.serve)
	}
	b.run()
	t.Cleanup(func() { b.end() })
	b.url = b.out.find(t, `setup +(https?://\S+)/setup\n`)
	return b
}

func (b *newBox) run() {
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	go func() { b.ended <- Run(ctx, b.serve, b.out) }()
}

func (b *newBox) end() {
	if b.stop == nil {
		return
	}
	b.stop()
	b.stop = nil
	if err := <-b.ended; err != nil {
		b.t.Error(err)
	}
}

// person is a browser without script.
type person struct {
	*http.Client
	t   *testing.T
	url string
}

func (b *newBox) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	b.t.Cleanup(transport.CloseIdleConnections)
	return &person{&http.Client{Jar: jar, Timeout: patience, Transport: transport}, b.t, b.url}
}

// sight is where a browser has come to, and what it shows.
type sight struct {
	status     int
	path, body string
}

func (p *person) do(method, path string, form url.Values, header ...string) sight {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		if req.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := p.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return sight{resp.StatusCode, resp.Request.URL.Path, string(body)}
}

func (p *person) open(path string) sight { p.t.Helper(); return p.do(http.MethodGet, path, nil) }

// fill sends a form and has to come to a page.
func (p *person) fill(path, comesTo string, pairs ...string) sight {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	s := p.do(http.MethodPost, path, form)
	if s.path != comesTo || s.status != http.StatusOK {
		p.t.Fatalf("%s %v leads to %s (%d), want %s: %s", path, pairs, s.path, s.status, comesTo, wrongOn(s.body))
	}
	return s
}

// wrongOn is what a page says is wrong.
func wrongOn(body string) string {
	m := regexp.MustCompile(`role="alert">([^<]*)`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

const ownersPassword = "weir opens at ten"

// teaShop fills in a whole first start but for the last step.
func (p *person) teaShop(printer string) {
	p.t.Helper()
	p.fill("/setup/shop", "/setup/line", "zh", "堰·西湖店", "en", "Weir West Lake", "address", "杭州市西湖区文三路 90 号", "id", "hz-0001",
		"open", "09:30", "close", "01:00", "zone", "Asia/Shanghai")
	p.fill("/setup/line", "/setup/menu", "line", "2", "staff-2-0", "3", "staff-2-1", "1")
	p.fill("/setup/menu", "/setup/printers", "sold-jasmine-milk-tea", "true", "price-jasmine-milk-tea", "12.5",
		"sold-bag", "true", "price-bag", "1", "channel-meituan", "true")
	if printer != "" {
		p.fill("/setup/printers/add", "/setup/printers", "address", printer, "kind", "tspl", "size", "40x30", "name", "杯贴")
	}
	p.fill("/setup/printers", "/setup/owner")
}

func (p *person) openShop() sight {
	p.t.Helper()
	return p.fill("/setup/owner", "/owner/signin", "name", "王老板", "password", ownersPassword, "again", ownersPassword)
}

// paperAt is a label printer on a socket.
func paperAt(t *testing.T) (address string, paper *virtual.Printer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	paper = virtual.New(virtual.TSPL, 320)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- paper.Run(ctx, l) }()
	t.Cleanup(func() { stop(); <-ended })
	return l.Addr().String(), paper
}

// TestAFirstStartInTheBrowser: a new box is set up with forms alone, over TLS and with the code from its console, and is then the
// shop that was filled in, in the same process and at the same address.
func TestAFirstStartInTheBrowser(t *testing.T) {
	b := firstBox(t, func(s *Serve) { s.TLS = "auto" })
	address, paper := paperAt(t)
	p := b.person()
	if s := p.open("/kds"); s.path != "/setup" || !strings.Contains(s.body, "journalctl") {
		t.Fatalf("a stranger comes to %s", s.path)
	}
	first := b.out.find(t, `code (\d{4} \d{4})`)
	p.fill("/setup", "/setup/shop", "code", first)
	second := b.person()
	second.fill("/setup", "/setup/shop", "code", b.out.find(t, `code (\d{4} \d{4})`)) // another browser needs another code

	p.teaShop(address)
	if s := p.fill("/setup/printers/test", "/setup/printers/test", "printer", "tcp://"+address); !strings.Contains(s.body, `role="status"`) {
		t.Errorf("no test page: %s", wrongOn(s.body))
	}
	if sheets := paper.Paper(); len(sheets) != 1 || !strings.Contains(strings.Join(sheets[0].Text(), " "), "kind: tspl") {
		t.Errorf("on paper: %v", sheets)
	}
	// Back to an earlier step, in the other browser, and again with a form that is loaded twice.
	if s := second.open("/setup/shop"); !strings.Contains(s.body, "堰·西湖店") || !strings.Contains(s.body, `value="01:00"`) {
		t.Error("an earlier step does not show what was filled in")
	}
	for range 2 {
		second.fill("/setup/line", "/setup/menu", "line", "3", "staff-3-0", "1", "staff-3-1", "4", "staff-3-2", "2")
	}
	if s := p.open("/setup/owner"); !strings.Contains(s.body, "调制 4") {
		t.Error("the last step does not show what the other browser filled in")
	}
	p.openShop()
	if s := second.do(http.MethodPost, "/setup/shop", url.Values{"zh": {"别的店"}}); s.status != http.StatusNotFound {
		t.Errorf("after the end a step is answered %d", s.status)
	}
	s := p.fill("/owner/signin", "/owner/left", "secret", ownersPassword, "back", "/owner/left")
	if !strings.Contains(s.body, "WEIR_REPLICA") {
		t.Errorf("what is left: %.300s", s.body)
	}
	if s := p.open("/owner"); !strings.Contains(s.body, "堰·西湖店") {
		t.Errorf("the owner's page: %d", s.status)
	}

	info, err := os.Stat(b.serve.Config)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		t.Errorf("everybody on the box reads the file: %v", info.Mode())
	}
	c, err := shopfile.Read(b.serve.Config)
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != "hz-0001" || c.Close != 25*time.Hour || c.Settings.Staff["shake"] != 4 || len(c.Printers) != 1 || len(c.Channels) != 2 ||
		len(c.Menu.Items) != 2 || c.Menu.Items[0].PriceFen != 1250 {
		t.Errorf("the file means:\n%s", shopfile.Summary(c))
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(b.serve.Config), ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	b.end()
	b.out = &said{}
	b.run() // the next start is that of a shop
	b.out.find(t, `start +(https\S+)`)
	if strings.Contains(b.out.String(), "setup") {
		t.Errorf("a second start:\n%s", b.out)
	}
}

// TestAttackAFirstStart: on the shop's network nobody claims a new box without the code from its console.
func TestAttackAFirstStart(t *testing.T) {
	b := firstBox(t, func(s *Serve) { s.TLS, s.Hosts = "auto", []string{"localhost"} })
	code := b.out.find(t, `code (\d{4} \d{4})`)
	owner, stranger := b.person(), b.person()
	for _, path := range []string{"/setup/shop", "/setup/line", "/setup/menu", "/setup/printers", "/setup/owner"} {
		if s := stranger.open(path); s.path != "/setup" {
			t.Errorf("a stranger sees %s", s.path)
		}
	}
	for _, path := range []string{"/setup/owner", "/setup/printers/search", "/setup/printers/test", "/setup/printers/add",
		"/setup/menu/start"} {
		s := stranger.do(http.MethodPost, path, url.Values{"where": {"127.0.0.1"}, "name": {"x"}, "password": {ownersPassword},
			"again": {ownersPassword}})
		if s.path != "/setup" {
			t.Errorf("a stranger's %s leads to %s", path, s.path)
		}
	}
	s := owner.do(http.MethodPost, "/setup", url.Values{"code": {code}}, "Origin", "https://evil.example")
	if s.status != http.StatusForbidden {
		t.Errorf("another site's page: %d", s.status)
	}
	if s := owner.do(http.MethodGet, "/setup", nil, "Host", "evil.example"); s.status != http.StatusForbidden {
		t.Errorf("another host: %d", s.status)
	}
	owner.fill("/setup", "/setup/shop", "code", code) // the control: the same code on our own page
	if s := stranger.do(http.MethodPost, "/setup", url.Values{"code": {code}}); s.status != http.StatusForbidden {
		t.Errorf("a code that was used: %d", s.status)
	}
	slowed := false
	for range 40 {
		slowed = slowed || stranger.do(http.MethodPost, "/setup", url.Values{"code": {"00000000"}}).status == http.StatusTooManyRequests
	}
	if !slowed {
		t.Error("forty guesses at once were all looked at")
	}
	// What is typed is a sentence away from being right, and nothing is asked outside the shop's network.
	for _, tt := range [][]string{
		{"/setup/printers/search", "where", "8.8.8.8"}, {"/setup/printers/search", "where", "10.0.0.0/8"},
		{"/setup/printers/search", "where", "169.254.169.254"}, {"/setup/printers/search", "where", "example.com"},
		{"/setup/printers/search", "where", strings.Repeat("1", 5000)}, {"/setup/printers/search", "where", "10.0.0.250-10.0.2.9"},
		{"/setup/printers/add", "address", "203.0.113.9", "kind", "tspl"}, {"/setup/printers/add", "address", "10.0.0.1:0", "kind", "tspl"},
		{"/setup/printers/add", "address", "file:/etc/passwd", "kind", "tspl"}, {"/setup/printers/add", "address", "10.0.0.1", "kind", "lp"},
		{"/setup/printers/test", "printer", "tcp://203.0.113.9:9100"}, {"/setup/shop", "zh", ""},
		{"/setup/shop", "zh", strings.Repeat("堰", 99), "id", "a", "open", "10:00", "close", "22:00", "zone", "Asia/Shanghai"},
		{"/setup/shop", "zh", "堰", "id", "../x", "open", "10:00", "close", "22:00", "zone", "Asia/Shanghai"},
		{"/setup/shop", "zh", "堰", "id", "a", "open", "99:99", "close", "22:00", "zone", "Asia/Shanghai"},
		{"/setup/shop", "zh", "堰", "id", "a", "open", "10:00", "close", "22:00", "zone", "../../etc/passwd"},
		{"/setup/line", "line", "9"}, {"/setup/line", "line", "1", "staff-1-0", "-1"}, {"/setup/line", "line", "1", "staff-1-0", "999999999999"},
		{"/setup/menu"}, {"/setup/menu", "sold-bag", "true", "price-bag", "1"}, {"/setup/menu", "sold-grape", "true", "price-grape", "1e9"},
		{"/setup/menu/start", "menu", "nothing"}, {"/setup/owner", "name", "x", "password", "short", "again", "short"},
	} {
		form := url.Values{}
		for i := 1; i < len(tt); i += 2 {
			form.Set(tt[i], tt[i+1])
		}
		if s := owner.do(http.MethodPost, tt[0], form); s.status != http.StatusUnprocessableEntity || wrongOn(s.body) == "" {
			t.Errorf("%.80q: %d %q", tt, s.status, wrongOn(s.body))
		}
	}
	if s := owner.do(http.MethodPost, "/setup/shop", url.Values{"zh": {strings.Repeat("x", 1<<20)}}); s.status != http.StatusBadRequest {
		t.Errorf("a form of a megabyte: %d", s.status)
	}
	// A shop.yaml that comes from elsewhere meanwhile stays as it is.
	const theirs = "# not ours\n"
	owner.teaShop("")
	if err := os.WriteFile(b.serve.Config, []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"name": {"x"}, "password": {ownersPassword}, "again": {ownersPassword}}
	if s := owner.do(http.MethodPost, "/setup/owner", form); s.status != http.StatusUnprocessableEntity {
		t.Errorf("with a file in its place: %d", s.status)
	}
	if text, err := os.ReadFile(b.serve.Config); err != nil || string(text) != theirs {
		t.Errorf("the file is now %q %v", text, err)
	}
}

// TestAFirstStartIsForANewBox: a box with a shop's data, or with any shop.yaml, has had its first start.
func TestAFirstStartIsForANewBox(t *testing.T) {
	dir := t.TempDir()
	serve := &Serve{Data: filepath.Join(dir, "data"), Addr: "127.0.0.1:0", BrokerAddr: "off",
		Config: filepath.Join(dir, "shop.yaml"), Setup: true}
	refused := func(what, want string) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), patience)
		defer stop()
		if err := Run(ctx, serve, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.WriteFile(serve.Config, []byte("store: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("a file that cannot be read", "shop.yaml")
	if err := os.Remove(serve.Config); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(serve.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(serve.Data, store.FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("a shop's data", "has a shop's data")
	serve.Data, serve.Config = filepath.Join(dir, "other"), filepath.Join(dir, "nowhere", "shop.yaml")
	refused("a directory that is not there", "cannot")
}

// TestABoxWithoutAFileToMakeStarts: the unit gives --setup on every box, also on one whose settings name no file or ask for a demo.
func TestABoxWithoutAFileToMakeStarts(t *testing.T) {
	for what, change := range map[string]func(*Serve){
		"no file named": func(s *Serve) { s.Config = "" },
		"a demo":        func(s *Serve) { s.Demo = true },
	} {
		serve := &Serve{Data: filepath.Join(t.TempDir(), "data"), Addr: "127.0.0.1:0", Config: filepath.Join(t.TempDir(), "shop.yaml"),
			Setup: true}
		change(serve)
		if f, err := firstStart(t.Context(), serve, io.Discard); err != nil || f.listener != nil {
			t.Errorf("%s: %v, a first start: %v", what, err, f.listener != nil)
		}
	}
}

// TestAttackAFirstStartBehindAProxyThatSaysNothing: a proxy on the same machine that names no one brings strangers to the loopback
// address. They are asked for the code, too.
func TestAttackAFirstStartBehindAProxyThatSaysNothing(t *testing.T) {
	b := firstBox(t)
	stranger := b.person()
	for _, path := range []string{"/setup/shop", "/setup/owner"} {
		if s := stranger.open(path); s.path != "/setup" {
			t.Errorf("a stranger sees %s", s.path)
		}
	}
	stranger.fill("/setup", "/setup/shop", "code", b.out.find(t, `code (\d{4} \d{4})`)) // the control
}
