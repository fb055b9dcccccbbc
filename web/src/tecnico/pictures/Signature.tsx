import { createSignal, onMount, Show } from 'solid-js';
import { t } from '../../i18n';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';

/** The customer signs with a finger or a mouse; who cannot types the name, which is then drawn. */
export function Signature(props: {
  open: boolean;
  onClose: () => void;
  onSigned: (canvas: HTMLCanvasElement, name: string) => void;
}) {
  return (
    <Dialog open={props.open} title={t('signature')} onClose={props.onClose}>
      <Pad onSigned={props.onSigned} onClose={props.onClose} />
    </Dialog>
  );
}

function Pad(props: { onSigned: (canvas: HTMLCanvasElement, name: string) => void; onClose: () => void }) {
  let canvas: HTMLCanvasElement | undefined;
  const [drawn, setDrawn] = createSignal(false);
  const [name, setName] = createSignal('');
  let last: { x: number; y: number } | null = null;
  const pen = () => canvas?.getContext('2d') ?? null;
  const clear = () => {
    const to = pen();
    if (!to || !canvas) return;
    to.fillStyle = '#fff';
    to.fillRect(0, 0, canvas.width, canvas.height);
    setDrawn(false);
  };
  onMount(clear);
  const at = (event: PointerEvent) => {
    const box = canvas?.getBoundingClientRect();
    if (!canvas || !box) return { x: 0, y: 0 };
    return {
      x: ((event.clientX - box.left) / box.width) * canvas.width,
      y: ((event.clientY - box.top) / box.height) * canvas.height,
    };
  };
  const begin = (event: PointerEvent) => {
    canvas?.setPointerCapture(event.pointerId);
    last = at(event);
  };
  const draw = (event: PointerEvent) => {
    const to = pen();
    if (!last || !to) return;
    const next = at(event);
    to.strokeStyle = '#111';
    to.lineWidth = 4;
    to.lineCap = 'round';
    to.beginPath();
    to.moveTo(last.x, last.y);
    to.lineTo(next.x, next.y);
    to.stroke();
    last = next;
    setDrawn(true);
  };
  const write = () => {
    const to = pen();
    if (!to || !canvas) return;
    to.fillStyle = '#111';
    to.font = 'italic 56px serif';
    to.textBaseline = 'middle';
    to.fillText(name().trim(), 32, canvas.height / 2, canvas.width - 64);
  };
  const done = (event: Event) => {
    event.preventDefault();
    if (!canvas || (!drawn() && !name().trim())) return;
    if (!drawn()) write();
    props.onSigned(canvas, name());
  };
  return (
    <form class="signature" onSubmit={done}>
      <p class="muted small">{t('signature_lead')}</p>
      <canvas
        ref={canvas}
        width="800"
        height="320"
        role="img"
        aria-label={t('signature_pad')}
        onPointerDown={begin}
        onPointerMove={draw}
        onPointerUp={() => {
          last = null;
        }}
        onPointerCancel={() => {
          last = null;
        }}
      />
      <Field label={t('signature_name')} hint={t('signature_typed')}>
        {(field) => (
          <input
            {...field}
            name="signed_by"
            autocomplete="off"
            maxlength="200"
            value={name()}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="dialog-foot">
        <Show when={drawn()}>
          <button type="button" class="button" onClick={clear}>
            {t('signature_clear')}
          </button>
        </Show>
        <button type="submit" class="button primary" disabled={!drawn() && !name().trim()}>
          {t('signature_done')}
        </button>
      </div>
    </form>
  );
}
