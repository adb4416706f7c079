/** Prompts and earlier answers. */
import type { IQuestion } from '../core/kernel/question';

// How the kernel asks for consent in front ends without buttons.
const CHOICES = / *\[y\/N\] *$/;
const MAX_ANSWERS = 200;

/** Whether a question asks for consent to run a block. */
export function asksConsent(question: IQuestion): boolean {
  return question.block === null;
}

/** Return the label of a question; '' if its program printed no prompt. */
export function promptLabel(question: IQuestion): string {
  const prompt = question.prompt.trim();
  return asksConsent(question) ? prompt.replace(CHOICES, '') : prompt;
}

/** Whether *text*, which a cell shows, ends with the prompt of a question. */
export function endsWithPrompt(text: string, question: IQuestion): boolean {
  const prompt = question.prompt.trimEnd();
  return (
    prompt !== '' &&
    text
      .slice(text.lastIndexOf('\n') + 1)
      .trimEnd()
      .endsWith(prompt)
  );
}

/** The answers that were given in one notebook, for the arrow keys. */
export class AnswerHistory {
  /** Add an answer. */
  add(answer: string): void {
    if (answer !== '' && answer !== this._answers.at(-1)) {
      this._answers.push(answer);
      this._answers.splice(0, this._answers.length - MAX_ANSWERS);
    }
    this._index = this._answers.length;
  }

  /** Return the answer before the one returned last; *typed* is what stands in the field. */
  previous(typed: string): string {
    if (this._index === this._answers.length) {
      this._typed = typed;
    }
    this._index = Math.max(0, this._index - 1);
    return this._answers[this._index] ?? typed;
  }

  /** Return the answer after the one returned last, in the end what was typed. */
  next(typed: string): string {
    if (this._index === this._answers.length) {
      return typed;
    }
    this._index += 1;
    return this._answers[this._index] ?? this._typed;
  }

  /** Begin with the newest answer again. */
  reset(): void {
    this._index = this._answers.length;
  }

  private readonly _answers: string[] = [];
  private _index = 0;
  private _typed = '';
}
