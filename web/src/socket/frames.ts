// The frames of the sockets and of the customer stream, as docs/protocol.md has them.

export type Uuid = string;
/** Unix milliseconds. */
export type Ms = number;

export type JobStatus = 'pending' | 'scheduled' | 'en_camino' | 'working' | 'completed' | 'cancelled';
export type TechnicianStatus = 'off_shift' | 'available' | 'en_camino' | 'working' | 'offline';
export type Action = 'start_travel' | 'cancel_travel' | 'arrive' | 'start_work' | 'complete';

/** A job in REST's form, cut to the role. */
export interface Job {
  id: Uuid;
  version: number;
  title: string;
  status: JobStatus;
  job_number?: string;
  description?: string | null;
  job_type?: string;
  priority?: 'low' | 'normal' | 'high' | 'urgent';
  customer_id?: Uuid;
  customer?: { id: Uuid; name: string; phone?: string | null } | null;
  technician_ids: Uuid[];
  address?: string | null;
  lat?: number | null;
  lon?: number | null;
  /** Where the journey goes: the job's place, else the customer's. */
  destination?: { lat: number; lon: number } | null;
  scheduled_start?: string | null;
  scheduled_end?: string | null;
  notes?: string | null;
  internal_notes?: string | null;
  cancellation_reason?: string | null;
  arrived_at?: string | null;
  actual_start?: string | null;
  actual_end?: string | null;
  /** The arrival window last told to the customer. */
  window?: { from: string; to: string } | null;
  tracking_url?: string | null;
  created_at?: string;
  updated_at?: string;
}

export interface Point {
  at: Ms;
  lat: number;
  lon: number;
  accuracy_m?: number;
  speed_mps?: number;
  heading_deg?: number;
  altitude_m?: number;
  battery?: number;
  charging?: boolean;
}

export type TechnicianClient =
  | { type: 'hello'; token: string; device: Uuid; boot: Uuid; app: string; now: Ms }
  | { type: 'pings'; from: number; now: Ms; points: Point[] }
  | { type: 'command'; id: Uuid; job: Uuid; action: Action; version: number; at: Ms }
  | { type: 'shift'; id: Uuid; on: boolean; at: Ms };

export interface Rejected {
  seq: number;
  code: string;
}

export type TechnicianServer =
  | { type: 'welcome'; resume: string; server_time: Ms; ping_every_s: number; shift: boolean; jobs: Job[] }
  | { type: 'ack'; upto: number; rejected?: Rejected[]; ping_every_s?: number }
  | { type: 'result'; id: Uuid; ok: true; version?: number }
  | { type: 'result'; id: Uuid; ok: false; code: string; current?: unknown }
  | { type: 'job'; job: Job }
  | { type: 'job_gone'; id: Uuid }
  | { type: 'error'; code: string; detail?: string }
  | { type: 'bye'; retry_after_ms: number };

export interface Position {
  lat: number;
  lon: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  heading_deg: number | null;
  at: Ms;
}

export interface Eta {
  tier: number;
  p10_s: number;
  p50_s: number;
  p90_s: number;
  at: Ms;
}

export interface Technician {
  id: Uuid;
  name: string;
  status: TechnicianStatus;
  job: Uuid | null;
  position: Position | null;
  eta: Eta | null;
  last_seen: Ms | null;
  battery: number | null;
}

export type DispatchClient =
  | { type: 'hello'; token: string; after?: string; format?: 'json' | 'binary' }
  | { type: 'view'; bounds?: [number, number, number, number] };

export type PositionRow = [
  technician: Uuid,
  lat: number,
  lon: number,
  speed_mps: number | null,
  heading_deg: number | null,
  accuracy_m: number | null,
  at: Ms,
];

export interface DispatchEvent {
  kind: string;
  at: Ms;
  by?: { kind: 'staff' | 'technician' | 'customer' | 'system'; id?: Uuid };
  job?: Job;
  technician?: Technician;
}

export type DispatchServer =
  | { type: 'welcome'; resume: string; server_time: Ms }
  | { type: 'snapshot'; cursor: string; technicians: Technician[]; jobs: Job[] }
  | { type: 'positions'; at: Ms; rows: PositionRow[] }
  | { type: 'event'; cursor: string; event: DispatchEvent }
  | { type: 'error'; code: string; detail?: string }
  | { type: 'bye'; retry_after_ms: number };

/** `event: state` of `GET /t/{token}/live`. */
export interface CustomerLive {
  status: JobStatus | 'arrived';
  window: { from: Ms | string; to: Ms | string } | null;
  technician: { first_name: string; photo_url: string | null; vehicle: string | null } | null;
  position: { lat: number; lon: number; at: Ms | string } | null;
  message: string | null;
}
