// Says what Argo CD's own function decides about sync windows at given times.
//
// A question a line on standard input, an answer a line on standard output,
// both JSON. The program must be built with the tag faketime and the linker
// flag -checklinkname=0: then the runtime's clock stands still, and is set here
// for every question, so that Argo CD's own code, which asks for the time
// itself, runs unchanged.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata"
	_ "unsafe"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"
)

// Nanoseconds since 1970 that the runtime takes for now.
//
//go:linkname faketime runtime.faketime
var faketime int64

// Where the time package looks for zones before it takes those compiled in.
//
//go:linkname platformZoneSources time.platformZoneSources
var platformZoneSources []string

// What the runtime itself may take for now: a clock that goes back confuses it.
var ownTime = faketime

// How many bytes of garbage may lie around.
const garbage = 256 << 20

// Several questions about one application and one project.
type question struct {
	Windows     v1alpha1.SyncWindows `json:"windows"`
	Name        string               `json:"name"`
	Destination destination          `json:"destination"`
	Asked       []asked              `json:"asked"`
	// Only measure: ask so many times and answer with nanoseconds.
	Measure int `json:"measure"`
	// Zones and times whose offsets are wanted instead.
	Zones []string `json:"zones"`
	Times []int64  `json:"times"`
}

type destination struct {
	Name      string `json:"name"`
	Server    string `json:"server"`
	Namespace string `json:"namespace"`
}

type asked struct {
	// Nanoseconds since 1970.
	At      int64  `json:"at"`
	Manual  bool   `json:"manual"`
	Started *int64 `json:"started"`
	// Also name the windows that are active.
	Active bool `json:"active"`
}

type decision struct {
	Allowed bool   `json:"allowed"`
	Error   string `json:"error"`
	Matched []int  `json:"matched"`
	Active  []int  `json:"active"`
}

func main() {
	logrus.SetOutput(io.Discard)
	// Garbage is collected between questions, never while the clock is set.
	debug.SetGCPercent(-1)
	platformZoneSources = nil
	time.Local = time.UTC
	// Under a still clock the runtime writes a header before all it writes to
	// standard output, but not to another descriptor.
	out, err := syscall.Dup(1)
	if err != nil {
		panic(err)
	}
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriterSize(os.NewFile(uintptr(out), "answers"), 1<<20)
	encoder := json.NewEncoder(output)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 0 {
			var one question
			if err := json.Unmarshal(line, &one); err != nil {
				panic(err)
			}
			answered := answer(&one)
			faketime = ownTime
			if err := encoder.Encode(answered); err != nil {
				panic(err)
			}
			collect()
			// Who asks one by one waits for the answer.
			if input.Buffered() == 0 {
				output.Flush()
			}
		}
		if err != nil {
			break
		}
	}
	output.Flush()
}

func collect() {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	if heap[0].Value.Uint64() > garbage {
		runtime.GC()
	}
}

func answer(one *question) any {
	if one.Zones != nil {
		return offsets(one)
	}
	application := &v1alpha1.Application{}
	application.Name = one.Name
	application.Spec.Destination = v1alpha1.ApplicationDestination{
		Name:      one.Destination.Name,
		Server:    one.Destination.Server,
		Namespace: one.Destination.Namespace,
	}
	if one.Measure > 0 {
		return measure(one, application)
	}
	decisions := make([]decision, 0, len(one.Asked))
	for _, asked := range one.Asked {
		decisions = append(decisions, decide(&one.Windows, application, asked))
	}
	return decisions
}

func decide(windows *v1alpha1.SyncWindows, application *v1alpha1.Application, asked asked) (result decision) {
	faketime = asked.At
	result.Matched, result.Active = []int{}, []int{}
	defer func() {
		if problem := recover(); problem != nil {
			result = decision{Error: "panic", Matched: result.Matched, Active: []int{}}
		}
	}()
	matched := windows.Matches(application)
	result.Matched = positions(windows, matched)
	allowed, err := matched.CanSync(asked.Manual, started(asked))
	result.Allowed = allowed
	if err != nil {
		result.Error = kind(err)
		return result
	}
	if asked.Active {
		active, err := matched.Active()
		if err != nil {
			result.Error = kind(err)
		}
		result.Active = positions(windows, active)
	}
	return result
}

func started(asked asked) *time.Time {
	if asked.Started == nil {
		return nil
	}
	at := time.Unix(0, *asked.Started)
	return &at
}

func kind(err error) string {
	for _, kind := range []string{"schedule", "duration"} {
		if strings.Contains(err.Error(), "cannot parse "+kind) {
			return kind
		}
	}
	return err.Error()
}

func positions(all, some *v1alpha1.SyncWindows) []int {
	found := []int{}
	if some == nil {
		return found
	}
	next := 0
	for position, window := range *all {
		if next < len(*some) && (*some)[next] == window {
			found = append(found, position)
			next++
		}
	}
	return found
}

// How many nanoseconds one decision takes.
func measure(one *question, application *v1alpha1.Application) any {
	asked := one.Asked[0]
	faketime = asked.At
	before := clock()
	for range one.Measure {
		if _, err := one.Windows.Matches(application).CanSync(asked.Manual, started(asked)); err != nil {
			return fmt.Sprint(err)
		}
	}
	return (clock() - before) / int64(one.Measure)
}

// The time of the machine, since the runtime's stands still.
func clock() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err)
	}
	return now.Nano()
}

// For each zone its offsets at the times, or none if it does not exist.
func offsets(one *question) map[string][]string {
	all := map[string][]string{}
	for _, name := range one.Zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		for _, at := range one.Times {
			_, offset := time.Unix(at, 0).In(zone).Zone()
			all[name] = append(all[name], strconv.Itoa(offset))
		}
	}
	return all
}
