// Package alert tells people who are not in the shop what is wrong in it: by the robots of WeCom, DingTalk and Feishu, by
// ntfy, by a webhook and by e-mail.
//
// A desk looks every few seconds at all that is wrong. Each thing is told once to each target that wants its kind, and once
// more when it is over. There is no queue: a target has a table of the things it knows, and when it could not be reached, the
// next try tells what is true then. A thing that has gone meanwhile is not told at all.
package alert

import (
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"weir/shop/guard"
	"weir/shop/words"
)

// Kind is what sort of thing is wrong. Targets choose by it.
type Kind string

// The kinds there are. Each has the time it has to last before it is told, in [Kind.wait].
const (
	Intake      Kind = "intake"      // the shop takes no orders to be made now, by a person's word or for want of room
	Printer     Kind = "printer"     // a printer does not print
	Taps        Kind = "taps"        // orders leave and nobody taps
	Promise     Kind = "promise"     // customers wait longer than they were told
	Unanswered  Kind = "unanswered"  // a platform had no answer to an order
	Disk        Kind = "disk"        // the disk or the data file is in trouble
	Clock       Kind = "clock"       // the box's clock is in doubt
	Copy        Kind = "copy"        // the continuous copy has stopped
	Certificate Kind = "certificate" // the certificate ends soon
	Twin        Kind = "twin"        // two boxes have one shop's id
	Platform    Kind = "platform"    // a platform cannot be reached
	Notice      Kind = "notice"      // a campaign's notice waits for its answer
	Day         Kind = "day"         // a business day does not close
	SoldOut     Kind = "soldout"     // something on the menu cannot be had
	Cups        Kind = "cups"        // the ledger of cups does not balance
	Silent      Kind = "silent"      // the fleet hears nothing of a shop
	Restored    Kind = "restored"    // a shop's box was restored from a copy, says the fleet
	Doubt       Kind = "doubt"       // the fleet does not know of orders whether a shop makes them
	Engine      Kind = "engine"      // a router of the fleet cannot reach its streams
)

// waits are how long a thing of a kind has to last before it is told: what mends itself within that is no news.
var waits = map[Kind]time.Duration{
	Intake: 5 * time.Minute, Printer: 2 * time.Minute, Taps: 5 * time.Minute, Promise: time.Minute, Unanswered: 0, Disk: 0,
	Clock: 2 * time.Minute, Copy: time.Minute, Certificate: 0, Twin: 0, Platform: 2 * time.Minute, Notice: 5 * time.Minute, Day: 6 * time.Hour,
	SoldOut: time.Minute, Cups: time.Minute, Silent: 2 * time.Minute, Restored: 0, Doubt: time.Minute, Engine: time.Minute,
}

// Kinds are the kinds there are, in the order of the alphabet.
func Kinds() []Kind { return slices.Sorted(maps.Keys(waits)) }

// Thing is something that is wrong now.
type Thing struct {
	Kind Kind
	ID   string                  // tells the things of a kind apart, such as a printer's name; "" where there is only one
	Shop string                  // the shop's name, as people read it
	Text func(words.Lang) string // what is wrong, in a sentence
}

// Services that a target can be reached by.
const (
	WeCom    = "wecom"    // a group robot of WeCom (企业微信群机器人)
	DingTalk = "dingtalk" // a group robot of DingTalk (钉钉自定义机器人)
	Feishu   = "feishu"   // a group robot of Feishu or Lark (飞书自定义机器人)
	Ntfy     = "ntfy"     // a topic of an ntfy server
	Webhook  = "webhook"  // any receiver of Standard Webhooks 1.0
	Email    = "email"    // e-mail over SMTP
)

// services are the services there are.
var services = []string{WeCom, DingTalk, Feishu, Ntfy, Webhook, Email}

// Target is somebody who is told.
type Target struct {
	Name       string        // in the log and on screens; never a secret
	To         string        // a service
	URL        string        // where to; may have a secret in it
	URLFile    string        // a file that holds the URL, instead
	SecretFile string        // a file with the robot's signing secret, ntfy's token, the webhook's whsec_… or the mail's password
	Kinds      []string      // what is told; none is all
	From       time.Duration // since midnight: when messages may begin …
	Until      time.Duration // … and end. Equal is the whole day; before From is past midnight
	After      time.Duration // what has to last at least so long before it is told; 0 is the kind's own time
	Lang       string        // of the messages; "" is Chinese
	MailFrom   string        // for email: the sender's address
	MailTo     []string      // for email
}

const (
	// targetsMax bounds the targets of a shop: the groups of a brand and a few people.
	targetsMax = 16
	// mailToMax bounds the addresses of one target.
	mailToMax = 16
)

// Check says what is wrong with targets as somebody has written them down. It reads no file.
func Check(targets []Target) error {
	if len(targets) > targetsMax {
		return fmt.Errorf("%d targets, want at most %d", len(targets), targetsMax)
	}
	for i := range targets {
		t := &targets[i]
		if t.Name == "" || slices.ContainsFunc(targets[:i], func(o Target) bool { return o.Name == t.Name }) {
			return fmt.Errorf("target %q: want a name of its own", t.Name)
		}
		if err := t.check(); err != nil {
			return fmt.Errorf("target %s: %w", t.Name, err)
		}
	}
	return nil
}

func (t *Target) check() error {
	if !slices.Contains(services, t.To) {
		return fmt.Errorf("to %q: want one of %s", t.To, strings.Join(services, ", "))
	}
	if (t.URL == "") == (t.URLFile == "") {
		return errors.New("want url, or url_file where the URL has a secret in it; one of the two")
	}
	if t.URL != "" {
		if _, err := parseURL(t.To, t.URL); err != nil {
			return err
		}
	}
	for _, k := range t.Kinds {
		if _, known := waits[Kind(k)]; !known {
			return fmt.Errorf("kind %q: want any of %v", k, Kinds())
		}
	}
	if _, known := words.Parse(t.Lang); !known && t.Lang != "" {
		return fmt.Errorf("there is no language %q; there are %v", t.Lang, words.All())
	}
	if t.To != Email {
		if t.MailFrom != "" || len(t.MailTo) > 0 {
			return errors.New("mail_from and mail_to are for email")
		}
		return nil
	}
	if len(t.MailTo) == 0 || len(t.MailTo) > mailToMax {
		return fmt.Errorf("mail_to: want 1 to %d addresses", mailToMax)
	}
	for _, a := range append([]string{t.MailFrom}, t.MailTo...) {
		if at, err := mail.ParseAddress(a); err != nil || at.Address != a {
			return fmt.Errorf("mail address %q: want name@example.com", a)
		}
	}
	return nil
}

// parseURL reads where a service is reached. Its error never has the URL in it, which may hold a secret.
func parseURL(service, text string) (*url.URL, error) {
	schemes := []string{"https", "http"}
	if service == Email {
		schemes = []string{"smtps", "smtp"}
	}
	u, err := url.Parse(text)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Hostname() == "" {
		return nil, fmt.Errorf("url: want %s://…", strings.Join(schemes, ":// or "))
	}
	if _, has := u.User.Password(); has {
		return nil, errors.New("url: the password belongs into secret_file")
	}
	return u, nil
}

// readSecret reads a file that holds one line.
func readSecret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	return guard.ReadSecret(file)
}

// Wants reports whether the target is told of a kind.
func (t *Target) Wants(k Kind) bool { return len(t.Kinds) == 0 || slices.Contains(t.Kinds, string(k)) }

// wait is how long a thing has to last before the target is told.
func (t *Target) wait(k Kind) time.Duration { return max(waits[k], t.After) }

// hears reports whether a message may come at a time of day in the shop's zone.
func (t *Target) hears(at time.Time) bool {
	clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	switch {
	case t.From == t.Until:
		return true
	case t.From < t.Until:
		return clock >= t.From && clock < t.Until
	}
	return clock >= t.From || clock < t.Until
}

// lang is the language of the messages.
func (t *Target) lang() words.Lang {
	if l, ok := words.Parse(t.Lang); ok && t.Lang != "" {
		return l
	}
	return words.ZH
}

// webhookKey is a webhook's signing secret; nil for one that wants no signature.
func webhookKey(secret string) ([]byte, error) {
	if secret == "" {
		return nil, nil
	}
	return guard.ParseWebhookKey(secret)
}
