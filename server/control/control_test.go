package control_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weir/server/access"
	"weir/server/control"
	"weir/server/store"
	"weir/server/testshop"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/try"
)

// page is where the shop of these tests is reached.
const page = "https://192.168.1.20:8443"

// open starts a shop with its control socket, and reaches it over the socket as a command on the box does.
func open(t *testing.T) (*testshop.Shop, control.Admin) {
	t.Helper()
	s := testshop.Open(t, testshop.Setup{})
	keys, err := access.NewKeys(t.Context(), s.Store)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := access.New(t.Context(), access.Config{
		Store: s.Store, Log: try.Log(t), Now: s.Clock.Now, URLs: func() []string { return []string{page} },
	})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := control.Socket.Listen(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	local := control.NewLocal(s.Snapshot().Config, s.Store, keys, nil)
	server := &http.Server{Handler: control.Serve(control.NewRunning(local, guard, func() (string, error) { return "true Platform", nil }))}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(socket) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	admin, err := control.Dial(t.Context(), s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, admin
}

// TestKeysOverTheSocket: a key that a command makes beside the running shop is good, is listed, can be revoked once, and each
// step is in the log.
func TestKeysOverTheSocket(t *testing.T) {
	s, admin := open(t)
	key, id, err := admin.AddKey(t.Context(), "shangou")
	if err != nil || key == "" {
		t.Fatalf("key %q, id %q, %v", key, id, err)
	}
	if _, _, err := admin.AddKey(t.Context(), "nobody"); err == nil || !strings.Contains(err.Error(), `no channel "nobody"`) {
		t.Errorf("a key for a channel that the shop does not have: %v", err)
	}
	good := func() bool {
		list, err := admin.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(list, func(k store.Key) bool { return k.ID == id })
		return at >= 0 && list[at].Channel == "shangou" && list[at].RevokedAt.IsZero()
	}
	if !good() {
		t.Error("the new key is not listed as good")
	}
	if err := admin.RevokeKey(t.Context(), id); err != nil {
		t.Error(err)
	}
	if good() {
		t.Error("a revoked key is listed as good")
	}
	if err := admin.RevokeKey(t.Context(), id); err == nil || !strings.Contains(err.Error(), "still good") {
		t.Errorf("a key is revoked twice: %v", err)
	}
	log, err := s.Audit(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{shop.AuditKeyRevoked, shop.AuditKeyAdded} { // the newest first
		if i >= len(log) || log[i].Name != name || log[i].By != control.Console {
			t.Errorf("line %d of the log should be %s by %s: %+v", i, name, control.Console, log)
		}
	}
}

// TestCodesOverTheSocket: a code is for a tablet or for the owner, and its page says which.
func TestCodesOverTheSocket(t *testing.T) {
	_, admin := open(t)
	for owner, want := range map[bool]string{false: page + "/pair", true: page + "/owner/setup"} {
		p, err := admin.Pair(t.Context(), owner)
		if err != nil || p.Digits == "" || !p.Expires.After(try.Noon) || !slices.Equal(p.Pages, []string{want}) {
			t.Errorf("owner %v: %+v, %v; want the page %s", owner, p, err, want)
		}
	}
	if url, err := admin.URL(t.Context()); err != nil || url != page {
		t.Errorf("the shop is at %q, %v", url, err)
	}
}

// TestTheFileOverTheSocket: a backup made beside the running shop is a shop, and a check of a sound file finds nothing.
func TestTheFileOverTheSocket(t *testing.T) {
	_, admin := open(t)
	if err := admin.Check(t.Context()); err != nil {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := admin.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("the backup: %v, %v", info, err)
	}
	if err := admin.Backup(t.Context(), filepath.Join(t.TempDir(), "no", "such", "copy.db")); err == nil {
		t.Error("a backup into a directory that is not there succeeds")
	}
	if err := admin.Claim(t.Context()); err == nil || !strings.Contains(err.Error(), "broker of its own") {
		t.Errorf("a shop with its own broker is claimed: %v", err)
	}
}

// TestWhenNoShopRuns: without a socket, and with one that a killed shop left, a command learns that no shop runs. A shop that
// starts there takes the place of the old socket, and nobody else may open the new one.
func TestWhenNoShopRuns(t *testing.T) {
	dir := t.TempDir()
	if _, err := control.Dial(t.Context(), dir); !errors.Is(err, guard.ErrNotRunning) {
		t.Errorf("without a socket: %v", err)
	}
	left, err := control.Socket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Close(); err != nil { // its file stays, as after a kill
		t.Fatal(err)
	}
	path := filepath.Join(dir, control.Socket.File)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the old socket has gone: the test sees nothing: %v", err)
	}
	if _, err := control.Dial(t.Context(), dir); !errors.Is(err, guard.ErrNotRunning) {
		t.Errorf("with a socket that was left: %v", err)
	}
	next, err := control.Socket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if _, err := control.Dial(t.Context(), dir); err != nil { // the control: somebody listens
		t.Error(err)
	}
}

// TestACallThatNobodyKnows: a command of another version, and text that is no call, get an error.
func TestACallThatNobodyKnows(t *testing.T) {
	s, admin := open(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return net.Dial("unix", filepath.Join(s.Dir, control.Socket.File))
		}}}
	call := func(body string) string {
		resp, err := client.Post("http://weir/", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for body, want := range map[string]string{
		`{"do":"dance"}`: "older version", `{"do":7}`: "cannot unmarshal", `not json`: "invalid character", ``: "EOF",
		`{"do":"check","arg":"` + strings.Repeat("x", 2<<20) + `"}`: "too large",
	} {
		if got := call(body); !strings.HasPrefix(got, `{"error":`) || !strings.Contains(got, want) {
			t.Errorf("%.30s: %s, want an error with %q", body, got, want)
		}
	}
	if got := call(`{"do":"url"}`); !strings.Contains(got, page) { // the control
		t.Errorf("a good call is answered with %s", got)
	}
	if err := admin.Check(t.Context()); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// TestTheMenuOverTheSocket: it goes out, a change is shown before it is done, two changes at once do not overwrite each other, every
// order that comes meanwhile is of one menu, whole, and shop.yaml's menu counts again when somebody says so.
func TestTheMenuOverTheSocket(t *testing.T) {
	s, admin := open(t)
	out, err := admin.Menu(t.Context())
	if err != nil || out.By != "" {
		t.Fatalf("%+v, %v", out, err)
	}
	changed := func(price string) control.MenuFile {
		text := strings.ReplaceAll(string(out.Table), "24.00", price)
		return control.MenuFile{Table: []byte(strings.ReplaceAll(text, "多肉葡萄", "葡萄"+price))}
	}
	one, other := changed("22.50"), changed("23.00")
	plan, err := admin.PreviewMenu(t.Context(), one)
	want := []string{"Grape cheese tea: 多肉葡萄 → 葡萄22.50", "Grape cheese tea: ¥24.00 → ¥22.50"}
	if err != nil || !slices.Equal(plan.Changes, want) || len(plan.Effects) != 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
	_, err = admin.PreviewMenu(t.Context(), control.MenuFile{Table: []byte("id,zh,price\ngrape,葡萄,1.5\n")})
	if err == nil || !strings.Contains(err.Error(), "line 2: column price (C): 1.5; want a whole number") {
		t.Errorf("a wrong table: %v", err)
	}
	const orders = 40
	placed := make(chan error, 1)
	go func() {
		for i := range orders {
			_, err := s.Do(context.Background(), shop.Place{Channel: "shangou", Draft: shop.Draft{Ref: strconv.Itoa(i), Fulfilment: shop.Delivery,
				Lines: []shop.Line{{Item: "grape", Qty: 1}, {Item: "grape", Qty: 1}}}})
			if e := (*shop.Error)(nil); err != nil && !errors.As(err, &e) {
				placed <- err
				return
			}
		}
		placed <- nil
	}()
	results := make(chan error, 2)
	for _, m := range []control.MenuFile{one, other} {
		go func() { results <- admin.ChangeMenu(t.Context(), m, plan.Base) }()
	}
	first, second := <-results, <-results
	if (first == nil) == (second == nil) {
		t.Errorf("of two changes that were looked at with one menu: %v, %v", first, second)
	}
	if err := <-placed; err != nil {
		t.Fatal(err)
	}
	for o := range s.Snapshot().Orders.All() {
		if o.Lines[0].Menu != o.Lines[1].Menu {
			t.Errorf("order %s is half of one menu and half of another", o.ID)
		}
	}
	if now, err := admin.Menu(t.Context()); err != nil || now.By != control.Console || string(now.Table) == string(out.Table) {
		t.Errorf("the menu that counts is by %q, %v", now.By, err)
	}
	back, err := admin.PreviewMenu(t.Context(), control.MenuFile{First: true})
	if err == nil {
		err = admin.ChangeMenu(t.Context(), control.MenuFile{First: true}, back.Base)
	}
	if err != nil {
		t.Fatal(err)
	}
	if now, err := admin.Menu(t.Context()); err != nil || now.By != "" || string(now.Table) != string(out.Table) {
		t.Errorf("back: by %q, %v", now.By, err)
	}
	if err := admin.Check(t.Context()); err != nil {
		t.Error(err)
	}
	log, err := s.Audit(t.Context(), 0, 10)
	if err != nil || len(log) < 2 || log[0].Name != "menu.changed" || log[0].By != control.Console {
		t.Errorf("the log: %+v, %v", log, err)
	}
}
