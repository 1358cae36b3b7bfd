package wire

import (
	"net/http"

	"weir/shop"
)

// Entry is one problem type: what its status is, what it is called and what a caller can do.
type Entry struct {
	Name    string // its type is /problems/<name>
	Status  int
	NotMade bool // as an answer to an order it says that nothing was made of it
	Title   shop.Name
	Text    shop.Name
}

// Problems is every problem type there is, in the order of the contract's table. A type never changes
// its meaning or its status.
var Problems = []Entry{
	{ProblemKeyMissing, http.StatusUnauthorized, false,
		shop.Name{ZH: "缺少密钥", EN: "Key missing"},
		shop.Name{ZH: "此调用需要渠道密钥：Authorization: Bearer <密钥>。密钥由门店用 weir key add 生成。",
			EN: "This call needs a channel key: Authorization: Bearer <key>. The shop makes one with weir key add."}},
	{ProblemKeyInvalid, http.StatusUnauthorized, false,
		shop.Name{ZH: "密钥无效", EN: "Key invalid"},
		shop.Name{ZH: "密钥不存在或已被撤销。请向门店索取新密钥。", EN: "The key does not exist or has been revoked. Ask the shop for a new one."}},
	{ProblemNotPermitted, http.StatusForbidden, false,
		shop.Name{ZH: "没有权限", EN: "Not permitted"},
		shop.Name{ZH: "此设备或此人不能执行该操作。", EN: "This device or person may not do that."}},
	{ProblemMalformed, http.StatusBadRequest, false,
		shop.Name{ZH: "格式错误", EN: "Malformed"},
		shop.Name{ZH: "请求体必须是一个 UTF-8 编码的 JSON 值：不能有多余内容、重复字段，嵌套不超过 32 层。",
			EN: "The body must be one JSON value in UTF-8, without trailing data or duplicate names, and nested at most 32 deep."}},
	{ProblemTooLarge, http.StatusRequestEntityTooLarge, false,
		shop.Name{ZH: "请求过大", EN: "Too large"},
		shop.Name{ZH: "请求体最多 64 KiB。", EN: "A request body has at most 64 KiB."}},
	{ProblemMediaType, http.StatusUnsupportedMediaType, false,
		shop.Name{ZH: "媒体类型不支持", EN: "Unsupported media type"},
		shop.Name{ZH: "请用 Content-Type: application/json 发送，编码 UTF-8，不要压缩。", EN: "Send Content-Type: application/json, in UTF-8 and not compressed."}},
	{shop.ProblemInvalidOrder, http.StatusUnprocessableEntity, true,
		shop.Name{ZH: "订单无效", EN: "Invalid order"},
		shop.Name{ZH: "errors 列出需要改正的位置（JSON Pointer）。没有制作任何东西；改正后可用同一 ref 重发。",
			EN: "errors lists what to mend, by JSON pointers. Nothing was made; mend it and send it again with the same ref."}},
	{shop.ProblemInvalid, http.StatusUnprocessableEntity, false,
		shop.Name{ZH: "请求无效", EN: "Invalid request"},
		shop.Name{ZH: "errors 列出需要改正的位置。没有发生任何改变。", EN: "errors lists what to mend. Nothing was changed."}},
	{shop.ProblemUnknownItem, http.StatusUnprocessableEntity, true,
		shop.Name{ZH: "菜单中没有", EN: "Unknown item"},
		shop.Name{ZH: "菜单中没有该商品或选项，订单也没有给出 name。请见 GET /v1/menu，或附上 name：门店会按名称制作。",
			EN: "The menu does not know an item or option, and the order gave it no name. See GET /v1/menu, or send a name: the shop makes it by that."}},
	{shop.ProblemSoldOut, http.StatusConflict, true,
		shop.Name{ZH: "已售罄", EN: "Sold out"},
		shop.Name{ZH: "detail 中的商品已售罄。没有制作任何东西。售罄与恢复会作为事件发布，也在产能报告中。",
			EN: "The item named in detail is sold out. Nothing was made. Sold out and back are events, and in the capacity report."}},
	{shop.ProblemOrderConflict, http.StatusConflict, false,
		shop.Name{ZH: "订单号冲突", EN: "Order conflict"},
		shop.Name{ZH: "此 ref 已是另一份内容不同的订单（见 order）。新订单请用新的 ref。", EN: "This ref is already an order with other content (see order). Use a new ref for a new order."}},
	{shop.ProblemReducedCapacity, http.StatusServiceUnavailable, true,
		shop.Name{ZH: "暂时产能不足", EN: "Temporarily reduced capacity"},
		shop.Name{ZH: "在允许的承诺时间内做不完。没有制作任何东西。请在 Retry-After 后重试，或选用 alternatives 中的时段或门店。",
			EN: "The crew cannot make this within the promise it may give. Nothing was made. Ask again after Retry-After, or take a slot or store from alternatives."}},
	{shop.ProblemIntakePaused, http.StatusServiceUnavailable, true,
		shop.Name{ZH: "暂停接单", EN: "Intake paused"},
		shop.Name{ZH: "门店已打烊、暂停接单或只接受预约时段。没有制作任何东西。", EN: "The shop is closed, has paused intake or takes slots only. Nothing was made."}},
	{shop.ProblemDeadlinePassed, http.StatusConflict, true,
		shop.Name{ZH: "已过期限", EN: "Deadline passed"},
		shop.Name{ZH: "confirm_by 已过，没有制作任何东西。", EN: "confirm_by is past and nothing was made."}},
	{shop.ProblemSlotFull, http.StatusConflict, true,
		shop.Name{ZH: "时段不可用", EN: "Slot full or past"},
		shop.Name{ZH: "该时段已满、已过或不是营业时段的开始。没有制作任何东西；请从 GET /v1/slots 选择。",
			EN: "The slot is full, past, or not the start of a slot of this day. Nothing was made; choose from GET /v1/slots."}},
	{shop.ProblemStorage, http.StatusServiceUnavailable, false,
		shop.Name{ZH: "存储不可用", EN: "Storage unavailable"},
		shop.Name{ZH: "若 outcome 为 unknown：不知道是否已保存，请用同一 ref 再问一次。这不是拒绝。",
			EN: "With outcome unknown it is not known whether this was stored: ask again with the same ref. It is not a refusal."}},
	{ProblemQuota, http.StatusTooManyRequests, false,
		shop.Name{ZH: "请求过多", EN: "Quota exceeded"},
		shop.Name{ZH: "请求数量远超一家门店所需。请在 Retry-After 后继续。", EN: "Far more requests than a shop can cause. Go on after Retry-After."}},
	{shop.ProblemCancelTooLate, http.StatusConflict, false,
		shop.Name{ZH: "取消太晚", EN: "Cancelled too late"},
		shop.Name{ZH: "已有杯子做好（见 cups）。用 final:true 再取消一次，则按已做后取消结算。",
			EN: "Cups have been made (see cups). Cancel with final:true to settle it as made and then cancelled."}},
	{shop.ProblemInvalidTransition, http.StatusConflict, false,
		shop.Name{ZH: "状态已变", EN: "Invalid transition"},
		shop.Name{ZH: "情况已经改变，不能这样做。请看现在的状态再操作。", EN: "Things have changed and this cannot be done. Look at what is true now."}},
	{shop.ProblemWrongCup, http.StatusConflict, false,
		shop.Name{ZH: "拿错杯", EN: "Wrong cup"},
		shop.Name{ZH: "扫到的杯子不属于这份订单。detail 写明它属于哪一单。", EN: "The scanned cup is not of this order. detail names the order it belongs to."}},
	{shop.ProblemIncomplete, http.StatusConflict, false,
		shop.Name{ZH: "还没齐", EN: "Incomplete"},
		shop.Name{ZH: "还有杯子没做好或没扫到（见 cups）。", EN: "Cups are still missing or not scanned (see cups)."}},
	{shop.ProblemCursorInvalid, http.StatusBadRequest, false,
		shop.Name{ZH: "游标无效", EN: "Cursor invalid"},
		shop.Name{ZH: "门店没有给出过这个游标。", EN: "The shop has never given out this cursor."}},
	{shop.ProblemCursorExpired, http.StatusGone, false,
		shop.Name{ZH: "游标已过期", EN: "Cursor expired"},
		shop.Name{ZH: "游标属于恢复之前的数据，或事件已不再保留。请不带 after 从上次确认处继续读，并用 GET /v1/reconciliation 对账。",
			EN: "The cursor is of before the shop was restored, or its events are no longer kept. Read on without after, from the last acknowledgement, and compare with GET /v1/reconciliation."}},
	{shop.ProblemNoticeConflict, http.StatusConflict, false,
		shop.Name{ZH: "活动通知冲突", EN: "Notice conflict"},
		shop.Name{ZH: "该活动已有另一份内容、已修订、已取消或已结束（见 detail）。没有发生任何改变。",
			EN: "The campaign has other content, was revised, was cancelled or is over (see detail). Nothing was changed."}},
	{shop.ProblemDayOpen, http.StatusConflict, false,
		shop.Name{ZH: "营业日未能结账", EN: "Business day still open"},
		shop.Name{ZH: "营业日尚未结束，或仍有订单未交付、取消、放弃或作无人领取处理（见 errors）。",
			EN: "The business day is not over, or orders of it are not handed over, cancelled, released or unclaimed yet (see errors)."}},
	{ProblemCrossOrigin, http.StatusForbidden, false,
		shop.Name{ZH: "来源不符", EN: "Cross-origin"},
		shop.Name{ZH: "别的网站的页面不能操作门店。", EN: "A page of another site may not act on the shop."}},
	{ProblemWrongHost, http.StatusMisdirectedRequest, false,
		shop.Name{ZH: "主机名不符", EN: "Wrong host"},
		shop.Name{ZH: "请求的主机名不是这家门店的。请把名字加到门店配置，或用 IP 地址访问。", EN: "The request names a host that is not this shop. Add the name to its configuration, or use its address."}},
	{shop.ProblemNotFound, http.StatusNotFound, false,
		shop.Name{ZH: "找不到", EN: "Not found"},
		shop.Name{ZH: "没有这个地址、订单或商品。", EN: "There is no such path, order or item."}},
	{ProblemWrongMethod, http.StatusMethodNotAllowed, false,
		shop.Name{ZH: "方法不允许", EN: "Method not allowed"},
		shop.Name{ZH: "此地址不支持该方法，见 Allow。", EN: "This path does not take that method; see Allow."}},
	{ProblemInternal, http.StatusInternalServerError, false,
		shop.Name{ZH: "内部错误", EN: "Internal error"},
		shop.Name{ZH: "门店程序出错，已记录。用同一 ref 重问是安全的。", EN: "The shop's program made a mistake, which is logged. Asking again with the same ref is safe."}},
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
	return Entry{Name: name, Status: status, Title: shop.Name{EN: name}}
}

func (e Entry) problem(detail string) Problem {
	return Problem{Type: "/problems/" + e.Name, Title: e.Title.EN, Status: e.Status, Detail: detail, NotMade: e.NotMade}
}
