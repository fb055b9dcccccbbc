import { Problem, Unreachable } from '../api/client';
import { accessToken } from '../api/session';

/** Longest side of a picture that is sent, pixels. */
const LONGEST = 1600;

/** A picture as JPEG, no longer than a phone's screen needs. */
async function shrunk(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/jpeg', 0.8),
  );
}

/** Uploads a picture for a WhatsApp message and says which file it is. */
export async function uploadPhoto(file: File): Promise<string> {
  const body = await shrunk(file);
  const asked = new URLSearchParams({ purpose: 'whatsapp_media', name: file.name.slice(0, 100) });
  const answer = await fetch(`/api/files/direct?${asked}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken()}`,
      'content-type': 'image/jpeg',
      'idempotency-key': crypto.randomUUID(),
    },
    body,
  }).catch(() => {
    throw new Unreachable();
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, said, null);
  return said.id;
}
