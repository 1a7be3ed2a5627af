/**
 * An HTTP service: a task and a timeout per request, a limit on the connections to the database. Three questions:
 *
 * 1. How many requests a second, what CPU time each, and how late are answers at half of that rate?
 * 2. What is left of requests whose clients hang up while they wait: connections to the database, permits, waiters?
 * 3. Do requests that take too long end in time?
 */

import { systemName } from '../../harness/options.js';
import { filesOf, type Program, type Size, type Tools } from '../contract.js';
import { Child } from '../support/child.js';
import { expectEqual, type Figures, figure } from '../support/figures.js';
import type { HostCommands } from './host.js';
import type { Load, LoadCommands } from './load.js';

interface Plan {
  /** Connections to the database. */
  readonly connections: number;
  readonly clients: number;
  readonly load: { readonly requests: number } | { readonly seconds: number };
  /** The fixed rate, in requests a second, and for how long. */
  readonly pace: { readonly rate: number; readonly seconds: number };
  /** Clients that hang up. */
  readonly hangUps: number;
}

const PLANS: Readonly<Record<Size, Plan>> = {
  quick: {
    connections: 4,
    clients: 8,
    load: { requests: 200 },
    pace: { rate: 500, seconds: 0.2 },
    hangUps: 20,
  },
  full: {
    connections: 100,
    clients: 150,
    load: { seconds: 8 },
    pace: { rate: 3000, seconds: 8 },
    hangUps: 1000,
  },
};

/** No request takes so long, unless the machine stands still. */
const AMPLE_MS = 30_000;
const TIMEOUT_MS = 100;
/** What has not been given back by then is not given back. */
const PATIENCE_MS = 1000;

/** Every id from 0 on is in its answer twice: once for the user, once for the orders. */
function checkAnswers({ requests, statuses, idSum }: Load): void {
  expectEqual('statuses', statuses, { 200: requests });
  expectEqual('sum of ids', idSum, requests * (requests - 1));
}

function start(system: string, tools: Tools): Child<HostCommands> {
  return new Child(tools.script('programs/http/host'), {
    node: tools.node,
    flags: ['--expose-gc'],
    args: [tools.script(`programs/http/${systemName(system)}`)],
  });
}

function clients(tools: Tools): Child<LoadCommands> {
  return new Child(tools.script('programs/http/load'), { node: tools.node });
}

async function underLoad(system: string, plan: Plan, tools: Tools): Promise<Figures> {
  await using server = start(system, tools);
  await using load = clients(tools);
  const port = await server.ask('start', plan.connections, AMPLE_MS);
  await load.ask('connect', port, plan.clients);
  checkAnswers(await load.ask('saturate', { requests: plan.clients * 20 })); // warm-up
  const before = await server.ask('cpu');
  const busy = await load.ask('saturate', plan.load);
  const cpu = (await server.ask('cpu')) - before;
  checkAnswers(busy);
  const paced = await load.ask('pace', plan.pace.rate, plan.pace.seconds);
  checkAnswers(paced);
  const memory = await server.ask('memory');
  if ((await server.ask('mostQueries')) > plan.connections) throw new Error('the limit was not kept');
  await load.ask('hangUp');
  await server.ask('stop');
  const { p50, p99, p999 } = paced.latency;
  return [
    figure('requests per second', busy.requests / busy.seconds, '/s'),
    figure('server CPU per request', (cpu / busy.requests) * 1000, 'µs'),
    figure('p50 when saturated', busy.latency.p50, 'ms'),
    figure('p99 when saturated', busy.latency.p99, 'ms'),
    figure('p99.9 when saturated', busy.latency.p999, 'ms'),
    figure(`p50 at ${plan.pace.rate}/s`, p50, 'ms'),
    figure(`p99 at ${plan.pace.rate}/s`, p99, 'ms'),
    figure(`p99.9 at ${plan.pace.rate}/s`, p999, 'ms'),
    figure('peak memory', memory.peak / 1e6, 'MB'),
  ];
}

async function hangingUp(system: string, plan: Plan, tools: Tools): Promise<Figures> {
  await using server = start(system, tools);
  await using load = clients(tools);
  const port = await server.ask('start', plan.connections, AMPLE_MS);
  const idle = await server.ask('held');
  await load.ask('connect', port, plan.hangUps);
  await load.ask('hang');
  await server.ask('busyWith', plan.hangUps);
  const busy = await server.ask('held');
  expectEqual('connections to the database', busy.queries, plan.connections);
  await load.ask('hangUp');
  const ms = await server.ask('untilFree', PATIENCE_MS);
  const left = await server.ask('held');
  const figures = [
    figure(`${plan.hangUps} clients hang up: database connections left`, left.queries),
    figure('… permits left', left.permits),
    figure('… waiting requests left', left.waiting),
    figure('… timers left', left.timers - idle.timers),
  ];
  if (!system.startsWith('careless')) {
    expectEqual('left after clients hung up', left, idle);
  }
  return [...figures, figure('… all free after', ms >= PATIENCE_MS ? Infinity : ms, 'ms')];
}

async function tooSlow(system: string, plan: Plan, tools: Tools): Promise<Figures> {
  await using server = start(system, tools);
  await using load = clients(tools);
  const port = await server.ask('start', plan.connections, TIMEOUT_MS);
  await load.ask('connect', port, plan.hangUps);
  const { statuses, latency } = await load.ask('hangUntilAnswered');
  expectEqual('statuses', statuses, { 503: plan.hangUps });
  const { queries } = await server.ask('held');
  return [
    figure(`${plan.hangUps} requests time out after ${TIMEOUT_MS} ms: p99`, latency.p99, 'ms'),
    figure('… database connections left', queries),
  ];
}

const program: Program = {
  name: 'http',
  title: 'An HTTP service',
  systems: ['treadle', 'native', 'careless'],
  files: filesOf(new URL('.', import.meta.url), { native: ['limiter'], careless: ['limiter'] }),
  async measure(system, size, tools) {
    const plan = PLANS[size];
    return [
      ...(await underLoad(system, plan, tools)),
      ...(await hangingUp(system, plan, tools)),
      ...(await tooSlow(system, plan, tools)),
    ];
  },
  notes: [
    '`careless` is async/await as it is mostly written: a race against a timer, and no AbortController.',
    'Latency at a fixed rate counts from the moment a request was due, so that a service that stalls cannot hide it.',
  ],
};
export default program;
