package shop_test

import (
	"strings"
	"testing"

	"weir/shop"
)

func TestAllergyWordsAreFoundInNotes(t *testing.T) {
	c := &shop.Config{AllergyWords: shop.DefaultAllergyWords}
	for note, want := range map[string]string{
		"孩子花生过敏，谢谢": "花生 过敏", "少放一点茶": "", "": "", "No NUTS please": "nut", "wait a minute": "", "不要牛奶，乳糖不耐受": "乳糖",
		"donut": "", "芒果不要nut": "芒果 nut", "allergic to eggs": "allerg egg",
	} {
		if got := strings.Join(c.AllergyIn(note), " "); got != want {
			t.Errorf("%q has %q, want %q", note, got, want)
		}
	}
}
