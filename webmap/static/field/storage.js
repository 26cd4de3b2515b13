// Room on the phone: whether the browser may throw things away, and how much is left.

import { emit } from "./state.js";

const TIGHT = 60_000_000;
let told = { used: 0, quota: 0, tight: false };
let kept = false;

export const room = () => told;
export const isKept = () => kept;

export async function measure() {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  told = { used: usage, quota, tight: quota > 0 && (quota - usage < TIGHT || usage > 0.9 * quota) };
  kept = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
  emit("room");
}

/** Ask the browser not to throw away what is kept here when room gets short. */
export async function keepForGood() {
  if (!kept) kept = (await navigator.storage?.persist?.().catch(() => false)) ?? false;
  await measure();
  return kept;
}
