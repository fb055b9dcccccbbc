/**
 * An Argentine phone number as `+54…`, or null: non-digits are dropped; `54…` stays; `9…` gets 54;
 * ten digits get 549; the old `15…` form becomes 549 and the rest; a leading trunk 0 is dropped.
 */
export function normalizePhone(text: string): string | null {
  let digits = text.replace(/\D/g, '');
  // A plus names the country: a foreign number is no local one.
  if (/^\s*\+/.test(text) && !digits.startsWith('54')) return null;
  if (digits.startsWith('00')) digits = digits.slice(2);
  if (digits.startsWith('0')) digits = digits.slice(1);
  if (!digits.startsWith('54')) {
    if (digits.startsWith('9') && digits.length === 11) digits = `54${digits}`;
    else if (digits.startsWith('15') && digits.length === 12) digits = `549${digits.slice(2)}`;
    else if (digits.length === 10) digits = `549${digits}`;
  }
  return /^54[0-9]{10,11}$/.test(digits) ? `+${digits}` : null;
}
