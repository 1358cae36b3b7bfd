package templates

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"weir/shop"
	"weir/shop/capacity"
	"weir/shop/words"
)

// The words of the shop's own states, each written once for every screen.

// LevelWord is a level of intake.
func LevelWord(l words.Lang, level int) string {
	switch level {
	case capacity.LevelOpen:
		return l.T("level.open")
	case capacity.LevelBusy:
		return l.T("level.busy")
	case capacity.LevelLimited:
		return l.T("level.limited")
	case capacity.LevelSlots:
		return l.T("level.slots")
	}
	return l.T("level.paused")
}

// ReasonWord says why a level holds or an order was refused; "" when there is nothing to explain.
func ReasonWord(l words.Lang, r capacity.Reason) string {
	switch r {
	case capacity.NoRoom:
		return l.T("reason.no_room")
	case capacity.Shelf:
		return l.T("reason.shelf")
	case capacity.Owner:
		return l.T("reason.owner")
	case capacity.Staff:
		return l.T("reason.staff")
	case capacity.Closed:
		return l.T("reason.closed")
	case capacity.SlotFull, capacity.SlotPast:
		return l.T("reason.slot")
	case capacity.Deadline:
		return l.T("reason.deadline")
	case shop.ReasonCampaign:
		return l.T("reason.campaign")
	case "sold-out":
		return l.T("reason.sold_out")
	case "clock":
		return l.T("reason.clock")
	case "storage":
		return l.T("reason.storage")
	case capacity.None, "":
		return ""
	}
	return string(r)
}

// ActorWord is who did something, by what the log calls them.
func ActorWord(l words.Lang, config *shop.Config, by string) string {
	kind, name, _ := strings.Cut(by, ":")
	switch {
	case by == "clock":
		return l.T("owner_page.by_itself")
	case by == "open":
		return l.T("owner_page.this_machine_not_signed")
	case by == "console":
		return l.T("owner_page.the_boxs_command_line")
	case by == "stranger":
		return l.T("owner_page.a_device_that_is")
	case kind == "tablet" && name != "":
		return name
	case shop.OutsideName(by) != "":
		return l.T("outside.actor", shop.OutsideName(by))
	case kind == "owner" && name != "":
		return name + l.T("owner_page.actor_is_owner")
	}
	if ch, ok := config.Channel(by); ok {
		return l.Of(ch.Name)
	}
	return by
}

// PartName is what people call an item, an option or an ingredient, also of one that has left the menu.
func PartName(l words.Lang, menu *shop.Menu, part shop.MenuPart) string {
	item, _, ingredient := part.Names()
	if item != "" {
		if it := menu.Ever(item); it != nil {
			return l.Of(it.Name)
		}
		return item
	}
	if ingredient != "" {
		if supply, ok := menu.EverSupply(ingredient); ok {
			return l.Of(supply)
		}
		return ingredient
	}
	group, id, _ := strings.Cut(string(part), "/")
	if option := menu.EverOption(group, id); option != nil {
		return l.Of(option.Name)
	}
	return id
}

// AmountWord is an amount of an ingredient in what people count it in: "2.5 bags". Without a unit it is the bare number.
func AmountWord(l words.Lang, menu *shop.Menu, ingredient string, amount int) string {
	supply, _ := menu.EverSupply(ingredient)
	if supply.Holds == 0 {
		return strconv.Itoa(amount)
	}
	units := strconv.FormatFloat(math.Round(float64(amount)*10/float64(supply.Holds))/10, 'f', -1, 64)
	return l.T("pantry.amount", units, l.Of(supply.Unit))
}

// IntakeWord says what a channel may order.
func IntakeWord(l words.Lang, m capacity.IntakeMode) string {
	switch m {
	case capacity.IntakePaused:
		return l.T("intake_mode.paused")
	case capacity.IntakeSlots:
		return l.T("intake_mode.slots")
	}
	return l.T("intake_mode.open")
}

// CupWord is a cup's state as the crew calls it.
func CupWord(l words.Lang, s shop.CupState) string {
	switch s {
	case shop.Booked:
		return l.T("cup_state.booked")
	case shop.Waiting:
		return l.T("cup_state.waiting")
	case shop.Making:
		return l.T("cup_state.making")
	case shop.Made:
		return l.T("cup_state.made")
	case shop.Handed:
		return l.T("cup_state.handed")
	case shop.Voided:
		return l.T("cup_state.voided")
	}
	return l.T("cup_state.discarded")
}

// OrderWord is where an order stands, as the crew calls it.
func OrderWord(l words.Lang, s shop.OrderState) string {
	switch s {
	case shop.OrderWaiting:
		return l.T("order_state.waiting")
	case shop.OrderExpired:
		return l.T("order_state.expired")
	case shop.OrderBooked:
		return l.T("order_state.booked")
	case shop.OrderAccepted:
		return l.T("order_state.accepted")
	case shop.OrderMaking:
		return l.T("order_state.making")
	case shop.OrderReady:
		return l.T("order_state.ready")
	case shop.OrderHanded:
		return l.T("order_state.handed")
	case shop.OrderCancelled:
		return l.T("order_state.cancelled")
	case shop.OrderReleased:
		return l.T("order_state.released")
	case shop.OrderUnclaimed:
		return l.T("order_state.unclaimed")
	}
	return string(s)
}

// EndWord says why an order ended or cups were given out, as the shop's rules name it. What a person gave as the reason
// is shown as it was written.
func EndWord(l words.Lang, reason string) string {
	switch reason {
	case shop.ReasonVoided:
		return l.T("end_reason.voided")
	case shop.ReasonDiscarded:
		return l.T("end_reason.discarded")
	case shop.ReasonSlotLate:
		return l.T("end_reason.slot_late")
	case shop.ReasonMadeThenCancelled:
		return l.T("end_reason.made_then_cancelled")
	case shop.ReasonCancelledBefore:
		return l.T("end_reason.cancelled_before")
	case shop.ReasonPinned:
		return l.T("end_reason.pinned")
	case shop.ReasonNoRoom:
		return l.T("end_reason.no_room")
	case shop.ReasonSoldOut:
		return l.T("end_reason.sold_out")
	case shop.ReasonRestored:
		return l.T("end_reason.restored")
	case shop.ReasonClosing:
		return l.T("end_reason.closing")
	}
	return reason
}

// StandingWord says without colour how a promise stands.
func StandingWord(l words.Lang, s shop.Standing) string {
	switch s {
	case shop.OnTrack:
		return l.T("standing.on_track")
	case shop.Due:
		return l.T("standing.due")
	}
	return l.T("standing.late")
}

// TapsWord is whether each station taps its own part of a cup, or one tap is the whole cup.
func TapsWord(l words.Lang, once bool) string {
	if once {
		return l.T("check.taps_once")
	}
	return l.T("check.taps_each")
}

// CheckWord is how an order is checked at hand-over.
func CheckWord(l words.Lang, mode string) string {
	switch mode {
	case shop.CheckCup:
		return l.T("check.cup")
	case shop.CheckBag:
		return l.T("check.bag")
	}
	return l.T("check.tap")
}

// PrinterWord is what the crew calls a printer: by what it prints. Those that print the same are numbered.
func PrinterWord(l words.Lang, printers []shop.Printer, name string) string {
	word := func(p shop.Printer) string {
		switch {
		case p.Labels:
			return l.T("printer_name.label")
		case slices.Contains(p.Prints, shop.JobKitchen):
			return l.T("printer_name.kitchen")
		case slices.Contains(p.Prints, shop.JobReceipt):
			return l.T("printer_name.receipt")
		case slices.Contains(p.Prints, shop.JobSlip):
			return l.T("printer_name.bag")
		}
		return l.T("printer_name.any")
	}
	at := slices.IndexFunc(printers, func(p shop.Printer) bool { return p.Name == name })
	if at < 0 {
		return l.T("printer_name.any")
	}
	called, same, nth := word(printers[at]), 0, 0
	for i, p := range printers {
		if word(p) == called {
			same++
			if i <= at {
				nth++
			}
		}
	}
	if same == 1 {
		return called
	}
	return called + " " + strconv.Itoa(nth)
}
