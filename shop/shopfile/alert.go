package shopfile

import (
	"errors"
	"fmt"
	"time"

	"weir/shop"
	"weir/shop/alert"
)

// AlertEntry is somebody who is told what is wrong, as files have them: shop.yaml, and the file of a fleet's alerts.
type AlertEntry struct {
	Name       string   `yaml:"name"`
	To         string   `yaml:"to"` // wecom, dingtalk, feishu, ntfy, webhook or email
	URL        string   `yaml:"url"`
	URLFile    string   `yaml:"url_file"`
	SecretFile string   `yaml:"secret_file"`
	Kinds      []string `yaml:"kinds"`
	From       string   `yaml:"from"`  // time of day; none is the whole day
	Until      string   `yaml:"until"` // before from: past midnight
	AfterMin   int      `yaml:"after_min" within:"0..1440"`
	Lang       string   `yaml:"lang"`
	MailFrom   string   `yaml:"mail_from"`
	MailTo     []string `yaml:"mail_to"`
}

// Alert is the entry as the shop has it. It looks at the times only; [alert.Check] looks at the rest.
func (e *AlertEntry) Alert() (shop.Alert, error) {
	a := shop.Alert{Name: e.Name, To: e.To, URL: e.URL, URLFile: e.URLFile, SecretFile: e.SecretFile, Kinds: e.Kinds,
		After: time.Duration(e.AfterMin) * time.Minute, Lang: e.Lang, MailFrom: e.MailFrom, MailTo: e.MailTo}
	if (e.From == "") != (e.Until == "") {
		return a, errors.New("want from and until together, or none of them")
	}
	if e.From == "" {
		return a, nil
	}
	var err error
	if a.From, err = clockTime(e.From); err != nil || a.From >= 24*time.Hour {
		return a, fmt.Errorf("from %q: want a time such as \"08:00\"", e.From)
	}
	if a.Until, err = clockTime(e.Until); err != nil || a.Until > 24*time.Hour {
		return a, fmt.Errorf("until %q: want a time such as \"23:00\"", e.Until)
	}
	return a, nil
}

// alerts reads who is told what is wrong. The files that an entry names are read when the shop starts, not here.
func (f *file) alerts(c *shop.Config) error {
	var targets []alert.Target
	for i, e := range f.Alerts {
		at := fmt.Sprintf("$.alerts[%d]", i)
		a, err := e.Alert()
		if err != nil {
			return wrong(at, "alerts: %s: %v", e.Name, err)
		}
		c.Alerts = append(c.Alerts, a)
		targets = append(targets, alert.Target(a))
		if err := alert.Check(targets); err != nil {
			return wrong(at, "alerts: %v", err)
		}
	}
	return nil
}
