/** Which blocks the panel lists, and which of their rows are drawn. */
import type { IBlockItem } from '../core/blockitem';
import { isUnsuccessful } from '../core/cellstate';

/** Which blocks to list. */
export interface IBlockFilter {
  readonly text: string;
  readonly isFailedOnly: boolean;
  readonly isPinnedOnly: boolean;
}

/**
 * Return the blocks that match *filter*; every word has to be in the code, the name or the number.
 */
export function filterBlocks(items: readonly IBlockItem[], filter: IBlockFilter): IBlockItem[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter(item => {
    if (filter.isFailedOnly && !isUnsuccessful(item.state)) {
      return false;
    }
    if (filter.isPinnedOnly && !item.isPinned) {
      return false;
    }
    const text = `${item.number ?? ''} ${item.name}\n${item.source}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
}

/** Return the range of rows to draw: those in view, and *more* rows around them. */
export function rowsInView(
  view: { readonly top: number; readonly height: number; readonly row: number },
  count: number,
  more: number
): { readonly first: number; readonly end: number } {
  const first = Math.max(0, Math.floor(view.top / view.row) - more);
  const end = Math.min(count, Math.ceil((view.top + view.height) / view.row) + more);
  return { first: Math.min(first, end), end };
}
