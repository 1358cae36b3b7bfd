package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"weir/fleet/owner"
)

type personCommands struct {
	Add    personAdd    `cmd:"" help:"Take somebody in and print a one-time link, with which they set password and phone."`
	List   personList   `cmd:"" help:"List the people, their roles and shops."`
	Link   personLink   `cmd:"" help:"Give somebody a new one-time link, as when a phone was stolen; the old sign-in ends at once."`
	Remove personRemove `cmd:"" help:"Take somebody out; they are signed out everywhere."`
	Rotate personRotate `cmd:"" name:"rotate-key" help:"Make a new key that commands are signed with; shops are told."`
}

type personAdd struct {
	dataFlag
	Name  string   `required:"" help:"With which they sign in; shops read it, too."`
	Role  string   `default:"brand" enum:"owner,brand,read" help:"owner of --shops, brand (all, and people), read (only looks)."`
	Shops []string `help:"The shops that they see: an owner has to name them, a reader may, the brand sees all."`
}

// Run implements the command.
func (c *personAdd) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "person add", Person: &owner.Person{Name: c.Name, Role: owner.Role(c.Role), Shops: c.Shops}})
	if err != nil {
		return err
	}
	return printLink(stdout, a)
}

// printLink prints a one-time link; while no fleet runs nobody knows where it will be reached.
func printLink(stdout io.Writer, a controlAnswer) error {
	_, err := fmt.Fprintln(stdout, cmp.Or(a.Base, "https://FLEET")+a.Key)
	return err
}

type personLink struct {
	dataFlag
	Name string `arg:""`
}

// Run implements the command.
func (c *personLink) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "person link", ID: c.Name})
	if err != nil {
		return err
	}
	return printLink(stdout, a)
}

type personList struct{ dataFlag }

// Run implements the command.
func (c *personList) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "person list"})
	for _, line := range a.People {
		fmt.Fprintln(stdout, line)
	}
	return err
}

type personRemove struct {
	dataFlag
	Name string `arg:""`
}

// Run implements the command.
func (c *personRemove) Run(ctx context.Context) error {
	_, err := carry(ctx, c.Data, controlCall{Do: "person remove", ID: c.Name})
	return err
}

type personRotate struct{ dataFlag }

// Run implements the command.
func (c *personRotate) Run(ctx context.Context, stdout io.Writer) error {
	a, err := carry(ctx, c.Data, controlCall{Do: "person rotate-key"})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, a.ID)
	return err
}
