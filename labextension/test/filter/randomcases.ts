/** Random cases, drawn with a fixed seed, so that a failure can be reproduced. */

/** A source of random values. */
export interface IDraw {
  /** Return a whole number from 0 to below *end*; 0 if there is none. */
  number(end: number): number;
  one<T>(of: readonly T[]): T;
  /** Return fewer than *most* values. */
  many<T>(most: number, make: () => T): T[];
  /** Return some of these characters, fewer than *most*. */
  text(characters: string, most: number): string;
}

let state = 20_240_517;

/** Return the source for the next case. */
export function drawn(): IDraw {
  const number = (end: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  const one = <T>(of: readonly T[]): T => of[number(of.length)] as T;
  const many = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: number(most) }, () => make());
  return {
    number,
    one,
    many,
    text: (characters, most) => many(most, () => one(Array.from(characters))).join('')
  };
}

/** Run *count* cases. */
export function times(count: number, test: (draw: IDraw) => void): void {
  for (let time = 0; time < count; time += 1) {
    test(drawn());
  }
}
