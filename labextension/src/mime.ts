/** The extension's MIME renderer: headers of blocks, also in notebooks without a kernel. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { liveSessions } from './core/livesessions';
import { MIME_TYPE } from './core/record';
import { BlockRenderer } from './header/renderer';

const header: IRenderMime.IExtension = {
  id: 'effecttalk:header',
  description: 'Shows the record of a block above its output.',
  rendererFactory: {
    safe: true,
    mimeTypes: [MIME_TYPE],
    createRenderer: options => new BlockRenderer(liveSessions, options.translator)
  },
  // Before text/plain, which stands beside a record for who does not know it.
  rank: 50,
  dataType: 'json'
};

export default header;
