/** Stopping blocks. */
import type { IBlockItem } from '../blockitem';
import type { BlockListModel } from './blocklist';

/** A notebook and its blocks. */
type EndableNotebook = Pick<BlockListModel, 'blocks' | 'panel'>;

/**
 * Interrupt a running block, or terminate its processes. Rejects with the kernel's error message.
 */
export async function endBlock(
  { blocks, panel }: EndableNotebook,
  item: IBlockItem
): Promise<void> {
  if (item.hasProcesses && item.number !== null) {
    await blocks.kernel.endProcesses(item.number);
  } else {
    // If an interrupt has no effect, the kernel itself terminates the block.
    await panel.sessionContext.session?.kernel?.interrupt();
  }
}
