/** All of them: no function of the package is left out, to which spec/testing/everywhere.spec.ts sees. */
import { BYTE_STREAMS } from './byte-streams.js';
import { HELPERS } from './helpers.js';
import { HOST_STREAMS } from './host-streams.js';
import { INTEROP } from './interop.js';
import { KERNEL } from './kernel.js';
import { OBJECT_STREAMS } from './object-streams.js';
import type { Case } from './program.js';
import { SYNC } from './sync.js';

export const SUITES: Readonly<Record<string, readonly Case[]>> = {
  'the kernel': KERNEL,
  synchronisation: SYNC,
  'object streams': OBJECT_STREAMS,
  'byte streams': BYTE_STREAMS,
  'streams of the host': HOST_STREAMS,
  'concurrency helpers': HELPERS,
  'the rest of JavaScript': INTEROP,
};
