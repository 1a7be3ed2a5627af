/**
 * How a receiver wants to be told of an item, and of the end of the stream. Numbers, so that a parked receiver carries no
 * object for it; in a file without imports, as in `kernel/stages.ts`.
 */
export const AS_ITEM = 0;
/** An iterator result. */
export const AS_RESULT = 1;
/** The item, or END. */
export const AS_ITEM_OR_END = 2;
export type Form = typeof AS_ITEM | typeof AS_RESULT | typeof AS_ITEM_OR_END;
