package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// twins are the pages that people in a shop read, with the same page in Chinese.
var twins = map[string]string{
	"README.md":          "README.zh.md",
	"docs/access.md":     "docs/zh/access.md",
	"docs/fleet.md":      "docs/zh/fleet.md",
	"docs/install.md":    "docs/zh/install.md",
	"docs/lights.md":     "docs/zh/lights.md",
	"docs/settlement.md": "docs/zh/settlement.md",
	"docs/shop-yaml.md":  "docs/zh/shop-yaml.md",
}

var (
	heading = regexp.MustCompile(`(?m)^#+ `)
	remark  = regexp.MustCompile(`(?m)(^|\s)#.*$`) // of a shell or of YAML; a remark may be translated
	picture = regexp.MustCompile(`!\[[^\]]*\]\(([^)]*)\)`)
)

// drifted is what two pages that say the same in two languages do not have in common: headings and their levels, blocks of
// code, rows of tables, items of lists, pictures, and the way from one to the other.
func drifted(page, text, twin, other string) (list []string) {
	skeleton := func(text string) (code []string, counts string) {
		for _, b := range fenced.FindAllString(text, -1) {
			code = append(code, strings.TrimSpace(remark.ReplaceAllString(b, "")))
		}
		text = fenced.ReplaceAllString(text, "")
		rows, items := 0, 0
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "|") {
				rows++
			}
			if strings.HasPrefix(line, "- ") {
				items++
			}
		}
		pictures := []string{}
		for _, p := range picture.FindAllStringSubmatch(text, -1) {
			pictures = append(pictures, filepath.Base(p[1]))
		}
		return code, fmt.Sprintf("headings %q, %d rows of tables, %d items of lists, pictures %v",
			heading.FindAllString(text, -1), rows, items, pictures)
	}
	code, counts := skeleton(text)
	otherCode, otherCounts := skeleton(other)
	if counts != otherCounts {
		list = append(list, fmt.Sprintf("%s has %s; %s has %s", page, counts, twin, otherCounts))
	}
	for i := range max(len(code), len(otherCode)) {
		if i >= len(code) || i >= len(otherCode) || code[i] != otherCode[i] {
			list = append(list, fmt.Sprintf("block of code %d is not the same in %s and in %s", i+1, page, twin))
		}
	}
	for from, to := range map[string]string{page: twin, twin: page} {
		way, err := filepath.Rel(filepath.Dir(from), to)
		if err != nil {
			return append(list, err.Error())
		}
		if from == page && !strings.Contains(text, "[中文]("+way+")") || from == twin && !strings.Contains(other, "[English]("+way+")") {
			list = append(list, from+" does not lead to "+to)
		}
	}
	return list
}

// TestPagesAreTheSameInBothLanguages: what changes in one language changes in the other.
func TestPagesAreTheSameInBothLanguages(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for page, twin := range twins {
		for _, wrong := range drifted(page, read(page), twin, read(twin)) {
			t.Error(wrong)
		}
	}
	found, err := filepath.Glob(filepath.Join(root, "docs/zh/*.md"))
	if err != nil || len(found) == 0 {
		t.Fatal("no pages in Chinese: ", err)
	}
	for _, name := range found {
		if page := filepath.Join("docs", filepath.Base(name)); twins[page] == "" {
			t.Errorf("%s is compared with no page", name)
		}
	}
	// The control: each kind of drift is found, and nothing else.
	const en = "# A\n\n[中文](zh/a.md)\n```sh\nls # all\n```\n|a|\n- b\n## B\n"
	const zh = "# 甲\n\n[English](../a.md)\n```sh\nls # 全部\n```\n|甲|\n- 乙\n## 乙\n"
	if wrong := drifted("docs/a.md", en, "docs/zh/a.md", zh); len(wrong) > 0 {
		t.Errorf("the same pages count as different: %q", wrong)
	}
	for name, other := range map[string]string{
		"a heading less":       strings.Replace(zh, "## 乙\n", "", 1),
		"a heading's level":    strings.Replace(zh, "## 乙", "### 乙", 1),
		"another command":      strings.Replace(zh, "ls", "cat", 1),
		"a row less":           strings.Replace(zh, "|甲|\n", "", 1),
		"an item more":         zh + "- 丙\n",
		"a picture more":       zh + "![丙](c.png)\n",
		"no way to the other":  strings.Replace(zh, "../a.md", "../b.md", 1),
		"a block of code less": strings.Replace(zh, "```sh\nls # 全部\n```\n", "", 1),
	} {
		if wrong := drifted("docs/a.md", en, "docs/zh/a.md", other); len(wrong) != 1 {
			t.Errorf("%s: found %q", name, wrong)
		}
	}
}

// TestWhatScreensSayIsOnThePageOfLights: the page on lights quotes the screens, so that who looks up what is lit finds it.
func TestWhatScreensSayIsOnThePageOfLights(t *testing.T) {
	catalogue := func(lang string) string {
		text, err := os.ReadFile(filepath.Join(root, "shop/words", lang+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ToLower(string(text))
	}
	heads := []string{"屏上", "灯", "on screen", "light"}
	unsaid := func(page, texts string) (list []string) {
		for line := range strings.Lines(page) {
			cells := strings.Split(line, "|")
			if len(cells) < 4 || strings.HasPrefix(line, "|--") || slices.Contains(heads, strings.TrimSpace(cells[1])) {
				continue
			}
			for _, piece := range regexp.MustCompile(`[，,！!…]| · |\(.*?\)|（.*?）|\bN\b|\bn\b|[●◆▲✓✗]`).Split(cells[1], -1) {
				piece = strings.Trim(strings.ToLower(piece), " :：,，;；.。")
				if len(piece) > 1 && !strings.Contains(texts, piece) {
					list = append(list, piece)
				}
			}
		}
		return list
	}
	for page, lang := range map[string]string{"docs/lights.md": "en", "docs/zh/lights.md": "zh"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range unsaid(string(text), catalogue(lang)) {
			t.Errorf("%s quotes %q, which no screen says", page, piece)
		}
	}
	if got := unsaid("| 正常接单 | Open | 什么单都接 |\n| ▲ 来不及做 | x | y |\n", catalogue("zh")); !slices.Equal(got, []string{"来不及做"}) {
		t.Errorf("the control found %q", got)
	}
}
