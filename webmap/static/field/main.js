// The phone page: opens without signal, shows what is kept, and sends when it can.

import { byId, notice } from "../app/dom.js";
import { CONFIG, LANGUAGES, currentLanguage, setLanguage, t } from "../app/words.js";
import { remember, remembered } from "./account.js";
import { openFor } from "./db.js";
import { register } from "./install.js";
import { showLogin, signInAgain } from "./login.js";
import { warn } from "./say.js";
import { askMe, signOut } from "./service.js";
import { drawBanners, drawStatus, route, startShell } from "./shell.js";
import { load, on, state } from "./state.js";
import { measure } from "./storage.js";
import { keepSyncing, sync } from "./sync.js";
import * as track from "./track.js";
import { focusLanguage } from "./view_more.js";

function speak(name) {
  const next = name === "other" ? LANGUAGES.find((each) => each !== currentLanguage()) : name;
  setLanguage(next);
  remember({ language: next });
  byId("tabs").setAttribute("aria-label", t("field.tabs"));
}

/** Work for somebody: open what is kept for them, and begin. */
async function begin(me, { focus = false } = {}) {
  const { name, display, role, prefix } = me;
  state.me = { name, display, role, prefix };
  try {
    await openFor(name);
    await load();
  } catch (error) {
    byId("main").replaceChildren(warn(t("field.no_storage", { text: error.message }), "alarm"));
    document.body.classList.add("ready");
    return;
  }
  remember({ account: state.me, ended: false });
  document.body.classList.add("working");
  on("me", () => remember({ account: state.me }));
  on("sign-in", () => signInAgain(state.me.name, () => sync()));
  on("sync", () => state.sync.running || measure());
  on("full", () => notice(t("field.full"), { error: true }));
  await track.resume();
  await startShell({ focus });
  drawStatus();
  drawBanners();
  document.body.classList.add("ready");
  keepSyncing();
}

/** Who works with this phone: who did last; else whoever has a session here; else whoever signs in. */
async function who() {
  const { account, ended } = remembered();
  if (account) return account;
  // whoever signed out without signal is signed out now
  if (ended) await signOut().catch(() => null);
  return askMe().catch(() => null);
}

function login() {
  byId("title").textContent = t("field.sign_in");
  document.title = [t("field.sign_in"), byId("city").textContent].filter(Boolean).join(" · ");
  showLogin(byId("main"), (me) => begin(me, { focus: true }));
}

async function start() {
  const asked = new URLSearchParams(location.search).get("lang");
  speak(LANGUAGES.includes(asked) ? asked : (remembered().language ?? CONFIG.language));
  on("language", async (name) => {
    speak(name);
    if (!state.me) return login();
    await route({ focus: false });
    drawBanners();
    return focusLanguage();
  });
  if (!window.isSecureContext || !window.indexedDB) {
    byId("main").replaceChildren(warn(t("field.insecure"), "alarm"));
    document.body.classList.add("ready");
    return;
  }
  register();
  measure();
  const me = await who();
  if (me) return begin(me);
  login();
  document.body.classList.add("ready");
}

start();
