// "Where am I": asks the browser; of a large plan, which is not here whole, the service is asked what grid that is.

/* global L */

import { gridAt, refresh } from "./atlas_map.js";
import { busy, notice } from "./dom.js";
import { map } from "./stage.js";
import { change } from "./state.js";
import { FOCUS } from "./style.js";
import { gridThere, tiled } from "./tile_map.js";
import { CONFIG, t } from "./words.js";

const ZOOM = 17;
let dot = null;

/** Browsers tell places to safe pages only, and tell them in WGS84. */
export const canLocate = () => Boolean(navigator.geolocation) && window.isSecureContext && CONFIG.datum === "WGS84";

/** Go to where the visitor is, and open the grid there. */
export function locate() {
  const asked = new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
  });
  return busy(asked.then(show, () => notice(t("locate.failed"), { error: true })));
}

const codesOf = (grid) => (grid ? { grid: grid.code, area: grid.area } : { grid: null, area: null });

async function show({ coords }) {
  const here = L.latLng(coords.latitude, coords.longitude);
  dot?.remove();
  dot = L.layerGroup([
    L.circle(here, { pane: "focus", radius: coords.accuracy, color: FOCUS, weight: 1, fillOpacity: 0.12, interactive: false }),
    L.circleMarker(here, { pane: "focus", radius: 7, color: "#ffffff", weight: 2.5, fillColor: FOCUS, fillOpacity: 1, interactive: false }),
  ]).addTo(map);
  map.setView(here, Math.max(map.getZoom(), ZOOM), { animate: false });
  await refresh();
  const there = tiled() ? await gridThere(here) : codesOf(gridAt(here));
  if (there.grid) change(there);
  else notice(t("locate.outside"));
}
