package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"weir/server/control"
	"weir/shop/shopfile"
)

type menuCommands struct {
	Import menuImport `cmd:"" help:"Show what a menu from a spreadsheet (CSV) would change, ask, and change it."`
	Export menuExport `cmd:"" help:"Write the menu that counts as a table that a spreadsheet opens and import reads."`
	Reset  menuReset  `cmd:"" help:"Show what the menu of shop.yaml would change, ask, and let it count again."`
}

// answer is whether a person agrees.
type answer struct {
	Yes bool `short:"y" help:"Do it without asking."`
}

type menuImport struct {
	place
	answer
	File string `arg:"" help:"The table; - is standard input, with --yes."`
}

// Run implements the command.
func (c *menuImport) Run(ctx context.Context, stdout io.Writer) error {
	if c.File == "-" && !c.Yes {
		return &usageError{errors.New("a table from standard input needs --yes: there is nobody to ask")}
	}
	text, err := readMenuFile(c.File)
	if err != nil {
		return err
	}
	return c.do(ctx, func(a control.Admin) error {
		return changeMenu(ctx, a, control.MenuFile{Table: text}, c.answer, stdout)
	})
}

// readMenuFile reads a table; a larger one than any menu is not read to its end.
func readMenuFile(name string) ([]byte, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, fmt.Errorf("read the menu: %w", err)
		}
		defer file.Close()
	}
	text, err := io.ReadAll(io.LimitReader(file, shopfile.MenuFileMax+1))
	if err != nil {
		return nil, fmt.Errorf("read the menu: %w", err)
	}
	if len(text) > shopfile.MenuFileMax {
		return nil, fmt.Errorf("read the menu: %s is larger than %d KB: that is no menu", name, shopfile.MenuFileMax>>10)
	}
	return text, nil
}

type menuReset struct {
	place
	answer
}

// Run implements the command.
func (c *menuReset) Run(ctx context.Context, stdout io.Writer) error {
	return c.do(ctx, func(a control.Admin) error {
		return changeMenu(ctx, a, control.MenuFile{First: true}, c.answer, stdout)
	})
}

// changeMenu shows what a menu would change, asks, and changes it.
func changeMenu(ctx context.Context, a control.Admin, m control.MenuFile, yes answer, stdout io.Writer) error {
	plan, err := a.PreviewMenu(ctx, m)
	if err != nil {
		return err
	}
	if len(plan.Changes) == 0 {
		fmt.Fprintln(stdout, "nothing would change")
		return nil
	}
	for _, line := range plan.Changes {
		fmt.Fprintln(stdout, line)
	}
	for _, line := range plan.Effects {
		fmt.Fprintln(stdout, "*", line)
	}
	if !yes.Yes && !agreed(os.Stdin, stdout) {
		fmt.Fprintln(stdout, "nothing is changed")
		return nil
	}
	if err := a.ChangeMenu(ctx, m, plan.Base); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "the menu is changed")
	return nil
}

// agreed asks a person. No answer is no.
func agreed(stdin io.Reader, stdout io.Writer) bool {
	fmt.Fprint(stdout, "change the menu? [y/N] ")
	line, err := bufio.NewReader(stdin).ReadString('\n')
	word := strings.ToLower(strings.TrimSpace(line))
	return (err == nil || err == io.EOF) && (word == "y" || word == "yes" || word == "是")
}

type menuExport struct {
	place
	File string `arg:"" optional:"" help:"The file to write; it must not exist. Without it, standard output."`
}

// Run implements the command.
func (c *menuExport) Run(ctx context.Context, stdout io.Writer) error {
	return c.do(ctx, func(a control.Admin) error {
		m, err := a.Menu(ctx)
		if err != nil {
			return err
		}
		if c.File == "" {
			_, err = stdout.Write(m.Table)
			return err
		}
		file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("write the menu: %w", err)
		}
		_, err = file.Write(m.Table)
		return errors.Join(err, file.Close())
	})
}
