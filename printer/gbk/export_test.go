package gbk

// Substitutes are what characters are replaced by.
func Substitutes() map[rune]string { return substitutes }
