/** The worker that searches, so that no regular expression can block the page. */
import { Searcher, type ISearchRequest } from './searcher';

const searcher = new Searcher({
  reply: answer => {
    self.postMessage(answer);
  },
  pause: () => new Promise(resolve => setTimeout(resolve)),
  now: () => performance.now()
});

self.addEventListener('message', ({ data }: MessageEvent<ISearchRequest>) => {
  void searcher.search(data);
});
