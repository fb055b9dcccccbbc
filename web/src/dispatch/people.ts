import { createSignal } from 'solid-js';
import { listAll } from '../api/client';
import { createCustomer, getCustomer, listCustomers } from '../api/routes';
import type { Customer } from '../api/types';

const [customers, setCustomers] = createSignal<Customer[]>([]);
let asked: Promise<void> | null = null;

export { customers };

/** Loads the customers once; a failed try may be repeated. */
export function loadCustomers(): Promise<void> {
  asked ??= listAll(listCustomers).then(
    (items) => {
      setCustomers(items);
    },
    (cause) => {
      asked = null;
      throw cause;
    },
  );
  return asked;
}

/** A customer that is not in the list yet (someone else made it) is fetched by its id. */
export async function customer(id: string): Promise<Customer> {
  const known = customers().find((c) => c.id === id);
  if (known) return known;
  const row = await getCustomer(id);
  setCustomers((all) => (all.some((c) => c.id === id) ? all : [...all, row]));
  return row;
}

export async function addCustomer(body: {
  name: string;
  phone: string;
  address?: string;
}): Promise<Customer> {
  const row = await createCustomer(body);
  setCustomers((all) => [...all, row]);
  return row;
}
