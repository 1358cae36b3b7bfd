package templates

import (
	"weir/shop"
	"weir/shop/capacity"
)

// Level is a level as every screen calls it.
func (l Lang) Level(level int) string {
	switch level {
	case capacity.LevelOpen:
		return l.T("正常接单", "Open")
	case capacity.LevelBusy:
		return l.T("忙", "Busy")
	case capacity.LevelLimited:
		return l.T("限量", "Limited")
	case capacity.LevelSlots:
		return l.T("只接预约", "Slots only")
	}
	return l.T("暂停接单", "Paused")
}

// Reason says why a level holds or an order was refused; "" when there is nothing to explain.
func (l Lang) Reason(r capacity.Reason) string {
	switch r {
	case capacity.NoRoom:
		return l.T("厨房忙", "kitchen full")
	case capacity.Shelf:
		return l.T("货架满", "shelf full")
	case capacity.Owner:
		return l.T("店主关", "by owner")
	case capacity.Staff:
		return l.T("无人在岗", "nobody on duty")
	case capacity.Closed:
		return l.T("未营业", "closed")
	case capacity.SlotFull, capacity.SlotPast:
		return l.T("时段已满或已过", "slot full or past")
	case capacity.Deadline:
		return l.T("超过平台时限", "past the platform's deadline")
	case shop.ReasonCampaign:
		return l.T("活动限量", "campaign limit")
	case "sold-out":
		return l.T("售罄", "sold out")
	case "storage":
		return l.T("存储故障", "storage trouble")
	case capacity.None, "":
		return ""
	}
	return string(r)
}
