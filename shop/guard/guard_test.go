package guard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/shop/try"
)

// TestNobodyIsLockedOut: however many wrong ones there were, the wait is a quarter of an hour at most.
func TestNobodyIsLockedOut(t *testing.T) {
	for wrong, want := range map[int]time.Duration{0: 0, 2: 0, 3: time.Second, 6: 8 * time.Second, 12: 512 * time.Second, 13: slowMax,
		1000: slowMax} {
		if got := delay(wrong); got != want {
			t.Errorf("after %d wrong ones %v, want %v", wrong, got, want)
		}
	}
	x := NewTries()
	for i := range triesMax + 100 {
		if _, err := x.Guess(fmt.Sprint(i), false, try.Noon.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if len(x.of) > triesMax {
		t.Errorf("%d keys are remembered, want %d at most", len(x.of), triesMax)
	}
}

func TestSecretsAreHashedAndChosenWell(t *testing.T) {
	hasher := NewHasher()
	one, err := hasher.Hash(t.Context(), "2580")
	if err != nil {
		t.Fatal(err)
	}
	two, err := hasher.Hash(t.Context(), "2580")
	if err != nil || one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(one, "2580") {
		t.Errorf("%q, %q, %v; want argon2id with a salt of its own", one, two, err)
	}
	for secret, want := range map[string]bool{"2580": true, "2581": false, "": false} {
		if got, err := hasher.Fits(t.Context(), secret, one); err != nil || got != want {
			t.Errorf("%q fits: %v, %v; want %v", secret, got, err, want)
		}
	}
	if got, err := hasher.Fits(t.Context(), "", ""); err != nil || got {
		t.Errorf("nothing fits nothing: %v, %v", got, err)
	}
	for _, damaged := range []string{"$argon2id$", one[:len(one)-4], strings.Replace(one, "m=19456", "m=99999999", 1),
		strings.Replace(one, "t=2", "t=0", 1), "2580"} {
		if got, err := hasher.Fits(t.Context(), "2580", damaged); err == nil || got {
			t.Errorf("%q: %v, %v; want to hear that it is damaged", damaged, got, err)
		}
	}
	for pin, want := range map[string]bool{"2580": true, "12345678": false, "1111": false, "4321": false, "123": false, "123456789": false,
		"12a4": false, "1357": true, "0011": true} {
		if GoodPIN(pin) != want {
			t.Errorf("PIN %q: %v, want %v", pin, !want, want)
		}
	}
}

func TestAddressesOfOneCustomerAreOne(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1": "address:192.0.2.7/32", "[2001:db8:1:2:3::4]:1": "address:2001:db8:1:2::/64",
		"[::ffff:192.0.2.7]:1": "address:192.0.2.7/32",
		"[fe80::1%eth0]:1":     "address:fe80::/64", "@": "address:?", "x:1": "address:?",
	} {
		if got := AddressKey(remote); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestQuotaStopsAFloodAndNobodyElse(t *testing.T) {
	q := NewQuota(10, 20)
	passed := 0
	for range 100 {
		if q.Wait("shangou", try.Noon) == 0 {
			q.Charge("shangou", try.Noon)
			passed++
		}
	}
	if passed != 20 {
		t.Errorf("%d requests passed at once, want 20", passed)
	}
	wait := q.Wait("shangou", try.Noon)
	if wait < 99*time.Millisecond || wait > 101*time.Millisecond {
		t.Errorf("told to wait %v, want a tenth of a second", wait)
	}
	if q.Wait("meituan", try.Noon) != 0 {
		t.Error("another channel has to wait, too")
	}
	if later := try.Noon.Add(wait + time.Millisecond); q.Wait("shangou", later) != 0 {
		t.Error("still has to wait after having waited")
	}
	for range 1000 {
		if q.Wait("meituan", try.Noon) != 0 {
			t.Fatal("what is not charged must not be counted")
		}
	}
}
