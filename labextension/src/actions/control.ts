/** Commands over the comm `effecttalk.control`, which stop the running block. */
import type { Kernel } from '@jupyterlab/services';

const TARGET = 'effecttalk.control';

/** A command; docs/comms.md describes what it does. */
export type ControlCommand =
  | { readonly command: 'interrupt' | 'end_of_file' }
  | { readonly command: 'signal'; readonly signal: 'SIGTERM' | 'SIGKILL' };

/** Send *command* to *kernel*. Rejects with the kernel's error message. */
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
