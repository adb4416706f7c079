/** The extension's plugins; each can be disabled by itself. */
import { badges } from './plugins/badges';
import { blocks } from './plugins/blocks';

export type { IBlocks } from './tokens';

export default [blocks, badges];
