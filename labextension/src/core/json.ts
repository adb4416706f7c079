/** Fields: what stands in answers of the server, whatever they are. */

/** Return the fields of *data*; none if it is no object. */
export function asObject(data: unknown): Record<string, unknown> {
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
}

/** Return a text; '' if it is none. */
export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Return a number; 0 if it is none. */
export function asNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
