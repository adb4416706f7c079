/** Whole: all that a block wrote, as the server has it. */
import { ServerConnection } from '@jupyterlab/services';

import type { StreamName } from '../outputtext';

/** Bytes of one stream of a block. */
export interface IFullOutput {
  readonly bytes: Blob;
  /** How many there are in all. */
  readonly total: number;
  /** Whether all that was written is kept. */
  readonly isComplete: boolean;
}

/** Read the first *length* bytes, or all, of a stream; *block* is SESSION-NUMBER. */
export async function readFullOutput(
  server: ServerConnection.ISettings,
  block: string,
  stream: StreamName,
  length?: number
): Promise<IFullOutput> {
  const asked = new URLSearchParams({ stream });
  if (length !== undefined) {
    asked.set('length', String(length));
  }
  const place = `${server.baseUrl.replace(/\/?$/, '/')}effecttalk/api/blocks/${block}/output`;
  const address = `${place}?${asked.toString()}`;
  const response = await ServerConnection.makeRequest(address, {}, server);
  if (!response.ok) {
    throw await ServerConnection.ResponseError.create(response);
  }
  const bytes = await response.blob();
  return {
    bytes,
    total: Number(response.headers.get('EffectTalk-Total-Bytes') ?? bytes.size),
    isComplete: response.headers.get('EffectTalk-Is-All') !== 'false'
  };
}
