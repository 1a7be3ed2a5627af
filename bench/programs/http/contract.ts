import type { Database } from './database.js';

/** What the service is to do. */
export interface Settings {
  readonly database: Database;
  /** Connections to the database that it may use at a time. */
  readonly connections: number;
  /** Milliseconds after which a request is answered with 503. */
  readonly timeout: number;
  /** Called once it listens. */
  readonly listening: (port: number, gauges: () => Gauges) => void;
}

/** What the service holds at the moment, as far as only it can know. */
export interface Gauges {
  /** Permits of the limiter that are out. */
  readonly permits: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

/** Serves until the signal aborts; then gives up the requests that are under way, and waits until they have ended. */
export type Service = (settings: Settings, signal: AbortSignal) => Promise<void>;
