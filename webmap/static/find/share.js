// What to do with an answer: send it, print it, hang it up.

import { h, notice, picture } from "../app/dom.js";
import { currentLanguage, t } from "../app/words.js";
import { placeName } from "./card.js";

const SIGNS = {
  share: ["M12 15V4M8 8l4-4 4 4", "M6 12H5v8h14v-8h-1"],
  print: "M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z",
  board: ["M4 4h16v12H4z", "M8 8h8M8 12h5M12 16v5M8 21h8"],
};

/** A link to a grid: its code alone, never a place. */
export const linkTo = (code) => new URL(`find?grid=${encodeURIComponent(code)}`, document.baseURI.replace(/find(?:[?#].*)?$/, "")).href;

async function share(code, text) {
  const url = linkTo(code);
  if (navigator.share) {
    await navigator.share({ title: t("find.title"), text, url }).catch(() => null);
    return;
  }
  try {
    await navigator.clipboard.writeText(url);
    notice(t("find.share.copied"));
  } catch {
    // over http browsers keep the clipboard shut: the link is shown, ready to be copied by hand
    const field = document.getElementById("link");
    field.hidden = false;
    field.focus();
    field.select();
  }
}

export function shareButtons(leaf, area, name) {
  const text = placeName(area.name ?? "", name);
  const link = h("input", { id: "link", class: "link-field", readonly: true, value: linkTo(leaf.code), "aria-label": t("find.share.link"), hidden: true });
  return h(
    "section",
    { class: "block deeds" },
    h("button", { type: "button", class: "deed", on: { click: () => share(leaf.code, text) } }, picture(SIGNS.share), t("find.share")),
    h("button", { type: "button", class: "deed", on: { click: () => window.print() } }, picture(SIGNS.print), t("find.print")),
    h("a", { class: "deed", href: `board/${encodeURIComponent(leaf.code)}?paper=A4&lang=${currentLanguage()}` }, picture(SIGNS.board), t("find.board")),
    link,
    h("p", { class: "printed-link" }, linkTo(leaf.code)),
  );
}
