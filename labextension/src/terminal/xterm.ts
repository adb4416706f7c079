/** xterm.js and its style, in a module of their own, which is loaded with the first terminal. */
import '@xterm/xterm/css/xterm.css';

export { FitAddon } from '@xterm/addon-fit';
export { Unicode11Addon } from '@xterm/addon-unicode11';
export { Terminal } from '@xterm/xterm';
