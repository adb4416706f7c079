/** Formatting of times, sizes and paths. */
import type { ITranslationBundle } from './translation';
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = ['kB', 'MB', 'GB', 'TB'];
// Longer paths are shortened in the middle.
const LONGEST_PATH = 40;

/** Return a short duration: 340 ms, 2.3 s, 42 s, 3 min 05 s. */
export function formatDuration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds < 1000) {
    return `${milliseconds} ms`;
  }
  if (milliseconds < 9950) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  return formatWholeSeconds(Math.round(seconds));
}

/** Return a duration that is still growing, without digits that would change too fast to read. */
export function formatElapsed(seconds: number): string {
  return formatWholeSeconds(Math.max(0, Math.floor(seconds)));
}

function formatWholeSeconds(seconds: number): string {
  if (seconds < MINUTE) {
    return `${seconds} s`;
  }
  if (seconds < HOUR) {
    return `${Math.floor(seconds / MINUTE)} min ${twoDigits(seconds % MINUTE)} s`;
  }
  if (seconds < DAY) {
    return `${Math.floor(seconds / HOUR)} h ${twoDigits(Math.floor((seconds % HOUR) / MINUTE))} min`;
  }
  return `${Math.floor(seconds / DAY)} d ${Math.floor((seconds % DAY) / HOUR)} h`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** Return a number of bytes: 1 byte, 812 bytes, 1.2 kB. */
export function formatSize(bytes: number, trans: ITranslationBundle): string {
  if (bytes < 1000) {
    return trans._n('%1 byte', '%1 bytes', bytes);
  }
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit] ?? ''}`;
}

/** Return the length of an output: 12 lines, 1.2 kB; only the size if no line is complete. */
export function formatAmount(lines: number, bytes: number, trans: ITranslationBundle): string {
  const length = formatSize(bytes, trans);
  return lines > 0
    ? `${trans._n('%2 line', '%2 lines', lines, lines.toLocaleString())}, ${length}`
    : length;
}

/** Return a path with the home directory as ~, shortened in the middle if it is long. */
export function formatPath(path: string): string {
  const short = path.replace(/^(\/root|\/(home|Users)\/[^/]+)(?=\/|$)/, '~');
  if (short.length <= LONGEST_PATH) {
    return short;
  }
  const parts = short.split('/');
  const last = parts.slice(-2).join('/');
  const first = parts.slice(0, short.startsWith('/') ? 2 : 1).join('/');
  return parts.length > 4 ? `${first}/…/${last}` : short;
}

/** Return the time of day; with the date unless it is today. */
export function formatTime(time: Date, now: Date, locale?: string): string {
  const isToday = time.toDateString() === now.toDateString();
  return dateFormat(isToday ? undefined : 'medium', locale).format(time);
}

/** Return the full date and time. */
export function formatFullTime(time: Date, locale?: string): string {
  return dateFormat('full', locale).format(time);
}

// Creating a format takes as long as the rest of a header.
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(dateStyle: 'medium' | 'full' | undefined, locale = ''): Intl.DateTimeFormat {
  const key = `${dateStyle ?? ''} ${locale}`;
  const format =
    dateFormats.get(key) ??
    new Intl.DateTimeFormat(locale || undefined, { dateStyle, timeStyle: 'medium' });
  dateFormats.set(key, format);
  return format;
}
