import type { Workload } from '../harness/contract.js';
import bundleSize from './bundle-size.js';
import cancel from './cancel.js';
import deep10 from './deep10.js';
import deep100 from './deep100.js';
import deepcall from './deepcall.js';
import deepcall1m from './deepcall-1m.js';
import deepcall100k from './deepcall-100k.js';
import events from './events.js';
import http from './http.js';
import httpThroughput from './http-throughput.js';
import importTime from './import-time.js';
import memory from './memory.js';
import pingPong from './ping-pong.js';
import pipeline from './pipeline.js';
import ring from './ring.js';
import skynet from './skynet.js';
import spawn from './spawn.js';
import spawn200k from './spawn-200k.js';
import spawnJoin from './spawn-join.js';
import switch1 from './switch.js';
import switch100 from './switch100.js';
import timeout from './timeout.js';
import timers from './timers.js';

/** In the order of the table of targets. */
export const workloads: readonly Workload[] = [
  switch1,
  switch100,
  spawn,
  spawn200k,
  spawnJoin,
  skynet,
  pingPong,
  pipeline,
  ring,
  deep10,
  deep100,
  deepcall,
  deepcall100k,
  deepcall1m,
  timers,
  timeout,
  cancel,
  memory,
  events,
  http,
  httpThroughput,
  importTime,
  bundleSize,
];
