/** Reads a stream of bytes line by line: a pipe, a socket, a file. See README, "Streams". */
import { Readable } from 'node:stream';
import { BufferedByteReceiveStream, type Coroutine, fromNodeReadable, IncompleteRead, run } from 'treadle';

const decoder = new TextDecoder();

/** The next line; undefined at the end. A line of more than 65,536 bytes is a DelimiterNotFound. */
function* nextLine(bytes: BufferedByteReceiveStream): Coroutine<string | undefined> {
  try {
    return decoder.decode(yield* bytes.receiveUntil('\n', 65_536));
  } catch (error) {
    if (!(error instanceof IncompleteRead)) throw error;
    // The stream has ended before another '\n'. What has come can still be had: a last line without an end.
    return bytes.bufferedBytes === 0 ? undefined : decoder.decode(yield* bytes.receive());
  }
}

function* main(): Coroutine<void> {
  // `using` stands where the host's stream is taken: wrappers round it have nothing of their own to dispose of.
  using input = fromNodeReadable(Readable.from(['warp\nwe', 'ft\n\nsel', 'vage'], { objectMode: false }));
  const bytes = new BufferedByteReceiveStream(input);
  for (;;) {
    const line = yield* nextLine(bytes);
    if (line === undefined) break;
    console.log(JSON.stringify(line));
  }
}

await run(main);
