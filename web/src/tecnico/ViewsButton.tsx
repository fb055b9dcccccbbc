import { createSignal, For, Show } from 'solid-js';
import { listMyViews } from '../api/routes';
import type { DataView as Look } from '../api/schema';
import { t, type Word } from '../i18n';
import { clock, day } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';

const WAYS: Record<string, Word> = {
  live_map: 'way_live_map',
  locations: 'way_locations',
  track: 'way_track',
  session: 'way_session',
  itinerary: 'way_itinerary',
  nearest: 'way_nearest',
  link: 'way_link',
};

const viewer = (view: Look): string =>
  view.by.kind === 'customer' ? t('audit_by_customer') : (view.by.name ?? t('audit_by_unknown'));

const way = (view: Look): string => {
  const word = WAYS[view.way ?? ''];
  return word ? t(word) : view.text;
};

/** Who looked at the technician's own positions: theirs to know. */
export function ViewsButton() {
  const [open, setOpen] = createSignal(false);
  const [views, setViews] = createSignal<Look[] | null>(null);
  const [next, setNext] = createSignal<string | null>(null);
  const [trouble, setTrouble] = createSignal('');

  const load = async (after?: string) => {
    try {
      const page = await listMyViews({ limit: 50, after });
      setViews([...(after ? (views() ?? []) : []), ...page.items]);
      setNext(page.next ?? null);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  const show = () => {
    setOpen(true);
    load();
  };
  return (
    <>
      <button type="button" class="button quiet" onClick={show}>
        <Icon name="eye" />
        {t('my_views')}
      </button>
      <Dialog open={open()} title={t('my_views')} onClose={() => setOpen(false)}>
        <p class="muted">{t('my_views_lead')}</p>
        <Show when={trouble()}>
          <p class="problem" role="alert">
            {trouble()}
          </p>
        </Show>
        <Show when={views()} fallback={<Show when={!trouble()}>{t('loading')}</Show>}>
          {(rows) => (
            <Show when={rows().length > 0} fallback={<p>{t('my_views_empty')}</p>}>
              <ul class="plain">
                <For each={rows()}>
                  {(view) => (
                    <li>
                      <strong>{viewer(view)}</strong>{' '}
                      <span class="muted">
                        {way(view)} · {day(view.at)} {clock(view.at)}
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          )}
        </Show>
        <Show when={next()}>
          {(after) => (
            <button type="button" class="button" onClick={() => load(after())}>
              {t('audit_more')}
            </button>
          )}
        </Show>
      </Dialog>
    </>
  );
}
