/** xterm.js and its style, in a module of their own, which is loaded with the first terminal. */
import '@xterm/xterm/css/xterm.css';

export { FitAddon } from '@xterm/addon-fit';
export { Terminal } from '@xterm/xterm';
