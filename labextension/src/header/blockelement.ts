/** Block element: the element around a block's header, which tells when it comes into the page. */

const NAME = 'effecttalk-block';

/**
 * JupyterLab takes cells that are out of view out of the page, and puts them back without a word
 * to the widgets of their outputs.
 */
class BlockElement extends HTMLElement {
  onConnected: (() => void) | null = null;

  /** Called by the browser. */
  connectedCallback(): void {
    this.onConnected?.();
  }
}

/** Return a new one; *onConnected* is called each time that it comes into the page. */
export function createBlockElement(onConnected: () => void): HTMLElement {
  if (customElements.get(NAME) === undefined) {
    customElements.define(NAME, BlockElement);
  }
  // Of this class, or of that of another copy of the extension.
  return Object.assign(document.createElement(NAME), { onConnected });
}
