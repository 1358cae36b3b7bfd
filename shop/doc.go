// Package shop holds the rules of a milk-tea shop: what an order is, what may happen to it, and what follows.
//
// It does no I/O, reads no clock and starts no goroutine. A [Command] asks for something, and [Decide] grants or
// refuses it. What it grants is a list of events. Each [Event] carries one [Fact], and [Apply] adds the fact to the state:
//
//	decision, err := Decide(state, command, now) // state is not changed
//	state = decision.Next                        // the same as Apply(state, event) for each of its events
//
// [State] is an immutable value: Apply returns a new one that shares what did not change, so any number of readers
// may keep an old one. Package server/store keeps the same state as rows. Package shop/sim runs the same functions on a
// virtual clock.
//
// # Where things are
//
// A command, its decision, the facts it leads to and what they change are in one file, which has the command's name.
//
//   - An order comes in and goes out: place.go, lines.go (what the menu knows of its lines), replay.go (it comes again), walkin.go,
//     cancel.go, cancelpart.go, kitchen.go, progress.go, handover.go, end.go.
//   - An order without its lines: fill.go, usual.go (what a channel's last cups were like).
//   - What channels call things: mapping.go (what a line is), mapnames.go (somebody says so), naming.go (how names are
//     compared), meaning.go (how people write it), unread.go (what nobody knows).
//   - Room that is kept for an order to come: hold.go. When an order is wanted: when.go. Its rider: rider.go.
//   - An order that waits for room: standby.go. One that may not come to be: tombstone.go, pin.go. One that comes once more after a
//     restore: receipt.go.
//   - A cup is made: tap.go, takeback.go, bringback.go, remake.go, pack.go, stop.go.
//   - The owner and the crew set something: intake.go, closing.go, first.go, staff.go, rota.go, terms.go.
//   - The menu changes while the shop runs: changemenu.go (the command), menuchanges.go (what is different), menus.go (which
//     menu an order was made from).
//   - The menu closes itself: available.go (somebody says what is sold out), soldout.go (for whom that holds), stock.go (what is
//     counted), receive.go, waste.go, cook.go (what takes time), instead.go (what is taken in place of what is sold out).
//   - Time passes: tick.go, day.go (a business day begins, its books are closed), slot.go (a booked slot moves),
//     requote.go (another time is told before a promise breaks), clock.go (the clock was wrong).
//   - Credit for routers: lease.go, resync.go, epoch.go.
//   - The owner who is not in the shop: join.go (whose commands are taken), fromoutside.go.
//   - Campaigns: notice.go (the commands), campaign.go and campaigns.go (what is kept), limit.go, forecast.go.
//   - Money: parts.go, settlement.go, statement.go, compensation.go (the shop did not keep its word).
//   - Paper: job.go, paper.go (what becomes of it when its order ends). What a channel is told: told.go, ack.go. The audit: audit.go.
//
// What they work on: order.go, cup.go, menu.go, config.go, adapter.go, webhook.go, connector.go, settings.go, id.go, recipe.go, allergy.go,
// ledger.go (no cup is lost), station.go (where it is on the line), queue.go and batch.go (what is made next), table.go, state.go.
//
// What all share: command.go, event.go, decide.go, apply.go, result.go, error.go, refusals.go.
//
// Package shop/capacity knows how much the crew can make.
package shop
