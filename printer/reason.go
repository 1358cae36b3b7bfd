package printer

import (
	"maps"
	"slices"
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

var reasonTexts = map[Reason][2]string{
	ReasonPaper:       {"缺纸", "out of paper"},
	ReasonCover:       {"机盖未关", "cover open"},
	ReasonCutter:      {"切刀卡住", "cutter jammed"},
	ReasonJam:         {"卡纸", "paper jam"},
	ReasonRibbon:      {"碳带用完", "out of ribbon"},
	ReasonPaused:      {"打印机已暂停", "paused at the printer"},
	ReasonError:       {"打印机故障", "printer fault"},
	ReasonUnreachable: {"连接不上", "cannot be reached"},
	ReasonSilent:      {"没有应答", "does not answer"},
	ReasonNoStatus:    {"此打印机不报状态，是否打出请看纸", "this printer reports nothing; look at the paper"},
	ReasonNoFence:     {"此打印机不确认打印，是否打出请看纸", "this printer confirms nothing; look at the paper"},
	ReasonLost:        {"打印中途断线，可能已打出", "connection lost while printing; may be on paper"},
	ReasonLate:        {"未在时限内确认，可能已打出", "not confirmed in time; may be on paper"},
	ReasonRestart:     {"打印中途程序中断，可能已打出", "interrupted while printing; may be on paper"},
	ReasonOld:         {"超过 15 分钟，等人处理", "more than 15 minutes old; waits for a person"},
	ReasonReprinted:   {"已补打", "reprinted"},
	ReasonRender:      {"无法生成单据", "cannot be made from the order"},
	ReasonUnfit:       {"此打印机不能打这种单据", "this printer cannot print this document"},
	ReasonNearEnd:     {"纸快用完", "paper is low"},
}

// Text says the reason in Simplified Chinese, or in English for lang "en".
func (r Reason) Text(lang string) string {
	if lang == "en" {
		return reasonTexts[r][1]
	}
	return reasonTexts[r][0]
}

// Reasons lists all reasons but ReasonNone, in no order.
func Reasons() []Reason { return slices.Collect(maps.Keys(reasonTexts)) }
