import {
  type Coroutine,
  createMemoryObjectStream,
  currentTime,
  type MemoryObjectReceiveStream,
  type MemoryObjectSendStream,
  run,
  sleep,
  taskGroup,
} from 'treadle';

/** Winds yarn onto bobbins. `send` waits while two bobbins lie ready and nobody has taken them. */
function* spin(colours: string[], bobbins: MemoryObjectSendStream<string>): Coroutine<void> {
  using _ = bobbins; // closed at the end: then the weavers know that no more will come
  for (const colour of colours) {
    yield* sleep(10);
    yield* bobbins.send(colour);
    console.log(`${currentTime()} ms  ${colour} is wound`);
  }
}

/** Each bobbin goes to exactly one weaver: to the one who has waited longest. */
function* weave(name: string, bobbins: MemoryObjectReceiveStream<string>): Coroutine<void> {
  yield* bobbins.forEach(function* (colour) {
    yield* sleep(50);
    console.log(`${currentTime()} ms  ${name} has woven ${colour}`);
  });
  console.log(`${currentTime()} ms  ${name} goes home`);
}

function* mill(): Coroutine<void> {
  const [send, receive] = createMemoryObjectStream<string>(2);
  yield* taskGroup(function* (tg) {
    tg.startSoon(spin, ['madder', 'weld', 'woad', 'walnut', 'lichen', 'oak gall'], send);
    tg.startSoon(weave, 'Ada', receive);
    tg.startSoon(weave, 'Joseph', receive);
  });
}

await run(mill, { backend: 'virtual' });
