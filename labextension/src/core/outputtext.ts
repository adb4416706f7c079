/** The text of outputs. */

/** The output streams of a block. */
export const STREAMS = ['stdout', 'stderr'] as const;
export type StreamName = (typeof STREAMS)[number];

/** An output of a cell in the notebook format. */
export interface IOutput {
  readonly output_type: string;
  readonly name?: unknown;
  readonly text?: unknown;
}

// Escape sequences: CSI, OSC with its terminator, and those of two characters.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])/g;

/** Return what was written to these streams, in the order of the outputs. */
export function streamText(
  outputs: readonly IOutput[],
  streams: readonly StreamName[] = ['stdout', 'stderr']
): string {
  return outputs
    .filter(output => output.output_type === 'stream' && streams.some(one => one === output.name))
    .map(output => joinText(output.text))
    .join('');
}

/**
 * Return *text* as a terminal shows it: without colours, and with overwritten lines as they ended
 * up.
 */
export function plainText(text: string): string {
  const bare = text.replace(ESCAPES, '').replace(/\r+\n/g, '\n');
  return bare.includes('\r') ? bare.split('\n').map(applyCarriageReturns).join('\n') : bare;
}

/** Return what is visible of a line in which carriage returns overwrite earlier text. */
function applyCarriageReturns(line: string): string {
  return line.split('\r').reduce((seen, part) => part + seen.slice(part.length), '');
}

/** Return a text in the notebook format, which is a string or a list of lines. */
function joinText(text: unknown): string {
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}
