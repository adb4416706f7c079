/** Control: asks a kernel to stop the block that runs. */
import type { Kernel } from '@jupyterlab/services';

const TARGET = 'effecttalk.control';

/** What can be asked; docs/comms.md says what it does. */
export type ControlCommand =
  | { readonly command: 'interrupt' | 'end_of_file' }
  | { readonly command: 'signal'; readonly signal: 'SIGTERM' | 'SIGKILL' };

/** Have *kernel* carry out a command; fails with what it answers. */
export function sendControl(
  kernel: Kernel.IKernelConnection,
  command: ControlCommand
): Promise<void> {
  return new Promise((resolve, reject) => {
    const comm = kernel.createComm(TARGET);
    comm.onMsg = ({ content: { data } }) => {
      const { status, message } = data;
      comm.close();
      if (status === 'ok') {
        resolve();
      } else {
        reject(new Error(typeof message === 'string' ? message : TARGET));
      }
    };
    comm.open();
    comm.send({ ...command });
  });
}
