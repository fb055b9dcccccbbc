import type { PositionRow } from './frames';

const HEADER = 16;
const ROW = 40;
const UNKNOWN = 65535;

/** A 16-byte UUID as its usual text. */
function uuidAt(bytes: Uint8Array, offset: number): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += (bytes[offset + i] ?? 0).toString(16).padStart(2, '0');
  }
  return text;
}

const scaled = (raw: number, unit: number) => (raw === UNKNOWN ? null : raw * unit);

/**
 * Reads the binary `positions` frame, version 1: little-endian, a header of 16 bytes, then rows whose
 * length the header says (40 today; a longer row of a later server is read as far as we know it).
 *
 * Null when the frame is of another version or kind, or shorter than it says.
 */
export function decodePositions(buffer: ArrayBuffer): { at: number; rows: PositionRow[] } | null {
  if (buffer.byteLength < HEADER) return null;
  const view = new DataView(buffer);
  const bytes = new Uint8Array(buffer);
  if (view.getUint8(0) !== 1 || view.getUint8(1) !== 1) return null;
  const size = view.getUint16(2, true);
  const count = view.getUint32(4, true);
  if (size < ROW || buffer.byteLength < HEADER + size * count) return null;
  const rows: PositionRow[] = [];
  for (let i = 0; i < count; i++) {
    const o = HEADER + i * size;
    rows.push([
      uuidAt(bytes, o),
      view.getInt32(o + 16, true) / 1e7,
      view.getInt32(o + 20, true) / 1e7,
      scaled(view.getUint16(o + 24, true), 0.01),
      scaled(view.getUint16(o + 26, true), 0.01),
      scaled(view.getUint16(o + 28, true), 0.1),
      Number(view.getBigInt64(o + 32, true)),
    ]);
  }
  return { at: Number(view.getBigInt64(8, true)), rows };
}
