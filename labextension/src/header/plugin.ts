/** MIME renderer: shows the record of a block, even in a notebook without a kernel. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { liveSessions } from '../core/livesessions';
import { MIME_TYPE } from '../core/record';
import { BlockRenderer } from './renderer';

export const header: IRenderMime.IExtension = {
  id: 'effecttalk:header',
  description: 'Shows the record of a block as a header above its output.',
  rendererFactory: {
    safe: true,
    mimeTypes: [MIME_TYPE],
    createRenderer: options => new BlockRenderer(liveSessions, options.translator)
  },
  // Before text/plain, which is included for front ends without this renderer.
  rank: 50,
  dataType: 'json'
};
