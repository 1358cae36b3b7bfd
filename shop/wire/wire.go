// Package wire is what orders and answers look like outside the shop: strict reading, truthful
// answers, one table of problems. Both doors, HTTP and MQTT, use it, so that they cannot differ.
//
// Reading goes by three steps: [parse] turns bytes into a tree and refuses what is not exactly one
// JSON value, a [reader] takes members out of the tree by their exact names and collects what is
// wrong with JSON pointers, and a Decode function makes a command of it. encoding/json judges the
// syntax, the tree is ours: decoding into structs would match names in any case and take the last of
// two equal ones, a walk over encoding/json's tokens more than doubles the time of it all, and the one
// maintained library that does better promises no stable interface yet.
package wire

import "weir/shop"

// Version is the v of every message. It grows only when a member changes its meaning, which this
// contract rules out; new members come without a new version.
const Version = 1

// Limits of what is read. A caller meets them as 413 or 422 and never as a cut.
const (
	// BodyMax is the size of a request in bytes: a hundred lines with a note each, or one note of
	// 10,000 Chinese characters, and little enough to hold for each of a thousand callers.
	BodyMax = 64 << 10
	// depthMax is how deep values may nest; an order needs four.
	depthMax = 32
	// refMax is the length of a ref in bytes: three UUIDs.
	refMax = 128
	// idMax is the length in bytes of an item's or option's id, and of a number shown to people.
	idMax = 64
	// linesMax is the rows of one order: an office's, with everybody's own wishes.
	linesMax = 100
	// qtyMax is the cups of one row.
	qtyMax = 200
	// cupsMax is the sum of the rows' quantities in one order, usually its cups: more than three hours of an
	// ordinary line.
	cupsMax = 500
	// toppingsMax is more than fits into a cup.
	toppingsMax = 20
	// insteadMax is the parts of a line that may have a substitute, and choicesMax how many substitutes one may have.
	insteadMax, choicesMax = 20, 8
	// moneyMax is the largest sum in fen: ten million yuan.
	moneyMax = 1_000_000_000
	// countMax bounds numbers that only grow. Above it JavaScript loses whole numbers.
	countMax = 1<<53 - 1
	// yearMin and yearMax bound times; outside them a clock or a unit is wrong.
	yearMin, yearMax = 2000, 2200
	// faultsMax is how many mistakes one answer lists.
	faultsMax = 20
)

// Problem types that only the doors know. Those of the rules are in package shop.
const (
	ProblemKeyMissing   = "key-missing"
	ProblemKeyInvalid   = "key-invalid"
	ProblemMalformed    = "malformed"
	ProblemTooLarge     = "too-large"
	ProblemMediaType    = "unsupported-media-type"
	ProblemQuota        = shop.ProblemQuota
	ProblemCrossOrigin  = "cross-origin"
	ProblemWrongHost    = "wrong-host"
	ProblemWrongMethod  = "method-not-allowed"
	ProblemInternal     = "internal"
	ProblemNotPermitted = shop.ProblemNotPermitted
)

func refuse(problem, detail string) *shop.Error {
	return &shop.Error{Kind: shop.Invalid, Type: problem, Detail: detail}
}
