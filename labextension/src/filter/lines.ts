/** The output of a block as lines, in a form that is cheap to pass between threads. */
import { plainText, streamText, type IOutput, type StreamName } from '../core/outputtext';

/** A part of the output; lines do not extend over two parts. */
export interface ITextPiece {
  readonly stream: StreamName;
  readonly text: string;
}

/** Lines, of which there may be a great many. */
export interface ILines {
  /** All lines, each with its newline. */
  readonly text: string;
  /** The start of each line, and the end of the last one. */
  readonly starts: Uint32Array;
  /** 1 for lines of standard error, otherwise 0. */
  readonly isError: Uint8Array;
}

export const NO_LINES: ILines = {
  text: '',
  starts: new Uint32Array(1),
  isError: new Uint8Array(0)
};

/** Return the text that a cell shows of these streams, in order. */
export function shownPieces(
  outputs: readonly IOutput[],
  streams: readonly StreamName[]
): readonly ITextPiece[] {
  const pieces: ITextPiece[] = [];
  for (const output of outputs) {
    const stream = streams.find(name => name === output.name);
    if (stream === undefined) {
      continue;
    }
    const text = streamText([output], [stream]);
    const last = pieces.at(-1);
    if (last?.stream === stream) {
      pieces[pieces.length - 1] = { stream, text: last.text + text };
    } else {
      pieces.push({ stream, text });
    }
  }
  return pieces;
}

/** Return the lines of *pieces* as a terminal shows them. */
export function splitLines(pieces: readonly ITextPiece[]): ILines {
  const parts = pieces.map(({ text }) => withNewline(plainText(text)));
  const text = parts.join('');
  const starts = [0];
  const errors: number[] = [];
  let end = 0;
  pieces.forEach(({ stream }, index) => {
    const isError = stream === 'stderr' ? 1 : 0;
    end += parts[index]?.length ?? 0;
    for (let start = starts.at(-1) ?? 0; start < end;) {
      start = text.indexOf('\n', start) + 1;
      starts.push(start);
      errors.push(isError);
    }
  });
  return { text, starts: Uint32Array.from(starts), isError: Uint8Array.from(errors) };
}

/** Return the number of lines. */
export function lineCount(lines: ILines): number {
  return lines.isError.length;
}

/** Return one line without its newline. */
export function lineAt({ text, starts }: ILines, index: number): string {
  return text.slice(starts[index], (starts[index + 1] ?? 1) - 1);
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
