/** Ending: makes an end of what a block runs. */
import type { IBlockItem } from '../blockitem';
import type { BlockListModel } from './blocklist';

/** A notebook that is shown, as far as that is needed. */
type EndableNotebook = Pick<BlockListModel, 'blocks' | 'panel'>;

/** End what a block runs, or has left running. Raises Error if it can't be. */
export async function endBlock(
  { blocks, panel }: EndableNotebook,
  item: IBlockItem
): Promise<void> {
  if (item.hasProcesses && item.number !== null) {
    await blocks.kernel.endProcesses(item.number);
  } else {
    // What does not listen is stopped harder by the kernel itself.
    await panel.sessionContext.session?.kernel?.interrupt();
  }
}
