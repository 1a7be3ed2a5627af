"""The workloads in Python, on asyncio, AnyIO (on asyncio) and Trio: references for scale, no opponents.

    python3 structured.py BACKEND CODE N DEPTH RUNS MEASURE

Prints {"checksum": …, "runs": [cold, …]}: nanoseconds (bytes for MEASURE heap) of RUNS + 1 runs. Python compiles
nothing while it runs, so there is nothing to warm up but the first run.
"""
import gc
import json
import sys
import time
import tracemalloc

TASKS, RING, FAN_OUT, SUSPENSIONS, WORKERS, ROOM = 100, 503, 10, 100, 8, 100
sys.setrecursionlimit(20_000)


class AsyncioBackend:
    def __init__(self):
        import asyncio

        self.asyncio = asyncio

    def run(self, main, *args):
        return self.asyncio.run(main(*args))

    def checkpoint(self):
        return self.asyncio.sleep(0)

    def sleep(self, seconds):
        return self.asyncio.sleep(seconds)

    async def sleep_forever(self):
        await self.asyncio.get_running_loop().create_future()

    def fail_after(self, seconds):
        return self.asyncio.timeout(seconds)

    def group(self):
        class Group(self.asyncio.TaskGroup):
            def start_soon(self, fn, *args):
                self.create_task(fn(*args))

            def cancel(self):
                """There is no such method: what people write is this."""
                for task in self._tasks:
                    task.cancel()

        return Group()

    def channel(self, size):
        queue = self.asyncio.Queue(size)
        return queue.put, queue.get


class AnyioBackend:
    def __init__(self):
        import anyio

        self.anyio = anyio

    def run(self, main, *args):
        return self.anyio.run(main, *args)

    def checkpoint(self):
        return self.anyio.lowlevel.checkpoint()

    def sleep(self, seconds):
        return self.anyio.sleep(seconds)

    def sleep_forever(self):
        return self.anyio.sleep_forever()

    def fail_after(self, seconds):
        return self.anyio.fail_after(seconds)

    def group(self):
        return ScopedGroup(self.anyio.create_task_group())

    def channel(self, size):
        send, receive = self.anyio.create_memory_object_stream(size)
        return send.send, receive.receive


class TrioBackend:
    def __init__(self):
        import trio

        self.trio = trio

    def run(self, main, *args):
        return self.trio.run(main, *args)

    def checkpoint(self):
        return self.trio.lowlevel.checkpoint()

    def sleep(self, seconds):
        return self.trio.sleep(seconds)

    def sleep_forever(self):
        return self.trio.sleep_forever()

    def fail_after(self, seconds):
        return self.trio.fail_after(seconds)

    def group(self):
        return ScopedGroup(self.trio.open_nursery())

    def channel(self, size):
        send, receive = self.trio.open_memory_channel(size)
        return send.send, receive.receive


class ScopedGroup:
    """Gives a group whose cancel() is that of its scope, and which makes room for nothing else."""

    def __init__(self, manager):
        self.manager = manager

    async def __aenter__(self):
        self.group = await self.manager.__aenter__()
        self.start_soon = self.group.start_soon
        self.cancel = self.group.cancel_scope.cancel
        return self

    def __aexit__(self, *error):
        return self.manager.__aexit__(*error)


class Watch:
    """Marks the stretch that counts, where it is not the whole run."""

    def __init__(self, gauge):
        self.gauge, self.started, self.stopped = gauge, None, None

    def start(self):
        self.started = self.gauge()

    def stop(self):
        self.stopped = self.gauge()


backend = {"asyncio": AsyncioBackend, "anyio": AnyioBackend, "trio": TrioBackend}[sys.argv[1]]()
checkpoint = backend.checkpoint


async def suspend_often(n):
    total = 0
    for i in range(n):
        await checkpoint()
        total += i
    return total


async def switch(n, depth, watch):
    return await suspend_often(n)


async def switch100(n, depth, watch):
    results = []

    async def turns():
        results.append(await suspend_often(n // TASKS))

    async with backend.group() as group:
        for _ in range(TASKS):
            group.start_soon(turns)
    return sum(results)


async def spawn(n, depth, watch):
    results = []

    async def child(i):
        await checkpoint()
        results.append(i)

    async with backend.group() as group:
        for i in range(n):
            group.start_soon(child, i)
    return sum(results)


async def spawn_join(n, depth, watch):
    total = 0

    async def child(i):
        nonlocal total
        await checkpoint()
        total += i

    for i in range(n):
        async with backend.group() as group:
            group.start_soon(child, i)
    return total


async def skynet(n, depth, watch):
    async def node(first, leaves, results):
        if leaves == 1:
            await checkpoint()
            results.append(first)
            return
        size = leaves // FAN_OUT
        sums = []
        async with backend.group() as group:
            for i in range(FAN_OUT):
                group.start_soon(node, first + i * size, size, sums)
        results.append(sum(sums))

    results = []
    await node(0, n, results)
    return results[0]


async def ping_pong(n, depth, watch):
    ping, pinged = backend.channel(1)
    pong, ponged = backend.channel(1)

    async def ponger():
        for _ in range(n):
            await pong(await pinged())

    total = 0
    async with backend.group() as group:
        group.start_soon(ponger)
        for i in range(n):
            await ping(i)
            total += await ponged()
    return total


async def pipeline(n, depth, watch):
    made, to_do = backend.channel(ROOM)
    done, results = backend.channel(ROOM)

    async def produce():
        for i in range(n):
            await made(i)

    async def work():
        while True:
            await done(await to_do())

    total = 0
    async with backend.group() as group:
        group.start_soon(produce)
        for _ in range(WORKERS):
            group.start_soon(work)
        for _ in range(n):
            total += await results()
        group.cancel()
    return total


async def ring(n, depth, watch):
    boxes = [backend.channel(1) for _ in range(RING)]
    sums = []

    async def member(receive, send):
        total = 0
        for _ in range(n // RING):
            token = await receive()
            total += token
            if token + 1 < n:
                await send(token + 1)
        sums.append(total)

    async with backend.group() as group:
        for i in range(RING):
            group.start_soon(member, boxes[i][1], boxes[(i + 1) % RING][0])
        await boxes[0][0](0)
    return sum(sums)


async def deep(n, depth, watch):
    async def recurse(depth):
        if depth > 1:
            return await recurse(depth - 1)
        return await suspend_often(SUSPENSIONS)

    total = 0
    for _ in range(n // SUSPENSIONS):
        total += await recurse(depth)
    return total


async def deepcall(n, depth, watch):
    async def descend(depth):
        if depth > 1:
            return (await descend(depth - 1)) + 1
        await checkpoint()
        return 1

    total = 0
    for _ in range(n // depth):
        total += await descend(depth)
    return total


async def timers(n, depth, watch):
    results = []

    async def sleeper(i):
        await backend.sleep((i * 7919) % 50 / 1000)
        results.append(i)

    async with backend.group() as group:
        for i in range(n):
            group.start_soon(sleeper, i)
    return sum(results)


async def timeout(n, depth, watch):
    async def operation(i):
        return i

    total = 0
    for i in range(n):
        async with Entered(backend.fail_after(10)):
            total += await operation(i)
    return total


class Entered:
    """asyncio's timeout is an asynchronous context manager, those of AnyIO and Trio are plain ones."""

    def __init__(self, manager):
        self.manager = manager

    async def __aenter__(self):
        if hasattr(self.manager, "__aenter__"):
            await self.manager.__aenter__()
        else:
            self.manager.__enter__()

    async def __aexit__(self, *error):
        if hasattr(self.manager, "__aexit__"):
            return await self.manager.__aexit__(*error)
        return self.manager.__exit__(*error)


async def parked_tasks(n, watch_parking, watch):
    parked = unwound = 0

    async def task():
        nonlocal parked, unwound
        try:
            parked += 1
            await backend.sleep_forever()
        finally:
            unwound += 1

    if watch_parking:
        watch.start()
    async with backend.group() as group:
        for _ in range(n):
            group.start_soon(task)
        while parked < n:
            await checkpoint()
        watch.stop() if watch_parking else watch.start()
        group.cancel()
    if not watch_parking:
        watch.stop()
    return unwound


async def cancel(n, depth, watch):
    return await parked_tasks(n, False, watch)


async def memory(n, depth, watch):
    return await parked_tasks(n, True, watch)


def live_bytes():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


GAUGES = {"wall": time.perf_counter_ns, "cpu": time.process_time_ns, "heap": live_bytes}


def main():
    _, _, code, n, depth, runs, measure = sys.argv
    workload = globals()[code.replace("-", "_")]
    gauge = GAUGES[measure]
    if measure == "heap":
        tracemalloc.start()
    times, checksum = [], None
    for _ in range(int(runs) + 1):
        watch = Watch(gauge)
        before = gauge()
        checksum = backend.run(workload, int(n), int(depth), watch)
        after = gauge()
        times.append(watch.stopped - watch.started if watch.stopped is not None else after - before)
    print(json.dumps({"checksum": checksum, "runs": times}))


main()
