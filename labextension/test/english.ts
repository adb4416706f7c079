/** English texts, filled in as JupyterLab does it without a translation. */
import type { ITranslationBundle } from '../src/core/translation';

function fill(message: string, ...values: unknown[]): string {
  return message.replace(/%(\d)/g, (_, place: string) => String(values[Number(place) - 1]));
}

export const ENGLISH: ITranslationBundle = {
  __: fill,
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, count, ...values)
};
