package shop

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultAllergyWords are the words in a customer's note that a crew must not miss, where shop.yaml names no others.
var DefaultAllergyWords = []string{
	"过敏", "花生", "坚果", "乳糖", "麸质", "鸡蛋", "大豆", "芒果", "忌口", "不能吃", "不能喝",
	"allerg", "peanut", "nut", "lactose", "gluten", "dairy", "soy", "egg", "vegan",
}

// AllergyIn is which of the shop's allergy words a note has, in the order of the note; nil when it has none. A word in
// Latin letters is found at the beginning of a word only: "minute" is about no nut.
func (c *Config) AllergyIn(note string) []string {
	if note == "" {
		return nil
	}
	type hit struct {
		at   int
		word string
	}
	var hits []hit
	low := strings.ToLower(note)
	for _, w := range c.AllergyWords {
		if at := wordAt(low, strings.ToLower(w)); at >= 0 {
			hits = append(hits, hit{at, w})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.at - b.at })
	var found []string
	for _, h := range hits {
		found = append(found, h.word)
	}
	return found
}

// wordAt is where a word begins in a text, -1 when it does not.
func wordAt(text, word string) int {
	first, _ := utf8.DecodeRuneInString(word)
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 || word == "" {
			return -1
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if at == 0 || first > unicode.MaxASCII || before > unicode.MaxASCII || !unicode.IsLetter(before) {
			return at
		}
		from = at + len(word)
	}
}
