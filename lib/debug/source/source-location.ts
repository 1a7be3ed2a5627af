/** A place in a source file, as the author wrote it: source maps have been applied. */
export interface SourceLocation {
  /** An absolute path, or the URL of what has none. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; of the yield, call or declaration that is meant. */
  readonly column: number;
}
