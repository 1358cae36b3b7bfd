package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"weir/fleet/directory"
)

// dataFlag names the fleet that a command is about.
type dataFlag struct {
	Data string `default:"./fleet-data" env:"WEIR_FLEET_DATA" help:"The fleet's data directory."`
}

type storeCommands struct {
	Add    storeAdd    `cmd:"" help:"Put a shop in and print the broker URL that it is started with, alone, once."`
	Renew  storeRenew  `cmd:"" help:"Give a shop a new key and print its URL; the old one stops working at once."`
	List   storeList   `cmd:"" help:"List the shops."`
	Remove storeRemove `cmd:"" help:"Take a shop out."`
	Import storeImport `cmd:"" help:"Read shops from a CSV file; keys stay as they are."`
	Export storeExport `cmd:"" help:"Write the shops as CSV to stdout, without keys."`
}

type storeAdd struct {
	dataFlag
	ID       string   `required:"" help:"a-z, 0-9 and hyphens, as in the shop's own file."`
	Name     string   `help:"For people."`
	Owner    string   `help:"Whose shop it is."`
	City     string   `help:"Limits and figures are by city."`
	Lat      float64  `required:"" help:"Degrees, GCJ-02."`
	Lon      float64  `required:"" help:"Degrees, GCJ-02."`
	RadiusM  int      `help:"How far it delivers, in metres; 0 is no limit of its own."`
	Channels []string `help:"Of which it takes orders; all when none is named."`
}

// Run implements the command.
func (c *storeAdd) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "store add", Shop: &directory.Shop{
		ID: c.ID, Name: c.Name, Owner: c.Owner, City: c.City, Lat: c.Lat, Lon: c.Lon, RadiusM: c.RadiusM, Channels: c.Channels,
	}})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, storeURL(a.Broker, c.ID, a.Key))
	return err
}

type storeRenew struct {
	dataFlag
	ID string `arg:""`
}

// Run implements the command.
func (c *storeRenew) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "store renew", ID: c.ID})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, storeURL(a.Broker, c.ID, a.Key))
	return err
}

type storeList struct{ dataFlag }

// Run implements the command.
func (c *storeList) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "store list"})
	for _, s := range a.Shops {
		fmt.Fprintf(stdout, "%s\t%s\t%s\t%v,%v\n", s.ID, s.City, s.Name, s.Lat, s.Lon)
	}
	return err
}

type storeRemove struct {
	dataFlag
	ID string `arg:""`
}

// Run implements the command.
func (c *storeRemove) Run(ctx context.Context) error {
	_, err := carry(ctx, c.Data, controlCall{Do: "store remove", ID: c.ID})
	return err
}

type storeImport struct {
	dataFlag
	File string `arg:"" help:"CSV with a header: id, lat, lon, and name, owner, city, radius_m, channels."`
}

// Run implements the command.
func (c *storeImport) Run(ctx context.Context, stdout io.Writer) error {
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("open the table: %w", err)
	}
	defer file.Close() // it was read only
	shops, err := directory.ReadCSV(file)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was taken of it", c.File, err)
	}
	if _, err := carry(ctx, c.Data, controlCall{Do: "store import", Shops: shops}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%d shops; weir-fleet store renew ID prints the URL of one\n", len(shops))
	return err
}

type storeExport struct{ dataFlag }

// Run implements the command.
func (c *storeExport) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "store list"})
	if err != nil {
		return err
	}
	return directory.WriteCSV(stdout, a.Shops)
}

type keyCommands struct {
	Add    keyAdd    `cmd:"" help:"Make a platform's key for a channel and print it, alone, once."`
	List   keyList   `cmd:"" help:"List the keys, without the keys themselves."`
	Revoke keyRevoke `cmd:"" help:"Make a key worthless."`
}

type keyAdd struct {
	dataFlag
	Channel string `required:"" help:"The channel of which its orders are."`
}

// Run implements the command.
func (c *keyAdd) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "key add", Channel: c.Channel})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, a.Key)
	return err
}

type keyList struct{ dataFlag }

// Run implements the command.
func (c *keyList) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "key list"})
	for _, k := range a.Keys {
		fmt.Fprintf(stdout, "%s\t%s\t%s\n", k.ID, k.Channel, k.AddedAt.Format("2006-01-02 15:04"))
	}
	return err
}

type keyRevoke struct {
	dataFlag
	ID string `arg:""`
}

// Run implements the command.
func (c *keyRevoke) Run(ctx context.Context) error {
	_, err := carry(ctx, c.Data, controlCall{Do: "key revoke", ID: c.ID})
	return err
}

type orderCommands struct {
	Settle orderSettle `cmd:"" help:"Say whether an order in doubt was made, after looking at the shop."`
}

type orderSettle struct {
	dataFlag
	Channel string `required:""`
	Ref     string `required:""`
	Made    bool   `xor:"word" required:"" help:"The shop made it."`
	NotMade bool   `xor:"word" required:"" help:"The shop did not and will not make it: it may go elsewhere."`
}

// Run implements the command.
func (c *orderSettle) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "order settle", Channel: c.Channel, ID: c.Ref, Made: c.Made})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, a.Status.State)
	return err
}

type check struct{ dataFlag }

// Run implements the command.
func (c *check) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "check"})
	if err != nil {
		return err
	}
	if len(a.Findings) > 0 {
		return errors.New(strings.Join(a.Findings, "\n  "))
	}
	_, err = fmt.Fprintln(stdout, "streams and server are as the fleet needs them")
	return err
}

type versionInfo struct{}

// Run implements the command.
func (versionInfo) Run(stdout io.Writer) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(stdout, "weir-fleet", version)
	return err
}
