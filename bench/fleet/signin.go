package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"weir/fleet/directory"
	"weir/fleet/engine"
)

// signIns measures shops that sign in over MQTT with their keys, one after the other on each of some connections.
func (o *options) signIns(ctx context.Context, t *tab) error {
	listed := directory.New(nil)
	e, err := engine.Start(engine.Config{Dir: filepath.Join(o.dir, "signins"), Name: "n", MQTTAddr: "127.0.0.1:0", Admit: listed.Admit,
		Log: o.log})
	if err != nil {
		return err
	}
	defer e.Close()
	if err := errors.Join(e.MakeStreams(ctx, keepOrders), listed.Open(ctx, e)); err != nil {
		return err
	}
	keys := make([]string, loadClients)
	for i := range keys {
		if keys[i], err = listed.Add(ctx, directory.Shop{ID: storeID(i), Lat: south, Lon: west}, time.Now()); err != nil {
			return err
		}
	}
	if err := signIn(e.MQTTAddr(), storeID(0), "wrong"); err == nil {
		return errors.New("a wrong key signs in")
	}
	var n atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, len(keys))
	began, cpu, end := time.Now(), processTime(), time.Now().Add(o.lasts)
	for i, key := range keys {
		all.Go(func() {
			for time.Now().Before(end) && errs[i] == nil {
				if errs[i] = signIn(e.MQTTAddr(), storeID(i), key); errs[i] == nil {
					n.Add(1)
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	t.row("sign-ins of shops", fmt.Sprintf("%.0f/s", float64(n.Load())/time.Since(began).Seconds()),
		fmt.Sprintf("%.1f ms of a core each", 1000*(processTime()-cpu).Seconds()/float64(n.Load())), "", "")
	return nil
}

// signIn connects with MQTT 3.1.1, waits for the word of the broker and goes.
func signIn(addr, store, key string) error {
	conn, err := net.DialTimeout("tcp", addr, readyMax)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(readyMax)); err != nil {
		return err
	}
	text := func(b []byte, s string) []byte { return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...) }
	const cleanWithNameAndKey = 0xC2
	body := append(text(nil, "MQTT"), 4, cleanWithNameAndKey, 0, 60)
	body = text(text(text(body, store), store), key)
	packet := append(binary.AppendUvarint([]byte{0x10}, uint64(len(body))), body...)
	if _, err := conn.Write(append(packet, 0xE0, 0)); err != nil { // and good-bye
		return err
	}
	var answer [4]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[3] != 0 {
		return fmt.Errorf("refused with code %d", answer[3])
	}
	return nil
}
