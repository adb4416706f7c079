/** Elements: small parts that panels are made of. */

/** Return a new element with a class and, if given, a text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text?: string
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}

/** Return a new button; what it shows is a picture, *label* is its name. */
export function pictureButton(
  className: string,
  label: string,
  picture: Node,
  onClick: () => void
): HTMLButtonElement {
  const button = element('button', className);
  button.type = 'button';
  button.title = label;
  button.setAttribute('aria-label', label);
  button.append(picture);
  button.addEventListener('click', event => {
    event.stopPropagation();
    onClick();
  });
  return button;
}

/** Return a new line that says why there is nothing else. */
export function emptyLine(text: string): HTMLElement {
  return element('p', 'et-Empty', text);
}

/** The same in a list, which has items only. */
export function emptyItem(text: string): HTMLElement {
  const item = element('li', '');
  item.append(emptyLine(text));
  return item;
}
