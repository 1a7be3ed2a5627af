/** What everything else is made of: sleeping, scopes, groups, starting, handles, and the kit that tests it. */
import {
  CancelScope,
  type Coroutine,
  call,
  cancelScope,
  cancelShieldedCheckpoint,
  checkpoint,
  checkpointIfCancelled,
  coroutine,
  currentTime,
  failAfter,
  failAt,
  isStopRequested,
  moveOnAfter,
  moveOnAt,
  type Operation,
  shield,
  sleep,
  sleepForever,
  sleepUntil,
  stopRequested,
  suspend,
  type TaskGroup,
  type TaskStatus,
  taskGroup,
} from 'treadle';
import {
  assertCheckpoints,
  assertNoCheckpoints,
  Sequencer,
  type Trial,
  waitAllTasksBlocked,
} from 'treadle/testing';
import { type Case, type Program, work } from './program.js';

const sleeping: Program = function* () {
  yield* sleep(2);
  yield* sleepUntil(currentTime() + 2);
  yield* checkpoint();
  yield* checkpointIfCancelled();
  yield* cancelShieldedCheckpoint();
  yield* moveOnAfter(1, () => sleepForever());
};

/** A wait whose registration is taken back when it is given up. */
const suspended: Program = function* (trial) {
  yield* suspend<void>(
    (resume) => {
      const close = trial.opened('the registration');
      const immediate = setImmediate(() => {
        close();
        resume();
      });
      return () => {
        close();
        clearImmediate(immediate);
      };
    },
    { whenCancelled: () => trial.opened('nothing')() },
  );
};

const walk = coroutine('walk', function* (trial: Trial, depth: number): Coroutine<number> {
  return depth === 0 ? yield* work(trial, 1) : yield* walk(trial, depth - 1);
});

const scopes: Program = function* (trial) {
  yield* moveOnAfter(2, () => work(trial, 5));
  yield* moveOnAt(currentTime() + 2, () => work(trial, 1));
  yield* failAfter(5, () => work(trial, 1));
  yield* failAt(currentTime() + 5, () => work(trial, 1));
  yield* cancelScope((scope) =>
    taskGroup(function* (tg) {
      tg.startSoon(work, trial, 3);
      yield* sleep(1);
      scope.cancel();
    }),
  );
  let isSaved = false;
  trial.check(() => {
    if (isBegun && !isSaved) throw new Error('a shielded piece of work was cut in two');
  });
  let isBegun = false;
  yield* shield(function* () {
    isBegun = true;
    yield* work(trial, 1);
    yield* work(trial, 1);
    isSaved = true;
  });
  yield* new CancelScope({ timeout: 2 }).run(() => call(work, trial, 9));
};

function* server(trial: Trial, status: TaskStatus<number>): Coroutine<void> {
  const close = trial.opened('the server');
  try {
    yield* sleep(2);
    status.started(80);
    yield* sleepForever();
  } finally {
    yield* shield(() => sleep(1));
    close();
  }
}

/** The caller, the child on its way, the child in the group: each may be cut off. */
function starting(start: (tg: TaskGroup, trial: Trial) => Operation<unknown>): Program {
  return (trial) =>
    taskGroup(function* (tg) {
      tg.startSoon(work, trial, 9);
      yield* start(tg, trial);
      yield* sleep(1);
      tg.cancel();
    });
}

const handles: Program = (trial) =>
  taskGroup(function* (tg) {
    const handle = tg.startSoon(work, trial, 3);
    tg.startSoon(function* waiter() {
      yield* handle.wait();
    });
    tg.startSoon(function* joiner() {
      yield* moveOnAfter(1, function* () {
        yield* handle;
      });
    });
    const loser = tg.createTask(work(trial, 9));
    yield* handle.wait();
    loser.cancel();
  });

/** Those who listen end by themselves, the other is cut off when the grace is over. */
const graceful: Program = (trial) =>
  taskGroup(function* (tg) {
    tg.startSoon(function* listener() {
      yield* stopRequested();
      yield* work(trial, 1);
    });
    tg.startSoon(function* looker() {
      while (!isStopRequested()) yield* work(trial, 1);
    });
    tg.startSoon(work, trial, 50);
    tg.startSoon(function* watcher() {
      yield* tg.cancelScope.stopRequested;
    });
    yield* sleep(2);
    tg.cancelScope.requestStop({ graceMs: 4 });
  });

const sequenced: Program = function* (trial) {
  const sequencer = new Sequencer();
  yield* taskGroup(function* (tg) {
    for (const turns of [
      [0, 3],
      [1, 2],
    ]) {
      tg.startSoon(function* player() {
        for (const turn of turns) {
          using _ = yield* sequencer.turn(turn);
          yield* work(trial, 1);
        }
      });
    }
  });
};

const settled: Program = (trial) =>
  taskGroup(function* (tg) {
    tg.startSoon(work, trial, 2);
    yield* waitAllTasksBlocked();
    yield* waitAllTasksBlocked(1);
    yield* assertCheckpoints(() => checkpoint());
    yield* assertNoCheckpoints(function* () {});
  });

export const KERNEL: readonly Case[] = [
  {
    name: 'sleeping and checkpoints',
    covers: [
      ...['sleep', 'sleepUntil', 'sleepForever', 'checkpoint', 'checkpointIfCancelled'],
      'cancelShieldedCheckpoint',
    ],
    program: sleeping,
  },
  { name: 'suspend', covers: ['suspend'], program: suspended },
  { name: 'coroutine', covers: ['coroutine', 'call'], program: (trial) => walk(trial, 5) },
  {
    name: 'scopes',
    covers: ['cancelScope', 'moveOnAfter', 'moveOnAt', 'failAfter', 'failAt', 'shield', 'CancelScope.run'],
    program: scopes,
  },
  {
    name: 'TaskGroup.start',
    covers: ['taskGroup', 'TaskGroup.start'],
    program: starting((tg, trial) => tg.start(server, trial)),
  },
  {
    name: 'TaskGroup.startTask',
    covers: ['TaskGroup.startTask'],
    program: starting(function* (tg, trial) {
      const handle = yield* tg.startTask(server, [trial]);
      handle.cancel();
      yield* handle.wait();
    }),
  },
  { name: 'task handles', covers: ['TaskHandle.wait', 'TaskHandle'], program: handles },
  {
    name: 'a graceful stop',
    covers: ['stopRequested', 'CancelScope.stopRequested'],
    program: graceful,
    byTask: true,
  },
  { name: 'Sequencer', covers: ['Sequencer.turn'], program: sequenced },
  {
    name: 'waitAllTasksBlocked',
    covers: ['waitAllTasksBlocked', 'assertCheckpoints', 'assertNoCheckpoints'],
    program: settled,
  },
];
