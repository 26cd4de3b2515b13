// What an office does with a matter: the same events that phones send.

import { latest, tick } from "../field/clock.js";
import { knows, t } from "../app/words.js";
import { ServiceError, call } from "./service.js";

/** Return a new id; crypto.randomUUID is missing where a page came without https. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

const reasonWords = (reason) => (knows(`office.refused.${reason}`) ? t(`office.refused.${reason}`) : reason);

/** Make a change of a matter that follows what is before the eyes, and send it; a refusal becomes an error. */
export async function change(told, kind, after, body) {
  const last = told.changes.reduce((found, { clock }) => latest(found, clock), null);
  const event = { id: uuid(), kind, clock: tick(last), made_at: new Date().toISOString(), device: "office", matter: told.matter.id, after, body };
  const { answers } = await call("POST", "field/events", [event]);
  const [answer] = answers;
  if (answer.status === "refused") throw new ServiceError(t("office.refused", { why: reasonWords(answer.reason) }), { body: answer });
  return answer;
}
