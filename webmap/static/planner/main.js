// Start the planners' page: who is it, and where do they want to go.

import { byId, fill, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { showAreas } from "./areas.js";
import { desk } from "./desk.js";
import { closeArea, openArea } from "./editor.js";
import { showLogin } from "./login.js";
import { queue } from "./queue.js";
import { SignedOutError, askMe } from "./service.js";
import { beginLanguage } from "./tongue.js";

const wanted = () => new URLSearchParams(location.hash.slice(1)).get("area");

let turn = 0;

async function route() {
  const mine = ++turn;
  document.body.classList.remove("ready");
  try {
    desk.me ??= await askMe();
    const area = wanted();
    if (area) await openArea(area);
    else {
      closeArea();
      await showAreas(signedOut);
    }
  } catch (error) {
    if (mine !== turn) return;
    if (error instanceof SignedOutError) {
      signedOut();
      return;
    }
    closeArea();
    fill(byId("root"), h("main", { class: "card-page" }, h("div", { class: "problem", role: "alert" }, h("h1", {}, t("error.title")), h("p", {}, error.message), h("p", { class: "buttons" }, h("button", { type: "button", class: "main", on: { click: route } }, t("error.retry")), h("a", { class: "plain", href: "#" }, t("back.areas"))))));
  }
  if (mine === turn) document.body.classList.add("ready");
}

function signedOut() {
  closeArea();
  desk.me = null;
  showLogin((me) => {
    desk.me = me;
    route();
  });
}

/** Those who use keys see where the focus is, also around the map. */
function watchKeys() {
  const usesKeys = (yes) => () => document.body.classList.toggle("keys", yes);
  document.addEventListener("keydown", usesKeys(true), { capture: true });
  document.addEventListener("pointerdown", usesKeys(false), { capture: true });
}

beginLanguage();
watchKeys();
window.addEventListener("hashchange", route);
window.addEventListener("beforeunload", (event) => {
  if (queue.items.length && !queue.safe) event.preventDefault();
});
route();
