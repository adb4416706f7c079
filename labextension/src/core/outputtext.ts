/** Texts: what a block has printed, as text to take along. */

/** Output streams of a block. */
export const STREAMS = ['stdout', 'stderr'] as const;
export type StreamName = (typeof STREAMS)[number];

/** An output of a cell, as the notebook format has it. */
export interface IOutput {
  readonly output_type: string;
  readonly name?: unknown;
  readonly text?: unknown;
}

// Sequences that move, colour or name something: CSI, OSC with its end, and those of two characters.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])/g;

/** Return what was written to these streams, in the order of the cell. */
export function streamText(
  outputs: readonly IOutput[],
  streams: readonly StreamName[] = ['stdout', 'stderr']
): string {
  return outputs
    .filter(output => output.output_type === 'stream' && streams.some(one => one === output.name))
    .map(output => joinText(output.text))
    .join('');
}

/** Return *text* as it reads on a screen: without colours, overwritten lines as they were last. */
export function plainText(text: string): string {
  const bare = text.replace(ESCAPES, '').replace(/\r+\n/g, '\n');
  return bare.includes('\r') ? bare.split('\n').map(applyCarriageReturns).join('\n') : bare;
}

/** What is seen of a line whose writer went back to its beginning. */
function applyCarriageReturns(line: string): string {
  return line.split('\r').reduce((seen, part) => part + seen.slice(part.length), '');
}

/** A text in the notebook format is one, or a list of its lines. */
function joinText(text: unknown): string {
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}
