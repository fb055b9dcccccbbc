import { uploadDirectly } from '../api/routes';

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
  const picture = await shrunk(file);
  const kept = await uploadDirectly(picture, { purpose: 'whatsapp_media', name: file.name.slice(0, 100) });
  return kept.id;
}
