import { createMemo } from 'solid-js';
import { encode } from 'uqr';

/** A QR code of a text, dark on white in either theme: cameras want it so. */
export function QrCode(props: { text: string; label: string }) {
  const code = createMemo(() => encode(props.text, { ecc: 'L', border: 4 }));
  const path = createMemo(() => {
    let d = '';
    code().data.forEach((row, y) => {
      row.forEach((dark, x) => {
        if (dark) d += `M${x} ${y}h1v1h-1z`;
      });
    });
    return d;
  });
  return (
    <svg class="qr" viewBox={`0 0 ${code().size} ${code().size}`} role="img" aria-label={props.label}>
      <path class="qr-ground" d={`M0 0h${code().size}v${code().size}H0z`} />
      <path class="qr-ink" d={path()} />
    </svg>
  );
}
