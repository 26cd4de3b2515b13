// Photos of a form: taken or chosen, made small, and on the disk before they are shown.

import { h } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { addPhoto, removePhoto } from "./drafts.js";
import { PhotoError, shrink } from "./photos.js";
import { refill } from "./redraw.js";
import { bytes, icon, reasonText, thumb, warn } from "./say.js";
import { plan, state } from "./state.js";

/** The part of a form that holds photos. */
export function photoField(draft, { required = false, added = () => null } = {}) {
  const node = h("div", { "data-field": "photos" });
  let [trouble, working] = [null, false];

  async function take(files) {
    [trouble, working] = [null, true];
    draw();
    for (const file of files) {
      const most = plan().policy.photos ?? 9;
      if (draft.photos.length >= most) {
        trouble = t("field.photos_most", { n: number(most) });
        break;
      }
      try {
        await addPhoto(draft, await shrink(file, plan().policy));
        added();
      } catch (error) {
        trouble = error instanceof PhotoError ? reasonText(error.message) : error.name === "QuotaExceededError" ? t("field.full") : t("field.photo.failed");
      }
    }
    working = false;
    draw();
  }

  const chooser = (text, sign, more) => {
    const input = h("input", { type: "file", accept: "image/*", class: "file", "aria-label": text, on: { change: async () => {
      const files = [...input.files];
      await take(files);
      input.value = "";
    } }, ...more });
    return h("label", { class: "deed" }, icon(sign), h("span", { "aria-hidden": "true" }, text), input);
  };
  const [camera, album] = [chooser(t("field.photo.take"), "camera", { capture: "environment" }), chooser(t("field.photo.choose"), "album", { multiple: true })];

  function kept(id, i) {
    const photo = state.photos.find((each) => each.id === id);
    const text = t("field.photo.n", { n: i + 1 });
    return h("li", {}, photo?.thumb ? thumb(photo.thumb, text) : h("span", { class: "no-photo" }, text), photo && h("span", { class: "quiet" }, bytes(photo.size)), h("button", { type: "button", class: "remove", "aria-label": t("field.photo.remove", { n: i + 1 }), on: { click: async () => {
      await removePhoto(draft, id);
      draw();
      node.querySelector("input")?.focus();
    } } }, icon("close")));
  }

  function draw() {
    refill(node, draft.photos.length > 0 && h("ul", { class: "photos" }, draft.photos.map(kept)), h("div", { role: "status" }, working ? h("p", { class: "quiet" }, t("field.photo.working")) : trouble ? warn(trouble, "alarm") : null), h("div", { class: "deeds two" }, camera, album));
  }

  draw();
  return h("section", { class: "block" }, h("h2", {}, t("field.photos"), required && h("span", { class: "needed" }, t("field.needed"))), node);
}
