/** Icons, drawn in the colour of the text beside them. */
const SVG = 'http://www.w3.org/2000/svg';
const DRAWINGS = {
  end: 'M4 4h8v8H4z',
  export: 'M8 2v8.2M4.8 7.2L8 10.4l3.2-3.2M2.6 13.4h10.8',
  archive: 'M2 2.8h12v3H2zM3.2 5.8v7.6h9.6V5.8M6.4 8.6h3.2',
  unarchive: 'M2 2.8h12v3H2zM3.2 5.8v7.6h9.6V5.8M8 12V8.2M6.2 9.8L8 8l1.8 1.8',
  delete: 'M2.6 4.2h10.8M6 4.2V2.4h4v1.8M4 4.2l.7 9.4h6.6l.7-9.4M6.6 6.8v4.2M9.4 6.8v4.2',
  folder: 'M1.8 3.4h4.4l1.4 1.8h6.6v7.6H1.8z',
  branch:
    'M4.6 5.4v5.2M4.6 5.4a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM4.6 13.8a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM11.4 6.4a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM11.4 6.4c0 2.6-6.2 1.6-6.6 4.2',
  shell: 'M2 3.4h12v9.2H2zM4.8 6.2l2 1.7-2 1.8M8.4 10h2.8',
  unfold: 'M6 3.6L10.4 8 6 12.4',
  menu: 'M8 3.2v.02M8 8v.02M8 12.8v.02',
  search: 'M7 11.6A4.6 4.6 0 1 0 7 2.4a4.6 4.6 0 0 0 0 9.2zM10.4 10.4l3.4 3.4',
  pin: 'M5.6 1.8h4.8M6.6 1.8v4.4L4.2 9h7.6L9.4 6.2V1.8M8 9v5.2'
} as const;

/** The names of the icons. */
export type IconName = keyof typeof DRAWINGS;

/** Return a new icon; the caller has to give it an accessible name. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'et-Icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', DRAWINGS[name]);
  path.setAttribute('class', 'et-Icon-lines');
  svg.append(path);
  return svg;
}
