/** Random cases: drawn by a fixed seed, so that a test that fails does so again. */

/** What draws. */
export interface IDraw {
  /** A whole number from 0 to below *end*; 0 if there is none. */
  number(end: number): number;
  one<T>(of: readonly T[]): T;
  /** Fewer than *most*. */
  many<T>(most: number, make: () => T): T[];
  /** Some of these characters, fewer than *most*. */
  text(characters: string, most: number): string;
}

let state = 20_240_517;

/** Return what draws the next case. */
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

/** Try *count* cases. */
export function times(count: number, test: (draw: IDraw) => void): void {
  for (let time = 0; time < count; time += 1) {
    test(drawn());
  }
}
