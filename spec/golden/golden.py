"""Runs random programs on Trio and writes down what happens: makes the fixture of golden.spec.ts (see README.md).

A program is JSON: a tree of statements, the same that interpreter.ts runs on Treadle. Each task keeps a story of
its own, each line with the virtual time, for the order in which tasks run at one moment is not promised by Trio.
A program whose story depends on that order is of no use here: so each is run several times, with checkpoints that
deliver no cancellation thrown in between its statements, and dropped unless the story stays the same.

    golden.py fixture SEED CANDIDATES COUNT   the COUNT of the random programs that show most, as the fixture
    golden.py hunt SEED COUNT                 random programs and their stories, a line each
    golden.py serve                           a program a line in, its story a line out (null: no one story)
"""
import itertools
import json
import math
import random
import re
import sys

import trio
from trio import testing

TRIES = 10
TRIES_OF_CHOSEN = 40
ROOT_LIMIT = 1_000_000  # by then a program that waits for nothing is cancelled, and later its shields taken down
NAMES = {
    "TooSlowError": "TimeoutError",
    "EndOfChannel": "EndOfStream",
    "RuntimeError": "AlreadyHeldError",
}


class Error(Exception):
    pass


def show(error):
    """What an error is called; cancellations are left out of groups, as rule G2 says."""
    if isinstance(error, BaseExceptionGroup):
        shown = [name for name in map(show, error.exceptions) if name != "Cancelled"]
        return f"[{' '.join(shown)}]" if shown else "Cancelled"
    if isinstance(error, Error):
        return str(error)
    if isinstance(error, RuntimeError) and "without calling task_status.started()" in str(error):
        return "never started"
    name = type(error).__name__
    return NAMES.get(name, name)


def number(value):
    return int(value) if value == int(value) else value


def statistics(thing):
    about = thing.statistics()
    if isinstance(thing, trio.CapacityLimiter):
        return f"{number(about.borrowed_tokens)} {number(about.total_tokens)} {about.tasks_waiting}"
    if isinstance(thing, trio.Semaphore):
        return f"{thing.value} {about.tasks_waiting}"
    if isinstance(thing, trio.Lock):
        return f"{str(about.locked).lower()} {about.tasks_waiting}"
    if isinstance(thing, trio.Condition):
        return f"{str(about.lock_statistics.locked).lower()} {about.tasks_waiting}"
    if isinstance(thing, trio.Event):
        return f"{str(thing.is_set()).lower()} {about.tasks_waiting}"
    return (
        f"{about.current_buffer_used} {about.open_send_channels} {about.open_receive_channels} "
        f"{about.tasks_waiting_send} {about.tasks_waiting_receive}"
    )


class Program:
    def __init__(self, statements, jitter):
        self.statements = statements
        self.jitter = jitter
        self.pace = {}
        self.differs = False
        self.story = {}
        self.things = {}
        self.entered = []

    async def run(self):
        self.t0 = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.reap)
            with trio.CancelScope(deadline=self.t0 + ROOT_LIMIT):
                await self.task("main", self.statements)
            nursery.cancel_scope.cancel()

    async def task(self, name, body, status=None):
        try:
            await self.block(name, body, status)
        except BaseException as error:
            self.tell(name, f"ends {show(error)}")
            if name != "main":
                raise
        else:
            self.tell(name, "ends")

    async def reap(self):
        for turn in range(8):
            await trio.sleep_until(self.t0 + ROOT_LIMIT * (2 + turn))
            for scope in list(self.entered):
                scope.shield = False

    def now(self):
        return number(trio.current_time() - self.t0)

    def tell(self, name, text):
        self.story.setdefault(name, []).append(f"{self.now()} {text}")

    async def block(self, name, body, status=None):
        """True when the block was left by a return."""
        for statement in body:
            if self.jitter is not None:
                pace = self.pace.setdefault(name, self.jitter.choice([0, 0, 1, 5, 20]))
                for _ in range(self.jitter.choice([0, 0, 1, 3]) + pace):
                    await trio.lowlevel.cancel_shielded_checkpoint()
            if await self.statement(name, statement, status):
                return True
        return False

    async def statement(self, name, s, status):
        op = s["op"]
        compound = getattr(self, f"do_{op}", None)
        if compound is not None:
            return await compound(name, s, status)
        try:
            value = await self.wait(name, s)
        except BaseException as error:
            self.tell(name, f"{op} {show(error)}")
            raise
        self.tell(name, op if value is None else f"{op} {value}")

    async def wait(self, name, s):
        """Statements that wait, and at the end those that are done at once."""
        op = s["op"]
        thing = self.things.get(s.get("on"))
        if op == "sleep":
            return await trio.sleep(s["ms"])
        if op == "checkpoint":
            return await trio.lowlevel.checkpoint()
        if op == "checkpointIfCancelled":
            return await trio.lowlevel.checkpoint_if_cancelled()
        if op == "shieldedCheckpoint":
            return await trio.lowlevel.cancel_shielded_checkpoint()
        if thing is None:
            return self.at_once(name, s)
        if op == "join":
            if s["on"] == name:
                return "nothing"
            await thing["ended"].wait()
            ending = thing["ending"]
            if s.get("value") and ending != "finished":
                raise Error(ending)
            return ending
        if op == "waitEvent":
            return await thing.wait()
        if op == "send":
            return await thing.send(s["value"])
        if op == "receive":
            return await thing.receive()
        if op == "notify":
            async with thing:
                thing.notify(s["n"]) if s["n"] else thing.notify_all()
            return None
        if op == "waitCondition":
            async with thing:
                try:
                    return await thing.wait()
                finally:
                    self.tell(name, "holds the lock again")
        return self.at_once(name, s)

    def at_once(self, name, s):
        op = s["op"]
        if op == "throw":
            raise Error(s["error"])
        if op == "throwGroup":
            raise ExceptionGroup("", [Error(error) for error in s["errors"]])
        if op == "deadline":
            left = trio.current_effective_deadline() - trio.current_time()
            return "-Infinity" if left <= 0 else "Infinity" if left == math.inf else number(left)
        if op == "event":
            self.things[s["name"]] = trio.Event()
        elif op == "lock":
            self.things[s["name"]] = trio.Lock()
        elif op == "semaphore":
            self.things[s["name"]] = trio.Semaphore(s["n"])
        elif op == "limiter":
            self.things[s["name"]] = trio.CapacityLimiter(s["n"])
        elif op == "condition":
            self.things[s["name"]] = trio.Condition()
        elif op == "channel":
            send, receive = trio.open_memory_channel(s["n"])
            self.things[s["name"] + "s"] = send
            self.things[s["name"] + "r"] = receive
        else:
            return self.act(s)

    def act(self, s):
        op = s["op"]
        thing = self.things.get(s["on"])
        if thing is None:
            return "nothing"
        if op == "cancelTask":
            thing["scope"].cancel()
        elif op == "cancel":
            thing.cancel()
        elif op == "setDeadline":
            thing.deadline = math.inf if s["ms"] is None else trio.current_time() + s["ms"]
            if thing in self.entered and thing.deadline <= trio.current_time():
                thing.cancel()  # rule C5: see golden.spec.ts
        elif op == "setShield":
            thing.shield = s["value"]
        elif op == "look":
            return f"called {str(thing.cancel_called).lower()}"
        elif op == "statistics":
            return statistics(thing)
        elif op == "acquireNowait":
            thing.acquire_nowait()
            thing.release()
        elif op == "setEvent":
            thing.set()
        elif op == "setTotal":
            thing.total_tokens = s["n"]
        elif op == "sendNowait":
            thing.send_nowait(s["value"])
        elif op == "receiveNowait":
            return thing.receive_nowait()
        elif op == "clone":
            self.things[s["name"]] = thing.clone()
        elif op == "close":
            thing.close()
        else:
            raise AssertionError(op)

    async def do_atomic(self, name, s, status):
        for action in s["body"]:
            try:
                value = self.at_once(name, action)
            except Exception as error:
                value = show(error)
            self.tell(name, f"{action['op']} {value}" if value is not None else action["op"])

    async def do_return(self, name, s, status):
        self.tell(name, "return")
        return True

    async def do_started(self, name, s, status):
        if status is None:
            self.tell(name, "started nobody")
            return
        try:
            status.started(s["value"])
            self.tell(name, "started")
        except RuntimeError:
            self.tell(name, "started twice")

    async def do_scope(self, name, s, status):
        kind = s["kind"]
        shield = s.get("shield", False)
        manager = {
            "scope": lambda: trio.CancelScope(shield=shield),
            "deadline": lambda: trio.CancelScope(deadline=trio.current_time() + s["ms"], shield=shield),
            "moveOnAfter": lambda: trio.move_on_after(s["ms"], shield=shield),
            "moveOnAt": lambda: trio.move_on_at(trio.current_time() + s["ms"], shield=shield),
            "failAfter": lambda: trio.fail_after(s["ms"], shield=shield),
            "failAt": lambda: trio.fail_at(trio.current_time() + s["ms"], shield=shield),
        }[kind]()
        scope = None
        try:
            with manager as scope:
                self.things[s["name"]] = scope
                self.entered.append(scope)
                if s.get("ms") == 0:
                    scope.cancel()  # rule C5: see golden.spec.ts
                await self.block(name, s["body"], status)
        except BaseException as error:
            self.tell(name, f"{s['name']} {show(error)}")
            raise
        finally:
            self.entered.remove(scope)
        self.tell(name, f"{s['name']} left, caught {str(scope.cancelled_caught).lower()}")

    async def do_group(self, name, s, status):
        scope = None
        try:
            async with trio.open_nursery() as nursery:
                scope = nursery.cancel_scope
                self.things[s["name"]] = scope
                self.things["nursery " + s["name"]] = nursery
                self.entered.append(scope)
                await self.block(name, s["body"], status)
            await trio.lowlevel.checkpoint_if_cancelled()  # rule G3: see golden.spec.ts
        except BaseException as error:
            self.tell(name, f"{s['name']} {show(error)}")
            raise
        finally:
            self.entered.remove(scope)
        self.tell(name, f"{s['name']} left")

    def child(self, s):
        record = {"scope": trio.CancelScope(), "ended": trio.Event(), "ending": None}

        async def run(task_status=None):
            try:
                with record["scope"]:
                    try:
                        await self.task(s["task"], s["body"], task_status)
                        record["ending"] = "finished"
                    except BaseException as error:
                        shown = show(error)
                        record["ending"] = "TaskCancelled" if shown == "Cancelled" else f"TaskFailed({shown})"
                        raise
            finally:
                record["ended"].set()

        return run, record

    async def do_spawn(self, name, s, status):
        nursery = self.things.get("nursery " + s["group"])
        if nursery is None:
            self.tell(name, "spawn nothing")
            return
        try:
            run, record = self.child(s)
            nursery.start_soon(run)
            self.things[s["task"]] = record
            self.tell(name, f"spawn {s['task']}")
        except RuntimeError:
            self.tell(name, "spawn closed")

    async def do_start(self, name, s, status):
        nursery = self.things.get("nursery " + s["group"])
        if nursery is None:
            self.tell(name, "start nothing")
            return
        try:
            run, record = self.child(s)
            value = await nursery.start(run)
            self.things[s["task"]] = record
        except RuntimeError as error:
            shown = "closed" if "closed" in str(error) else show(error)
            self.tell(name, f"start {shown}")
            if shown == "closed":
                return
            self.check_start(error)
            raise
        except BaseException as error:
            self.tell(name, f"start {show(error)}")
            self.check_start(error)
            raise
        self.tell(name, f"start {value}")
        self.check_start(None)

    def check_start(self, error):
        """Rule G5 differs: who is cancelled in start() always gets Cancelled; golden.spec.ts tells more."""
        if show(error) != "Cancelled" and trio.current_effective_deadline() == -math.inf:
            self.differs = True

    async def do_hold(self, name, s, status):
        thing = self.things.get(s["on"])
        if thing is None:
            self.tell(name, "hold nothing")
            return
        try:
            await thing.acquire()
        except RuntimeError:
            self.tell(name, "hold already")  # a lock by its own holder
            return
        except BaseException as error:
            self.tell(name, f"hold {show(error)}")
            raise
        self.tell(name, f"hold {s['on']}")
        try:
            return await self.block(name, s["body"], status)
        finally:
            thing.release()

    async def do_try(self, name, s, status):
        try:
            try:
                return await self.block(name, s["body"], status)
            except BaseException as error:
                shown = show(error)
                if s["catch"] == "none" or (s["catch"] == "errors" and shown == "Cancelled"):
                    raise
                self.tell(name, f"caught {shown}")
                if await self.block(name, s["handler"], status):
                    return True
                if s["catch"] == "rethrow":
                    raise
                if s["catch"] == "wrap":
                    raise BaseExceptionGroup("", [error, *[Error(name) for name in s["errors"]]])
        finally:
            if s["finally"]:
                self.tell(name, "finally")
                await self.block(name, s["finally"], status)


def play(statements, seed):
    jitter = None if seed == 0 else random.Random(seed)
    program = Program(statements, jitter)
    trio.run(program.run, clock=testing.MockClock(autojump_threshold=0))
    return None if program.differs else program.story


def story_of(statements, tries=TRIES):
    story = None
    for seed in range(tries):
        try:
            again = play(statements, seed)
        except BaseException as error:  # what Trio cannot run at all tells nothing
            if isinstance(error, KeyboardInterrupt):
                raise
            print("failed:", repr(error), file=sys.stderr)
            return None
        if again is None:
            return None
        if story is None:
            story = again
        elif story != again:
            return None
    return story


class Generator:
    """Names are given where a thing is made; a statement that names what is not there yet does nothing."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = {}
        self.counts = {}
        self.left = self.random.randint(8, 45)

    def new(self, kind):
        n = self.counts[kind] = self.counts.get(kind, 0) + 1
        name = f"{kind}{n}"
        self.names.setdefault(kind, []).append(name)
        return name

    def old(self, *kinds):
        found = [name for kind in kinds for name in self.names.get(kind, [])]
        return self.random.choice(found[-5:]) if found else None

    def ms(self):
        return self.random.randint(1, 9999)

    def program(self):
        return self.crowd() if self.random.random() < 0.4 else self.tree()

    def crowd(self):
        """A few tasks that share much: some are cancelled, some run out of time."""
        r = self.random
        kinds = r.sample(["event", "lock", "semaphore", "limiter", "condition", "channel"], r.randint(1, 3))
        body = [self.make(kind) for kind in kinds]
        group = self.new("group")
        tasks = []
        for _ in range(r.randint(3, 7)):
            self.left = 5
            steps = [{"op": "sleep", "ms": self.ms()}]
            for _ in range(r.randint(1, 4)):
                steps.append(self.share(kinds))
                steps.append(r.choice([{"op": "sleep", "ms": self.ms()}, self.leaf() or self.share(kinds)]))
            tasks.append({"op": "spawn", "group": group, "task": self.new("task"), "body": steps})
        return [*body, {"op": "group", "name": group, "body": tasks}]

    def share(self, kinds):
        """Waits for what others hold or send, mostly with a limit."""
        r = self.random
        kind = r.choice(kinds)
        if kind in ("lock", "semaphore", "limiter"):
            s = {"op": "hold", "on": self.old(kind), "body": [{"op": "sleep", "ms": self.ms()}, *self.block(5, 0, 1)]}
        elif kind == "event":
            s = {"op": "waitEvent", "on": self.old("event")}
        elif kind == "condition":
            s = r.choice([{"op": "waitCondition", "on": self.old("condition")},
                          {"op": "notify", "on": self.old("condition"), "n": r.choice([0, 1, 2])}])
        else:
            s = r.choice([{"op": "send", "on": self.old("send"), "value": r.randint(100, 999)},
                          {"op": "receive", "on": self.old("receive")}])
        if r.random() < 0.5:
            return s
        name = self.new("scope")
        return {"op": "scope", "name": name, "kind": "moveOnAfter", "ms": self.ms(), "body": [s]}

    def tree(self):
        r = self.random
        body = []
        for kind in ("event", "lock", "semaphore", "limiter", "condition", "channel"):
            if r.random() < 0.35:
                body.append(self.make(kind))
        return body + self.block(0, 2, 5)

    def make(self, kind):
        n = {"semaphore": lambda: self.random.randint(0, 2), "limiter": lambda: self.random.randint(1, 2),
             "channel": lambda: self.random.choice([0, 0, 1, 2])}.get(kind)
        s = {"op": kind, "name": self.new(kind)}
        if n is not None:
            s["n"] = n()
        if kind == "channel":
            self.names.setdefault("send", []).append(s["name"] + "s")
            self.names.setdefault("receive", []).append(s["name"] + "r")
        return s

    def block(self, depth, low=1, high=4):
        body = []
        for _ in range(self.random.randint(low, high)):
            if self.left <= 0:
                break
            self.left -= 1
            s = self.statement(depth)
            if s is not None:
                body.append(s)
        return body

    def statement(self, depth):
        r = self.random
        if depth < 6 and r.random() < (0.75 if depth < 2 else 0.45):
            return self.compound(depth + 1)
        return self.leaf()

    def action(self):
        r = self.random
        kind = r.choice(["cancel", "cancel", "cancel", "setDeadline", "setShield", "setShield", "look", "cancelTask",
                         "setEvent", "setEvent", "setTotal", "sendNowait", "receiveNowait", "clone", "close",
                         "statistics", "statistics", "acquireNowait"])
        if kind in ("cancel", "setShield", "setDeadline"):
            on = self.old("scope", "group")
        elif kind == "look":
            on = self.old("scope")
        elif kind == "cancelTask":
            on = self.old("task")
        elif kind == "setEvent":
            on = self.old("event")
        elif kind == "setTotal":
            on = self.old("limiter")
        elif kind == "acquireNowait":
            on = self.old("lock", "semaphore", "limiter", "condition")
        elif kind == "statistics":
            on = self.old("lock", "semaphore", "limiter", "condition", "event", "send", "receive")
        elif kind == "sendNowait":
            on = self.old("send")
        elif kind == "receiveNowait":
            on = self.old("receive")
        else:
            on = self.old("send", "receive")
        if on is None:
            return None
        s = {"op": kind, "on": on}
        if kind == "setDeadline":
            s["ms"] = r.choice([None, self.ms(), self.ms(), self.ms(), 0, -1])
        elif kind == "setShield":
            s["value"] = r.random() < 0.5
        elif kind == "setTotal":
            s["n"] = r.randint(1, 3)
        elif kind == "sendNowait":
            s["value"] = r.randint(100, 999)
        elif kind == "clone":
            side = "send" if on in self.names.get("send", []) else "receive"
            s["name"] = self.new(side)
        return s

    def leaf(self):
        r = self.random
        roll = r.random()
        if roll < 0.30:
            return {"op": "sleep", "ms": self.ms()}
        if roll < 0.36:
            return {"op": r.choice(["checkpoint", "checkpointIfCancelled", "shieldedCheckpoint"])}
        if roll < 0.41:
            return {"op": "throw", "error": self.new("E")}
        if roll < 0.42:
            return {"op": "throwGroup", "errors": [self.new("E") for _ in range(r.randint(1, 2))]}
        if roll < 0.44:
            return {"op": "return"}
        if roll < 0.48:
            return {"op": "deadline"}
        if roll < 0.70:
            body = [a for a in (self.action() for _ in range(r.choice([1, 1, 1, 2, 3]))) if a is not None]
            return {"op": "atomic", "body": body} if body else None
        if roll < 0.76:
            on = self.old("task")
            return on and {"op": "join", "on": on, "value": r.random() < 0.5}
        kind = r.choice(["waitEvent", "send", "receive", "send", "receive", "notify", "waitCondition"])
        on = self.old({"waitEvent": "event", "send": "send", "receive": "receive"}.get(kind, "condition"))
        if on is None:
            return {"op": "sleep", "ms": self.ms()}
        s = {"op": kind, "on": on}
        if kind == "send":
            s["value"] = r.randint(100, 999)
        elif kind == "notify":
            s["n"] = r.choice([0, 1, 2])
        return s

    def compound(self, depth):
        r = self.random
        kind = r.choices(["scope", "group", "spawn", "start", "try", "hold"], [5, 4, 8, 3, 5, 3])[0]
        if kind in ("spawn", "start") and self.old("group") is None:
            kind = "group"
        if kind == "scope":
            name = self.new("scope")
            how = r.choice(["scope", "scope", "deadline", "moveOnAfter", "moveOnAt", "failAfter", "failAt"])
            s = {"op": "scope", "name": name, "kind": how}
            if how != "scope":
                s["ms"] = self.ms() if r.random() < 0.95 else 0
            if r.random() < 0.3:
                s["shield"] = True
            s["body"] = self.block(depth)
            return s
        if kind == "group":
            name = self.new("group")
            return {"op": "group", "name": name, "body": self.block(depth, 2, 5)}
        if kind in ("spawn", "start"):
            s = {"op": kind, "group": self.old("group"), "task": self.new("task")}
            s["body"] = self.block(depth, 1, 4)
            if kind == "start" and r.random() < 0.8 or r.random() < 0.05:
                s["body"].insert(r.randint(0, len(s["body"])), {"op": "started", "value": r.randint(100, 999)})
            return s
        if kind == "hold":
            on = self.old("lock", "semaphore", "limiter")
            if on is None:
                return self.leaf()
            return {"op": "hold", "on": on, "body": self.block(depth)}
        catch = r.choice(["none", "none", "errors", "errors", "errors", "all", "rethrow", "wrap"])
        s = {"op": "try", "body": self.block(depth), "catch": catch, "handler": [], "finally": []}
        if catch == "wrap":
            s["errors"] = [self.new("E")] if r.random() < 0.5 else []
        if catch != "none":
            s["handler"] = self.block(depth, 0, 2)
        if catch == "none" or r.random() < 0.3:
            s["finally"] = self.block(depth, 1, 2)
        if r.random() < 0.5 and s["finally"]:
            s["finally"] = [{"op": "scope", "name": self.new("scope"), "kind": "moveOnAfter", "ms": self.ms(),
                             "shield": True, "body": s["finally"]}]
        return s


def happenings(story):
    """What a story holds: each two lines that follow each other in a task, without numbers."""
    found = set()
    for lines in story.values():
        shapes = ["", *[re.sub(r"\d+", "", line) for line in lines]]
        found.update(zip(shapes, shapes[1:]))
    return found


def stories(seed):
    """Random programs that have one story, with what is written down of each."""
    while True:
        program = Generator(seed).program()
        story = story_of(program)
        if story is not None:
            line = json.dumps({"seed": seed, "program": program, "story": story}, separators=(",", ":"))
            yield line, story
        seed += 1


def choose(candidates, count):
    """The programs that show most for their length, each judged by what those before it have not shown."""
    left = [(line, happenings(story)) for line, story in candidates]
    seen = set()
    while count > 0:
        best = max(left, key=lambda each: len(each[1] - seen) / (200 + len(each[0])))
        left.remove(best)
        if story_of(json.loads(best[0])["program"], TRIES_OF_CHOSEN) is None:
            continue
        seen |= best[1]
        count -= 1
        yield best[0]


def main():
    if sys.argv[1] == "serve":
        for line in sys.stdin:
            print(json.dumps(story_of(json.loads(line))), flush=True)
        return
    seed, candidates = int(sys.argv[2]), int(sys.argv[3])
    made = itertools.islice(stories(seed), candidates)
    if sys.argv[1] == "hunt":
        for line, _ in made:
            print(line, flush=True)
        return
    lines = sorted(choose(made, int(sys.argv[4])), key=len)
    print(json.dumps({"trio": trio.__version__}))
    print("\n".join(lines))


main()
