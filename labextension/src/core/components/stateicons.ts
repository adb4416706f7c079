/** Icons for the states of cells, drawn in the colour of the text beside them. */
import type { CellState } from '../cellstate';

const SVG = 'http://www.w3.org/2000/svg';

// In a square of 16 pixels: lines, which are 1.6 pixels wide, and areas, which are filled.
interface IDrawing {
  readonly lines?: string;
  readonly areas?: string;
}

const CIRCLE = 'M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0z';
const DRAWINGS: Readonly<Record<Exclude<CellState, 'none'>, IDrawing>> = {
  queued: { lines: `${CIRCLE}M8 4.6V8l2.3 1.6` },
  running: { lines: 'M8 1.8A6.2 6.2 0 1 1 1.8 8' },
  waiting: { lines: 'M2 3.4h12v9H2zM4.8 6.2l2 1.7-2 1.8M8.4 10h2.8' },
  success: { lines: 'M2.6 8.6l3.5 3.6 7.3-8.2' },
  failed: { lines: 'M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2' },
  interrupted: { lines: CIRCLE, areas: 'M5.6 5.6h4.8v4.8H5.6z' },
  timed_out: {
    lines: 'M8 14.2A5.4 5.4 0 1 0 8 3.4a5.4 5.4 0 0 0 0 10.8zM8 6v2.9l2 1.2M6.4 1.4h3.2'
  },
  background: { lines: 'M1.8 6.2V1.8h8.4M4.6 4.6h9.6v9.6H4.6z' },
  stale: { lines: 'M13.6 5.2A6.2 6.2 0 1 0 14.2 8M13.8 1.8v3.6h-3.6' },
  unfinished: { lines: `${CIRCLE}M8 4.6v4.2`, areas: 'M8 12.2a.9.9 0 1 0 0-1.8.9.9 0 0 0 0 1.8z' }
};

/** Return a new icon for *state*; the caller has to give it an accessible name. */
export function stateIcon(state: Exclude<CellState, 'none'>): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'et-Icon');
  const { lines, areas } = DRAWINGS[state];
  if (lines !== undefined) {
    svg.append(path(lines, 'et-Icon-lines'));
  }
  if (areas !== undefined) {
    svg.append(path(areas, 'et-Icon-areas'));
  }
  return svg;
}

function path(drawing: string, name: string): SVGPathElement {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('d', drawing);
  element.setAttribute('class', name);
  return element;
}
