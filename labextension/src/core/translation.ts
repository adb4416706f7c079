/** Translation of texts. */

/** The part of JupyterLab's translation bundle that is used here; %1 and %2 stand for values. */
export interface ITranslationBundle {
  /** Return *message* in the user's language. */
  __(message: string, ...values: unknown[]): string;
  /** Return the singular or plural message for *count*, which is its first value. */
  _n(one: string, many: string, count: number, ...values: unknown[]): string;
}

/** The translation domain of the extension. */
export const TRANSLATION_DOMAIN = 'effecttalk';
