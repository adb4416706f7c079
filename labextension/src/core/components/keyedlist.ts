/** Keyed: a list whose entries stay while their items do. */

/** How items become entries. */
export interface IEntries<T, E> {
  key(item: T): string;
  make(item: T): E;
  show(entry: E, item: T): void;
  /** Called for an entry whose item is gone. */
  end?(entry: E): void;
}

/** Show *items* in *list*; what has the focus, or is open, stays so. */
export function keyed<T, E extends { readonly node: HTMLElement }>(
  list: HTMLElement,
  before: ReadonlyMap<string, E>,
  items: readonly T[],
  entries: IEntries<T, E>
): Map<string, E> {
  const after = new Map<string, E>();
  for (const item of items) {
    const key = entries.key(item);
    after.set(key, before.get(key) ?? entries.make(item));
  }
  before.forEach((entry, key) => {
    if (!after.has(key)) {
      entries.end?.(entry);
      entry.node.remove();
    }
  });
  [...after.values()].forEach((entry, at) => {
    const item = items[at];
    if (item !== undefined) {
      entries.show(entry, item);
    }
    if (list.children[at] !== entry.node) {
      list.insertBefore(entry.node, list.children[at] ?? null);
    }
  });
  list.hidden = after.size === 0;
  return after;
}
