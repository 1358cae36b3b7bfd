package gbk

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// substitutes are characters people type that GBK lacks but has a plain equal for. Pictures that change what is made or
// how (an allergy, no ice) are named in brackets; others have an equal or none.
var substitutes = map[rune]string{
	'¥': "￥", '£': "￡", '€': "EUR", '¢': "￠", '₩': "KRW", '₽': "RUB", '₫': "VND", '฿': "THB", '₿': "BTC", '₹': "INR",
	'•': "·", '‧': "·", '∙': "·", '⋅': "·", '・': "·", '‑': "-", '‒': "-", '⁃': "-", '−': "-", '⸺': "——",
	'〜': "～", '∼': "～", '˜': "～", '⋯': "…", '⁄': "/", '⧸': "/", '꞉': ":",
	'«': "《", '»': "》", '‹': "〈", '›': "〉", '„': "“", '‚': "‘", '‟': "“", '‛': "‘", 'ʼ': "’", '´': "'", '✱': "*", '∗': "*",
	'✓': "√", '✔': "√", '✅': "√", '☑': "√", '☒': "×", '✗': "×", '✘': "×", '❌': "×", '✖': "×", '❎': "×", '☐': "□", '🚫': "×",
	'⛔': "×", '➕': "+", '➖': "-", '➗': "÷", '❗': "！", '❕': "！", '❓': "？", '❔': "？", '‽': "?!", '⚠': "[注意]", '🈚': "[无]",
	'❤': "[心]", '♥': "[心]", '♡': "[心]", '❥': "[心]", '💕': "[心]", '💖': "[心]", '💗': "[心]", '💛': "[心]", '💙': "[心]", '💚': "[心]", '💜': "[心]",
	'🧡': "[心]",
	'⭐': "★", '🌟': "★", '✦': "★", '✩': "☆", '✨': "★", '⇒': "→", '⟶': "→", '➜': "→", '➡': "→", '⬅': "←", '⬆': "↑", '⬇': "↓", '↔': "←→",
	'⇐': "←",
	'▶': "→", '►': "→", '◀': "←", '◄': "←", '▪': "■", '▫': "□", '◉': "◎", '⬤': "●", '⚫': "●", '⚪': "○", '🔴': "●", '🟢': "●", '◦': "○",
	'♪': "[音乐]", '♫': "[音乐]", '☎': "[电话]", '📞': "[电话]", '📱': "[手机]", '⏰': "[时间]", '🔔': "[按铃]", '🔕': "[勿按铃]", '🚪': "[门]", '🏠': "[家]",
	'🧊': "[冰]", '❄': "[冰]", '🔥': "[热]", '♨': "[热]", '☕': "[热饮]", '🍵': "[茶]", '🧋': "[奶茶]", '🥛': "[奶]", '🐮': "[牛奶]", '🍼': "[奶]", '🧀': "[奶酪]",
	'🍬': "[糖]", '🍭': "[糖]", '🍯': "[蜂蜜]", '🧂': "[盐]", '🥜': "[花生]", '🌰': "[坚果]", '🥚': "[蛋]", '🌾': "[麸质]", '🥥': "[椰]", '🍋': "[柠檬]", '🍓': "[草莓]",
	'🥭': "[芒果]", '🍑': "[桃]", '🍇': "[葡萄]", '🍊': "[橙]", '🍉': "[西瓜]", '🍌': "[香蕉]", '🍍': "[菠萝]", '🥝': "[猕猴桃]", '🍎': "[苹果]", '🍫': "[巧克力]",
	'🥤': "[杯]", '🍮': "[布丁]", '🍡': "[丸子]", '🌱': "[素]", '🤰': "[孕妇]", '👶': "[婴儿]", '🥢': "[筷子]", '🥄': "[勺]", '🛵': "[骑手]",
	'👍': "[赞]", '👌': "[好]", '🙏': "[谢谢]", '😊': "[笑]", '😄': "[笑]", '😁': "[笑]", '😂': "[笑]", '🤣': "[笑]", '🥰': "[爱]", '😍': "[爱]", '😘': "[爱]",
	'😭': "[哭]", '😢': "[哭]", '🎂': "[生日]", '🎉': "[庆祝]",
	'©': "(C)", '®': "(R)", '™': "TM", 'ß': "ss", 'ẞ': "SS", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'ø': "o", 'Ø': "O",
	'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th", 'ı': "i", 'ħ': "h", 'Ħ': "H",
	'µ': "μ", '🆗': "OK", '🆕': "NEW", '🆓': "FREE", '🆘': "SOS",
	'\u00a0': " ", '\u2002': " ", '\u2003': " ", '\u2009': " ", '\u202f': " ",
	'\t': " ", '\n': " ", '\r': " ", '\v': " ", '\f': " ", '\u2028': " ", '\u2029': " ", '\u0085': " ",
}

// numbers are runs of characters that are numbers in a circle; from is the number of the first. White on black or in a
// double circle, it is the number that counts.
var numbers = []struct {
	first, last rune
	from        int
}{
	{'⑪', '⑳', 11}, {'⓪', '⓪', 0}, {'⓫', '⓴', 11}, {'⓵', '⓾', 1}, {'⓿', '⓿', 0},
	{'❶', '❿', 1}, {'➀', '➉', 1}, {'➊', '➓', 1}, {'㉑', '㉟', 21}, {'㊱', '㊿', 36},
}

// circled reads a number in a circle: those to ten in GBK's own circles, others in brackets.
func circled(r rune) (string, bool) {
	for _, run := range numbers {
		if r < run.first || r > run.last {
			continue
		}
		n := run.from + int(r-run.first)
		if n >= 1 && n <= 10 {
			return string('①' + rune(n) - 1), true
		}
		return "(" + strconv.Itoa(n) + ")", true
	}
	return "", false
}

// Runs of letters that are pictures of letters: in squares, and those that flags are made of.
var letterRuns = []rune{0x1F130, 0x1F150, 0x1F170, 0x1F1E6}

// pictured reads what is a picture of a letter or a digit of another script.
func pictured(r rune) (string, bool) {
	for _, a := range letterRuns {
		if r >= a && r < a+26 {
			return string('A' + r - a), true
		}
	}
	if unicode.Is(unicode.Nd, r) {
		for _, run := range unicode.Nd.R16 {
			if r >= rune(run.Lo) && r <= rune(run.Hi) {
				return string('0' + (r-rune(run.Lo))%10), true
			}
		}
		for _, run := range unicode.Nd.R32 {
			if r >= rune(run.Lo) && r <= rune(run.Hi) {
				return string('0' + (r-rune(run.Lo))%10), true
			}
		}
	}
	return "", false
}

// decomposed tries the compatibility forms: fractions, ligatures, styled letters, letters with accents.
func decomposed(r rune) (string, bool) {
	var out []rune
	for _, d := range norm.NFKD.String(string(r)) {
		if equal := substitutes[d]; equal != "" && d != r {
			d = []rune(equal)[0]
		}
		switch {
		case unicode.Is(unicode.Mn, d):
		case Has(d):
			out = append(out, d)
		default:
			return "", false
		}
	}
	return string(out), true
}

// gap is what must stand between a digit and a number that follows it on paper, for 1½ is not 11/2 and 10² is not 102.
func gap(r rune, word string) string {
	switch {
	case strings.ContainsRune("⁰¹²³⁴⁵⁶⁷⁸⁹", r):
		return "^"
	case strings.ContainsRune("₀₁₂₃₄₅₆₇₈₉", r):
		return "_"
	case fraction(word) && r != '/':
		return " "
	}
	return ""
}

// fraction tells whether a word that stands for one character is a fraction.
func fraction(word string) bool { return len(word) > 1 && strings.ContainsRune(word, '/') }

// digit tells whether text ends, or with front begins, in a digit.
func digit(text string, front bool) bool {
	if text == "" {
		return false
	}
	c := text[len(text)-1]
	if front {
		c = text[0]
	}
	return c >= '0' && c <= '9'
}
