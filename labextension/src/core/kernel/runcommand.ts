/** Asking: runs a command in the session, of which no cell of the notebook tells. */
import { KernelMessage, type Kernel } from '@jupyterlab/services';

import { plainText } from '../outputtext';

/** Run *command* as a block without a cell; return what it says, or fail with that. */
export async function runCommand(
  kernel: Kernel.IKernelConnection,
  command: string
): Promise<string> {
  const future = kernel.requestExecute({
    code: command,
    // Not silent: the kernel would say nothing of what comes back and what does not.
    silent: false,
    store_history: false,
    allow_stdin: false,
    // Cells that wait behind it have nothing to do with it.
    stop_on_error: false
  });
  let output = '';
  future.onIOPub = message => {
    if (KernelMessage.isStreamMsg(message)) {
      output += message.content.text;
    }
  };
  const { content } = await future.done;
  const text = plainText(output).trim();
  if (content.status !== 'ok') {
    throw new Error(text.replace(/^Error: /, '') || content.status);
  }
  return text;
}
