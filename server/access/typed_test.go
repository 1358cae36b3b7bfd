package access

import (
	"net/http"
	"strings"
	"testing"
)

// ways are the ways in which a person's input method or a scanner may send the same digits.
var ways = map[string]func(string) string{
	"full-width":     func(s string) string { return strings.Map(wide, s) },
	"CR LF":          func(s string) string { return s + "\r\n" },
	"Tab":            func(s string) string { return "\t" + s + "\t" },
	"wide space":     func(s string) string { return "\u3000" + s + "\u00a0" },
	"invisible mark": func(s string) string { return "\u200b" + s + "\ufeff" },
}

func wide(r rune) rune {
	if r > ' ' && r <= '~' {
		return r - '!' + '\uff01'
	}
	return r
}

// Every door here that takes digits takes them as they are typed: a pairing code, a PIN that is set, a PIN that is asked for.
func TestDigitsAreTakenAsTheyAreTyped(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			h := guarded(t, nil)
			b := h.browser()
			if a := b.post("/pair", "code", way(h.code(false)), "name", "出杯"); a.status != http.StatusSeeOther {
				t.Fatalf("the pairing code: %d %s", a.status, wrongOf(a))
			}
			id := h.member("小王", Staff, way("2580"))
			if a := b.post("/signin", "member", id, "pin", "2580"); a.status != http.StatusSeeOther {
				t.Errorf("a PIN that was set so: %d %s", a.status, wrongOf(a))
			}
			if err := h.ChangeMember(t.Context(), "test", id, Manager, way("1470")); err != nil {
				t.Errorf("a PIN that is changed: %v", err)
			}
			if a := b.post("/signin", "member", id, "pin", way("1470")); a.status != http.StatusSeeOther {
				t.Errorf("a PIN that is asked for: %d %s", a.status, wrongOf(a))
			}
			if a := b.post("/owner/again", "secret", way("1470")); a.status != http.StatusSeeOther {
				t.Errorf("a PIN that is asked for again: %d %s", a.status, wrongOf(a))
			}
			if a := h.browser().post("/owner/setup", "code", way(h.code(true)), "name", "老板", "password", ownersPassword,
				"again", ownersPassword); a.status != http.StatusSeeOther {
				t.Errorf("the owner's code: %d %s", a.status, wrongOf(a))
			}
			if a := h.browser().post("/owner/signin", "secret", way(ownersPassword)); a.status == http.StatusSeeOther {
				t.Error("a password is not folded: it is what its owner typed, and this is another")
			}
		})
	}
}
