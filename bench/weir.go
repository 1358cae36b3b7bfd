package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed shop.yaml
var shopFile string

// channel is the one of shop.yaml.
const channel = "shangou"

// writeShop writes the shop's file with a time zone in which it is about noon, so that closing is far away.
func writeShop(dir string) (file string, err error) {
	ahead := 12 - time.Now().UTC().Hour()
	zone := fmt.Sprintf("Etc/GMT%+d", -ahead) // POSIX counts westwards: GMT-8 is eight hours ahead
	file = filepath.Join(dir, "shop.yaml")
	return file, os.WriteFile(file, []byte(strings.ReplaceAll(shopFile, "%TIME_ZONE%", zone)), 0o600)
}

// weir is a shop that runs.
type weir struct {
	*process
	target
	key  string
	boot time.Duration // from exec until it was ready
}

// startWeir makes a key and starts the server.
func startWeir(ctx context.Context, program, shop, data string, slow bool) (*weir, error) {
	key, err := exec.CommandContext(ctx, program, "key", "add", "--channel", channel, "--data", data, "--config", shop).Output()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	began := time.Now()
	p, err := start(ctx, slow, program, "serve", "--addr", "127.0.0.1:0", "--broker-addr", "off", "--data", data, "--config", shop)
	if err != nil {
		return nil, err
	}
	w := &weir{process: p, key: strings.TrimSpace(string(key))}
	w.addr, err = p.address()
	p.leave()
	if err == nil {
		err = p.ready(ctx, "http://"+w.addr+"/readyz")
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	w.boot = time.Since(began)
	header := "Authorization: Bearer " + w.key + "\r\n"
	w.post = func(ref string) []byte {
		return post(w.addr, "/v1/orders", header, fmt.Sprintf(orderBody, ref))
	}
	return w, nil
}

// orderBody is an order for two cups of a delivery platform's campaign.
const orderBody = `{"ref":%q,"display_number":"127","placed_at":"2026-02-06T04:00:00Z","fulfilment":"delivery",` +
	`"items":[{"item":"jasmine-milk-tea","qty":2,"options":{"ice":"less","sugar":"half"},"note":"少糖"}],` +
	`"totals":{"total_fen":3000,"paid_fen":0,"subsidy_fen":3000},"customer":{"name":"李","phone_tail":"0042"}}`

// handOver is what the crew's tablet sends when the customer has got the order.
func (w *weir) handOver(answer []byte) ([]byte, error) {
	var order struct{ ID string }
	if err := json.Unmarshal(answer, &order); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return post(w.addr, "/kds/orders/"+order.ID+"/handover", "", `{"made":true}`), nil
}

// address finds the server's address in its first lines.
func (p *process) address() (string, error) {
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("it ended before it said where it listens: %w", err)
		}
		if _, after, ok := strings.Cut(line, "http://"); ok {
			host, _, _ := strings.Cut(strings.TrimSpace(after), "/")
			return host, nil
		}
	}
}

// counts are the server's own: transactions committed and orders accepted.
func (w *weir) counts(ctx context.Context) (commits, orders float64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.addr+"/metrics", nil)
	if err != nil {
		return 0, 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, fmt.Errorf("read the metrics: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, 0, fmt.Errorf("read the metrics: %w", err)
	}
	commits, err1 := metric(string(text), "weir_commits_total")
	orders, err2 := metric(string(text), `weir_orders_total{channel="shangou",outcome="accepted"}`)
	return commits, orders, errors.Join(err1, err2)
}

// metric reads one number from Prometheus's text format; what was never counted is not there and is 0.
func metric(text, name string) (value float64, err error) {
	for line := range strings.Lines(text) {
		if after, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(after), 64)
		}
	}
	return 0, nil
}
