package printer

import (
	"weir/shop/words"
)

// Reason is why a job or a printer stands as it does. The words are stable; Text says them to people.
type Reason string

// The reasons there are.
const (
	ReasonNone        Reason = ""
	ReasonPaper       Reason = "paper"           // out of paper
	ReasonCover       Reason = "cover"           // cover or head open
	ReasonCutter      Reason = "cutter"          // cutter jam
	ReasonJam         Reason = "jam"             // label jam
	ReasonRibbon      Reason = "ribbon"          // out of ribbon
	ReasonPaused      Reason = "paused"          // pause key pressed
	ReasonError       Reason = "error"           // any other fault it reports
	ReasonUnreachable Reason = "unreachable"     // no connection
	ReasonSilent      Reason = "no-answer"       // connected, used to answer, does not
	ReasonNoStatus    Reason = "no-status"       // of a make that never answers
	ReasonNoFence     Reason = "no-fence"        // answers questions, but not whether a job is through
	ReasonLost        Reason = "connection-lost" // broke off in the middle of a job
	ReasonLate        Reason = "no-fence-in-time"
	ReasonRestart     Reason = "restart" // we were interrupted in the middle of a job
	ReasonOld         Reason = "old"     // past HoldAfter
	ReasonReprinted   Reason = "reprinted"
	ReasonRender      Reason = "render"   // the order cannot be turned into this document
	ReasonUnfit       Reason = "unfit"    // this printer cannot print this document
	ReasonNearEnd     Reason = "near-end" // prints, but paper is low
)

// reasonTexts are the ids of the reasons' texts.
var reasonTexts = map[Reason]string{
	ReasonPaper:       "printer_reason.out_of_paper",
	ReasonCover:       "printer_reason.cover_open",
	ReasonCutter:      "printer_reason.cutter_jammed",
	ReasonJam:         "printer_reason.paper_jam",
	ReasonRibbon:      "printer_reason.out_of_ribbon",
	ReasonPaused:      "printer_reason.paused_at_the_printer",
	ReasonError:       "printer_reason.printer_fault",
	ReasonUnreachable: "printer_reason.cannot_be_reached",
	ReasonSilent:      "printer_reason.does_not_answer",
	ReasonNoStatus:    "printer_reason.this_printer_reports_nothing",
	ReasonNoFence:     "printer_reason.this_printer_confirms_nothing",
	ReasonLost:        "printer_reason.connection_lost_while_printing",
	ReasonLate:        "printer_reason.not_confirmed_in_time",
	ReasonRestart:     "printer_reason.interrupted_while_printing_may",
	ReasonOld:         "printer_reason.more_than_15_minutes",
	ReasonReprinted:   "printer_reason.reprinted",
	ReasonRender:      "printer_reason.cannot_be_made_from",
	ReasonUnfit:       "printer_reason.this_printer_cannot_print",
	ReasonNearEnd:     "printer_reason.paper_is_low",
}

// Text says the reason in a language; "" for ReasonNone.
func (r Reason) Text(l words.Lang) string {
	id, ok := reasonTexts[r]
	if !ok {
		return ""
	}
	return l.T(id)
}

// Silence tells whether the reason is that the printer never says what became of a job: nothing went wrong that we know of.
func (r Reason) Silence() bool { return r == ReasonNoStatus || r == ReasonNoFence }
