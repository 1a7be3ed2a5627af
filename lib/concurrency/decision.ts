/**
 * Which of several operations has won. Two may complete in the same turn of the loop: cancelling the loser then comes too
 * late, and what it was given has no taker. A permit or guard among it is given back, as far as it is Disposable.
 */

export class Decision {
  private winner: { readonly given: unknown } | null = null;

  get isMade(): boolean {
    return this.winner !== null;
  }

  /** What the winner gave. */
  get value(): unknown {
    return this.winner?.given;
  }

  /** An operation has given a value. True: it is the first, and has won. */
  take(given: unknown): boolean {
    if (this.winner === null) {
      this.winner = { given };
      return true;
    }
    if (given !== this.winner.given) letGo(given);
    return false;
  }

  /** The whole has failed, or was cancelled: nobody takes what the winner gave, if there was one. */
  revoke(): void {
    try {
      letGo(this.winner?.given);
    } catch {
      // The error that is on its way tells more. A lock's guard throws here, for its task is over: the lock is broken.
    }
  }
}

function letGo(value: unknown): void {
  if (typeof value !== 'object' || value === null || !(Symbol.dispose in value)) return;
  (value as Disposable)[Symbol.dispose]();
}
