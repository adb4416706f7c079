/** Ending: makes an end of what a block runs. */
import type { IBlockItem } from '../blockitem';
import type { Outline } from './blocklist';

/** A notebook that is shown, as far as that is needed. */
type Shown = Pick<Outline, 'blocks' | 'panel'>;

/** End what a block runs, or has left running. Raises Error if it can't be. */
export async function endBlock({ blocks, panel }: Shown, item: IBlockItem): Promise<void> {
  if (item.hasProcesses && item.number !== null) {
    await blocks.kernel.end(item.number);
  } else {
    // What does not listen is stopped harder by the kernel itself.
    await panel.sessionContext.session?.kernel?.interrupt();
  }
}
