/** The element around a block's header, which reports when it is added to the page. */

const NAME = 'effecttalk-block';

/**
 * JupyterLab takes cells out of the page when they are scrolled out of view, and adds them again
 * without a message to the widgets of their outputs.
 */
class BlockElement extends HTMLElement {
  onConnected: (() => void) | null = null;

  /** Called by the browser. */
  connectedCallback(): void {
    this.onConnected?.();
  }
}

/** Return a new element; *onConnected* is called each time that it is added to the page. */
export function createBlockElement(onConnected: () => void): HTMLElement {
  if (customElements.get(NAME) === undefined) {
    customElements.define(NAME, BlockElement);
  }
  // Another copy of the extension may have defined the element.
  return Object.assign(document.createElement(NAME), { onConnected });
}
