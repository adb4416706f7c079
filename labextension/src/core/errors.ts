/** Problem: what somebody reads of an error. */

/** Return what *error* says. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
