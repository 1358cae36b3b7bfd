package owner

import (
	"testing"

	"weir/shop"
	"weir/shop/words"
)

// TestWhyALineWasLeftOutIsSaidInThePagesLanguage: of a line that was stored as a text of the catalogue, and of one that
// was stored as a sentence before.
func TestWhyALineWasLeftOutIsSaidInThePagesLanguage(t *testing.T) {
	now := shop.LeftOutLine{Fault: "file_fault.order_twice", Args: []string{"802 / 7", "3"}}
	if zh, en := leftOutWhy(words.ZH, now), leftOutWhy(words.EN, now); zh != "订单 802 / 7 在第 3 行已出现" ||
		en != "order 802 / 7 is in line 3 already" {
		t.Errorf("%q, %q", zh, en)
	}
	before := shop.LeftOutLine{Why: "缺少订单号 / the order number is missing"}
	if zh := leftOutWhy(words.ZH, before); zh != before.Why {
		t.Errorf("a stored sentence is shown as %q", zh)
	}
}
