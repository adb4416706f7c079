/** The current theme of JupyterLab as a theme for xterm.js. */
import type { ITheme } from '@xterm/xterm';

// JupyterLab's classes for coloured output, so that the terminal and the recorded output look
// alike.
const COLOR_NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white'
] as const;
const FALLBACK_SIZE = 13;

/** Return the colours for a terminal in *element*, which has to be in the page. */
export function terminalTheme(element: HTMLElement): ITheme {
  const probe = new StyleProbe(element);
  const background = probe.variable('--jp-layout-color0');
  // xterm.js mistakes the contrast of inverse text if its background is translucent.
  const foreground = opaqueColor(probe.variable('--jp-content-font-color1'), background);
  const theme: Record<string, string> = {
    background,
    foreground,
    cursor: foreground,
    cursorAccent: background,
    selectionBackground: probe.variable('--jp-editor-selected-focused-background')
  };
  for (const name of COLOR_NAMES) {
    theme[name] = probe.ansi(`ansi-${name}-fg`);
    theme[`bright${name.charAt(0).toUpperCase()}${name.slice(1)}`] = probe.ansi(
      `ansi-${name}-intense-fg`
    );
  }
  probe.remove();
  return theme;
}

/** Return the font for code; its size is in pixels. */
export function terminalFont(element: HTMLElement): { family: string; size: number } {
  const probe = new StyleProbe(element);
  const font = probe.font();
  probe.remove();
  return font;
}

/** Return how a translucent colour looks on *background*. */
function opaqueColor(color: string, background: string): string {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (canvas === null) {
    return color;
  }
  for (const each of [background, color]) {
    canvas.fillStyle = each;
    canvas.fillRect(0, 0, 1, 1);
  }
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

/** An element whose computed style is read. */
class StyleProbe {
  constructor(parent: HTMLElement) {
    this._root.className = 'jp-RenderedText';
    this._root.hidden = true;
    const line = document.createElement('pre');
    line.append(this._span);
    this._root.append(line);
    parent.append(this._root);
  }

  variable(name: string): string {
    this._span.className = '';
    this._span.style.color = `var(${name})`;
    return getComputedStyle(this._span).color;
  }

  ansi(name: string): string {
    this._span.style.color = '';
    this._span.className = name;
    return getComputedStyle(this._span).color;
  }

  font(): { family: string; size: number } {
    this._span.style.font = 'var(--jp-code-font-size) var(--jp-code-font-family)';
    const style = getComputedStyle(this._span);
    return {
      family: style.fontFamily || 'monospace',
      size: Number.parseFloat(style.fontSize) || FALLBACK_SIZE
    };
  }

  remove(): void {
    this._root.remove();
  }

  private readonly _root = document.createElement('div');
  private readonly _span = document.createElement('span');
}
