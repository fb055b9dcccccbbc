import { createSignal, onCleanup } from 'solid-js';
import { listDuplicateCustomers, searchCustomers } from '../../api/routes';
import type { Customer, Duplicate, DuplicateReason } from '../../api/schema';
import type { Word } from '../../i18n';
import { normalizePhone } from '../../phone';

/** Letters come faster than anybody reads answers. */
const PAUSE_MS = 250;
const SHOWN = 20;

/** Asks after a pause in typing; an answer that comes after a newer question is dropped. */
export function createAsking<T>(ask: (text: string) => Promise<T>, onAnswer: (answer: T) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;
  onCleanup(() => {
    clearTimeout(timer);
    turn++;
  });
  return (text: string, pause = PAUSE_MS): void => {
    clearTimeout(timer);
    const mine = ++turn;
    timer = setTimeout(() => {
      ask(text).then(
        (answer) => mine === turn && onAnswer(answer),
        // What is shown stays: the next letter asks again.
        () => null,
      );
    }, pause);
  };
}

/** Customers as the server finds them: words in any order, without accents, parts of phones. */
export function createSearch(): { found: () => Customer[] | null; ask: (q: string, pause?: number) => void } {
  const [found, setFound] = createSignal<Customer[] | null>(null);
  const ask = createAsking(
    (q) => searchCustomers({ q, limit: SHOWN, is_active: true }),
    (page) => setFound(page.items),
  );
  return { found, ask };
}

/** Who may be there already, asked with what is typed so far. */
export function createDoubles(): {
  doubles: () => Duplicate[];
  ask: (name: string, phone: string, address: string) => void;
} {
  const [doubles, setDoubles] = createSignal<Duplicate[]>([]);
  const ask = createAsking(
    async (text) => {
      const { name, phone, address } = JSON.parse(text) as Record<'name' | 'phone' | 'address', string>;
      if (!name && !phone) return [];
      const asked = { ...(name && { name }), ...(phone && { phone }), ...(address && { address }), limit: 3 };
      return (await listDuplicateCustomers(asked)).items;
    },
    (items: Duplicate[]) => setDoubles(items),
  );
  return {
    doubles,
    ask: (name, phone, address) =>
      ask(
        JSON.stringify({
          name: name.trim(),
          // Half a number is refused; a whole one is asked.
          phone: normalizePhone(phone) ?? '',
          address: address.trim(),
        }),
      ),
  };
}

export const REASONS: Record<DuplicateReason, Word> = {
  same_phone: 'double_same_phone',
  same_last_ten: 'double_same_last_ten',
  same_cuit: 'double_same_cuit',
  same_dni: 'double_same_dni',
  same_email: 'double_same_email',
  same_name: 'double_same_name',
  similar_name: 'double_similar_name',
  same_address: 'double_same_address',
  near: 'double_near',
};
