/** Commands that run in the session without a cell. */
import { KernelMessage, type Kernel } from '@jupyterlab/services';

import { plainText } from '../outputtext';

/** Run *command* as a block without a cell and return its output. Rejects with it on failure. */
export async function runCommand(
  kernel: Kernel.IKernelConnection,
  command: string
): Promise<string> {
  const future = kernel.requestExecute({
    code: command,
    // A silent request would not return the output.
    silent: false,
    store_history: false,
    allow_stdin: false,
    // A failure must not affect cells that are queued after it.
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
