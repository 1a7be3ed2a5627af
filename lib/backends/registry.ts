/** Which backends there are here, and which one is meant. */
import { describe } from '../base/durations.js';
import type { Backend } from '../kernel/backend.js';
import { nodeBackend } from './node.js';
import { VirtualBackend } from './virtual.js';
import { webBackend } from './web.js';

export type BackendName = 'node' | 'web' | 'virtual';

function isNode(): boolean {
  return typeof process === 'object' && typeof process.getBuiltinModule === 'function';
}

/** The backends that work on this host; the first is the default. */
export function getAvailableBackends(): BackendName[] {
  const available: BackendName[] = isNode() ? ['node'] : [];
  if (typeof MessageChannel === 'function') available.push('web');
  return [...available, 'virtual'];
}

/** The backend that the `backend` option of a run means. @throws RangeError or TypeError if it means none. */
export function resolveBackend(choice: BackendName | Backend | undefined): Backend {
  const available = getAvailableBackends();
  const chosen = choice ?? (available[0] as BackendName);
  if (typeof chosen === 'object' && chosen !== null) {
    if (typeof chosen.now === 'function' && typeof chosen.connect === 'function') return chosen;
    throw new TypeError(
      'a Backend needs the methods now() and connect(turn); the object given as backend has not both',
    );
  }
  if (typeof chosen !== 'string') {
    throw new TypeError(
      `the option backend is a name (${available.join(', ')}) or a Backend, not ${describe(chosen)}`,
    );
  }
  if (!available.includes(chosen)) {
    throw new RangeError(`there is no backend "${chosen}" here; available: ${available.join(', ')}`);
  }
  if (chosen === 'virtual') return new VirtualBackend();
  return chosen === 'web' ? webBackend : nodeBackend;
}
