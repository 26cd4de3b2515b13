// Photos: what the camera wrote is read and kept apart, then the picture is made small, and hashed as it will be sent.

import { readExif, takenAt } from "./exif.js";

const TYPE = "image/jpeg";
const SIDE = 1600;
const SMALL = 200;
// tried one after the other until it is small enough
const TRIES = [[SIDE, 0.82], [SIDE, 0.65], [1200, 0.6], [900, 0.5]];
const AIM = 600_000;
const HEAD = 262_144;

export class PhotoError extends Error {}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** SHA-256, in small hexadecimal digits. */
export const sha256 = async (buffer) => hex(await crypto.subtle.digest("SHA-256", buffer));

/** Decode a picture, upright. Browsers that do not know how to are asked for an image instead. */
async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const image = new Image();
    const address = URL.createObjectURL(file);
    image.src = address;
    try {
      await image.decode();
      return image;
    } catch {
      throw new PhotoError("not_a_photo");
    } finally {
      URL.revokeObjectURL(address);
    }
  }
}

async function drawn(bitmap, side, quality) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, TYPE, quality));
  return { blob, width: canvas.width, height: canvas.height };
}

/** Make a picture ready to be kept and sent. */
export async function shrink(file, { photo_bytes: most = Infinity, photo_pixels: widest = Infinity } = {}) {
  const exif = readExif(await file.slice(0, HEAD).arrayBuffer());
  const bitmap = await decoded(file);
  let made = null;
  for (const [side, quality] of TRIES) {
    made = await drawn(bitmap, Math.min(side, widest), quality);
    if (made.blob && made.blob.size <= Math.min(AIM, most)) break;
  }
  const thumb = await drawn(bitmap, SMALL, 0.7);
  bitmap.close?.();
  if (!made?.blob || made.blob.size > most) throw new PhotoError("too_large");
  const { blob, width, height } = made;
  // the phone's own time is what the record goes by; the camera's is in exif beside it
  const at = file.lastModified && Date.now() - file.lastModified < 86_400_000 ? file.lastModified : Date.now();
  return {
    meta: {
      id: crypto.randomUUID(),
      sha256: await sha256(await blob.arrayBuffer()),
      size: blob.size,
      width,
      height,
      content_type: TYPE,
      taken_at: takenAt(exif) ?? new Date(at).toISOString(),
      exif,
      thumb: thumb.blob,
      received: 0,
      state: "draft",
    },
    blob,
  };
}
