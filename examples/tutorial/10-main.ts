import { main, sleepForever } from 'treadle';

main(function* () {
  console.log('working; Ctrl-C to stop');
  try {
    yield* sleepForever();
  } finally {
    console.log('cleaned up');
  }
});
