/**
 * What the outputs of a cell should be, given what it shows and what the store has.
 *
 * No output that is shown may be lost: unless it is certain that the store has more, the cell stays
 * as it is.
 */
import { recordIn, type IRecord } from '../core/record';

/** An output in the notebook format. */
export type Output = Readonly<Record<string, unknown>>;

/** The ID of a block; a record that names no session belongs to this one. */
export interface IBlockId {
  readonly session: string;
  readonly number: number;
}

/** Return the record that an output shows; null if it is another output. */
export function outputRecord(output: Output): IRecord | null {
  return output['output_type'] === 'display_data' ? recordIn(output['data']) : null;
}

/** Whether a block has finished and will print nothing more. */
export function isFinished(record: IRecord): boolean {
  return record.status !== 'running' && record.status !== 'background' && !record.hasWriters;
}

/**
 * Return the outputs that a cell should have; null to leave them as they are.
 *
 * *isOutdated*: what is shown is older than the block's end, whatever its record says.
 */
export function mergeOutputs(
  shown: readonly Output[],
  stored: readonly Output[],
  block: IBlockId,
  isOutdated = false
): readonly Output[] | null {
  const next = mergeStreams(stored);
  const record = next.map(outputRecord).find(one => one !== null) ?? null;
  if (record?.number !== block.number || !isInSession(record, block.session)) {
    return null;
  }
  const cell = mergeStreams(shown);
  const records = cell.map(outputRecord);
  const last = records.filter(one => one !== null).at(-1) ?? null;
  const index = records.lastIndexOf(last);
  if (last === null) {
    return cell.length === 0 ? next : null;
  }
  if (last.number !== block.number || !isInSession(last, block.session)) {
    return appendNewerBlock(cell, last, next, record, block);
  }
  if (isFinished(last) && !isFinished(record)) {
    return null;
  }
  const part = cell.slice(index);
  const hasMore = covers(part, next)
    ? !isSame(part, next)
    : isNewer(record, last) || (isOutdated && isFinished(record));
  return hasMore ? [...cell.slice(0, index), ...next] : null;
}

/**
 * Return the execution count that a cell should have; null to leave it as it is.
 *
 * *last* is the record that the cell shows, *count* the execution count when *block* was run.
 */
export function missingCount(
  shown: number | null,
  last: IRecord | null,
  block: IBlockId,
  count: number
): number | null {
  const isShown = last?.number === block.number && isInSession(last, block.session);
  return isShown && last.status !== 'running' && shown !== count ? count : null;
}

/** Return *outputs* with adjacent outputs of one stream merged, as JupyterLab shows them. */
export function mergeStreams(outputs: readonly Output[]): Output[] {
  const merged: Output[] = [];
  for (const output of outputs) {
    const last = merged.at(-1);
    if (!isStream(output)) {
      merged.push(output);
    } else if (last !== undefined && isStream(last) && last['name'] === output['name']) {
      merged[merged.length - 1] = { ...last, text: outputText(last) + outputText(output) };
    } else {
      merged.push({ ...output, text: outputText(output) });
    }
  }
  return merged;
}

/**
 * Changes to a list of outputs: some are replaced, then others are added (or text to the last one).
 */
export interface IOutputDiff {
  readonly set: ReadonlyMap<number, Output>;
  readonly add: readonly Output[];
}

/** Return the changes from *before* to *next*; null if all outputs have to be redrawn. */
export function diffOutputs(
  before: readonly Output[],
  next: readonly Output[]
): IOutputDiff | null {
  const set = new Map<number, Output>();
  const add: Output[] = [];
  for (const [place, output] of before.entries()) {
    const target = next[place];
    if (target === undefined) {
      return null;
    }
    if (canonicalJson(output) === canonicalJson(target)) {
      continue;
    }
    if (!isStream(output) && !isStream(target)) {
      set.set(place, target);
      continue;
    }
    const more = place === before.length - 1 ? addedText(output, target) : null;
    if (more === null) {
      return null;
    }
    add.push({ ...target, text: more });
  }
  return { set, add: [...add, ...next.slice(before.length)] };
}

/** Return the outputs of a cell that shows an older block, if *now* has come after it. */
function appendNewerBlock(
  cell: readonly Output[],
  last: IRecord,
  now: readonly Output[],
  record: IRecord,
  block: IBlockId
): readonly Output[] | null {
  const isSameSession = isInSession(last, block.session);
  const isLater = isSameSession
    ? last.number < block.number
    : last.started !== null && record.started !== null && last.started < record.started;
  if (!isLater) {
    return null;
  }
  // A further attempt is shown below the earlier ones.
  const isFurther = record.part > 1 || record.isFallback;
  return isFurther ? (isSameSession ? [...cell, ...now] : null) : now;
}

function isInSession(record: IRecord, session: string): boolean {
  return (record.session ?? session) === session;
}

/** Whether *stored* is a later state of the block than *shown*. */
function isNewer(stored: IRecord, shown: IRecord): boolean {
  return isFinished(shown) ? false : isFinished(stored) || bytes(stored) > bytes(shown);
}

function bytes(record: IRecord): number {
  return record.stdout.sizeBytes + record.stderr.sizeBytes;
}

/** Whether *stored* has everything that *shown* has, in the same order. */
function covers(shown: readonly Output[], stored: readonly Output[]): boolean {
  const names = new Set(shown.filter(isStream).map(output => output['name']));
  const areStreamsCovered = [...names].every(name =>
    hasLines(streamText(stored, name), streamText(shown, name))
  );
  return areStreamsCovered && hasInOrder(otherOutputs(stored), otherOutputs(shown));
}

function isSame(one: readonly Output[], other: readonly Output[]): boolean {
  return (
    one.length === other.length &&
    one.every((output, n) => comparisonKey(output) === comparisonKey(other[n]))
  );
}

/** Whether *text* has all of *lines*; the last one may be incomplete. */
function hasLines(text: string, lines: string): boolean {
  if (text.startsWith(lines)) {
    return true;
  }
  const target = lines.split('\n');
  const lastLine = target.pop() ?? '';
  const textLines = text.split('\n');
  let index = 0;
  for (const line of target) {
    index = textLines.indexOf(line, index) + 1;
    if (index === 0) {
      return false;
    }
  }
  return textLines.slice(index).some(line => line.startsWith(lastLine)) || lastLine === '';
}

function hasInOrder(all: readonly string[], some: readonly string[]): boolean {
  let index = 0;
  return some.every(one => {
    index = all.indexOf(one, index) + 1;
    return index > 0;
  });
}

function otherOutputs(outputs: readonly Output[]): string[] {
  return outputs
    .filter(output => !isStream(output) && outputRecord(output) === null)
    .map(comparisonKey);
}

function streamText(outputs: readonly Output[], name: unknown): string {
  const texts = outputs.filter(output => isStream(output) && output['name'] === name);
  return texts.map(outputText).join('');
}

/** Return the text that makes *output* the same as *wanted*; null if more than its end differs. */
function addedText(output: Output, target: Output): string | null {
  const [text, longer] = [outputText(output), outputText(target)];
  const isLonger = isStream(output) && output['name'] === target['name'] && longer.startsWith(text);
  const more = longer.slice(text.length);
  // Characters that move the cursor could have an effect elsewhere.
  return isLonger && !/[\r\b]/.test(more) ? more : null;
}

function isStream(output: Output): boolean {
  return output['output_type'] === 'stream';
}

function outputText(output: Output): string {
  const { text } = output as { text?: string | string[] };
  return Array.isArray(text) ? text.join('') : (text ?? '');
}

/** Return a key that is equal for equal outputs; for a record, only its block's state counts. */
function comparisonKey(output: Output | undefined): string {
  const record = output === undefined ? null : outputRecord(output);
  return record === null
    ? canonicalJson(output)
    : `${record.number} ${record.status} ${String(isFinished(record))}`;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part
  );
}
