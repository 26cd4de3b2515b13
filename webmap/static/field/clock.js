// The clock of changes: the phone's time, pushed on so that what follows is always later than what it follows. Readings compare as text.

const MOST = 99_999;

const text = (millis, number) => `${String(millis).padStart(13, "0")}-${String(number).padStart(5, "0")}`;

/** Return the reading of a new event: later than the latest one known here, even where the phone's clock was put back. */
export function tick(last, now = Date.now()) {
  if (!last) return text(now, 0);
  const [millis, number] = last.split("-").map(Number);
  if (now > millis) return text(now, 0);
  return number === MOST ? text(millis + 1, 0) : text(millis, number + 1);
}

/** Return the later of two readings. */
export const latest = (last, other) => (!last || (other && other > last) ? other : last);

/** Say a day, as YYYY-MM-DD, by the city's clock. */
export const dayOf = (millis, offsetHours) => new Date(millis + offsetHours * 3_600_000).toISOString().slice(0, 10);
