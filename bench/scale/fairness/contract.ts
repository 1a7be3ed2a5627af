/** `pairs` pairs of tasks send a token to and fro for ever; a round trip calls `turn`. */
export type PingPong = (pairs: number, turn: () => void) => void;
