/** Texts: what a block has printed, as text to take along. */
import { describeOutcome } from './outcome';
import type { IRecord } from './record';
import type { ITranslationBundle } from './translation';
import { formatDuration, formatPath } from './format';

export type StreamName = 'stdout' | 'stderr';

/** An output of a cell, as the notebook format has it. */
export interface IOutput {
  readonly output_type: string;
  readonly name?: unknown;
  readonly text?: unknown;
}

/** A block as it reads outside of a notebook. */
export interface IQuotedBlock {
  readonly command: string;
  readonly output: string;
  readonly language: string;
  readonly record: IRecord | null;
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

/** Return a block in Markdown: how it ended, its command, its output. */
export function blockMarkdown(quoted: IQuotedBlock, trans: ITranslationBundle): string {
  const { command, output, language, record } = quoted;
  const parts = [fenced(command, language)];
  if (record !== null) {
    parts.unshift(statusText(record, trans));
  }
  if (output !== '') {
    parts.push(fenced(output, ''));
  }
  return `${parts.join('\n\n')}\n`;
}

function statusText(record: IRecord, trans: ITranslationBundle): string {
  const title = trans.__('Block %1: %2', record.number, describeOutcome(record, trans));
  const items = [`**${title}**`];
  if (record.durationSeconds !== null) {
    items.push(formatDuration(record.durationSeconds));
  }
  items.push(inCode(formatPath(record.cwdBefore)));
  return items.join(' · ');
}

/** A fence is longer than every row of backticks in what it encloses. */
function fenced(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRow(text) + 1));
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function inCode(text: string): string {
  const fence = '`'.repeat(longestRow(text) + 1);
  return text.includes('`') ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
}

function longestRow(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, row) => Math.max(longest, row.length), 0);
}

/** What is seen of a line whose writer went back to its beginning. */
function applyCarriageReturns(line: string): string {
  return line.split('\r').reduce((seen, part) => part + seen.slice(part.length), '');
}

/** A text in the notebook format is one, or a list of its lines. */
function joinText(text: unknown): string {
  return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}
