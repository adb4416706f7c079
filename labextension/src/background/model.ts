/** The last lines of a block's output, found without reading all of it. */
import { plainText, streamText, type IOutput } from '../core/outputtext';

// A single line may be very long, for example a progress bar that overwrites itself.
const MAX_CHARACTERS = 20_000;

/** Return the last *count* lines of *outputs*, which start with the last output. */
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

/** Cut *text* at its start; at a line, because the cut may be within an escape sequence. */
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
