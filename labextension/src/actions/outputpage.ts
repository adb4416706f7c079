/** A page that shows all of a block's output, whatever its length. */

// The browser lays out only the chunks in view.
const PIECE_LINES = 500;

/** A section of the page; *note* tells the reader what is missing. */
export interface ISection {
  readonly title: string;
  readonly note: string;
  readonly text: string;
}

/** Return a new element with these sections. */
export function createOutputPage(sections: readonly ISection[]): HTMLElement {
  const page = document.createElement('div');
  page.className = 'et-Output';
  page.tabIndex = 0; // so that it can be scrolled with the keyboard
  page.append(...sections.flatMap(sectionElements));
  return page;
}

function sectionElements({ title, note, text }: ISection): HTMLElement[] {
  const elements = splitText(text).map(pieceElement);
  if (note !== '') {
    elements.unshift(textElement('p', 'et-Output-note', note));
  }
  if (title !== '') {
    elements.unshift(textElement('h2', 'et-Output-title', title));
  }
  return elements;
}

function pieceElement(lines: readonly string[]): HTMLElement {
  const element = textElement('pre', 'et-Output-piece', lines.join('\n'));
  element.style.containIntrinsicHeight = `auto ${lines.length}lh`;
  return element;
}

function textElement(kind: string, className: string, text: string): HTMLElement {
  const element = document.createElement(kind);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Return the lines of *text* in chunks of some hundred. */
export function splitText(text: string): string[][] {
  const lines = text.replace(/\n$/, '').split('\n');
  const count = Math.ceil(lines.length / PIECE_LINES);
  return Array.from({ length: count }, (_, number) =>
    lines.slice(number * PIECE_LINES, (number + 1) * PIECE_LINES)
  );
}
