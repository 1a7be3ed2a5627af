/**
 * The Trace Event Format of Chrome, as far as the traces of runs need it; ui.perfetto.dev and chrome://tracing read
 * it. A trace is a JSON array of events, in any order; times are in microseconds. The closing bracket may be
 * missing, so a trace can be written event by event, and what a killed process leaves behind can be read as well.
 */

interface Place {
  /** A process to the viewer, a run to us. */
  readonly pid: number;
  /** A track to the viewer, a task to us. */
  readonly tid: number;
  readonly ts: number;
}

export type TraceArguments = Readonly<Record<string, string | number | boolean>>;

/** A slice with its beginning and its end. */
export interface CompleteEvent extends Place {
  readonly ph: 'X';
  readonly name: string;
  readonly cat: string;
  readonly dur: number;
  readonly args: TraceArguments;
}

/** The tail (`s`) or the head (`f`) of an arrow. Each is tied to the slice that encloses it on its track. */
export interface FlowEvent extends Place {
  readonly ph: 's' | 'f';
  readonly name: string;
  readonly cat: string;
  readonly id: number;
  /** Of the head: tied to the slice that encloses it, and not to the next one. */
  readonly bp?: 'e';
}

/** What a process or a track is called, and where it stands among the others. */
export interface MetadataEvent {
  readonly ph: 'M';
  readonly pid: number;
  readonly tid: number;
  readonly name: 'process_name' | 'thread_name' | 'thread_sort_index';
  readonly args: TraceArguments;
}

export type TraceEvent = CompleteEvent | FlowEvent | MetadataEvent;

/** Puts events into the text of a trace, piece by piece. */
export class TraceText {
  private readonly write: (text: string) => void;
  private separator = '[\n';

  constructor(write: (text: string) => void) {
    this.write = write;
  }

  add(event: TraceEvent): void {
    this.write(this.separator + JSON.stringify(event));
    this.separator = ',\n';
  }

  /** Nothing comes any more. */
  close(): void {
    this.write(this.separator === '[\n' ? '[]\n' : '\n]\n');
  }
}
