package shopfile

import (
	"fmt"
	"time"

	"weir/shop"
	"weir/shop/alert"
)

// alerts reads who is told what is wrong. The files that an entry names are read when the shop starts, not here.
func (f *file) alerts(c *shop.Config) error {
	var targets []alert.Target
	for i, e := range f.Alerts {
		at := fmt.Sprintf("$.alerts[%d]", i)
		a := shop.Alert{Name: e.Name, To: e.To, URL: e.URL, URLFile: e.URLFile, SecretFile: e.SecretFile, Kinds: e.Kinds,
			After: time.Duration(e.AfterMin) * time.Minute, Lang: e.Lang, MailFrom: e.MailFrom, MailTo: e.MailTo}
		if (e.From == "") != (e.Until == "") {
			return wrong(at, "alerts: %s: want from and until together, or none of them", e.Name)
		}
		if e.From != "" {
			var err error
			if a.From, err = clockTime(e.From); err != nil || a.From >= 24*time.Hour {
				return wrong(at+".from", "alerts: %s: from %q: want a time such as \"08:00\"", e.Name, e.From)
			}
			if a.Until, err = clockTime(e.Until); err != nil || a.Until > 24*time.Hour {
				return wrong(at+".until", "alerts: %s: until %q: want a time such as \"23:00\"", e.Name, e.Until)
			}
		}
		c.Alerts = append(c.Alerts, a)
		targets = append(targets, alert.Target(a))
		if err := alert.Check(targets); err != nil {
			return wrong(at, "alerts: %v", err)
		}
	}
	return nil
}
