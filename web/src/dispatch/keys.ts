/** What the keyboard asks for; null when the key means nothing here. */
export type Command = 'search' | 'next' | 'previous' | 'assign' | 'new' | 'help' | 'voice' | 'back';

const KEYS: Record<string, Command> = {
  '/': 'search',
  j: 'next',
  k: 'previous',
  a: 'assign',
  n: 'new',
  v: 'voice',
  '?': 'help',
  Escape: 'back',
};

/** Letters are commands only where nobody writes and no dialog is open. */
export function commandOf(event: KeyboardEvent): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
  const command = KEYS[event.key] ?? null;
  const target = event.target as HTMLElement | null;
  if (document.querySelector('dialog[open]')) return null;
  const writing = target?.closest('input, textarea, select, [contenteditable]');
  if (writing && command !== 'back') return null;
  return command;
}
