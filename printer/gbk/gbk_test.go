package gbk_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"weir/printer/gbk"
)

func TestAppend(t *testing.T) {
	for text, want := range map[string]string{
		"取餐号":   "c8a1b2cdbac5",
		"珍珠":    "d5e4d6e9",
		"￥":     "a3a4",
		"A037":  "41303337",
		"\x1b@": "a1fe40", // never a control byte, whatever the caller forgot
		"🧋":     "a1fe",
		"€":     "a1fe",
	} {
		if got := hex.EncodeToString(gbk.Append(nil, text)); got != want {
			t.Errorf("Append(%q) = %s, want %s", text, got, want)
		}
	}
}

// Malformed UTF-8 is refused where Go's own decoder refuses it.
func TestAppendMalformed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.OneOf(rapid.Byte(), rapid.ByteRange(0x80, 0xBF), rapid.ByteRange(0xE0, 0xEF))).Draw(t, "s"))
		_, n := gbk.AppendUntil(nil, s)
		want := len(s)
		for i, r := range s {
			if !gbk.Has(r) {
				want = i
				break
			}
		}
		if n != want {
			t.Fatalf("%q: encoded up to %d, want %d", s, n, want)
		}
	})
}

// What GBK lacks and people write on menus and in notes is readable text, and says the same.
func TestCleanIsReadable(t *testing.T) {
	for in, want := range map[string]string{
		"½糖": "1/2糖", "¼ ⅓ ⅔ ¾ ⅛ ⅞": "1/4 1/3 2/3 3/4 1/8 7/8", "⅕⅖": "1/5 2/5", "↉": "0/3", "⅟4": "1/4",
		"1½杯": "1 1/2杯", "½2": "1/2 2", "2×½": "2×1/2", "1/2": "1/2", "1⁄2": "1/2",
		"m²": "m2", "10²": "10^2", "10⁻³": "10-3", "H₂O": "H2O", "x₁": "x1", "1₂": "1_2", "№ 5": "№ 5",
		"①⑩": "①⑩", "⑪⑳": "(11)(20)", "㉑㊿": "(21)(50)", "⓪⓿": "(0)(0)", "❶❿": "①⑩", "➀➓": "①⑩", "⓫⓴": "(11)(20)", "3⑪": "3(11)",
		"℃ ℉": "℃ ℉", "６０％": "６０％", "Ａｂ": "Ａｂ", "ﾊﾟﾌｪ｡": "ハフェ。", "㎎ ㎖ ℓ": "㎎ ml l", "Ⅳ ⅳ ⅻ": "Ⅳ ⅳ xii",
		"٣ ५ 𝟗": "3 5 9", "🅰🅱": "AB", "🆗": "OK", "🈲": "禁", "🇨🇳": "CN", "1️⃣": "1",
		"〜 ・ − ⋯ «好»": "～ · - … 《好》", "ß ø æ Łódź ñ": "ss o ae Lódz n", "é ü": "é ü",
		"不要🧊": "不要[冰]", "🥜过敏": "[花生]过敏", "🚫🧊": "×[冰]", "✅❌⚠️": "√×[注意]", "❤️ ♥": "[心] [心]", "谢谢🙏🏻": "谢谢[谢谢]",
		"奶茶\u200b店": "奶茶店", "⼀⽔": "一水", "㈱ ㊙": "㈱ 秘", "￥5 ¥5": "￥5 ￥5",
	} {
		if got := gbk.Clean(in, nil); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// Every substitute can be printed itself.
func TestSubstitutesArePrintable(t *testing.T) {
	for r, word := range gbk.Substitutes() {
		if got := gbk.Clean(word, nil); got != word || gbk.Has(r) {
			t.Errorf("%q becomes %q, which becomes %q", r, word, got)
		}
	}
}

func TestClean(t *testing.T) {
	draws := func(r rune) bool { return r == '𬭚' }
	for _, c := range []struct{ in, want string }{
		{"珍珠奶茶", "珍珠奶茶"},
		{"¥12", "￥12"},
		{"少冰🧌🧌 thanks", "少冰〓 thanks"},
		{"a\x1b@\x10\x04\x01b", "a@b"},
		{"一\r\n二", "一  二"},
		{"a\u202eb\u200bc\ufeff", "abc"},
		{"café ①", "café ①"},
		{"ñandú", "nandú"},
		{"ﬁn ⅻ", "fin xii"},
		{"名𬭚字", "名𬭚字"},
		{"名𠀀字", "名〓字"},
		{"👨‍👩‍👧", "〓"},
		{"€5", "EUR5"},
		{"\xff\xfe", "〓"},
	} {
		if got := gbk.Clean(c.in, draws); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// Whatever is typed, what is left is printable bytes that an independent GBK decoder reads back as the same text.
func TestCleanIsPrintable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clean := gbk.Clean(rapid.String().Draw(t, "typed"), nil)
		bytes := gbk.Append(nil, clean)
		for i := 0; i < len(bytes); i++ {
			switch b := bytes[i]; {
			case b >= 0x81 && b <= 0xFD && i+1 < len(bytes) && bytes[i+1] >= 0x40 && bytes[i+1] != 0x7F:
				i++
			case b < 0x20 || b >= 0x7F:
				t.Fatalf("byte %#x at %d of % x", b, i, bytes)
			}
		}
		back, err := simplifiedchinese.GBK.NewDecoder().Bytes(bytes)
		if err != nil || string(back) != clean {
			t.Fatalf("read back %q, %v, want %q", back, err, clean)
		}
		if len(bytes) != gbk.Width(clean) {
			t.Fatalf("%d bytes for %d columns", len(bytes), gbk.Width(clean))
		}
	})
}

func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.ToValidUTF8(rapid.String().Draw(t, "s"), "")
		columns := rapid.IntRange(4, 48).Draw(t, "columns")
		lines := gbk.Wrap(s, columns)
		if strings.Join(lines, "") != s {
			t.Fatalf("%q does not join to %q", lines, s)
		}
		for _, line := range lines {
			if gbk.Width(line) > columns || !utf8.ValidString(line) {
				t.Fatalf("line %q is wider than %d", line, columns)
			}
		}
		if cut := gbk.Cut(s, columns); gbk.Width(cut) > columns {
			t.Fatalf("cut %q is wider than %d", cut, columns)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	var buf []byte
	for b.Loop() {
		buf = gbk.Append(buf[:0], "珍珠奶茶 大杯 少冰 半糖 加椰果")
	}
}
