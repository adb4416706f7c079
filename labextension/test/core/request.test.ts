import { ServerConnection } from '@jupyterlab/services';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { NotEnabledError, requestAPI, RequestError, requestJSON } from '../../src/core/request';

const SETTINGS = { baseUrl: 'http://host/lab' } as ServerConnection.ISettings;
const makeRequest = vi.spyOn(ServerConnection, 'makeRequest');

function answer(body: unknown, status = 200): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  makeRequest.mockResolvedValue(new Response(text, { status, statusText: 'text' }));
}

describe('a request to the API', () => {
  beforeEach(() => {
    makeRequest.mockReset();
  });

  it('has an encoded path and a query below the base URL', async () => {
    answer({});
    await requestAPI(['blocks', 'a/b'], { query: { limit: 5, q: 'x y' } }, SETTINGS);
    const [url, init, settings] = makeRequest.mock.calls[0] ?? [];
    expect(url).toBe('http://host/lab/effecttalk/api/blocks/a%2Fb?limit=5&q=x+y');
    expect(init).toEqual({ method: 'GET', headers: {} });
    expect(settings).toBe(SETTINGS);
  });

  it.each([[['..']], [['sessions', '.']], [['sessions', '']]])(
    'does not leave the API with the path %s',
    async path => {
      await expect(requestAPI(path, {}, SETTINGS)).rejects.toBeInstanceOf(RequestError);
    }
  );

  it('sends its body as JSON', async () => {
    answer({});
    await requestJSON(['sessions'], { method: 'PATCH', body: { archived: true } }, SETTINGS);
    expect(makeRequest.mock.calls[0]?.[1]).toMatchObject({
      method: 'PATCH',
      body: '{"archived":true}'
    });
  });

  it('returns JSON, and an empty response as an empty object', async () => {
    answer({ total: 1 });
    expect(await requestJSON(['sessions'], {}, SETTINGS)).toEqual({ total: 1 });
    answer('');
    expect(await requestJSON(['sessions'], {}, SETTINGS)).toEqual({});
  });

  it('rejects with the message of the server', async () => {
    answer({ message: 'another job is running', errors: [] }, 409);
    await expect(requestJSON(['backups'], {}, SETTINGS)).rejects.toEqual(
      new RequestError('another job is running', 409)
    );
    answer('no JSON', 502);
    await expect(requestJSON(['backups'], {}, SETTINGS)).rejects.toThrow('502 text');
    answer('no JSON');
    await expect(requestJSON(['backups'], {}, SETTINGS)).rejects.toThrow('not valid JSON');
  });

  it('knows a missing block from a missing server extension', async () => {
    answer({ message: 'there is no block x-1', errors: [] }, 404);
    await expect(requestAPI(['blocks', 'x-1'], {}, SETTINGS)).rejects.not.toBeInstanceOf(
      NotEnabledError
    );
    answer({ message: 'Not Found', reason: null }, 404);
    await expect(requestAPI(['sessions'], {}, SETTINGS)).rejects.toBeInstanceOf(NotEnabledError);
  });
});
