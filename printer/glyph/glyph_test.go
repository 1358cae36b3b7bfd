package glyph_test

import (
	"strings"
	"testing"

	"weir/printer/gbk"
	"weir/printer/glyph"
)

func TestMenuWordsHaveGlyphs(t *testing.T) {
	for _, r := range "取餐号A037 第2杯/共3杯 乌龙鲜奶茶 生椰拿铁 芝士莓莓 桂花酒酿米乳 ￥12.00 补打 REPRINT 喆堃镕" {
		if !glyph.Has(r) {
			t.Errorf("no glyph for %c", r)
		}
	}
	if glyph.Has('🧋') || glyph.Of('🧋') != nil {
		t.Error("a glyph for an emoji")
	}
}

// The point of the font on ESC/POS paper: characters of names that GBK has no code for.
func TestDrawsWhatGBKLacks(t *testing.T) {
	drawn := 0
	for _, r := range "䶮𬭚𬤇㛃𫖯" {
		if gbk.Has(r) {
			t.Errorf("%c is in GBK: not what this test is about", r)
		}
		if glyph.Has(r) {
			drawn++
		}
	}
	if drawn < 4 {
		t.Errorf("%d of 5 drawn", drawn)
	}
}

func TestDraw(t *testing.T) {
	picture := func(text string, across, down int) (string, int) {
		var rows [48][96]byte
		for y := range rows {
			for x := range rows[y] {
				rows[y][x] = ' '
			}
		}
		width := glyph.Draw(text, across, down, func(x, y int) { rows[y][x] = '#' })
		var b strings.Builder
		for _, row := range rows {
			b.Write(row[:])
			b.WriteByte('\n')
		}
		return b.String(), width
	}
	once, width := picture("一", 1, 1)
	if width != 24 || strings.Count(once, "#") < 20 {
		t.Errorf("width %d, picture\n%s", width, once)
	}
	twice, width := picture("一", 2, 2)
	if width != 48 || strings.Count(twice, "#") != 4*strings.Count(once, "#") {
		t.Errorf("width %d, %d dots of %d", width, strings.Count(twice, "#"), strings.Count(once, "#"))
	}
	if missing, _ := picture("🧋", 1, 1); !strings.Contains(missing, "#") {
		t.Error("a missing glyph leaves nothing on paper")
	}
}
