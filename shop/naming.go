package shop

import (
	"strings"
	"unicode"
)

// foldName is a name as names are compared: channels write the same drink in full-width and plain letters, with this or
// that kind of brackets, and with or without spaces.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		switch r = foldRune(r); {
		case unicode.IsSpace(r) || unicode.IsControl(r) || Invisible(r):
			return -1
		default:
			return unicode.ToLower(r)
		}
	}, name)
}

// foldRune is the plain form of a letter or a sign: brackets of all kinds become [ and ], dashes become -.
func foldRune(r rune) rune {
	if r >= '\uff01' && r <= '\uff5e' { // the full-width forms of ASCII
		r -= '\uff01' - '!'
	}
	switch {
	case strings.ContainsRune("({【〔〖「『《〈", r):
		return '['
	case strings.ContainsRune(")}】〕〗」』》〉", r):
		return ']'
	case r >= '\u2010' && r <= '\u2015' || r == '\u2212':
		return '-'
	}
	return r
}

// breaks reports whether a sign stands between the parts of a name: the drink, its size, what is chosen for it.
func breaks(r rune) bool { return strings.ContainsRune("[]-_/+|,;:&·•、，；：", foldRune(r)) }

// splits are the ways to read a name as a drink with words behind it: the longest drink first.
func splits(name string) (list []split) {
	at := len(name)
	for at > 0 {
		at = strings.LastIndexFunc(name[:at], breaks)
		if at > 0 {
			list = append(list, split{name[:at], wordsOf(name[at:])})
		}
	}
	return list
}

// split is one way to read a name.
type split struct {
	drink string
	words []string
}

// drinkOf is a name without the words behind the drink.
func drinkOf(name string) string {
	if all := splits(name); len(all) > 0 {
		return strings.TrimSpace(all[len(all)-1].drink)
	}
	return strings.TrimSpace(name)
}

// wordsOf are the words that signs stand between.
func wordsOf(text string) (list []string) {
	for _, word := range strings.FieldsFunc(text, breaks) {
		if foldName(word) != "" {
			list = append(list, strings.TrimSpace(word))
		}
	}
	return list
}

// feeNames are what platforms list among the items and nobody makes. They are no work, unless the owner maps them.
var feeNames = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range []string{
		"餐盒费", "餐盒", "包装费", "打包费", "打包盒", "打包袋", "包装袋", "外卖包装", "配送费", "外送费", "运费", "服务费", "餐具", "餐具费", "补差价", "差价",
		"packaging fee", "box fee", "bag fee", "delivery fee", "service fee", "takeaway box", "takeaway bag", "cutlery",
	} {
		set[foldName(name)] = true
	}
	return set
}()

// feeSigns stand in names that are a fee or a thing in the bag, more often than a drink. They only make a suggestion.
var feeSigns = []string{"费", "袋", "餐具", "差价", "吸管", "纸巾", "杯套", "fee", "bag", "straw", "napkin"}

// sameWords are words that the trade uses for the same choice.
var sameWords = func() (groups []map[string]bool) {
	for _, group := range [][]string{
		{"全糖", "正常糖", "标准糖", "十分糖", "100%", "full sugar"}, {"七分糖", "少糖", "少少糖", "70%", "less sugar"},
		{"半糖", "五分糖", "中糖", "50%", "half sugar"}, {"三分糖", "微糖", "30%"}, {"不加糖", "无糖", "零糖", "不另外加糖", "0糖", "no sugar", "no added sugar"},
		{"正常冰", "标准冰", "多冰", "ice", "regular ice"}, {"少冰", "微冰", "半冰", "less ice"}, {"去冰", "无冰", "不加冰", "no ice"}, {"热", "热饮", "温", "温热", "hot"},
		{"中杯", "标准杯", "常规杯", "中", "m", "medium", "regular"}, {"大杯", "大", "l", "large"},
		{"珍珠", "波霸", "黑珍珠", "加珍珠", "pearl", "pearls"}, {"燕麦奶", "燕麦", "换燕麦奶", "oat"}, {"鲜牛奶", "牛奶", "鲜奶", "milk"},
	} {
		set := map[string]bool{}
		for _, word := range group {
			set[foldName(word)] = true
		}
		groups = append(groups, set)
	}
	return groups
}()

// sameWord reports whether two words are known to be the same choice.
func sameWord(one, other string) bool {
	for _, group := range sameWords {
		if group[one] && group[other] {
			return true
		}
	}
	return false
}

// alike is how alike two folded names are, from 0 to 1: the pairs of letters that both have (Dice's coefficient).
func alike(one, other string) float64 {
	a, b := pairs(one), pairs(other)
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	both := 0
	for pair, n := range a {
		both += min(n, b[pair])
	}
	return 2 * float64(both) / float64(total(a)+total(b))
}

func pairs(text string) map[[2]rune]int {
	runes := []rune(text)
	set := map[[2]rune]int{}
	for i := range len(runes) - 1 {
		set[[2]rune{runes[i], runes[i+1]}]++
	}
	if len(runes) == 1 {
		set[[2]rune{runes[0]}]++
	}
	return set
}

func total(pairs map[[2]rune]int) (n int) {
	for _, k := range pairs {
		n += k
	}
	return n
}
