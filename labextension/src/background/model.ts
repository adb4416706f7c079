/** Tail: the last lines of what a block has printed, without reading all of it. */
import { plain, written, type IOutput } from '../core/outputtext';

// A line may be long, and a progress bar is one that is written over again and again.
const MOST_CHARACTERS = 20_000;

/** Return the last *count* lines of outputs that are read from the last one on. */
export function tail(outputs: Iterable<IOutput>, count: number): string {
  let end = '';
  for (const output of outputs) {
    end = written([output]) + end;
    if (end.length > MOST_CHARACTERS || lines(end).length > count) {
      break;
    }
  }
  return lines(plain(beginning(end)))
    .slice(-count)
    .join('\n');
}

/** Leave out what is too much, up to where a line begins: it may be the middle of a colour. */
function beginning(text: string): string {
  if (text.length <= MOST_CHARACTERS) {
    return text;
  }
  const end = text.slice(-MOST_CHARACTERS);
  const start = end.search(/[\r\n]/);
  return start === -1 ? end : end.slice(start + 1);
}

function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
