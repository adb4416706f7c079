/** A list whose elements are kept as long as their items, by key. */

/** How to create and update the elements. */
export interface IKeyedEntries<T, E> {
  key(item: T): string;
  create(item: T): E;
  update(entry: E, item: T): void;
  /** Called for an element whose item is gone. */
  remove?(entry: E): void;
}

/** Show *items* in *list*; elements that exist keep their focus and state. */
export function updateKeyedList<T, E extends { readonly node: HTMLElement }>(
  list: HTMLElement,
  before: ReadonlyMap<string, E>,
  items: readonly T[],
  entries: IKeyedEntries<T, E>
): Map<string, E> {
  const after = new Map<string, E>();
  for (const item of items) {
    const key = entries.key(item);
    after.set(key, before.get(key) ?? entries.create(item));
  }
  before.forEach((entry, key) => {
    if (!after.has(key)) {
      entries.remove?.(entry);
      entry.node.remove();
    }
  });
  [...after.values()].forEach((entry, at) => {
    const item = items[at];
    if (item !== undefined) {
      entries.update(entry, item);
    }
    if (list.children[at] !== entry.node) {
      list.insertBefore(entry.node, list.children[at] ?? null);
    }
  });
  list.hidden = after.size === 0;
  return after;
}
