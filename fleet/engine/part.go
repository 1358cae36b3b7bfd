package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Partitions split what orders write: the number is the third part of each of their subjects and stays for ever, so that
// the streams which keep them can be more or fewer.
const Partitions = 64

// PartitionOf is the partition of a name.
func PartitionOf(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name)) // a hash takes every byte
	return int(h.Sum32() % Partitions)
}

// aloneStreams is how many streams keep orders where each is on one node. Such a stream syncs every message by itself,
// so several streams share the disk's commits. A replicated stream syncs whole groups of messages in its log: there a
// second stream only makes the groups smaller. Measured with four writes an order, always synced, two cores: three nodes
// 1,720 orders/s with one stream, 976 with four and 662 with eight; one node 102, 234 and 407.
const aloneStreams, replicatedStreams = 8, 1

// orderProbe is a subject that every engine with streams of orders keeps.
const orderProbe = "fleet.ord.0.c.h"

// orderStreams is how many streams a new engine keeps orders in.
func orderStreams(replicas int) int {
	if replicas > 1 {
		return replicatedStreams
	}
	return aloneStreams
}

// orderStream is the name of one of n streams of orders. It says n: what was made with one number keeps it, also when
// the engine gets more nodes.
func orderStream(i, n int) string { return fmt.Sprintf("%s-%d-%d", Orders, i, n) }

// orderSubjects are what one of n streams of orders keeps.
func orderSubjects(i, n int) (list []string) {
	kinds := []string{"fleet.ord.%s.*.*", "fleet.body.%s.*.*", "fleet.credit.%s.*.*"}
	for _, kind := range kinds {
		if n == 1 {
			list = append(list, fmt.Sprintf(kind, "*"))
			continue
		}
		for p := i; p < Partitions; p += n {
			list = append(list, fmt.Sprintf(kind, strconv.Itoa(p)))
		}
	}
	return list
}

// home is the stream that keeps a subject. Orders stands for all streams of orders.
func (e *Engine) home(ctx context.Context, stream, subject string) (string, error) {
	if stream != Orders {
		return stream, nil
	}
	n, err := e.width(ctx)
	if err != nil {
		return "", err
	}
	parts := strings.SplitN(subject, ".", 4)
	if len(parts) != 4 {
		return "", fmt.Errorf("subject %s is not one of an order", subject)
	}
	p, err := strconv.Atoi(parts[2])
	if err != nil {
		return "", fmt.Errorf("subject %s has no partition", subject)
	}
	return orderStream(p%n, n), nil
}

// homes are all streams behind a name.
func (e *Engine) homes(ctx context.Context, stream string) ([]string, error) {
	if stream != Orders {
		return []string{stream}, nil
	}
	n, err := e.width(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]string, n)
	for i := range list {
		list[i] = orderStream(i, n)
	}
	return list, nil
}

// width is how many streams keep orders here, as they were made; an error where there is none.
func (e *Engine) width(ctx context.Context) (int, error) {
	if n := e.wide.Load(); n > 0 {
		return int(n), nil
	}
	name, err := e.JS.StreamNameBySubject(ctx, orderProbe)
	if err != nil {
		return 0, fmt.Errorf("find the streams of orders: %w", err)
	}
	_, number, _ := strings.Cut(strings.TrimPrefix(name, Orders+"-"), "-")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > Partitions || orderStream(0, n) != name {
		return 0, fmt.Errorf("stream %s keeps orders in a way of another weir-fleet: let its orders end there, and begin with new streams", name)
	}
	e.wide.Store(int32(n))
	return n, nil
}

// widthFor is the same, or what a new engine begins with.
func (e *Engine) widthFor(ctx context.Context) (n int, err error) {
	err = persist(ctx, func(ask context.Context) error {
		n, err = e.width(ask)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			n, err = orderStreams(e.Replicas), nil
		}
		return err
	})
	return n, err
}
