import type { Role, User } from '../api/types';
import type { Word } from '../i18n';
import type { IconName } from '../ui/Icon';

/** What somebody may be invited as: nobody makes an owner. */
export const ROLES: Role[] = ['technician', 'dispatcher', 'admin', 'accountant'];

const WORDS: Record<Role, Word> = {
  owner: 'role_owner',
  admin: 'role_admin',
  dispatcher: 'role_dispatcher',
  technician: 'role_technician',
  accountant: 'role_accountant',
};

export const roleWord = (role: Role): Word => WORDS[role];

/** Whether somebody is in, invited or out, by word and icon. */
export function stateOf(user: Pick<User, 'is_active' | 'joined_at'>): {
  kind: string;
  icon: IconName;
  word: Word;
} {
  if (!user.is_active) return { kind: 'offline', icon: 'close', word: 'team_inactive' };
  if (!user.joined_at) return { kind: 'pending', icon: 'clock', word: 'team_invited' };
  return { kind: 'ok', icon: 'check', word: 'team_active' };
}

/** Opens WhatsApp with the words ready to send to a phone; they leave from the sender's own number. */
export const whatsappLink = (phone: string, words: string): string =>
  `https://wa.me/${phone.replace(/\D/g, '')}?text=${encodeURIComponent(words)}`;
