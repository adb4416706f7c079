/** xterm.js, and how it looks: a module of its own, so that a page without a terminal loads none of it. */
import '@xterm/xterm/css/xterm.css';

export { FitAddon } from '@xterm/addon-fit';
export { Terminal } from '@xterm/xterm';
