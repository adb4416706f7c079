/** The icon of the panel in the sidebar. */
export const PANEL_ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g class="jp-icon3" style="fill: none" stroke="#616161" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">
    <path d="M1.8 2.2h12.4v5H1.8zM1.8 9.6h12.4v4.2H1.8z"/>
    <path d="M4.2 3.8l1.3 1-1.3 1M7.4 5.8h2.4M4.2 11.7l1 .9 1.9-2"/>
  </g>
</svg>`;
