/** Ending: makes an end of what a block runs. */
import type { Kernel } from '@jupyterlab/services';

import type { IBlockItem } from '../model/blocklist';

/** End what a block runs, or has left running. Raises Error if it can't be. */
export async function endBlock(kernel: Kernel.IKernelConnection, item: IBlockItem): Promise<void> {
  if (item.hasProcesses && item.number !== null) {
    await endProcesses(kernel, item.number);
  } else {
    // What does not listen is stopped harder by the kernel itself.
    await kernel.interrupt();
  }
}

/** End the processes of a block that is over; it waits for the block that runs. */
async function endProcesses(kernel: Kernel.IKernelConnection, number: number): Promise<void> {
  const request = kernel.requestExecute({
    code: `effecttalk kill ${number}`,
    silent: true,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false
  });
  const { content } = await request.done;
  if (content.status === 'error') {
    throw new Error(content.evalue);
  }
}
