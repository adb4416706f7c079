/** A question as a filter asks it. */
import type { IQuestion } from '../../src/filter/matches';

export const QUESTION: IQuestion = {
  text: 'a',
  isExpression: false,
  isCaseMatched: true,
  isInverted: false,
  context: 0,
  isOnlyMatching: true
};
