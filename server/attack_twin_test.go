package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/server/testshop"
)

// stampOf is what the shop's retained status says of its time line.
type stampOf struct {
	Epoch  int64 `json:"epoch"`
	Conn   int64 `json:"conn"`
	Online bool  `json:"online"`
}

// TestAttackNumbersThatCannotBeOurs: somebody leaves a status with a number at the end of its range at the platform's
// broker. A shop that counts on from it counts into the negative, for ever.
func TestAttackNumbersThatCannotBeOurs(t *testing.T) {
	k := attacked(t)
	for _, forged := range []string{
		`{"v":1,"store":"killed","epoch":9223372036854775807,"conn":1,"online":true}`,
		`{"v":1,"store":"killed","epoch":9007199254740992,"conn":1,"online":true}`,
		`{"v":1,"store":"killed","epoch":-5,"conn":1,"online":true}`,
		`{"v":1,"store":"killed","epoch":1,"conn":9223372036854775807,"online":true}`,
	} {
		m := testshop.NewMosquitto(t, "")
		if out, err := testshop.MosquittoPub(t, m.Address, "-r", "-t", "weir/v1/killed/status", "-m", forged); err != nil {
			t.Fatal(err, out)
		}
		v := attack(t, k, "--broker", "tcp://"+m.Address)
		reader := testshop.Join(t, m.Address, "reader", "", "", "weir/v1/killed/status")
		for end := time.Now().Add(patience); ; {
			payload := reader.Next("weir/v1/killed/status").Payload()
			if string(payload) == forged {
				continue
			}
			var s stampOf
			if err := json.Unmarshal(payload, &s); err != nil {
				t.Fatalf("%s: %v", payload, err)
			}
			if s.Epoch < 1 || s.Epoch > 1000 || s.Conn < 1 || s.Conn >= 1<<53 {
				t.Errorf("after %s the shop says %s", forged, payload)
			}
			if s.Online {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("after %s the shop is not online: %s\n%s", forged, payload, tail(v.log(t)))
			}
		}
		v.serves(forged[len(forged)-40 : len(forged)-30])
		v.kill()
	}
}

// TestAttackACopiedDisk: the disk of a box is copied, and both boxes go to the platform's broker as the same shop.
func TestAttackACopiedDisk(t *testing.T) {
	m := testshop.NewMosquitto(t, "")
	k := attacked(t)
	v := attack(t, k, "--broker", "tcp://"+m.Address)
	v.serves("before the copy")
	v.kill()
	copied := &killable{program: k.program, dir: t.TempDir(), keys: k.keys}
	if err := os.Remove(filepath.Join(k.dir, "weir.sock")); err != nil { // it is no file that can be copied
		t.Fatal(err)
	}
	if err := os.CopyFS(copied.dir, os.DirFS(k.dir)); err != nil {
		t.Fatal(err)
	}
	first := attack(t, k, "--broker", "tcp://"+m.Address)
	first.serves("the first alone") // the control: with one box every order is taken
	second := attack(t, copied, "--broker", "tcp://"+m.Address)

	// One of them stands down as soon as they have met. Until then both may answer: nothing tells them that they are two.
	both := func(ref string) (taken int) {
		for _, box := range []*victim{first, second} {
			r := box.asChannel("meituan", "POST", "/v1/orders", aTea(ref))
			switch {
			case r.status == http.StatusCreated:
				taken++
			case r.status != http.StatusServiceUnavailable || r.fields["outcome"] != "unknown":
				t.Errorf("%s: %d %.300s, want 201 or 503 of unknown outcome", ref, r.status, r.body)
			}
		}
		return taken
	}
	n := 0
	for end := time.Now().Add(patience); both(fmt.Sprint("met-", n)) != 1; n++ {
		if time.Now().After(end) {
			t.Fatalf("both boxes take orders\n%s\n%s", tail(first.log(t)), tail(second.log(t)))
		}
		time.Sleep(50 * time.Millisecond) // between two orders
	}
	for i := range 20 {
		if taken := both(fmt.Sprint("after-", i)); taken != 1 {
			t.Errorf("order %d is taken by %d boxes", i, taken)
		}
	}
	for _, box := range []*victim{first, second} {
		for end := time.Now().Add(patience); !strings.Contains(box.log(t), "weir claim"); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("a box does not say what a person has to do:\n%s", tail(box.log(t)))
			}
		}
	}
}
