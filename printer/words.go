package printer

import (
	"strconv"
	"strings"

	"weir/shop/words"
)

// lang is the language of a ticket's fixed words.
func (t *Ticket) lang() words.Lang {
	if l, ok := words.Parse(t.Lang); ok {
		return l
	}
	return words.ZH
}

// fulfil is how an order leaves the shop, in words.
func (f Fulfilment) word(l words.Lang) string {
	switch f {
	case Delivery:
		return l.T("paper.delivery")
	case Pickup:
		return l.T("paper.pick")
	case Counter:
		return l.T("paper.counter")
	}
	return ""
}

// twice says a mark in two languages, on every paper of its kind: it must be understood by whoever holds the paper.
func twice(l words.Lang, id string) string { return l.T(id) + " " + l.Second().T(id) }

// marks are what nobody may overlook on a paper.
func marks(t *Ticket) []string {
	var all []string
	if t.MayBeMade { // first, because on a label the others may be cut
		all = strings.Split(t.lang().T("paper.may_be_made"), "\n") // a long text has two lines
	}
	if t.Reprint > 0 {
		all = append(all, twice(t.lang(), "paper.reprint")+" "+strconv.Itoa(t.Reprint))
	}
	if t.Remake {
		all = append(all, t.lang().T("paper.remake"))
	}
	if t.Practice {
		all = append(all, t.lang().T("paper.practice"))
	}
	return all
}

// source says where an order came from, as "美团 #37 外卖".
func (t *Ticket) source() string {
	fulfil := t.Fulfil.word(t.lang())
	if t.Platform == "" {
		return strings.TrimSpace(t.Channel + " " + fulfil)
	}
	return strings.TrimSpace(t.Channel + " #" + t.Platform + " " + fulfil)
}
