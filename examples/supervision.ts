/**
 * A small service: three feeds are followed under supervision while a fourth task saves what they bring. A feed
 * whose line breaks is followed anew after a pause, and the others notice nothing. Then the operator asks for a
 * stop: whoever listens finishes what it has in hand, and what has not ended 300 ms later is cancelled.
 */
import {
  type Coroutine,
  currentTime,
  deferring,
  isStopRequested,
  run,
  type Supervisor,
  shield,
  sleep,
  stopRequested,
  supervise,
  taskGroup,
} from 'treadle';

const inbox: string[] = [];
let begin = 0;

function log(text: string): void {
  console.log(`${String(currentTime() - begin).padStart(5)} ms  ${text}`);
}

/** Brings an item every `ms`; its line breaks after so many. */
function* follow(feed: string, ms: number, breaksAfter: number): Coroutine<void> {
  yield* deferring(function* (defer) {
    log(`${feed}: connected`);
    defer(() => log(`${feed}: disconnected`)); // however it ends
    for (let n = 1; !isStopRequested(); n++) {
      yield* sleep(ms);
      if (n > breaksAfter) throw new Error(`the line to ${feed} broke`);
      inbox.push(`${feed} ${n}`);
    }
  });
}

/** Brings nothing, and does not listen when it is asked to stop. */
function* followSilent(feed: string): Coroutine<void> {
  log(`${feed}: connected`);
  try {
    yield* sleep(60_000);
  } finally {
    log(`${feed}: cut off`);
  }
}

/** Saves what is left when it is asked to stop: a save under way must not be cut in two. */
function* saveAll(): Coroutine<void> {
  yield* stopRequested();
  const items = inbox.splice(0);
  yield* shield(() => sleep(100));
  log(`saved ${items.length} items`);
}

function* service(supervisor: Supervisor): Coroutine<void> {
  supervisor.startSoon(saveAll);
  supervisor.startSoon(follow, 'news', 150, 4);
  supervisor.startSoon(follow, 'weather', 200, Infinity);
  supervisor.startSoon(followSilent, 'lottery');
  yield* stopRequested();
  log('stopping');
}

function* main(): Coroutine<void> {
  begin = currentTime();
  yield* taskGroup(function* (tg) {
    tg.startSoon(() =>
      supervise(service, {
        onError: 'restart',
        maxRestarts: 3,
        within: 60_000,
        delay: 100,
        onFailure: ({ error, restartIn }) => {
          log(`${error}: ${restartIn === undefined ? 'given up' : `again in ${restartIn} ms`}`);
        },
      }),
    );
    yield* sleep(1000);
    tg.cancelScope.requestStop({ graceMs: 300 }); // what main(body, { graceMs: 300 }) does on SIGTERM
  });
  log('all has ended');
}

await run(main, { backend: 'virtual' });
