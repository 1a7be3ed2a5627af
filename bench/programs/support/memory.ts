/** Memory of the process that asks. */

export interface MemoryReading {
  /** Bytes of live heap. Exact only with --expose-gc: otherwise garbage counts too. */
  readonly heap: number;
  /** The most the process ever had resident, in bytes. */
  readonly peak: number;
}

export function readMemory(): MemoryReading {
  collectGarbage();
  // maxRSS is in kilobytes on every platform.
  return { heap: process.memoryUsage().heapUsed, peak: process.resourceUsage().maxRSS * 1024 };
}

export function collectGarbage(): void {
  // Twice: what the first collection finalises, the second one frees.
  globalThis.gc?.();
  globalThis.gc?.();
}

/** Milliseconds of CPU time so far, of all threads. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
