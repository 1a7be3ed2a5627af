/**
 * A program that is debugged, as the session sees it: one that it has launched (in a process of its own, steered by
 * messages) or one that it has attached to (by its inspector). All values are plain data.
 *
 * What cannot be done is refused with a RequestError, whose sentence the editor shows.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';

export type Move = 'continue' | 'next' | 'stepIn' | 'stepOut' | 'stepBack' | 'reverseContinue';

/** A breakpoint as the user has set it. The id is the session's. */
export interface WantedBreakpoint {
  readonly id: number;
  readonly condition?: string | undefined;
  /** '3': from the third time on; '== 3', '> 3', '% 3'. */
  readonly hitCondition?: string | undefined;
}

export interface WantedLine extends WantedBreakpoint {
  readonly line: number;
  /** Written in the place of a stop; {expressions} are evaluated. */
  readonly logMessage?: string | undefined;
}

export interface WantedFunction extends WantedBreakpoint {
  readonly name: string;
}

export interface Breakpoints {
  /** By file. */
  readonly lines: Readonly<Record<string, readonly WantedLine[]>>;
  readonly functions: readonly WantedFunction[];
  /** Of exceptions. */
  readonly filters: readonly string[];
}

export interface Debuggee {
  /** Sets all breakpoints, in the place of those before. Gives what has become of those of lines and functions. */
  setBreakpoints(breakpoints: Breakpoints): Promise<readonly DebugProtocol.Breakpoint[]>;
  /** Lets the program begin. @throws RequestError if it does not load. */
  start(): Promise<void>;
  threads(): Promise<readonly DebugProtocol.Thread[]>;
  stackTrace(args: DebugProtocol.StackTraceArguments): Promise<DebugProtocol.StackTraceResponse['body']>;
  scopes(frameId: number): Promise<readonly DebugProtocol.Scope[]>;
  variables(args: DebugProtocol.VariablesArguments): Promise<readonly DebugProtocol.Variable[]>;
  evaluate(args: DebugProtocol.EvaluateArguments): Promise<DebugProtocol.EvaluateResponse['body']>;
  exceptionInfo(threadId: number): Promise<DebugProtocol.ExceptionInfoResponse['body']>;
  move(move: Move, threadId: number): Promise<void>;
  pause(threadId: number): Promise<void>;
  /** Lets clean-up run, and ends the program; one that was attached to is left to itself. */
  end(): Promise<void>;
}

/** What a debuggee tells by itself. */
export type DebuggeeEvent =
  | {
      readonly event: 'stopped';
      readonly body: Omit<DebugProtocol.StoppedEvent['body'], 'allThreadsStopped'>;
    }
  | {
      readonly event: 'output';
      readonly category: 'console' | 'important' | 'stdout' | 'stderr';
      readonly output: string;
    }
  /** A run has begun that can go back. */
  | { readonly event: 'canGoBack' }
  /** The process is gone; `code` is not known of one that was attached to. */
  | { readonly event: 'ended'; readonly code?: number };

export type Tell = (event: DebuggeeEvent) => void;
