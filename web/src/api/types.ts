// Bodies of the REST routes that the faces use.
import type { Job } from '../socket/frames';

export type Role = 'owner' | 'admin' | 'dispatcher' | 'technician' | 'accountant';

export interface User {
  id: string;
  name: string;
  phone: string;
  role: Role;
  is_active?: boolean;
}

export interface Organization {
  id: string;
  name: string;
  version?: number;
}

export interface Login {
  access_token: string;
  expires_in_s: number;
  user: User;
  organization: Organization;
}

export interface OtpSent {
  challenge?: string;
  expires_in_s?: number;
  retry_after_s?: number;
}

export interface Customer {
  id: string;
  name: string;
  phone: string;
  address?: string | null;
  lat?: number | null;
  lon?: number | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface NewJob {
  title: string;
  customer_id: string;
  address?: string;
  lat?: number;
  lon?: number;
  scheduled_start?: string;
  scheduled_end?: string;
  technician_ids?: string[];
  notes?: string;
}

export interface HistoryEntry {
  status: Job['status'];
  previous_status?: Job['status'] | null;
  notes?: string | null;
  at?: string;
  created_at?: string;
}

/** `application/problem+json`. */
export interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  errors?: { field: string; message: string }[];
  current?: unknown;
  retry_after_s?: number;
}
