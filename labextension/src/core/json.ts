/** Reading JSON from a kernel or a server, whose shape is not known. */

/** An object in JSON. */
export type JSONFields = Readonly<Record<string, unknown>>;

/** Whether *data* is an object, and neither null nor a list. */
export function isObject(data: unknown): data is JSONFields {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

/** Return *data* if it is an object, otherwise an empty one. */
export function asObject(data: unknown): JSONFields {
  return isObject(data) ? data : {};
}

/** Return *value* if it is a string, otherwise ''. */
export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Return *value* if it is a string, otherwise null. */
export function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Return *value* if it is a number, otherwise 0. */
export function asNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Return *value* if it is a list, otherwise an empty one. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Return the strings in the list *value*. */
export function asStrings(value: unknown): string[] {
  return asList(value).filter(item => typeof item === 'string');
}
