import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { describe, expect, it } from 'vitest';

import { LiveSessions } from '../../src/core/livesessions';
import { MIME_TYPE } from '../../src/core/record';
import { BlockRenderer } from '../../src/header/renderer';
import { written } from '../records';

function model(fields: Record<string, unknown>): IRenderMime.IMimeModel {
  return { data: { [MIME_TYPE]: written(fields) } } as unknown as IRenderMime.IMimeModel;
}

function statuses(renderer: BlockRenderer): (string | null)[] {
  const found = renderer.node.querySelectorAll('.et-Header-status');
  return [...found].map(element => element.textContent);
}

describe('the renderer of a record', () => {
  it('draws the latest record once, when it is added to the page', async () => {
    const renderer = new BlockRenderer(new LiveSessions());
    await renderer.renderModel(model({ status: 'running' }));
    await renderer.renderModel(model({ status: 'success' }));
    expect(renderer.node.childElementCount).toBe(0);
    document.body.append(renderer.node);
    expect(statuses(renderer)).toEqual(['success']);
    const drawn = renderer.node.firstElementChild;
    renderer.node.remove();
    document.body.append(renderer.node);
    expect(renderer.node.firstElementChild).toBe(drawn);
  });

  it('shows changes that were made while it was out of the page', async () => {
    const renderer = new BlockRenderer(new LiveSessions());
    document.body.append(renderer.node);
    await renderer.renderModel(model({ status: 'success' }));
    renderer.node.remove();
    await renderer.renderModel(model({ status: 'failed', exit_status: 3 }));
    expect(statuses(renderer)).toEqual(['success']);
    document.body.append(renderer.node);
    expect(statuses(renderer)).toEqual(['failed: exit status 3']);
  });

  it('draws nothing after it was disposed', async () => {
    const renderer = new BlockRenderer(new LiveSessions());
    await renderer.renderModel(model({ status: 'running' }));
    const { node } = renderer;
    renderer.dispose();
    document.body.append(node);
    expect(node.childElementCount).toBe(0);
  });
});
