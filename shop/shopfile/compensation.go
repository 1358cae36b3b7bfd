package shopfile

import (
	"strings"
	"time"

	"weir/shop"
)

// compensation is what a channel's customers are given when the shop does not keep its word, by cause.
type compensation struct {
	Released *makeGood `yaml:"released"`
	Late     *makeGood `yaml:"late"`
	Wrong    *makeGood `yaml:"wrong"`
}

// makeGood is the rule for one cause.
type makeGood struct {
	What      string `yaml:"what"`
	Fen       int64  `yaml:"fen" within:"1..100000"`
	Pays      string `yaml:"pays"` // channel or shop
	ValidDays int    `yaml:"valid_days" within:"0..365"`
	AfterMin  int    `yaml:"after_min" within:"0..600"` // of late
}

// shop is the rules as the shop knows them; at is their place in the file.
func (c *compensation) shop(at, channel string) (map[shop.Cause]shop.CompensationRule, error) {
	if channel == shop.CounterChannel {
		return nil, wrong(at, "channel %s: compensation: nobody is told what the counter sells", channel)
	}
	rules := map[shop.Cause]shop.CompensationRule{}
	for cause, rule := range map[shop.Cause]*makeGood{
		shop.CauseReleased: c.Released, shop.CauseLate: c.Late, shop.CauseWrong: c.Wrong,
	} {
		if rule == nil {
			continue
		}
		here := at + "." + string(cause)
		switch {
		case strings.TrimSpace(rule.What) == "":
			return nil, wrong(here, "channel %s: compensation %s: want what, the words that the customer reads", channel, cause)
		case rule.Fen == 0:
			return nil, wrong(here, "channel %s: compensation %s: want fen, what it is worth", channel, cause)
		case rule.Pays != string(shop.PaidByChannel) && rule.Pays != string(shop.PaidByShop):
			return nil, wrong(here, "channel %s: compensation %s: pays %q: want channel or shop, as the channel's terms say", channel, cause,
				rule.Pays)
		case rule.AfterMin != 0 && cause != shop.CauseLate:
			return nil, wrong(here+".after_min", "channel %s: compensation %s: after_min is for late alone", channel, cause)
		}
		rules[cause] = shop.CompensationRule{
			What: strings.TrimSpace(rule.What), Fen: rule.Fen, Pays: shop.Payer(rule.Pays), ValidDays: rule.ValidDays,
			After: time.Duration(rule.AfterMin) * time.Minute,
		}
	}
	return rules, nil
}
