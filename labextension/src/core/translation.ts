/** Translate: how words reach the language of the page. */

/** What is needed of a bundle of JupyterLab's; %1, %2 stand for the values. */
export interface ITranslationBundle {
  /** Return *message* in the user's language. */
  __(message: string, ...values: unknown[]): string;
  /** Return the message for *count* things, which is its first value. */
  _n(one: string, many: string, count: number, ...values: unknown[]): string;
}

/** Where the words of all our parts are translated. */
export const TRANSLATION_DOMAIN = 'effecttalk';
