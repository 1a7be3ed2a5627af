/**
 * A chat over TCP, a line a message. A client's first line is its name and its room (`ann tea`); each line after that
 * goes to everybody in the room, itself included, as `ann: …`.
 */
export interface Settings {
  /** Milliseconds in which a client has to give its name. */
  readonly patience: number;
  /** Messages that may wait for a client; one that reads too slowly for that is thrown out. */
  readonly backlog: number;
  /** Called once it listens. */
  readonly listening: (port: number, gauges: () => Gauges) => void;
}

export interface Gauges {
  readonly members: number;
  readonly rooms: number;
}

export const LONGEST_LINE = 100_000;

/** Serves until the signal aborts; then hangs up on everybody, and rejects with the reason when all has ended. */
export type Chat = (settings: Settings, signal: AbortSignal) => Promise<void>;
