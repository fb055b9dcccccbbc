import { For } from 'solid-js';
import { t, type Word } from '../i18n';
import { Dialog } from '../ui/Dialog';
import type { Ui } from './ui';

const ROWS: { keys: string[]; word: Word }[] = [
  { keys: ['/'], word: 'help_search' },
  { keys: ['j', 'k'], word: 'help_next' },
  { keys: ['a'], word: 'help_assign' },
  { keys: ['n'], word: 'help_new' },
  { keys: ['v'], word: 'voice' },
  { keys: ['Esc'], word: 'help_close' },
  { keys: ['?'], word: 'help_help' },
];

export function HelpDialog(props: { ui: Ui }) {
  return (
    <Dialog open={props.ui.open() === 'help'} title={t('shortcuts')} onClose={() => props.ui.setOpen(null)}>
      <dl class="keys">
        <For each={ROWS}>
          {(row) => (
            <div>
              <dt>
                <For each={row.keys}>{(key) => <kbd>{key}</kbd>}</For>
              </dt>
              <dd>{t(row.word)}</dd>
            </div>
          )}
        </For>
      </dl>
    </Dialog>
  );
}
