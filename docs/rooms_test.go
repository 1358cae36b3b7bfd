package docs_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// room is a part of the program, and which packages of ours it may need besides its own.
type room struct {
	what   string   // a pattern of packages
	except string   // rooms that it must not need, with spaces between them
	only   []string // if not nil: all that it may need
}

// needed is the packages of ours that a room needs, directly or by way of others, besides its own.
func needed(t *testing.T, what string) (list []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", what)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", what, err)
	}
	own, below := strings.CutSuffix("weir/"+strings.TrimPrefix(what, "./"), "/...")
	for p := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(p, "weir/") && p != own && !(below && strings.HasPrefix(p, own+"/")) {
			list = append(list, p)
		}
	}
	return list
}

// broken is what a room needs against the rule.
func (r room) broken(t *testing.T) (list []string) {
	t.Helper()
	for _, p := range needed(t, r.what) {
		for _, bad := range strings.Fields(r.except) {
			if p == bad || strings.HasPrefix(p, bad+"/") {
				list = append(list, p)
			}
		}
		if r.only != nil && !strings.Contains(" "+strings.Join(r.only, " ")+" ", " "+p+" ") {
			list = append(list, p)
		}
	}
	return list
}

// rows are the rooms as in rooms.svg, from the top.
var rows = [][]string{
	{"server", "fleet"},
	{"kds", "shop/sim"},
	{"templates", "shop/door", "shop/remote"},
	{"shop/wire", "shop/memory", "shop/shopfile"},
	{"shop", "shop/alert", "shop/connector", "shop/sheet", "printer"},
	{"shop/capacity", "shop/bell", "shop/words", "shop/guard", "static"},
}

// TestImportsGoDownInThePicture holds rooms.svg: a room needs rooms of lower rows only. The picture shows the same rooms.
func TestImportsGoDownInThePicture(t *testing.T) {
	picture, err := os.ReadFile("rooms.svg")
	if err != nil {
		t.Fatal(err)
	}
	height, shown := map[string]int{}, 0
	for i, row := range rows {
		for _, name := range row {
			height[name] = len(rows) - i
			if shown++; !strings.Contains(string(picture), ">"+name+"</text>") {
				t.Errorf("%s is not in the picture", name)
			}
		}
	}
	if n := strings.Count(string(picture), "<rect x="); n != shown {
		t.Errorf("the picture has %d rooms, want %d", n, shown)
	}
	for _, row := range rows {
		for _, name := range row {
			what := "./" + name
			if name != "shop" {
				what += "/..."
			}
			for _, p := range needed(t, what) {
				if of := roomOf(p, height); of == "" || height[of] >= height[name] {
					t.Errorf("%s needs %s, which is in no lower row", name, p)
				}
			}
		}
	}
}

// roomOf is the room in the picture that a package belongs to; "" when there is none.
func roomOf(pkg string, rooms map[string]int) string {
	for name := strings.TrimPrefix(pkg, "weir/"); ; {
		if _, ok := rooms[name]; ok {
			return name
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return ""
		}
		name = name[:i]
	}
}

// TestWhoMayImportWhom holds the rule in architecture.md.
func TestWhoMayImportWhom(t *testing.T) {
	nothing := []string{}
	for _, r := range []room{
		{what: "./shop", only: []string{"weir/shop/capacity"}}, // the rules
		{what: "./shop/capacity", only: nothing},
		{what: "./shop/bell", only: nothing},
		{what: "./shop/guard", only: nothing},
		{what: "./shop/alert", only: []string{"weir/shop/bell", "weir/shop/guard", "weir/shop/words"}},
		{what: "./shop/connector", only: nothing},
		{what: "./shop/sheet", only: []string{"weir/shop/words"}},
		{what: "./shop/words", only: nothing},
		{what: "./static", only: nothing},
		{what: "./printer/...", only: []string{"weir/shop/bell", "weir/shop/words"}},
		{what: "./shop/...", only: []string{
			"weir/printer", "weir/printer/escpos", "weir/printer/gbk", "weir/printer/glyph", "weir/printer/tspl", "weir/printer/virtual",
			"weir/printer/zpl",
		}},
		{what: "./templates/...", except: "weir/server weir/fleet weir/kds weir/printer"},
		{what: "./kds", except: "weir/server weir/fleet"},
		{what: "./fleet/...", except: "weir/server weir/kds"},
		{what: "./server/...", except: "weir/fleet"},
	} {
		for _, p := range r.broken(t) {
			t.Errorf("%s must not need %s", r.what, p)
		}
	}
	// The control: the store knows the rules, and a rule that forbids it finds that.
	if got := (room{what: "./server/store", except: "weir/shop"}).broken(t); len(got) == 0 {
		t.Error("a room that breaks its rule is not noticed")
	}
}

// ofTests are the packages that only tests may use.
var ofTests = []string{"weir/shop/try", "weir/shop/words/madeup", "weir/server/testshop", "weir/fleet/testengine", "weir/fleet/testrouter"}

// TestOnlyTestsUseWhatIsForTests: no program carries a test shop or a clock that a test moves.
func TestOnlyTestsUseWhatIsForTests(t *testing.T) {
	users := func(bad string) (list []string) {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			if p := strings.Fields(line); !slices.Contains(ofTests, p[0]) && slices.Contains(p[1:], bad) {
				list = append(list, p[0])
			}
		}
		return list
	}
	for _, bad := range ofTests {
		if list := users(bad); len(list) > 0 {
			t.Errorf("%s is for tests; these use it outside of tests: %v", bad, list)
		}
	}
	if len(users("weir/server/store")) == 0 { // the control
		t.Error("a package that uses another is not noticed")
	}
}
