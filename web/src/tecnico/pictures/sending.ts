import { Problem, Unreachable } from '../../api/client';
import { addJobPhoto, beginUpload, continueUpload } from '../../api/routes';
import type { Upload } from '../../api/types';
import type { Picture } from './shelf';

/** Bytes of one request: what a dropped connection costs at most, and how finely progress is seen. */
export const PART = 128 * 1024;

/** The server's side, so that the rules can be tried without one. */
export interface Wire {
  begin(picture: Picture): Promise<Upload>;
  part(id: string, offset: number, bytes: ArrayBuffer): Promise<Upload>;
  attach(picture: Picture, file: string): Promise<unknown>;
}

export const WIRE: Wire = {
  begin: (picture) =>
    beginUpload({
      sha256: picture.sha256,
      bytes: picture.bytes.byteLength,
      mime: picture.mime,
      purpose: picture.type === 'signature' ? 'signature' : 'job_photo',
      job_id: picture.job,
    }),
  part: (id, offset, bytes) => continueUpload(id, bytes, { 'Upload-Offset': offset }),
  attach: (picture, file) =>
    addJobPhoto(picture.job, {
      file_id: file,
      type: picture.type,
      local_id: picture.id,
      taken_at: new Date(picture.taken_at).toISOString(),
      ...(picture.signed_by ? { signed_by: picture.signed_by } : {}),
    }),
};

/**
 * Sends one picture: from where the server has it, part by part, then to its job. Broken off anywhere it is simply
 * called again; nothing is sent twice that was acknowledged.
 */
export async function send(
  picture: Picture,
  wire: Wire,
  progress: (part: number) => void,
  goesOn: () => boolean,
): Promise<boolean> {
  let upload = await wire.begin(picture);
  const total = picture.bytes.byteLength;
  while (!upload.done) {
    progress(upload.offset / total);
    if (!goesOn()) return false;
    const end = Math.min(total, upload.offset + PART);
    upload = await wire.part(upload.id, upload.offset, picture.bytes.slice(upload.offset, end));
  }
  progress(1);
  await wire.attach(picture, upload.id);
  return true;
}

export type After =
  /** Again after so many milliseconds. */
  | { do: 'wait'; ms: number }
  /** Never: the person should know. */
  | { do: 'refuse'; why: string };

/** What follows from a failure; `failed` counts those in a row. */
export function after(cause: unknown, failed: number): After {
  const backoff = Math.min(60_000, 1000 * 2 ** Math.min(failed, 6));
  if (cause instanceof Unreachable) return { do: 'wait', ms: backoff };
  if (!(cause instanceof Problem)) return { do: 'wait', ms: backoff };
  // Another offset than ours, or an upload that was thrown away: begun again, the server says where it is.
  if (cause.code === 'FILE_003' || (cause.status === 404 && cause.code === 'REQUEST_004'))
    return { do: 'wait', ms: backoff };
  if (cause.status === 401 || cause.status === 408 || cause.status === 429 || cause.status >= 500)
    return { do: 'wait', ms: Math.max(backoff, (cause.retryAfterS ?? 0) * 1000) };
  return { do: 'refuse', why: cause.body.errors?.[0]?.message ?? cause.body.detail ?? cause.message };
}
