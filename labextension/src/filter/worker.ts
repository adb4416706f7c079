/** Filter worker: the thread that searches, so that no expression can hold up the page. */
import { FilterWork, type IRequest } from './searcher';

const work = new FilterWork({
  say: answer => {
    self.postMessage(answer);
  },
  pause: () => new Promise(resolve => setTimeout(resolve)),
  now: () => performance.now()
});

self.addEventListener('message', ({ data }: MessageEvent<IRequest>) => {
  void work.take(data);
});
