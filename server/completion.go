package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completion prints what a shell needs to complete the program's words with the Tab key.
type completion struct {
	Shell string   `arg:"" enum:"bash,zsh,fish,words" help:"bash, zsh or fish. (words is for their scripts: the words that may follow.)"`
	Typed []string `arg:"" optional:"" passthrough:"" hidden:""`
}

// scripts ask the program itself, so that they never grow old.
var scripts = map[string]string{
	"bash": `_weir() {
	local IFS=$'\n'
	COMPREPLY=($(weir completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _weir weir
`,
	"zsh": `#compdef weir
_weir() {
	local -a found
	found=(${(f)"$(weir completion words -- ${words[2,CURRENT]} 2>/dev/null)"})
	if (( ${#found} )); then compadd -a found; else _files; fi
}
compdef _weir weir
`,
	"fish": `complete -c weir -f -a '(weir completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c weir -F
`,
}

// Run implements the command.
func (c *completion) Run(k *kong.Context, stdout io.Writer) error {
	if script, ok := scripts[c.Shell]; ok {
		_, err := io.WriteString(stdout, script)
		return err
	}
	typed := c.Typed
	if len(typed) > 0 && typed[0] == "--" {
		typed = typed[1:]
	}
	for _, word := range completions(k.Model.Node, typed) {
		fmt.Fprintln(stdout, word)
	}
	return nil
}

// completions are the words that may stand in the place of the last one, which may be half typed. A value that is not one of a
// few has none: the shell then offers files.
func completions(node *kong.Node, typed []string) (all []string) {
	last := ""
	if len(typed) > 0 {
		typed, last = typed[:len(typed)-1], typed[len(typed)-1]
	}
	for _, word := range typed {
		for _, child := range node.Children {
			if child.Name == word {
				node = child
			}
		}
	}
	flags := map[string]*kong.Flag{}
	for n := node; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			flags["--"+f.Name] = f
		}
	}
	if node.DefaultCmd != nil {
		for _, f := range node.DefaultCmd.Flags {
			flags["--"+f.Name] = f
		}
	}
	offer := func(words ...string) {
		for _, w := range words {
			if strings.HasPrefix(w, last) {
				all = append(all, w)
			}
		}
	}
	if len(typed) > 0 {
		if f := flags[typed[len(typed)-1]]; f != nil && !f.IsBool() {
			offer(values(f.Value)...)
			return all
		}
	}
	if strings.HasPrefix(last, "-") {
		for name, f := range flags {
			if !f.Hidden {
				offer(name)
			}
		}
		slices.Sort(all)
		return all
	}
	for _, child := range node.Children {
		if !child.Hidden && child.Type == kong.CommandNode {
			offer(child.Name)
		}
	}
	for _, p := range node.Positional {
		offer(values(p)...)
	}
	return all
}

// values are those of a flag or an argument that can be one of a few.
func values(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}
