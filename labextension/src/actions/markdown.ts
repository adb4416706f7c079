/** A block as Markdown, for use outside of the notebook. */
import { formatDuration, formatPath } from '../core/format';
import { describeOutcome } from '../core/outcome';
import type { IRecord } from '../core/record';
import type { ITranslationBundle } from '../core/translation';

/** What the Markdown consists of. */
export interface IQuotedBlock {
  readonly command: string;
  readonly output: string;
  readonly language: string;
  readonly record: IRecord | null;
}

/** Return a block as Markdown: outcome, command and output. */
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

/** Return a code block; its fence is longer than any run of backticks in *text*. */
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
