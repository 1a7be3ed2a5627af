import { Complaint } from './complaint.js';
import type { Workload } from './contract.js';

/** Settings come from the environment, so that `make bench ONLY=spawn` is all there is to type. */
export interface Options {
  /** Names, rows (`3a`) or row numbers (`3`) of workloads; empty means all. */
  readonly only: readonly string[];
  /** `treadle` (all its forms) or `treadle:yield`; empty means all. */
  readonly systems: readonly string[];
  readonly quick: boolean;
  readonly rounds: number;
  /** Of a process: the most, and the fewest where they take long. */
  readonly samples: number;
  readonly fewest: number;
  /**
   * `cpu` measures CPU time where the workload says wall time. CPU time hardly minds what else the machine does, but
   * it counts the collector's helper threads too: good for comparing two states of one system on a busy machine.
   */
  readonly clock: 'wall' | 'cpu';
  /** Workloads that have growth curves are measured at those sizes too. */
  readonly growth: boolean;
  /** The binary the measuring processes run on. */
  readonly node: string;
  /** Flags for these processes: `--cpu-prof --cpu-prof-dir=…`, `--trace-deopt`. */
  readonly nodeFlags: readonly string[];
}

const CLOCKS = ['wall', 'cpu'] as const;
const DEFAULT_ROUNDS = 3;
/** Of a pair, over all rounds. */
const SAMPLES = 24;
/** The same where a sample takes long. */
const FEWEST = 10;
/** The median of fewer ratios would be a matter of luck. */
const SAMPLES_OF_ROUND = 8;
const FEWEST_OF_ROUND = 4;

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

export function readOptions(env: NodeJS.ProcessEnv): Options {
  const isSet = (name: string) => list(env[name]).some((word) => word !== '0');
  const quick = isSet('QUICK');
  const rounds = Number(env['ROUNDS'] || DEFAULT_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Complaint(`ROUNDS must be 1 or more, not '${env['ROUNDS']}'`);
  const clock = CLOCKS.find((name) => name === (env['CLOCK'] || 'wall'));
  if (clock === undefined) throw new Complaint(`CLOCK must be ${CLOCKS.join(' or ')}, not '${env['CLOCK']}'`);
  return {
    only: list(env['ONLY']),
    systems: list(env['SYSTEMS']),
    quick,
    rounds: quick ? 1 : rounds,
    samples: quick ? 0 : Math.max(Math.ceil(SAMPLES / rounds), SAMPLES_OF_ROUND),
    fewest: quick ? 0 : Math.max(Math.ceil(FEWEST / rounds), FEWEST_OF_ROUND),
    clock,
    growth: !quick && env['GROWTH'] !== '0',
    node: env['NODE'] || process.execPath,
    nodeFlags: (env['NODE_FLAGS'] ?? '').split(' ').filter((word) => word !== ''),
  };
}

/**
 * A name that chooses nothing is a slip of the pen, also where other names choose something.
 *
 * @throws Complaint that tells the names there are.
 */
export function refuseUnknown(
  setting: 'ONLY' | 'SYSTEMS',
  words: readonly string[],
  isKnown: (word: string) => boolean,
  names: Iterable<string>,
): void {
  const unknown = words.find((word) => !isKnown(word));
  if (unknown === undefined) return;
  throw new Complaint(`${setting}=${unknown} is unknown: there are ${[...new Set(names)].join(', ')}`);
}

/** `ONLY=spawn` takes both rows that run the code of `spawn`. */
export function selects(only: readonly string[], workload: Workload): boolean {
  if (only.length === 0) return true;
  const number = workload.row.replace(/\D+$/, '');
  return only.some((word) => [workload.name, workload.code, workload.row, number].includes(word));
}

export function selectsSystem(systems: readonly string[], system: string): boolean {
  return systems.length === 0 || systems.includes(system) || systems.includes(systemName(system));
}

/** `treadle:yield*` is a form of `treadle`. */
export function systemName(system: string): string {
  return system.split(':')[0] ?? system;
}
