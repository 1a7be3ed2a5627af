/** What is known of a task besides its frames, as lines of a tree of variables. */

import type { ScopeSnapshot, TaskSnapshot } from '../../debug/inspect/task-snapshot.js';
import { showLocation } from '../../debug/source/show-location.js';

export interface Fact {
  readonly name: string;
  readonly text: string;
  readonly below?: readonly Fact[];
}

export function factsOf(task: TaskSnapshot): Fact[] {
  const facts: (Fact | undefined)[] = [
    { name: 'state', text: task.isCancelled ? `${task.state}, cancelled` : task.state },
    fact('waits for', task.waitsFor),
    fact('which could be ended by', task.waitsForTasks.map((id) => `#${id}`).join(', ')),
    fact('group', task.group),
    fact('parent', task.parentId === undefined ? undefined : `#${task.parentId}`),
    fact('function', task.spawned && showLocation(task.spawned)),
    ...task.scopes.map(scopeFact),
    ...task.missing.map((what) => ({ name: 'not known', text: what })),
  ];
  return facts.filter((one) => one !== undefined);
}

function fact(name: string, text: string | undefined): Fact | undefined {
  return text === undefined || text === '' ? undefined : { name, text };
}

function scopeFact(scope: ScopeSnapshot, depth: number): Fact {
  const { kind, name, remaining, shield, cancelCalled, why } = scope;
  const limit = remaining === Infinity ? 'no deadline' : `${Math.round(remaining)} ms left`;
  const notes = [limit, shield ? 'shielded' : '', cancelCalled ? 'cancelled' : ''].filter(
    (note) => note !== '',
  );
  const facts = [fact('cancelled because', why)].filter((one) => one !== undefined);
  return {
    name: `scope ${depth + 1}`,
    text: `${kind}${name === undefined ? '' : ` "${name}"`}: ${notes.join(', ')}`,
    below: facts,
  };
}
