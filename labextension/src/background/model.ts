/** Tail: the last lines of what a block has printed, without reading all of it. */
import { plainText, streamText, type IOutput } from '../core/outputtext';

// A line may be long, and a progress bar is one that is written over again and again.
const MAX_CHARACTERS = 20_000;

/** Return the last *count* lines of outputs that are read from the last one on. */
export function lastLines(outputs: Iterable<IOutput>, count: number): string {
  let end = '';
  for (const output of outputs) {
    end = streamText([output]) + end;
    if (end.length > MAX_CHARACTERS || lines(end).length > count) {
      break;
    }
  }
  return lines(plainText(truncateStart(end)))
    .slice(-count)
    .join('\n');
}

/** Leave out what is too much, up to where a line begins: it may be the middle of a colour. */
function truncateStart(text: string): string {
  if (text.length <= MAX_CHARACTERS) {
    return text;
  }
  const end = text.slice(-MAX_CHARACTERS);
  const start = end.search(/[\r\n]/);
  return start === -1 ? end : end.slice(start + 1);
}

function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
