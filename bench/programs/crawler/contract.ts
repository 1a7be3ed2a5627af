import type { Crawl, Network } from './network.js';

export interface Settings {
  readonly network: Network;
  /** Requests under way at a time. */
  readonly limit: number;
  /** Attempts a page. */
  readonly attempts: number;
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** Milliseconds before the next attempt. */
  readonly pause: number;
  /** Called for every page: how far the crawl has come. */
  readonly progress: (pages: number) => void;
}

/** Crawls from page 0 on; when the signal aborts, gives up, and rejects with its reason when everything has ended. */
export type Crawler = (settings: Settings, signal: AbortSignal, clock: 'virtual' | 'real') => Promise<Crawl>;
