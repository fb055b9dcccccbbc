/** What the server asks phones to send (functional.md section 3.4). */
export const MOST_SIDE = 1600;
export const MOST_BYTES = 700 * 1024;
const QUALITIES = [0.75, 0.6, 0.45, 0.3];

/** The sides of a picture that is to be at most `most` on its longer one; never larger than it was. */
export function scaled(width: number, height: number, most = MOST_SIDE): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A JPEG of at most 1600 x 1600 pixels and 700 KB, upright. The phone's own time and the job say when and where. */
export async function shrink(file: Blob): Promise<Blob> {
  // Upright, as the camera meant it.
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    for (let most = MOST_SIDE; ; most = Math.round(most * 0.75)) {
      const { width, height } = scaled(picture.width, picture.height, most);
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const pen = canvas.getContext('2d');
      if (!pen) throw new Error('no canvas');
      // JPEG knows no holes: what was transparent lies on paper.
      pen.fillStyle = '#fff';
      pen.fillRect(0, 0, width, height);
      pen.drawImage(picture, 0, 0, width, height);
      for (const quality of QUALITIES) {
        const small = await encode(canvas, 'image/jpeg', quality);
        if (small.size <= MOST_BYTES || most < 400) return small;
      }
    }
  } finally {
    picture.close();
  }
}

export function encode(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), type, quality),
  );
}

/** SHA-256, hexadecimal: the name by which an upload is found again. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('');
}
