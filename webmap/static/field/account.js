// Who this phone belongs to: remembered beside the data, so that the page opens without signal.

const KEY = "geo-grid-field";

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function remember(values) {
  localStorage.setItem(KEY, JSON.stringify({ ...remembered(), ...values }));
}
