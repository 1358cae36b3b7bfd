package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// slowBy is how much longer every fsync takes in the slow half: what a shop's flash takes. It also makes the
	// ratios repeat, whatever else the machine does.
	slowBy = 2 * time.Millisecond
	// startMax and stopMax bound the wait for a child.
	startMax = time.Minute
	stopMax  = 10 * time.Second
	// ticksPerS is the unit of CPU time in /proc, USER_HZ, which Linux fixes at 100.
	ticksPerS = 100
)

// process is a child that is measured.
type process struct {
	cmd   *exec.Cmd
	out   *bufio.Reader // its stdout
	ended chan struct{}
}

// start runs a program, with every fsync slow if wanted. strace -D makes the program our own child and strace its
// grandchild, so that what is signalled and measured is the program.
func start(ctx context.Context, slow bool, name string, args ...string) (*process, error) {
	if slow {
		inject := fmt.Sprintf("inject=fsync,fdatasync:delay_enter=%d", slowBy.Microseconds())
		args = append([]string{"-D", "-f", "-qq", "--seccomp-bpf", "-o", os.DevNull, "-e", "trace=fsync,fdatasync", "-e", inject, name}, args...)
		name = "strace"
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return &process{cmd: cmd, out: bufio.NewReader(out), ended: make(chan struct{})}, nil
}

// leave lets a server run: what it still says is of no interest, but must not fill the pipe.
func (p *process) leave() {
	go func() {
		io.Copy(io.Discard, p.out)
		p.cmd.Wait() // how it ended shows in what it did
		close(p.ended)
	}()
}

// rest reads what the child still says until it ends by itself.
func (p *process) rest() (string, error) {
	text, err := io.ReadAll(p.out)
	return string(text), errors.Join(err, p.cmd.Wait())
}

// stop ends a server: politely, then not.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-p.ended:
	case <-time.After(stopMax):
		p.cmd.Process.Kill()
		<-p.ended
	}
}

// ready waits until the server answers a URL with 200.
func (p *process) ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", url, errors.Join(ctx.Err(), err))
		case <-p.ended:
			return fmt.Errorf("wait for %s: the server has ended", url)
		case <-time.After(time.Millisecond):
		}
	}
}

// cpu is the CPU time the child has used.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name before it may hold spaces
	fields := strings.Fields(after)
	const utime, stime = 14 - 3, 15 - 3 // proc(5) counts from 1 and after names from field 3
	if len(fields) <= stime {
		return 0, fmt.Errorf("read %q", text)
	}
	user, err1 := strconv.Atoi(fields[utime])
	system, err2 := strconv.Atoi(fields[stime])
	return time.Duration(user+system) * time.Second / ticksPerS, errors.Join(err1, err2)
}

// resident is the child's memory in bytes.
func (p *process) resident() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, ok := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(after)
	if !ok || len(fields) == 0 {
		return 0, errors.New("no VmRSS in /proc")
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	return kib << 10, err
}
