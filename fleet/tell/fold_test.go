package tell

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/fleet/directory"
	"weir/shop/alert"
	"weir/shop/words"
)

// silent is a shop of a city that nothing is heard of.
func silent(city string, n int) Wrong {
	return Wrong{Kind: alert.Silent, Shop: directory.Shop{ID: fmt.Sprintf("%s-%d", city, n), City: city},
		Text: func(l words.Lang) string { return l.T("fleet_alert.at.silent") }}
}

func shops(city string, n int) (all []Wrong) {
	for i := range n {
		all = append(all, silent(city, i))
	}
	return all
}

// told plays a target that is told all there is, and remembers it.
type told map[string]bool

func (t told) look(all []Wrong) (ids []string) {
	for _, th := range fold(all, func(k alert.Kind, id, _ string) bool { return t[string(k)+" "+id] }, words.EN) {
		ids = append(ids, th.ID)
	}
	clear(t)
	for _, id := range ids {
		t["silent "+id] = true
	}
	return ids
}

// TestACityIsOneThing: many shops of a city are one thing, many shops everywhere one more; what is known by name stays so, and
// who is left when the others are back is known by name.
func TestACityIsOneThing(t *testing.T) {
	spread := []Wrong{}
	for i := range newMax + 1 {
		spread = append(spread, silent(fmt.Sprintf("c%d", i), 0))
	}
	all := func(lists ...[]Wrong) []Wrong { return slices.Concat(lists...) }
	for name, steps := range map[string][]struct {
		wrong []Wrong
		want  string
	}{
		"few by name, then the city": {
			{shops("hz", 2), "hz-0/ hz-1/"},
			{shops("hz", 200), "hz-0/ hz-1/ city/hz"},
			{shops("hz", 5), "hz-0/ hz-1/ city/hz"},
			{shops("hz", 4), "hz-0/ hz-1/ hz-2/ hz-3/"},
		},
		"one in each city":   {{spread, "all"}, {spread[:3], "all"}, {spread[:2], "c0-0/ c1-0/"}},
		"all cities at once": {{all(shops("hz", 2000), shops("sh", 3), spread), "all"}},
		"a city that is told, and another": {
			{shops("hz", 30), "city/hz"},
			{all(shops("hz", 30), shops("sh", 7)), "city/hz city/sh"},
		},
		"as many as are told by name": {{spread[:newMax], "c0-0/ c1-0/ c2-0/ c3-0/ c4-0/ c5-0/ c6-0/ c7-0/ c8-0/"}},
	} {
		target := told{}
		for i, s := range steps {
			if got := strings.Join(target.look(s.wrong), " "); got != s.want {
				t.Errorf("%s: step %d: %s, want %s", name, i, got, s.want)
			}
		}
	}
	if text := many(alert.Silent, "all", "", 12).Text(words.EN); text != "12 shops: nothing is heard of them" {
		t.Error(text)
	}
}

// TestTargetsAreRead: a file says who is told of which shops; what is wrong in it is said.
func TestTargetsAreRead(t *testing.T) {
	read := func(text string) ([]Target, error) {
		name := filepath.Join(t.TempDir(), "alerts.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Read(name)
	}
	const good = "alerts:\n" +
		"  - {name: li, to: ntfy, url: 'http://127.0.0.1:1/x', kinds: [silent], from: '08:00', until: '23:00', owners: [li]}\n"
	list, err := read(good)
	if err != nil || len(list) != 1 || list[0].Owners[0] != "li" || list[0].From.Hours() != 8 {
		t.Fatalf("%+v, %v", list, err)
	}
	one := silent("hz", 1)
	if one.Shop.Owner = "li"; !list[0].concerns(&one) {
		t.Error("the owner's own shop")
	}
	if one.Shop.Owner = "wang"; list[0].concerns(&one) || list[0].whole() {
		t.Error("another owner's shop")
	}
	for name, text := range map[string]string{
		"unknown member": strings.Replace(good, "owners", "shops", 1),
		"unknown kind":   strings.Replace(good, "[silent]", "[quiet]", 1),
		"two of a name":  good + strings.SplitAfterN(good, "\n", 2)[1],
		"half the hours": strings.Replace(good, ", until: '23:00'", "", 1),
		"none":           "alerts: []\n",
	} {
		if _, err := read(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
