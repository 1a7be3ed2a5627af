/**
 * Milliseconds of work after which the host gets a turn (rule L4): half a frame of a screen at 60 Hz.
 *
 * Short slices are dear beyond the turns themselves. V8 collects its young generation in a task of the host as soon as
 * that is four fifths full, and so a turn in the middle of a burst collects while everything that the burst has made is
 * alive, and has to copy it. With slices of 2 ms a group of 20,000 children took up to twice as long.
 */
export const SLICE = 8;
