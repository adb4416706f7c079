/** Requests to the REST API of EffectTalk's server extension; docs/server.md describes it. */
import { ServerConnection } from '@jupyterlab/services';

import { asObject, asString } from './json';

const ROOT = 'effecttalk/api/';

/** What a request consists of besides its path. */
export interface IRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The server answered with an error. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly status: number
  ) {
    super(message);
  }
}

/** The server does not have the API: its extension is not installed or not enabled. */
export class NotEnabledError extends RequestError {}

/**
 * Send a request to the API and return the response.
 *
 * Each part of *path* is encoded. Raises RequestError unless the response is a success or "not
 * modified", and ServerConnection.NetworkError if the server cannot be reached.
 */
export async function requestAPI(
  path: readonly string[],
  { method = 'GET', query = {}, body, headers = {} }: IRequest = {},
  settings: ServerConnection.ISettings = ServerConnection.makeSettings()
): Promise<Response> {
  const url = requestURL(settings.baseUrl, path, query);
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await ServerConnection.makeRequest(url, init, settings);
  if (!response.ok && response.status !== 304) {
    throw await readError(response);
  }
  return response;
}

/** Send a request to the API and return the JSON in the response; an empty one is an empty object. */
export async function requestJSON(
  path: readonly string[],
  request: IRequest = {},
  settings?: ServerConnection.ISettings
): Promise<unknown> {
  const response = await requestAPI(path, request, settings);
  const text = await response.text();
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch {
    throw new RequestError('the response is not valid JSON', response.status);
  }
}

function requestURL(
  baseURL: string,
  path: readonly string[],
  query: Readonly<Record<string, string | number>>
): string {
  // An encoded part cannot leave the API, with these exceptions.
  if (path.some(part => ['', '.', '..'].includes(part))) {
    throw new RequestError(`not a path of the API: ${path.join('/')}`, 400);
  }
  const url = `${baseURL.replace(/\/?$/, '/')}${ROOT}${path.map(encodeURIComponent).join('/')}`;
  const parameters = Object.entries(query).map(([name, value]): [string, string] => [
    name,
    String(value)
  ]);
  return parameters.length === 0 ? url : `${url}?${new URLSearchParams(parameters).toString()}`;
}

async function readError(response: Response): Promise<RequestError> {
  const { status, statusText } = response;
  const data: unknown = await response.json().catch(() => null);
  const { message, errors } = asObject(data);
  // Every error of the API lists its `errors`; that of an unknown route comes from Jupyter Server.
  if (status === 404 && !Array.isArray(errors)) {
    return new NotEnabledError('the server extension of EffectTalk is not enabled', status);
  }
  return new RequestError(asString(message) || `${status} ${statusText}`, status);
}
