/** The runs of this process that go on: the list by which debuggers find them. */
export function liveRuns(): ReadonlySet<unknown> {
  return (
    (globalThis as { [key: symbol]: ReadonlySet<unknown> | undefined })[Symbol.for('treadle.runs')] ??
    new Set()
  );
}
