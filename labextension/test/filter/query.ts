/** A query of the filter. */
import type { IQuery } from '../../src/filter/matches';

export const QUESTION: IQuery = {
  text: 'a',
  isRegExp: false,
  isCaseMatched: true,
  isInverted: false,
  context: 0,
  isOnlyMatching: true
};
