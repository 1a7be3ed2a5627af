import { sleep, type Coroutine } from 'treadle';
export function* main(): Coroutine<void> { yield* sleep(5); throw new Error('bad'); }
