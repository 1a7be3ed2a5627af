import { type Coroutine, call, checkpoint, coroutine, run } from 'treadle';

// Calls of `depth` push a frame on the task's own stack: no JavaScript stack is used, so recursion has no limit
// but memory, and resuming the deepest frame costs no more than resuming the first.
const depth = coroutine('depth', function* (levels: number): Coroutine<number> {
  if (levels === 0) {
    yield* checkpoint();
    return 0;
  }
  return 1 + (yield* depth(levels - 1));
});

function* hello(name: string): Coroutine<string> {
  yield* checkpoint();
  return `hello, ${name}`;
}

function* program(): Coroutine<void> {
  console.log(yield* depth(100_000));
  console.log(yield* call(hello, 'frame')); // the same for a single call of any generator function
}

await run(program, { backend: 'virtual' });
