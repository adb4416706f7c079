/** Error messages. */

/** Return the message of *error*. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
