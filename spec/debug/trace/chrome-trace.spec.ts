/** Traces for Perfetto: what is drawn, and that every picture is one that the viewer can show. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Coroutine,
  checkpoint,
  Event,
  moveOnAfter,
  run,
  runSync,
  sleep,
  sleepForever,
  suspend,
  taskGroup,
  until,
} from 'treadle';
import { type ChromeTraceOptions, chromeTrace } from 'treadle/debug';
import type {
  CompleteEvent,
  FlowEvent,
  MetadataEvent,
  TraceEvent,
} from '../../../lib/debug/trace/trace-event.js';
import { observeRuns } from '../../../lib/kernel/run-observer.js';
import { HUNTING_TIME, hunt, programs } from '../../support/programs.js';
import { runProgramSync } from '../../support/run-program.js';

const parse = (text: string): TraceEvent[] => JSON.parse(text) as TraceEvent[];
const slicesOf = (events: readonly TraceEvent[]): CompleteEvent[] => events.filter((one) => one.ph === 'X');
const trackOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;

/** What the viewer would not show, or not show truly. */
function offences(events: readonly TraceEvent[]): string[] {
  const found: string[] = [];
  const slices = new Map<string, CompleteEvent[]>();
  for (const slice of slicesOf(events)) {
    slices.set(trackOf(slice), [...(slices.get(trackOf(slice)) ?? []), slice]);
    if (!(slice.dur > 0)) found.push(`a slice without length: ${JSON.stringify(slice)}`);
  }
  const named = events.filter((one): one is MetadataEvent => one.ph === 'M');
  for (const [track, ofTrack] of slices) {
    const names = named.filter((one) => one.name === 'thread_name' && trackOf(one) === track);
    if (names.length !== 1) found.push(`track ${track} has ${names.length} names`);
    const pid = Number(track.split('/')[0]);
    const titles = named.filter((one) => one.name === 'process_name' && one.pid === pid);
    if (titles.length !== 1) found.push(`run ${pid} has ${titles.length} names`);
    const inOrder = [...ofTrack].sort((one, other) => one.ts - other.ts);
    for (const [at, slice] of inOrder.entries()) {
      const next = inOrder[at + 1];
      if (next !== undefined && slice.ts + slice.dur > next.ts + 1e-6)
        found.push(`slices overlap on ${track}`);
    }
  }
  const flows = new Map<number, FlowEvent[]>();
  for (const flow of events) {
    if (flow.ph === 's' || flow.ph === 'f') flows.set(flow.id, [...(flows.get(flow.id) ?? []), flow]);
  }
  for (const [id, ends] of flows) {
    const [tail, head] = ends;
    if (tail?.ph !== 's' || head?.ph !== 'f' || ends.length !== 2) {
      found.push(`arrow ${id} is no pair`);
      continue;
    }
    if (tail.ts > head.ts) found.push(`arrow ${id} goes back in time`);
    for (const end of [tail, head]) {
      const steps = (slices.get(trackOf(end)) ?? []).filter(
        ({ cat, ts, dur }) => cat === 'step' && ts <= end.ts && end.ts < ts + dur,
      );
      if (steps.length !== 1) found.push(`an end of arrow ${id} lies in ${steps.length} steps`);
    }
  }
  return found;
}

function* pipeline(): Coroutine<void> {
  const ready = new Event();
  yield* taskGroup(function* (tg) {
    tg.startSoon(function* waiter() {
      yield* ready.wait();
      yield* moveOnAfter(5, () => sleep(100));
    });
    const victim = tg.startSoon(function* victim() {
      yield* sleepForever();
    });
    tg.startSoon(function* setter() {
      yield* sleep(20);
      ready.set();
      yield* checkpoint();
      victim.cancel();
    });
  });
}

function traceOf(main: () => Coroutine<unknown>, options?: ChromeTraceOptions): TraceEvent[] {
  const trace = chromeTrace(options);
  runSync(main, { instruments: [trace], name: 'pipeline' });
  return parse(trace.finish());
}

/** The arrows by the names of the tasks at their ends, in the order of their tails. */
function arrowsOf(events: readonly TraceEvent[]): string[] {
  const names = new Map(
    slicesOf(events).map((slice) => [slice.cat === 'step' ? trackOf(slice) : '', slice.name]),
  );
  const tails = events
    .filter((one): one is FlowEvent => one.ph === 's')
    .sort((one, other) => one.ts - other.ts);
  return tails.map((tail) => {
    const head = events.find((one): one is FlowEvent => one.ph === 'f' && one.id === tail.id)!;
    return `${names.get(trackOf(tail))} -${tail.cat}-> ${names.get(trackOf(head))}`;
  });
}

describe('chromeTrace', function () {
  this.timeout(HUNTING_TIME);

  it('draws who spawned, woke and cancelled whom', () => {
    expect(arrowsOf(traceOf(pipeline))).to.deep.equal([
      'pipeline -spawn-> waiter',
      'pipeline -spawn-> victim',
      'pipeline -spawn-> setter',
      'setter -wake-> waiter',
      'setter -cancel-> victim',
      'waiter -wake-> pipeline',
    ]);
  });

  it('draws each step, with what it yielded or how the task ended, and each wait', () => {
    const events = traceOf(pipeline);
    const story = slicesOf(events)
      .filter(({ tid }) => tid === 4 || tid === 3)
      .sort((one, other) => one.tid - other.tid || one.ts - other.ts)
      .map(({ name, cat, args }) => [cat, name, args]);
    expect(story).to.deep.equal([
      ['step', 'victim', { effect: 'sleepForever()' }],
      ['wait', 'sleepForever()', {}],
      ['step', 'victim', { end: 'cancelled' }],
      ['step', 'setter', { effect: 'sleep(20)' }],
      ['wait', 'sleep(20)', {}],
      ['step', 'setter', { 'woken by': 'no task', effect: 'checkpoint' }],
      ['wait', 'checkpoint', {}],
      ['step', 'setter', { end: 'returned' }],
    ]);
  });

  it('shows the time of the virtual clock, a microsecond an event, and is the same every time', () => {
    const events = traceOf(pipeline);
    const wait = slicesOf(events).find(({ name }) => name === 'sleep(20)')!;
    expect(wait.ts + wait.dur).to.be.within(20_000, 20_010);
    expect(wait.ts).to.be.below(50);
    expect(traceOf(pipeline)).to.deep.equal(events);
  });

  it('names the run and the tasks, in the order of their ids', () => {
    const events = traceOf(pipeline);
    const said = events
      .filter((one) => one.ph === 'M')
      .map(({ name, args, tid }) => [name, tid, Object.values(args)[0]]);
    expect(said.slice(0, 3)).to.deep.equal([
      ['process_name', 0, 'run "pipeline" (virtual clock)'],
      ['thread_name', 1, 'pipeline (#1)'],
      ['thread_sort_index', 1, 1],
    ]);
    expect(said).to.deep.include(['thread_name', 4, 'setter (#4)']);
  });

  it('says what a task waits for that waits for the end of its group', () => {
    const waits = slicesOf(traceOf(pipeline)).filter(({ tid, cat }) => tid === 1 && cat === 'wait');
    expect(waits).to.have.length(1);
    expect(waits[0]?.name).to.match(/group/);
  });

  it('says that no task has woken or cancelled one: a deadline did', () => {
    const events = traceOf(function* () {
      yield* moveOnAfter(5, () => sleepForever());
    });
    expect(slicesOf(events).at(-1)?.args).to.deep.equal({
      'cancelled by': 'no task',
      'woken by': 'no task',
      end: 'returned',
    });
  });

  it('leaves the waits out when it is told to', () => {
    const events = traceOf(pipeline, { waits: false });
    expect(slicesOf(events).map(({ cat }) => cat)).to.not.include('wait');
    expect(offences(events)).to.deep.equal([]);
  });

  it('works on a real clock, with steps as long as they took', async () => {
    const trace = chromeTrace();
    await run(
      function* main() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* busy() {
            const end = performance.now() + 3;
            while (performance.now() < end);
            yield* until(Promise.resolve());
          });
        });
      },
      { instruments: [trace] },
    );
    const events = parse(trace.finish());
    expect(offences(events)).to.deep.equal([]);
    const busy = slicesOf(events).find(({ name }) => name === 'busy');
    expect(busy?.dur).to.be.above(3000);
  });

  it('serves several runs, one inside another: each has its tracks', () => {
    const trace = chromeTrace();
    runSync(
      function* outer() {
        yield* checkpoint();
        runSync(() => pipeline(), { instruments: [trace], name: 'inner' });
        yield* checkpoint();
      },
      { instruments: [trace], name: 'outer' },
    );
    const events = parse(trace.finish());
    expect(offences(events)).to.deep.equal([]);
    expect(new Set(slicesOf(events).map(({ pid }) => pid))).to.deep.equal(new Set([1, 2]));
  });

  it('ends what is going on when it is finished in the middle, and draws no more', () => {
    const trace = chromeTrace();
    let text = '';
    runSync(
      function* main() {
        yield* taskGroup(function* (tg) {
          tg.startSoon(function* sleeper() {
            yield* sleep(50);
          });
          yield* sleep(10);
          text = trace.finish();
          yield* sleep(10);
        });
      },
      { instruments: [trace] },
    );
    const events = parse(text);
    expect(offences(events)).to.deep.equal([]);
    const last = slicesOf(events).sort((one, other) => one.ts - other.ts);
    expect(last.at(-1)?.name).to.equal('main');
    expect(last.map(({ name }) => name)).to.include('sleep(50)');
    expect(trace.finish()).to.equal(text);
  });

  it('writes piece by piece, and what has been written by any time can be read', () => {
    const pieces: string[] = [];
    const trace = chromeTrace({ write: (text) => void pieces.push(text) });
    runSync(pipeline, { instruments: [trace] });
    const cut = pieces.slice(0, 7).join('');
    expect(parse(`${cut}]`)).to.have.length(7);
    expect(trace.finish()).to.equal('');
    expect(offences(parse(pieces.join('')))).to.deep.equal([]);
  });

  it('is an empty array when nothing ran', () => {
    expect(parse(chromeTrace().finish())).to.deep.equal([]);
  });

  it('is not harmed by a description that throws, nor by one without an end', () => {
    const long = 'long '.repeat(1000);
    const events = traceOf(function* () {
      for (const description of [
        () => {
          throw new Error('no words');
        },
        long,
      ]) {
        yield* moveOnAfter(1, () => suspend(() => {}, { foreign: false, description }));
      }
    });
    const names = slicesOf(events).map(({ name }) => name);
    expect(names).to.include('something whose description cannot be had');
    expect(Math.max(...names.map(({ length }) => length))).to.be.below(250);
  });

  it('draws random programs soundly, whatever they do', () => {
    fc.assert(
      fc.property(programs({ aborts: true }), (program) => {
        const trace = chromeTrace();
        using _ = observeRuns({ instruments: () => [trace] });
        runProgramSync(program, 'looked-after');
        expect(offences(parse(trace.finish()))).to.deep.equal([]);
      }),
      hunt(60),
    );
  });

  it('refuses options that are none', () => {
    expect(() => chromeTrace({ clock: 'sun' as 'run' })).to.throw(TypeError, /clock is 'run' or 'host'/);
    expect(() => chromeTrace({ write: 'file.json' as never })).to.throw(TypeError, /write is a function/);
    expect(() => chromeTrace(5 as never)).to.throw(TypeError, /options of chromeTrace/);
  });
});
