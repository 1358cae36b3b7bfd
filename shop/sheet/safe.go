package sheet

import "strings"

// digitsShown is how many digits of a number a spreadsheet shows; from 16 on it also loses some.
const digitsShown = 11

// Safe keeps a spreadsheet from running a text that a channel sent, and from taking an order number for a quantity: what
// begins like a formula (OWASP, CSV Injection) and what is a long number gets an apostrophe before it.
func Safe(text string) string {
	if len(text) > digitsShown && strings.Trim(text, "0123456789") == "" {
		return "'" + text
	}
	if text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠'`", []rune(text)[0]) {
		return "'" + text
	}
	return text
}

// Unsafe is a cell without the apostrophe that [Safe] puts before it.
func Unsafe(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && Safe(rest) == cell {
		return rest
	}
	return cell
}
