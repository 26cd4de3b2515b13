// Talking to the service.

import { t } from "../app/words.js";

export class ServiceError extends Error {
  constructor(message, { status = 0, body = {} } = {}) {
    super(message);
    this.status = status;
    this.body = body ?? {};
  }
}

const ROOT = "../api/v1/";

let csrf = "";

async function ask(method, path, body) {
  const headers = {};
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  const file = body instanceof FormData; // the browser says itself of what kind a form is
  if (body !== undefined && !file) headers["Content-Type"] = "application/json";
  try {
    return await fetch(ROOT + path, { method, headers, body: body === undefined || file ? body : JSON.stringify(body), credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new ServiceError(t("error.offline"));
  }
}

/** Ask the service; an answer that is no success becomes an error with one line for a person. */
export async function call(method, path, body) {
  const response = await ask(method, path, body);
  if (response.status === 204) return null;
  const told = await response.json().catch(() => null);
  if (response.ok && told !== null) return told;
  throw new ServiceError(told?.detail ?? t("error.failed", { status: response.status }), { status: response.status, body: told });
}

const known = (me) => {
  csrf = me.csrf ?? "";
  return me;
};

export const askMe = () => call("GET", "me").then(known);
export const signIn = (name, password) => call("POST", "session", { name, password }).then(known);
export const signOut = () => call("DELETE", "session");

/** Return an address with the parameters that have a value. */
export function query(path, values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  const text = new URLSearchParams(given.map(([name, value]) => [name, value === true ? "1" : String(value)])).toString();
  return `field/${path}${text ? `?${text}` : ""}`;
}

export const get = (path, values = {}) => call("GET", query(path, values));
export const address = (path, values = {}) => ROOT + query(path, values);
export const photo = (id) => `${ROOT}field/photos/${encodeURIComponent(id)}`;
