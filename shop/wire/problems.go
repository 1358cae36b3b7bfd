package wire

import (
	"net/http"

	"weir/shop"
	"weir/shop/words"
)

// Entry is one problem type. What it is called is in the catalogues of package words, under its name.
type Entry struct {
	Name    string // its type is /problems/<name>
	Status  int
	NotMade bool // as an answer to an order it says that nothing was made of it
}

// Title is what the problem type is called.
func (e Entry) Title(l words.Lang) string { return l.T("problem." + e.Name + ".title") }

// Text says what a caller can do.
func (e Entry) Text(l words.Lang) string { return l.T("problem." + e.Name + ".text") }

// Problems is every problem type there is, in the order of the contract's table. A type never changes
// its meaning or its status.
var Problems = []Entry{
	{ProblemKeyMissing, http.StatusUnauthorized, false},
	{ProblemKeyInvalid, http.StatusUnauthorized, false},
	{ProblemNotPermitted, http.StatusForbidden, false},
	{ProblemMalformed, http.StatusBadRequest, false},
	{ProblemTooLarge, http.StatusRequestEntityTooLarge, false},
	{ProblemMediaType, http.StatusUnsupportedMediaType, false},
	{shop.ProblemInvalidOrder, http.StatusUnprocessableEntity, true},
	{shop.ProblemInvalid, http.StatusUnprocessableEntity, false},
	{shop.ProblemUnknownItem, http.StatusUnprocessableEntity, true},
	{shop.ProblemSoldOut, http.StatusConflict, true},
	{shop.ProblemOrderConflict, http.StatusConflict, false},
	{shop.ProblemReducedCapacity, http.StatusServiceUnavailable, true},
	{shop.ProblemIntakePaused, http.StatusServiceUnavailable, true},
	{shop.ProblemDeadlinePassed, http.StatusConflict, true},
	{shop.ProblemSlotFull, http.StatusConflict, true},
	{shop.ProblemStorage, http.StatusServiceUnavailable, false},
	{ProblemQuota, http.StatusTooManyRequests, false},
	{shop.ProblemCancelTooLate, http.StatusConflict, false},
	{shop.ProblemInvalidTransition, http.StatusConflict, false},
	{shop.ProblemWrongCup, http.StatusConflict, false},
	{shop.ProblemIncomplete, http.StatusConflict, false},
	{shop.ProblemCursorInvalid, http.StatusBadRequest, false},
	{shop.ProblemCursorExpired, http.StatusGone, false},
	{shop.ProblemNoticeConflict, http.StatusConflict, false},
	{shop.ProblemDayOpen, http.StatusConflict, false},
	{ProblemCrossOrigin, http.StatusForbidden, false},
	{ProblemWrongHost, http.StatusMisdirectedRequest, false},
	{shop.ProblemNotFound, http.StatusNotFound, false},
	{ProblemWrongMethod, http.StatusMethodNotAllowed, false},
	{ProblemInternal, http.StatusInternalServerError, false},
}

// Lookup finds a problem type by name.
func Lookup(name string) (Entry, bool) {
	for _, e := range Problems {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

// entryOf is the type's entry. One that is missing from the table, which a test rules out for those of
// package shop, is answered by its kind.
func entryOf(name string, kind shop.Kind) Entry {
	if e, ok := Lookup(name); ok {
		return e
	}
	status := map[shop.Kind]int{
		shop.Invalid: http.StatusUnprocessableEntity, shop.NotFound: http.StatusNotFound, shop.Conflict: http.StatusConflict,
		shop.Unavailable: http.StatusServiceUnavailable, shop.Unauthorized: http.StatusForbidden,
	}[kind]
	return Entry{Name: name, Status: status}
}

// problemPath is before the name in a problem's type.
const problemPath = "/problems/"

func (e Entry) problem(detail string) Problem {
	return Problem{Type: problemPath + e.Name, Title: e.Title(words.EN), Status: e.Status, Detail: detail, NotMade: e.NotMade}
}
