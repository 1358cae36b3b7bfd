package remote

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/memory"
	"weir/shop/shopfile"
)

// scene is a shop in memory that has joined a fleet, and the fleet's keys.
type scene struct {
	t      *testing.T
	now    time.Time
	shop   *memory.Shop
	desk   *Desk
	keys   map[string]ed25519.PrivateKey
	own    ed25519.PublicKey
	audits []string
}

func keyFrom(name string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%-32.32s", name)))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func opened(t *testing.T) *scene {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, now: time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC), keys: map[string]ed25519.PrivateKey{
		"k1": keyFrom("one"), "k2": keyFrom("two"), "k9": keyFrom("nobody's")}}
	s.shop = memory.New(config, func() time.Time { return s.now })
	s.shop.Follow(func(_ *shop.State, e shop.Event) {
		if e.InAudit() {
			s.audits = append(s.audits, e.Name()+" by "+e.By)
		}
	})
	own := keyFrom("the shop's")
	s.own = public(own)
	s.must(shop.JoinFleet{By: "console", To: shop.Joined{Fleet: "堰", Own: own.Seed(),
		Keys: []shop.FleetKey{{ID: "k1", Public: public(s.keys["k1"])}}}})
	s.desk = New(Config{Shop: s.shop, Box: "box", Now: func() time.Time { return s.now }})
	return s
}

func (s *scene) must(c shop.Command) {
	s.t.Helper()
	if _, err := s.shop.Do(context.Background(), c); err != nil {
		s.t.Fatal(err)
	}
}

// pause is a command that pauses all platforms for an hour.
func (s *scene) pause(id string) Command {
	do := fmt.Sprintf(`{"intake":{"mode":"paused","until":%q,"reason":"overloaded"}}`, s.now.Add(time.Hour).Format(time.RFC3339))
	return s.command(id, do)
}

func (s *scene) command(id, do string) Command {
	return Command{V: Version, ID: id, Shop: "demo", Epoch: 1, By: "张三", At: s.now, Expires: s.now.Add(ValidMax), Do: json.RawMessage(do)}
}

// ask has a message carried out. ok is false when nobody was answered.
func (s *scene) ask(message []byte) (a Answer, ok bool) {
	s.t.Helper()
	text, err := s.desk.Carry(context.Background(), message)
	if err != nil {
		s.t.Fatal(err)
	}
	if text == nil {
		return a, false
	}
	if a, err = OpenAnswer(text, s.own); err != nil {
		s.t.Fatal(err)
	}
	return a, true
}

func (s *scene) signed(c Command) (Answer, bool) {
	s.t.Helper()
	return s.ask(c.Sign(s.keys["k1"], "k1"))
}

func (s *scene) paused() (n int) {
	for _, ch := range s.shop.Snapshot().Config.Channels {
		if s.shop.Snapshot().Intake(ch.ID, s.now).Mode == capacity.IntakePaused {
			n++
		}
	}
	return n
}

// TestF13: what is forged, expired, for another shop, of another key or changed on its way is refused and in the audit, and nothing
// happens. The control is the same command as it should be.
func TestF13(t *testing.T) {
	for name, tt := range map[string]struct {
		message func(*scene) []byte
		status  int // 0: nobody is answered
	}{
		"signed with a key that the shop does not know":      {func(s *scene) []byte { return s.pause("a").Sign(s.keys["k9"], "k9") }, 0},
		"signed with another key in the name of a known one": {func(s *scene) []byte { return s.pause("a").Sign(s.keys["k9"], "k1") }, 0},
		"changed on its way": {func(s *scene) []byte {
			var m sealed
			if err := json.Unmarshal(s.pause("a").Sign(s.keys["k1"], "k1"), &m); err != nil {
				t.Fatal(err)
			}
			other := s.pause("a")
			other.By = "李四"
			text, _ := json.Marshal(other)
			m.Payload = base64url.EncodeToString(text)
			text, _ = json.Marshal(m)
			return text
		}, 0},
		"an answer of the shop sent back as a command": {func(s *scene) []byte {
			text, _ := json.Marshal(s.pause("a"))
			return Seal(s.keys["k1"], "k1", TypeAnswer, text)
		}, 0},
		"not JSON":            {func(*scene) []byte { return []byte("pause!") }, 0},
		"without a signature": {func(s *scene) []byte { text, _ := json.Marshal(s.pause("a")); return text }, 0},
		"with a member that nobody knows": {func(s *scene) []byte {
			text, _ := json.Marshal(s.pause("a"))
			return Seal(s.keys["k1"], "k1", TypeCommand, append([]byte(`{"x":1,`), text[1:]...))
		}, 0},
		"for another shop": {func(s *scene) []byte {
			c := s.pause("a")
			c.Shop = "other"
			return c.Sign(s.keys["k1"], "k1")
		}, http.StatusForbidden},
		"expired": {func(s *scene) []byte {
			m := s.pause("a").Sign(s.keys["k1"], "k1")
			s.now = s.now.Add(ValidMax)
			return m
		}, http.StatusGone},
		"good for longer than five minutes": {func(s *scene) []byte {
			c := s.pause("a")
			c.Expires = c.At.Add(ValidMax + time.Second)
			return c.Sign(s.keys["k1"], "k1")
		}, http.StatusGone},
		"from the future": {func(s *scene) []byte {
			c := s.pause("a")
			c.At, c.Expires = s.now.Add(2*time.Minute), s.now.Add(3*time.Minute)
			return c.Sign(s.keys["k1"], "k1")
		}, http.StatusServiceUnavailable},
		"not allowed": {func(s *scene) []byte {
			s.must(shop.SetRemote{By: "owner", Remote: shop.Remote{Staff: true}})
			return s.pause("a").Sign(s.keys["k1"], "k1")
		}, http.StatusForbidden},
		"closed without an end": {func(s *scene) []byte {
			return s.command("a", `{"intake":{"mode":"paused","reason":"overloaded"}}`).Sign(s.keys["k1"], "k1")
		}, http.StatusUnprocessableEntity},
		"for a channel that is not there, after one that is": {func(s *scene) []byte {
			return s.command("a", fmt.Sprintf(`{"intake":{"channels":["meituan","x"],"mode":"paused","until":%q,"reason":"overloaded"}}`,
				s.now.Add(time.Hour).Format(time.RFC3339))).Sign(s.keys["k1"], "k1")
		}, http.StatusNotFound},
		"two things at once": {func(s *scene) []byte {
			return s.command("a", `{"look":{},"staff":{"station":"tea","staff":2}}`).Sign(s.keys["k1"], "k1")
		}, http.StatusUnprocessableEntity},
		"the next key, signed with a key that is not known": {func(s *scene) []byte {
			text, _ := json.Marshal(Do{Learn: &NewKey{"k9", public(s.keys["k9"])}})
			return s.command("a", string(text)).Sign(s.keys["k9"], "k9")
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t)
			message := tt.message(s)
			before := len(s.audits)
			a, ok := s.ask(message)
			if ok != (tt.status != 0) || a.Status != tt.status {
				t.Errorf("answered %v: %+v; want status %d", ok, a, tt.status)
			}
			if s.paused() != 0 || len(s.shop.Snapshot().Joining.To.Keys) != 1 {
				t.Errorf("%d channels are paused", s.paused())
			}
			if len(s.audits) != before+1 {
				t.Errorf("the audit has %q", s.audits[before:])
			}
		})
	}
	s := opened(t) // the control
	if a, ok := s.signed(s.pause("a")); !ok || a.Status != 200 || s.paused() != 2 || a.View == nil || len(a.View.Channels) != 2 {
		t.Errorf("%v %+v, %d paused", ok, a, s.paused())
	}
	if last := s.audits[len(s.audits)-1]; last != "intake.set by outside:张三 · 堰" {
		t.Errorf("the audit says %q", last)
	}
}

// TestACommandIsDoneOnce: the same id is answered the same and does nothing more, also when somebody in the shop has changed it
// since, and when it is signed anew; another command under it is refused.
func TestACommandIsDoneOnce(t *testing.T) {
	s := opened(t)
	c := s.pause("a")
	if a, _ := s.signed(c); a.Status != 200 || a.Again {
		t.Fatalf("%+v", a)
	}
	s.must(shop.SetIntake{Channel: "meituan", Intake: shop.Intake{Mode: capacity.IntakeOpen, By: "owner"}})
	events := s.shop.Snapshot().Counters.Seq
	for range 3 {
		c.At, c.Expires = s.now, s.now.Add(time.Minute)
		if a, _ := s.signed(c); a.Status != 200 || !a.Again || s.paused() != 1 {
			t.Errorf("%+v, %d paused", a, s.paused())
		}
		s.now = s.now.Add(10 * time.Minute)
	}
	if n := s.shop.Snapshot().Counters.Seq - events; n != 1 || s.audits[len(s.audits)-1] != "remote.again by outside:张三 · 堰" {
		t.Errorf("%d more events, the audit ends with %q", n, s.audits[len(s.audits)-1])
	}
	other := s.command("a", `{"staff":{"station":"tea","staff":3}}`)
	if a, _ := s.signed(other); a.Status/100 != 4 {
		t.Errorf("another command under the same id: %+v", a)
	}
	// A refusal is remembered, too.
	s.must(shop.SetRemote{By: "owner", Remote: shop.Remote{Intake: true}})
	refused := s.command("b", `{"staff":{"station":"tea","staff":3}}`)
	if a, _ := s.signed(refused); a.Status != http.StatusForbidden {
		t.Errorf("%+v", a)
	}
	s.must(shop.SetRemote{By: "owner", Remote: shop.Remote{Intake: true, Staff: true}})
	if a, _ := s.signed(refused); a.Status != http.StatusForbidden || !a.Again {
		t.Errorf("the same id is answered with %+v", a)
	}
	refused.ID = "c" // the control
	if a, _ := s.signed(refused); a.Status != 200 || s.shop.Snapshot().OnDuty(s.now)["tea"] != 3 {
		t.Errorf("%+v", a)
	}
}

// TestWhatWasDoneIsRememberedLongEnough: as long as a fleet may ask, and not for ever; there is a bound.
func TestWhatWasDoneIsRememberedLongEnough(t *testing.T) {
	if shop.CarriedKept < shop.OutsideLife+ValidMax+2*aheadMax {
		t.Error("a command can be asked again after it was forgotten")
	}
	s := opened(t)
	full := 0
	for i := range 200 {
		s.now = s.now.Add(time.Second)
		if a, ok := s.signed(s.command(fmt.Sprint("c", i), `{"staff":{"station":"tea","staff":2}}`)); !ok || a.Status != 200 {
			full++
		}
	}
	if n := len(s.shop.Snapshot().Joining.Done); full != 200-n || full == 0 {
		t.Errorf("%d remembered, %d refused", n, full)
	}
	s.now = s.now.Add(shop.CarriedKept)
	if a, _ := s.signed(s.command("later", `{"staff":{"station":"tea","staff":1}}`)); a.Status != 200 {
		t.Errorf("%+v", a)
	}
	if n := len(s.shop.Snapshot().Joining.Done); n != 1 {
		t.Errorf("%d are remembered for ever", n)
	}
}

// TestARestoredShopIsAskedAnew: a command that was signed for the epoch before is not carried out, and the answer says the new one.
func TestARestoredShopIsAskedAnew(t *testing.T) {
	s := opened(t)
	c := s.pause("a")
	s.must(shop.NewEpoch{Above: 6, Why: "restored"})
	a, _ := s.signed(c)
	if a.Problem != ProblemEpoch || a.Epoch != 7 || s.paused() != 0 {
		t.Errorf("%+v, %d paused", a, s.paused())
	}
	c.Epoch = a.Epoch
	if a, _ := s.signed(c); a.Status != 200 || s.paused() != 2 {
		t.Errorf("%+v", a)
	}
}

// TestTheKeyIsChanged: the next key is told with the present one; both are good until the old one is forgotten, and then it is
// refused. The last key stays.
func TestTheKeyIsChanged(t *testing.T) {
	s := opened(t)
	do := func(id, key string, do Do) Answer {
		t.Helper()
		text, err := json.Marshal(do)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := s.ask(s.command(id, string(text)).Sign(s.keys[key], key))
		return a
	}
	if a := do("1", "k1", Do{Learn: &NewKey{"k2", public(s.keys["k2"])}}); a.Status != 200 {
		t.Fatalf("%+v", a)
	}
	for _, key := range []string{"k1", "k2"} {
		if a := do("look-"+key, key, Do{Look: &Look{}}); a.Status != 200 {
			t.Errorf("%s: %+v", key, a)
		}
	}
	if a := do("2", "k2", Do{Forget: &KeyName{"k1"}}); a.Status != 200 {
		t.Fatalf("%+v", a)
	}
	before := len(s.audits)
	if a := do("3", "k1", Do{Look: &Look{}}); a.Status != 0 || len(s.audits) != before+1 ||
		!strings.HasPrefix(s.audits[before], "remote.refused") {
		t.Errorf("with the old key: %+v, %q", a, s.audits[before:])
	}
	if a := do("4", "k2", Do{Forget: &KeyName{"k2"}}); a.Status/100 != 4 {
		t.Errorf("the last key is forgotten: %+v", a)
	}
	if a := do("5", "k2", Do{Look: &Look{}}); a.Status != 200 { // the control
		t.Errorf("%+v", a)
	}
	s.must(shop.LeaveFleet{By: "owner"})
	if a := do("6", "k2", Do{Look: &Look{}}); a.Status != 0 {
		t.Errorf("after it was ended: %+v", a)
	}
}

// TestACommandIsDoneOnceAfterJoiningAnew: a command that was done is not done again when its shop has left the fleet, or has
// joined it anew, while the fleet still asks.
func TestACommandIsDoneOnceAfterJoiningAnew(t *testing.T) {
	s := opened(t)
	join := shop.JoinFleet{By: "console", To: *s.shop.Snapshot().Joining.To}
	asked := s.pause("p").Sign(s.keys["k1"], "k1")
	other := s.pause("q").Sign(s.keys["k1"], "k1") // the control
	if a, ok := s.ask(asked); !ok || a.Status != 200 || s.paused() == 0 {
		t.Fatalf("%+v, %d", a, s.paused())
	}
	for _, before := range [][]shop.Command{{join}, {shop.LeaveFleet{By: "owner"}, join}} {
		for _, c := range before {
			s.must(c)
		}
		for _, ch := range s.shop.Snapshot().Config.Channels {
			s.must(shop.SetIntake{Channel: ch.ID, Intake: shop.Intake{Mode: capacity.IntakeOpen}})
		}
		if a, ok := s.ask(asked); !ok || a.Status != 200 || s.paused() != 0 {
			t.Fatalf("after %T: %+v, %d", before[0], a, s.paused())
		}
	}
	if a, ok := s.ask(other); !ok || a.Status != 200 || s.paused() == 0 {
		t.Errorf("the control: %+v, %d", a, s.paused())
	}
}

// TestStrangersDoNotFillTheLog: of many messages that nobody has signed a few are in the audit.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	s := opened(t)
	before := len(s.audits)
	for range 1000 {
		s.ask([]byte("{}"))
	}
	if n := len(s.audits) - before; n == 0 || n > auditBurst+1 {
		t.Errorf("%d lines", n)
	}
}

// TestACodeIsReadAsItWasMade, and nothing else is one.
func TestACodeIsReadAsItWasMade(t *testing.T) {
	c := NewCode("https://fleet.example:8443/", public(keyFrom("one")))
	if got, err := ParseCode(" " + c.String() + "\n"); err != nil || got != c {
		t.Errorf("%+v, %v; want %+v", got, err, c)
	}
	if _, err := ParseCode(NewCode("http://127.0.0.1:8090", public(keyFrom("one"))).String()); err != nil {
		t.Errorf("on the same machine: %v", err)
	}
	for _, wrong := range []string{"", "12345678", "https://fleet.example/", NewCode("http://fleet.example", public(keyFrom("one"))).String(),
		c.String() + "A", strings.Replace(c.String(), c.Secret+".", c.Secret, 1), strings.Replace(c.String(), "https", "ftp", 1)} {
		if _, err := ParseCode(wrong); err == nil {
			t.Errorf("%q is a code", wrong)
		}
	}
}
