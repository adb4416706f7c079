/** The clipboard of the user's system. */
import { Clipboard } from '@jupyterlab/apputils';

/**
 * Put a text into the clipboard.
 *
 * @throws DOMException if the browser refuses.
 */
export async function copyText(text: string): Promise<void> {
  // The clipboard API is not available to pages loaded over plain HTTP from another machine.
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
  } else {
    Clipboard.copyToSystem(text);
  }
}
