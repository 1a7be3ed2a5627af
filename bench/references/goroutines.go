// The workloads in Go, on one core: a reference for scale, no opponent. Goroutines are preemptive threads of a runtime
// in machine code, and nothing here is structured but by hand.
//
//	goroutines CODE N DEPTH RUNS MEASURE
//
// Prints {"checksum": …, "runs": [cold, …]}: nanoseconds (bytes for MEASURE heap) of RUNS + 1 runs.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	tasks       = 100
	ringSize    = 503
	fanOut      = 10
	suspensions = 100
	workers     = 8
	room        = 100
)

// stretch marks what counts, where it is not the whole run.
type stretch struct {
	gauge            func() int64
	started, stopped int64
	marked           bool
}

func (s *stretch) start() { s.started = s.gauge() }
func (s *stretch) stop()  { s.stopped, s.marked = s.gauge(), true }

type workload func(n, depth int, watch *stretch) int

func suspendOften(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		runtime.Gosched()
		sum += i
	}
	return sum
}

func switchOne(n, _ int, _ *stretch) int { return suspendOften(n) }

// inGroup runs n goroutines and gives the sum of what they return.
func inGroup(n int, fn func(i int) int) int {
	results := make([]int, n)
	var group sync.WaitGroup
	group.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			defer group.Done()
			results[i] = fn(i)
		}(i)
	}
	group.Wait()
	sum := 0
	for _, value := range results {
		sum += value
	}
	return sum
}

func switch100(n, _ int, _ *stretch) int {
	return inGroup(tasks, func(int) int { return suspendOften(n / tasks) })
}

func child(i int) int {
	runtime.Gosched()
	return i
}

func spawn(n, _ int, _ *stretch) int { return inGroup(n, child) }

func spawnJoin(n, _ int, _ *stretch) int {
	sum := 0
	for i := 0; i < n; i++ {
		result := make(chan int)
		go func() { result <- child(i) }()
		sum += <-result
	}
	return sum
}

func node(first, leaves int) int {
	if leaves == 1 {
		return child(first)
	}
	size := leaves / fanOut
	return inGroup(fanOut, func(i int) int { return node(first+i*size, size) })
}

func skynet(n, _ int, _ *stretch) int { return node(0, n) }

func pingPong(n, _ int, _ *stretch) int {
	ping, pong := make(chan int, 1), make(chan int, 1)
	go func() {
		for i := 0; i < n; i++ {
			pong <- <-ping
		}
	}()
	sum := 0
	for i := 0; i < n; i++ {
		ping <- i
		sum += <-pong
	}
	return sum
}

func pipeline(n, _ int, _ *stretch) int {
	toDo, results := make(chan int, room), make(chan int, room)
	go func() {
		for i := 0; i < n; i++ {
			toDo <- i
		}
		close(toDo)
	}()
	for i := 0; i < workers; i++ {
		go func() {
			for item := range toDo {
				results <- item
			}
		}()
	}
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-results
	}
	return sum
}

func ring(n, _ int, _ *stretch) int {
	boxes := make([]chan int, ringSize)
	for i := range boxes {
		boxes[i] = make(chan int, 1)
	}
	boxes[0] <- 0
	return inGroup(ringSize, func(i int) int {
		sum := 0
		for round := 0; round < n/ringSize; round++ {
			token := <-boxes[i]
			sum += token
			if token+1 < n {
				boxes[(i+1)%ringSize] <- token + 1
			}
		}
		return sum
	})
}

//go:noinline
func recurse(depth int) int {
	if depth > 1 {
		return recurse(depth - 1)
	}
	return suspendOften(suspensions)
}

func deep(n, depth int, _ *stretch) int {
	sum := 0
	for done := 0; done < n; done += suspensions {
		sum += recurse(depth)
	}
	return sum
}

//go:noinline
func descend(depth int) int {
	if depth > 1 {
		return descend(depth-1) + 1
	}
	runtime.Gosched()
	return 1
}

func deepcall(n, depth int, _ *stretch) int {
	sum := 0
	for done := 0; done < n; done += depth {
		sum += descend(depth)
	}
	return sum
}

func timers(n, _ int, _ *stretch) int {
	return inGroup(n, func(i int) int {
		time.Sleep(time.Duration((i*7919)%50) * time.Millisecond)
		return i
	})
}

func timeout(n, _ int, _ *stretch) int {
	sum := 0
	for i := 0; i < n; i++ {
		_, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		sum += i
		cancel()
	}
	return sum
}

// park starts n goroutines that wait until the context ends, and gives their group once all of them wait.
func park(n int, ctx context.Context, unwound *int) *sync.WaitGroup {
	parked := 0
	group := new(sync.WaitGroup)
	group.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			defer group.Done()
			defer func() { *unwound++ }() // one core, and nothing is preempted here
			parked++
			<-ctx.Done()
		}()
	}
	for parked < n {
		runtime.Gosched()
	}
	return group
}

func cancel(n, _ int, watch *stretch) int {
	ctx, stop := context.WithCancel(context.Background())
	unwound := 0
	group := park(n, ctx, &unwound)
	watch.start()
	stop()
	group.Wait()
	watch.stop()
	return unwound
}

func memory(n, _ int, watch *stretch) int {
	ctx, stop := context.WithCancel(context.Background())
	unwound := 0
	watch.start()
	group := park(n, ctx, &unwound)
	watch.stop()
	stop()
	group.Wait()
	return unwound
}

func wallTime() int64 { return time.Now().UnixNano() }

func cpuTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func liveBytes() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}

func main() {
	runtime.GOMAXPROCS(1)
	workloads := map[string]workload{
		"switch": switchOne, "switch100": switch100, "spawn": spawn, "spawn-join": spawnJoin, "skynet": skynet,
		"ping-pong": pingPong, "pipeline": pipeline, "ring": ring, "deep": deep, "deepcall": deepcall,
		"timers": timers, "timeout": timeout, "cancel": cancel, "memory": memory,
	}
	gauges := map[string]func() int64{"wall": wallTime, "cpu": cpuTime, "heap": liveBytes}
	number := func(index int) int {
		value, err := strconv.Atoi(os.Args[index])
		if err != nil {
			panic(err)
		}
		return value
	}
	work, gauge := workloads[os.Args[1]], gauges[os.Args[5]]
	checksum, times := 0, []string{}
	for run := 0; run <= number(4); run++ {
		watch := &stretch{gauge: gauge}
		before := gauge()
		checksum = work(number(2), number(3), watch)
		elapsed := gauge() - before
		if watch.marked {
			elapsed = watch.stopped - watch.started
		}
		times = append(times, strconv.FormatInt(elapsed, 10))
	}
	fmt.Printf("{\"checksum\": %d, \"runs\": [%s]}\n", checksum, strings.Join(times, ", "))
}
