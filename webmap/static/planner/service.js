// Talking to the service: one door for every request, and one kind of error for every way one can fail.

import { CONFIG, currentLanguage, knows, t } from "../app/words.js";

export class ServiceError extends Error {
  constructor(message, { status = 0, body = {} } = {}) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** Nothing was answered: the request may have arrived or not. */
export class OfflineError extends ServiceError {}
/** Nobody is signed in, or no longer. */
export class SignedOutError extends ServiceError {}
/** Someone changed the area first. */
export class ConflictError extends ServiceError {}
/** The change itself is not allowed; the body says why, and where. */
export class RefusedError extends ServiceError {}

// a revision that is none any more has been built anew under one's hands: that is a conflict too
const KINDS = { 401: SignedOutError, 409: ConflictError, 412: ConflictError, 422: RefusedError };
const BUSY = new Set([429, 502, 503, 504]);
/** Refusals of which only the detail says what was wrong. */
const TELLING = new Set(["bad_file", "bad_request", "bad_shape", "invalid"]);

/** Signs of a password, at least. */
export const SHORTEST = 10;

let csrf = "";
let who = null;

async function send(method, path, { body, match, form, signal, datum = true } = {}) {
  const headers = {};
  if (csrf && method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (match !== undefined) headers["If-Match"] = `"${match}"`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const parameters = datum && CONFIG.datum && CONFIG.datum !== "WGS84" ? `${path.includes("?") ? "&" : "?"}datum=${CONFIG.datum}` : "";
  try {
    return await fetch(`api/v1/${path}${parameters}`, {
      method,
      headers,
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
      credentials: "same-origin",
      signal,
    });
  } catch {
    throw new OfflineError(t("error.offline"));
  }
}

/** Ask the service; an answer that is no success becomes an error of its kind. */
export async function call(method, path, more = {}) {
  const response = await send(method, path, more);
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  if (body?.code === "csrf" && !more.again) {
    await renew();
    return call(method, path, { ...more, again: true });
  }
  throw failure(response, body);
}

/** Somebody signed in anew in another window of this browser: take the token of the new session, if it is the same person. */
async function renew() {
  const before = who;
  const me = await askMe();
  if (before === null || me.name === before) return;
  csrf = "";
  throw new SignedOutError(t("login.other", { name: me.name }), { status: 401 });
}

function failure({ status }, body) {
  const Kind = KINDS[status] ?? (BUSY.has(status) ? OfflineError : ServiceError);
  return new Kind(sentence(status, body), { status, body: body ?? {} });
}

/** What a refusal means, in the language of the page; the service's own sentence, in English, where it says more. */
function sentence(status, body) {
  const key = `problem.${body?.code}`;
  const detail = body?.detail;
  if (!knows(key) || (detail && currentLanguage() === "en")) return detail ?? t("error.failed", { status });
  return detail && TELLING.has(body.code) ? `${t(key)} (${detail})` : t(key);
}

const code = encodeURIComponent;
const of = (area, rest = "") => `desk/areas/${code(area)}${rest}`;

const known = (me) => {
  csrf = me.csrf ?? "";
  who ??= me.name;
  return me;
};

export const askMe = () => call("GET", "me").then(known);
export const signIn = (name, password) => call("POST", "session", { body: { name, password } }).then((me) => {
    who = me.name;
    return known(me);
  });
export const signOut = () => call("DELETE", "session").then(() => {
  csrf = "";
  who = null;
});
export const changePassword = (old, fresh) => call("POST", "password", { body: { old, new: fresh } }).then(known);
export const askLink = (token) => call("POST", "welcome/link", { body: { token } });
export const welcome = (body) => call("POST", "welcome", { body });

export const askAreas = () => call("GET", "desk/areas");
export const askArea = (area, revision) => call("GET", of(area, revision === undefined ? "" : `?revision=${revision}`));
export const askChanges = (since) => call("GET", since === undefined ? "desk/changes" : `desk/changes?since=${since}`);
export const askHistory = (area) => call("GET", of(area, "/history"));
export const askCompare = (area, a, b) => call("GET", of(area, `/compare?a=${code(a)}&b=${code(b)}`));
export const askComments = (area) => call("GET", of(area, "/comments"));
export const askVersions = () => call("GET", "versions");
export const askProblems = (areas) => call("GET", `desk/problems${areas ? `?areas=${areas.map(code).join(",")}` : ""}`);

export const edit = (area, match, body) => call("POST", of(area, "/edits"), { match, body });
export const preview = (area, match, body, signal) => call("POST", of(area, "/preview"), { match, body, signal });
export const undo = (area, match) => call("POST", of(area, "/undo"), { match, body: {} });
export const redo = (area, match, to) => call("POST", of(area, "/redo"), { match, body: to === undefined ? {} : { to } });
export const go = (area, match, revision) => call("POST", of(area, "/go"), { match, body: { revision } });
export const snapshot = (area, revision, name) => call("POST", of(area, "/snapshots"), { body: { revision, name } });
export const branch = (area, base, op, name) => call("POST", of(area, "/branches"), { body: { base, op, name } });
export const comment = (area, body) => call("POST", of(area, "/comments"), { body });
export const closeComment = (area, id) => call("POST", of(area, `/comments/${code(id)}/close`), { body: {} });
export const publish = (body) => call("POST", "versions", { body });

/** Send a file; a preview stores nothing. */
export function importFile(area, match, { kind, file, datum }, { preview: only, signal }) {
  const form = new FormData();
  form.append("file", file);
  const parameters = new URLSearchParams({ kind, ...(datum ? { file_datum: datum } : {}), ...(only ? { preview: "1" } : {}) });
  return call("POST", of(area, `/import?${parameters}`), { match, form, signal });
}

/** Fetch a file. */
export async function exportFile(format, area, version, signal) {
  const response = await send("GET", `exports/${format}?area=${code(area)}&lang=${currentLanguage()}${version ? `&version=${code(version)}` : ""}`, { datum: false, signal });
  if (!response.ok) throw failure(response, await response.json().catch(() => null));
  const name = /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `${area}.${format}`;
  return { blob: await response.blob(), name };
}
