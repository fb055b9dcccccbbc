// Bodies of the REST routes under the names that the faces use; made from the server's own (`schema.ts`).
import type { Job as FrameJob } from '../socket/frames';
import type {
  CreateJob,
  Customer,
  Found,
  HistoryEntry,
  Organization,
  Problem,
  Job as RestJob,
  Role,
  Tokens,
  Upload,
  User,
} from './schema';

export type { Customer, HistoryEntry, Organization, Role, Upload, User };
export type Login = Tokens;
export type Place = Found;
export type NewJob = CreateJob;
/** `application/problem+json`; anything may stand between us and the server, so nothing is sure. */
export type ProblemBody = Partial<Problem>;
export type Page<T> = { items: T[]; next?: string | null };

/** A job has one form, on REST as in every frame: this does not compile when they part. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;
export const JOB_HAS_ONE_FORM: Same<FrameJob, RestJob> = true;
