// The worker that keeps the page on the phone, its updates, and putting it on the home screen.

import { CONFIG } from "../app/words.js";
import { emit } from "./state.js";

const EVERY = 3_600_000;
let prompt = null;
let waiting = null;
let renewing = false;

export const version = () => CONFIG.version;
export const canInstall = () => prompt !== null;
export const isInstalled = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
export const isOnPhone = () => Boolean(navigator.serviceWorker?.controller);
export const hasUpdate = () => waiting !== null;

export async function install() {
  const asked = prompt;
  prompt = null;
  await asked?.prompt();
  emit("install");
}

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  prompt = event;
  emit("install");
});

window.addEventListener("appinstalled", () => emit("install"));

/** Go over to the new version of the page: what is typed is kept, so nothing is lost by it. */
export function update() {
  renewing = true;
  waiting?.postMessage("go");
}

function found(worker) {
  if (!worker) return;
  const look = () => {
    // the first worker of all is no update
    if (worker.state !== "installed" || !navigator.serviceWorker.controller) return;
    waiting = worker;
    emit("update");
  };
  worker.addEventListener("statechange", look);
  look();
}

/** Keep the page on the phone. */
export async function register() {
  if (!("serviceWorker" in navigator)) return false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (renewing) location.reload();
    emit("install");
  });
  try {
    const registration = await navigator.serviceWorker.register("field/sw.js", { scope: "field", updateViaCache: "none" });
    found(registration.waiting);
    registration.addEventListener("updatefound", () => found(registration.installing));
    const look = () => navigator.onLine && registration.update().catch(() => null);
    setInterval(look, EVERY);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
    return true;
  } catch {
    return false; // without signal the one that is there goes on
  }
}
