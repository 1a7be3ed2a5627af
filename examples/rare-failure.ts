/**
 * A failure that comes once in a while: recorded when it happens, and then looked at as often as one likes.
 *
 * A search box asks the server at each key, and shows what comes. The server is sometimes slower with the first
 * question than with the second; then the box ends up with the wrong answer. The program runs until that has
 * happened, under a recorder; the server is closed; and the very run that went wrong is stepped, back and forth.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Coroutine, run, sleep, taskGroup, until } from 'treadle';
import { record, replay } from 'treadle/debug';

let asked = 0;

const server = createServer((request, response) => {
  asked++;
  const question = new URL(`http://localhost${request.url}`).searchParams.get('q');
  setTimeout(() => response.end(`answer to "${question}"`), 10 + Math.random() * 30);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' ? address?.port : undefined;

function* search(box: { shown: string }, question: string): Coroutine<void> {
  const response = yield* until((signal) => fetch(`http://127.0.0.1:${port}/?q=${question}`, { signal }));
  const answer = yield* until(response.text());
  box.shown = answer; // whatever came last: this is the mistake
}

function* main(): Coroutine<string> {
  const box = { shown: '' };
  yield* taskGroup(function* (tg) {
    for (const question of ['t', 'tr']) {
      tg.createTask(search(box, question), { name: `search ${question}` });
      yield* sleep(10); // the next key
    }
  });
  return box.shown;
}

let recording = '';
for (;;) {
  using recorder = record();
  const shown = await run(main);
  recording = recorder.text;
  if (shown !== 'answer to "tr"') break;
}
server.close();
server.closeAllConnections();
asked = 0;

const stepper = replay(main, recording);
stepper.continue();
console.log('it went wrong:', stepper.result);

const ends = stepper.history.filter(({ ended, task }) => ended.some(({ id }) => id === task.id));
console.log('the tasks ended in this order:', ends.map(({ task }) => task.name).join(', '));

const [first] = ends;
stepper.goTo((first?.index ?? 1) - 1); // before the right answer is shown
const waiting = stepper.tasks().filter(({ name }) => name === 'search t');
console.log('when the right answer had come,', waiting.length, 'other search was still under way');

stepper.goTo(0);
stepper.continue();
console.log('the same again:', stepper.result);
console.log('the server was asked', asked, 'times');
