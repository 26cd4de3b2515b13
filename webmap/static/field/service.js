// Talking to the service: one door, and one kind of error for each way it can fail.

import { currentLanguage, t } from "../app/words.js";

export class ServiceError extends Error {
  constructor(message, { status = 0, body = {} } = {}) {
    super(message);
    this.status = status;
    this.body = body ?? {};
  }
}

/** Nothing was answered, or not now: it may have arrived or not, and is to be sent again. */
export class OfflineError extends ServiceError {}
/** Nobody is signed in, or no longer. */
export class SignedOutError extends ServiceError {}

const KINDS = { 401: SignedOutError, 408: OfflineError, 429: OfflineError, 502: OfflineError, 503: OfflineError, 504: OfflineError };
const PATIENCE = 90_000;

let csrf = "";
const waiting = new Set();

/** Wait no longer for what is under way: it is asked for again. */
export function breakOff() {
  for (const each of waiting) each.abort();
}

function patience() {
  const own = new AbortController();
  waiting.add(own);
  setTimeout(() => {
    waiting.delete(own);
    own.abort();
  }, PATIENCE);
  return own.signal;
}

async function send(method, path, { body, bytes, headers = {} } = {}) {
  const own = { ...headers };
  if (csrf && method !== "GET") own["X-CSRF-Token"] = csrf;
  if (body !== undefined) own["Content-Type"] = "application/json";
  if (bytes !== undefined) own["Content-Type"] = "application/octet-stream";
  try {
    return await fetch(`api/v1/${path}`, {
      method,
      headers: own,
      body: bytes ?? (body === undefined ? undefined : JSON.stringify(body)),
      credentials: "same-origin",
      cache: "no-store",
      signal: patience(),
    });
  } catch {
    throw new OfflineError(t("error.offline"));
  }
}

async function told(response) {
  try {
    return await response.json();
  } catch {
    return null; // an answer that was cut short is no answer
  }
}

/** Ask the service; an answer that is no success becomes an error. */
export async function call(method, path, more = {}) {
  const response = await send(method, path, more);
  if (response.status === 204 || response.status === 304) return null;
  const body = await told(response);
  if (response.ok && body !== null) {
    if (more.etag) more.etag(response.headers.get("ETag"));
    return body;
  }
  if (response.ok) throw new OfflineError(t("error.offline"));
  if (body?.code === "csrf" && !more.again) {
    await askMe();
    return call(method, path, { ...more, again: true });
  }
  const Kind = KINDS[response.status] ?? ServiceError;
  throw new Kind(sentence(response.status, body), { status: response.status, body });
}

/** What went wrong, in the language of the page; the service's own sentence is English. */
function sentence(status, body) {
  if (status === 429) return t("field.too_often");
  if (status === 503) return t("field.busy");
  return (currentLanguage() === "en" && body?.detail) || t("error.failed", { status });
}

const known = (me) => {
  csrf = me.csrf ?? "";
  return me;
};

const code = encodeURIComponent;

export const askMe = () => call("GET", "me").then(known);
export const signIn = (name, password) => call("POST", "session", { body: { name, password } }).then(known);
export const signOut = () => call("DELETE", "session").then(() => {
  csrf = "";
});

export const sendEvents = (batch) => call("POST", "field/events", { body: batch });
export const askEvents = (cursor) => call("GET", `field/events?cursor=${cursor}`);
export const askOwn = () => call("GET", "field/own");
export const askPhoto = (id) => call("GET", `field/photos/${code(id)}?state=1`);
export const sendPart = (id, offset, bytes, sha256) => call("PUT", `field/photos/${code(id)}?offset=${offset}`, { bytes, headers: { "X-Part-SHA256": sha256 } });
export const askAreas = () => call("GET", "field/areas");
/** Fetch a photo of somebody else. */
export async function fetchPhoto(id) {
  const response = await send("GET", `field/photos/${code(id)}`);
  return response.ok ? response.blob() : null;
}
export const photoAddress = (id) => `api/v1/field/photos/${code(id)}`;

/** Fetch the package of an area; null where the one with this tag is the newest. */
export async function askPackage(area, tag) {
  let etag = null;
  const body = await call("GET", `field/package?area=${code(area)}`, { headers: tag ? { "If-None-Match": tag } : {}, etag: (value) => (etag = value) });
  return body && { body, etag };
}
