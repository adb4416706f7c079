/** Icons in the style of JupyterLab. */

/** A pin. */
export const PIN_ICON = createIcon('M16 3v2h-1v5.6l3 3.4v2h-5v5l-1 1-1-1v-5H6v-2l3-3.4V5H8V3h8z');

/** Two arrows that point at a line. */
export const FOLD_ICON = createIcon(
  'M4 11h16v2H4zM12 9.6L7.6 5.2 9 3.8l3 3 3-3 1.4 1.4zM12 14.4l4.4 4.4-1.4 1.4-3-3-3 3-1.4-1.4z'
);

function createIcon(area: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="${area}"/>
</svg>`;
}
