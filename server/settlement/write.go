package settlement

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"weir/shop"
	"weir/shop/sheet"
)

// WriteCSV writes the orders of a business day, of one channel or ("") of all, with what is due for each: in UTF-8 with
// a byte order mark, which is how spreadsheets know it, and names in "zh" or "en". [Parse] reads it.
func (b *Books) WriteCSV(ctx context.Context, w io.Writer, day shop.Day, channel, lang string) error {
	orders, err := b.shop.OrdersOfDay(ctx, day, channel)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write the settlement: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	head := make([]string, 0, len(written))
	for _, column := range written {
		head = append(head, column.name.In(lang))
	}
	if err := out.Write(head); err != nil {
		return fmt.Errorf("write the settlement: %w", err)
	}
	zone := b.shop.Snapshot().Config.Location
	for _, o := range orders {
		r := newRow(o, zone)
		cells := make([]string, 0, len(written))
		for _, column := range written {
			cells = append(cells, column.cell(r))
		}
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("write the settlement: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the settlement: %w", err)
	}
	return nil
}

// written are the columns of the shop's own file.
var written = []struct {
	name shop.Name
	cell func(row) string
}{
	{shop.Name{ZH: "门店编号", EN: "order"}, func(r row) string { return r.ID.String() }},
	{shop.Name{ZH: "渠道", EN: "channel"}, func(r row) string { return sheet.Safe(r.Channel) }},
	{shop.Name{ZH: "订单号", EN: "ref"}, func(r row) string { return sheet.Safe(r.Ref) }},
	{shop.Name{ZH: "取餐号", EN: "number"}, func(r row) string { return r.PickupNumber() }},
	{shop.Name{ZH: "状态", EN: "state"}, row.state},
	{shop.Name{ZH: "下单杯数", EN: "cups_ordered"}, func(r row) string { return strconv.Itoa(r.ordered) }},
	{shop.Name{ZH: "杯数", EN: "cups"}, func(r row) string { return strconv.Itoa(r.made) }},
	{shop.Name{ZH: "补贴(分)", EN: "subsidy_fen"}, func(r row) string { return r.fen(r.SubsidyDue()) }},
	{shop.Name{ZH: "订单金额(分)", EN: "total_fen"}, func(r row) string { return r.fen(r.money.TotalFen) }},
	{shop.Name{ZH: "实付(分)", EN: "paid_fen"}, func(r row) string { return r.fen(r.money.PaidFen) }},
	{shop.Name{ZH: "渠道承担(分)", EN: "channel_part_fen"}, func(r row) string { return fenOrNone(r.parts.ChannelPartFen) }},
	{shop.Name{ZH: "商家承担(分)", EN: "shop_part_fen"}, func(r row) string { return fenOrNone(r.parts.ShopPartFen) }},
	{shop.Name{ZH: "服务费(分)", EN: "fee_fen"}, func(r row) string { return fenOrNone(r.parts.FeeFen) }},
	{shop.Name{ZH: "打包费(分)", EN: "packing_fen"}, func(r row) string { return fenOrNone(r.parts.PackingFen) }},
	{shop.Name{ZH: "赔付(分)", EN: "compensation_fen"}, func(r row) string { return fenOrNone(r.given) }},
	{shop.Name{ZH: "赔付承担方", EN: "compensation_paid_by"}, func(r row) string { return r.pays }},
	{shop.Name{ZH: "赔付原因", EN: "compensation_cause"}, func(r row) string { return r.cause }},
	{shop.Name{ZH: "活动", EN: "campaign"}, func(r row) string { return r.campaign }},
	{shop.Name{ZH: "接单时间", EN: "accepted_at"}, func(r row) string { return r.clock(r.AcceptedAt) }},
	{shop.Name{ZH: "结束时间", EN: "ended_at"}, func(r row) string { return r.clock(r.EndedAt) }},
}

// row is an order with what its columns need.
type row struct {
	*shop.Order
	ordered, made int
	money         shop.Totals
	parts         shop.Parts
	given         *int64 // to its customer; nil is nothing
	pays, cause   string // of that
	campaign      string
	zone          *time.Location
}

func newRow(o *shop.Order, zone *time.Location) row {
	r := row{Order: o, zone: zone}
	r.ordered, r.made = o.MadeOf()
	if o.Totals != nil {
		r.money = *o.Totals
	}
	if o.State().Ended() {
		r.parts = o.PartsDue()
	}
	if c := o.Compensation; c != nil {
		r.given, r.pays, r.cause = &c.Fen, string(c.Pays), string(c.Cause)
	}
	if o.Campaign != 0 {
		r.campaign = o.Campaign.String()
	}
	return r
}

// state is the order's, and of a cancelled order that was made first that it is owed all the same.
func (r row) state() string {
	if r.End == shop.OrderCancelled && r.made > 0 {
		return shop.ReasonMadeThenCancelled
	}
	return string(r.State())
}

// fen writes a sum; nothing while the order's money is not known.
func (r row) fen(sum int64) string {
	if r.Totals == nil {
		return ""
	}
	return strconv.FormatInt(sum, 10)
}

// fenOrNone writes a sum; nothing while it is not known.
func fenOrNone(sum *int64) string {
	if sum == nil {
		return ""
	}
	return strconv.FormatInt(*sum, 10)
}

// clock writes a time as spreadsheets read it.
func (r row) clock(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(r.zone).Format(time.DateTime)
}
