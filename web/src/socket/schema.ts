// Made by `npm run gen`; do not edit.

/** What a technician's phone asks for. */
export type Action = 'start_travel' | 'cancel_travel' | 'arrive' | 'start_work' | 'complete';

/** What the phone believes its owner does. */
export type Activity = 'still' | 'walking' | 'in_vehicle' | 'on_bicycle';

/** Who caused something. */
export type By = {
  /** The person, where there is one. */
  id?: UserId | null;
  /** What kind of actor. */
  kind: ByKind;
};

/** The kinds of actor. */
export type ByKind = 'staff' | 'technician' | 'customer' | 'system';

/** `command`: something done to a job. */
export type CommandFrame = {
  /** What was done. */
  action: Action;
  /** The phone's clock when it was done, Unix milliseconds. */
  at: number;
  /** Drawn by the phone; the same id gets the same answer again. */
  id: string;
  /** The job. */
  job: JobId;
  /** Words of the technician, at most 500 characters. */
  notes?: string | null;
  /** With `complete`: photos of the job that this phone has and uploads later. */
  photos?: number;
  /** With `complete`: whether it has a signature that it uploads later. */
  signature?: boolean;
  /** The version that the phone had seen, for the record. */
  version?: number | null;
};

/** The answer to a command or shift: `{"type":"result", ..}` without its type. */
export type CommandResult = {
  /** Why not: `JOB_001`, `JOB_002`, `SHIFT_001` .. `SHIFT_004`. */
  code?: string | null;
  /** What stands against it: the whole job, or the last shift; null where there is none. */
  current?: unknown;
  /** The command's id. */
  id: string;
  /** Whether it is so now. */
  ok: boolean;
  /** The job's present version, when ok. */
  version?: number | null;
};

/** A customer of an organization. */
export type CustomerId = string;

/** What a customer's stream says (`event: state`). */
export type CustomerLive = {
  /** The state in words. */
  message: string;
  /** Only between `en_camino` and arrival. */
  position?: CustomerPosition | null;
  /** The way ahead from the position, `[lat, lon]`, at most 200 points; only with a position and a map. */
  route?: number[][] | null;
  /** The job's status: pending, scheduled, en_camino, working, completed, cancelled; `arrived` between. */
  status: string;
  /** Who comes. */
  technician?: CustomerTechnician | null;
  /** The promised window. */
  window?: CustomerWindow | null;
};

/** Where they are, as a customer may know it. */
export type CustomerPosition = {
  at: number;
  lat: number;
  lon: number;
};

/** A job's customer, in short. */
export type CustomerRef = {
  /** Their own address. */
  address?: string | null;
  /** The customer's id. */
  id: CustomerId;
  /** Their name. */
  name: string;
  /** Their phone. */
  phone: string;
};

/** Who comes, as a customer may know it. */
export type CustomerTechnician = {
  first_name: string;
  photo_url?: string | null;
  vehicle?: string | null;
};

/** A promised window, Unix milliseconds. */
export type CustomerWindow = {
  from: number;
  to: number;
};

/** Everything a viewer may say. */
export type DispatchClient =
  | {
      /** The last cursor: the missed events instead of a snapshot, where that is possible. */
      after?: string | null;
      /** How positions come. */
      format?: Format;
      /** Whether `motion` frames come too. */
      motion?: boolean;
      /** Whether `notification` frames come too. */
      notifications?: boolean;
      /** An access token, or the `resume` of an earlier `welcome`. */
      token: string;
      type: 'hello';
    }
  | {
      /** `[west, south, east, north]`, degrees; absent: all. */
      bounds?: number[] | null;
      type: 'view';
    };

/** Everything that is said to a viewer, save `positions` in the packed form. */
export type DispatchServer =
  | {
      /** Good for the next `hello` of this path alone. */
      resume: string;
      /** Unix milliseconds. */
      server_time: number;
      type: 'welcome';
    }
  | {
      /** All events up to it are contained. */
      cursor: string;
      /** Open, and those that ended today. */
      jobs: Job[];
      /** By name. */
      technicians: TechnicianView[];
      type: 'snapshot';
    }
  | {
      /** Unix milliseconds. */
      at: number;
      /** One a technician. */
      rows: [UserId, number, number, number | null, number | null, number | null, number][];
      type: 'positions';
    }
  | {
      /** How exact the position is, metres. */
      accuracy_m: number;
      /** The moment of the position that the path begins at, Unix milliseconds. */
      at: number;
      /** The expected way ahead, `[lat, lon]` in degrees; null: do not predict (stopped, unknown, off the road). */
      path?: number[][] | null;
      /** How fast, m/s. */
      speed_mps: number;
      /** Of whom. */
      technician: UserId;
      type: 'motion';
    }
  | {
      /** Opaque, at most 64 characters. */
      cursor: string;
      /** `{"kind","at","by","job"?,"technician"?,..}`. */
      event: EventBody;
      type: 'event';
    }
  | ({
      type: 'notification';
    } & NoticeFrame)
  | ({
      type: 'error';
    } & ErrorFrame)
  | {
      /** Come back after so many milliseconds. */
      retry_after_ms: number;
      type: 'bye';
    };

/** A frame could not be taken; the socket stays open. */
export type ErrorFrame = {
  /** The stable code. */
  code: string;
  /** What is wrong, in words. */
  detail: string;
};

/** An estimate as viewers get it. */
export type EtaView = {
  at: number;
  p10_s: number;
  p50_s: number;
  p90_s: number;
  tier: number;
};

/** An event as viewers get it. Kinds add fields of their own; readers pass over what they do not know. */
export type EventBody = {
  /** When it took effect, Unix milliseconds. */
  at: number;
  /** Who caused it. */
  by: By;
  /** Technicians who no longer have the job. */
  gone?: UserId[] | null;
  /** The whole job as it was then. */
  job?: Job | null;
  /**
   * Noun, dot, past tense: `job.created`, `job.updated`, `job.assigned`, `job.status_changed`, `job.arrived`,
   * `job.eta_updated`, `technician.status_changed`, `user.created`, `user.updated`, `shift.corrected`, ..
   */
  kind: string;
  /** The job's status before. */
  previous_status?: string | null;
  /** The technician it speaks of, as they are at sending. */
  technician?: TechnicianView | null;
};

/** Something that shows that the work was done. */
export type Evidence = 'notes' | 'photo' | 'signature';

/** A file. */
export type FileId = string;

/** How a viewer wants its positions. */
export type Format = 'json' | 'binary';

/** A job: the REST form, which frames and events carry too, cut to the role. */
export type Job = {
  /** When work ended. */
  actual_end?: string | null;
  /** When work began. */
  actual_start?: string | null;
  /** Where, in words. */
  address?: string | null;
  /** Floor, flat, which bell. */
  address_extra?: string | null;
  /** When the present or last journey reached the customer. */
  arrived_at?: string | null;
  /** Why it was called off. */
  cancellation_reason?: string | null;
  /** City. */
  city?: string | null;
  /** What was said when it was done. */
  completion_notes?: string | null;
  /** What must be there before it may be completed: notes, photo, signature. */
  completion_requires?: Evidence[];
  /** When it was made. */
  created_at: string;
  /** For whom, with what a technician at the door needs. */
  customer: CustomerRef;
  /** For whom. */
  customer_id: CustomerId;
  /** More about it. */
  description?: string | null;
  /** Where the journey goes: the job's place, else the customer's; null without both. */
  destination?: Place | null;
  /** Minutes it should take, 15 to 1440. */
  estimated_duration_min?: number | null;
  /** The job's id. */
  id: JobId;
  /** Notes that no customer sees. */
  internal_notes?: string | null;
  /** `JOB-00001`, gapless within the organization, never changed. */
  job_number: string;
  /** plomeria, electricidad, aire_acondicionado, gas, calefaccion, general or a kind of the organization's own. */
  job_type: string;
  /** The job's own place, WGS-84 degrees; null if nobody placed it. */
  lat?: number | null;
  /** How sure the map's index was of the job's address, 0 to 1; null if nobody asked it. */
  location_confidence?: number | null;
  /** Who says where that is: person, geocoded, or customer where the customer's place serves; null without any. */
  location_source?: Source | null;
  /** The address was looked up and nothing was sure: somebody should drag a pin. */
  location_unsure?: boolean;
  /** The job's own place, WGS-84 degrees; null if nobody placed it. */
  lon?: number | null;
  /** Barrio. */
  neighborhood?: string | null;
  /** Notes. */
  notes?: string | null;
  /** Its photos and papers, oldest first. */
  photos?: JobPhoto[];
  /** Postal code. */
  postal_code?: string | null;
  /** How soon. */
  priority: Priority;
  /** Province. */
  province?: string | null;
  /** Until when the office may take its completion back; null unless it is completed. */
  reopen_until?: string | null;
  /** When it should end. */
  scheduled_end?: string | null;
  /** When it should begin. */
  scheduled_start?: string | null;
  /** The customer's signature. */
  signature?: JobPhoto | null;
  /** Where the signature is for an hour (never stored). */
  signature_url?: string | null;
  /** What it was made of: manual, whatsapp, voice or recurring. */
  source?: string;
  /** The message that it was made of. */
  source_message_id?: string | null;
  /** Where it stands. */
  status: Status;
  /** When it came to its present state. */
  status_changed_at: string;
  /** Who does it, the lead first. */
  technician_ids: UserId[];
  /** What it is about, 3 to 200 characters. */
  title: string;
  /** The job's journey while it is under way (office only). */
  tracking?: TrackingRef | null;
  /** The customer's link, while en_camino (office only; never stored). */
  tracking_url?: string | null;
  /** When it was last changed. */
  updated_at: string;
  /** Rises with every change. */
  version: number;
  /** The arrival window last told to the customer, while the journey lasts. */
  window?: Window | null;
};

/** A job. */
export type JobId = string;

/** A photo, paper or signature of a job. */
export type JobPhoto = {
  /** Who added it. */
  added_by: UserId;
  /** When. */
  created_at: string;
  /** Its file. */
  file_id: FileId;
  /** Pixels down. */
  height?: number | null;
  /** Its id. */
  id: PhotoId;
  /** Where the camera says it was taken. */
  lat?: number | null;
  /** The phone's own name for it. */
  local_id?: string | null;
  /** Where the camera says it was taken. */
  lon?: number | null;
  /** Its type. */
  mime: string;
  /** Who signed. */
  signed_by?: string | null;
  /** Bytes. */
  size: number;
  /** When it was taken. */
  taken_at: string;
  /** Where its thumbnail is for an hour. */
  thumbnail_url?: string | null;
  /** What it shows. */
  type: PhotoType;
  /** Where it is for an hour (REST and the office's frames; never stored). */
  url?: string | null;
  /** Pixels across; null for a paper that is no picture. */
  width?: number | null;
};

/**
 * To the sockets of one person whose `hello` said `notifications`: a new notice, or (without one) that some were
 * read elsewhere.
 */
export type NoticeFrame = {
  /** The new one. */
  notice?: Notification | null;
  /** How many are unread now. */
  unread: number;
};

/** A notice in a person's inbox. */
export type Notification = {
  /** A sentence or two, es-AR. */
  body: string;
  /** When it came. */
  created_at: string;
  /** Which one. */
  entity_id?: string | null;
  /** What it speaks of: `job`, .. */
  entity_kind?: string | null;
  /** Its id. */
  id: string;
  /** As `job_assigned`, `job_cancelled`, `job_updated`, `webhook_disabled`, `system_alert`. */
  kind: string;
  /** What faces need to word it in another language. */
  params: unknown;
  /** When it was read. */
  read_at?: string | null;
  /** One line, es-AR. */
  title: string;
};

/** `pause`: a pause within the open shift begins or ends; the same rules as for `shift`. */
export type PauseFrame = {
  /** The phone's clock, Unix milliseconds. */
  at: number;
  /** Drawn by the phone; the same id gets the same answer again. */
  id: string;
  /** Whether it begins. */
  on: boolean;
};

/** A photo or signature of a job. */
export type PhotoId = string;

/** What a picture shows. */
export type PhotoType = 'before' | 'during' | 'after' | 'document' | 'signature';

/**
 * A frame of positions. Read it with [`Pings::read`]: plain deserializing fails where one number has no
 * place in a float (`1e999`), reading does not.
 */
export type Pings = {
  /** Sequence number of the first point. */
  from: number;
  /** The phone's clock at sending, Unix milliseconds. */
  now: number;
  /** The points, oldest first, at most 500. */
  points: Point[];
};

/** A place, WGS-84 degrees. */
export type Place = {
  /** Degrees north. */
  lat: number;
  /** Degrees east. */
  lon: number;
};

/**
 * One position of a `pings` frame.
 *
 * Reading never fails on a wrong type, a missing field or an absurd number: such a field is `None`, unknown
 * ones are passed over, and [`RawPoint::fix`] says what that means for the point.
 */
export type Point = {
  /** Radius of the error, metres. */
  accuracy_m?: number | null;
  /** What the owner does. */
  activity?: Activity | null;
  /** Height, metres. */
  altitude_m?: number | null;
  /** The phone's clock at the fix, Unix milliseconds; identifies the point within its boot. */
  at: number;
  /** Charge, 0..1. */
  battery?: number | null;
  /** Is it being charged? */
  charging?: boolean | null;
  /** Course, degrees clockwise from north, 0..360. */
  heading_deg?: number | null;
  /** Latitude, WGS-84 decimal degrees. */
  lat: number;
  /** Longitude, WGS-84 decimal degrees. */
  lon: number;
  /** Did an app make the position up? */
  mock?: boolean | null;
  /** Speed over ground, m/s. */
  speed_mps?: number | null;
};

/** A position as viewers get it. */
export type PositionView = {
  accuracy_m?: number | null;
  at: number;
  heading_deg?: number | null;
  lat: number;
  lon: number;
  speed_mps?: number | null;
};

/** How soon a job should be done. */
export type Priority = 'low' | 'normal' | 'high' | 'urgent';

/** Why a point is refused for good: the codes of `ack.rejected`. */
export type Refusal = 'range' | 'future' | 'too_old' | 'off_shift';

/** A refused point. */
export type Rejected = {
  /** Why, for good. */
  code: Refusal;
  /** Its number. */
  seq: number;
};

/** A tracking session: one journey to one job. */
export type SessionId = string;

/** `shift`: work begins or ends. */
export type ShiftFrame = {
  /** The phone's clock, Unix milliseconds. */
  at: number;
  /** Drawn by the phone; the same id gets the same answer again. */
  id: string;
  /** Whether it begins. */
  on: boolean;
};

/** Who says where something is. */
export type Source = 'person' | 'geocoded' | 'customer';

/** Where a job stands. */
export type Status = 'pending' | 'scheduled' | 'en_camino' | 'working' | 'completed' | 'cancelled';

/** Everything a phone may say. */
export type TechnicianClient =
  | ({
      type: 'hello';
    } & TechnicianHello)
  | ({
      type: 'pings';
    } & Pings)
  | ({
      type: 'command';
    } & CommandFrame)
  | ({
      type: 'shift';
    } & ShiftFrame)
  | ({
      type: 'pause';
    } & PauseFrame);

/** `hello` of a phone, within 5 s. */
export type TechnicianHello = {
  /** Name and version of the app. */
  app?: string;
  /** Drawn when the app's store is made new. */
  boot: string;
  /** The installation of the app. */
  device: string;
  /** Whether `notification` frames come too. */
  notifications?: boolean;
  /** The phone's clock at sending, Unix milliseconds. */
  now: number;
  /** An access token, or the `resume` of an earlier `welcome`. */
  token: string;
};

/** Everything that is said to a phone. */
export type TechnicianServer =
  | {
      /** The whole truth of today's list. */
      jobs: Job[];
      /** Since when the person pauses in it, Unix milliseconds; absent while they do not. */
      paused_since?: number | null;
      /** Seconds between positions. */
      ping_every_s: number;
      /** Good for the next `hello` alone. */
      resume: string;
      /** Unix milliseconds. */
      server_time: number;
      /** Whether a shift is open. */
      shift: boolean;
      type: 'welcome';
    }
  | {
      /** Seconds between positions. */
      ping_every_s: number;
      /** The refused points newly covered or sent again. */
      rejected: Rejected[];
      type: 'ack';
      /** Every point of this boot up to and including this one is settled. */
      upto: number;
    }
  | ({
      type: 'result';
    } & CommandResult)
  | {
      /** The job, cut to the role. */
      job: Job;
      type: 'job';
    }
  | {
      /** Which. */
      id: JobId;
      type: 'job_gone';
    }
  | ({
      type: 'notification';
    } & NoticeFrame)
  | ({
      type: 'error';
    } & ErrorFrame)
  | {
      /** Come back after so many milliseconds. */
      retry_after_ms: number;
      type: 'bye';
    };

/** What a technician is doing. */
export type TechnicianStatus = 'off_shift' | 'available' | 'en_camino' | 'working' | 'offline';

/** A technician as viewers get it (T of the contract). */
export type TechnicianView = {
  /** 0 ..= 1. */
  battery?: number | null;
  /** The estimate to the job under way. */
  eta?: EtaView | null;
  /** The person. */
  id: UserId;
  /** The job under way. */
  job?: JobId | null;
  /** When anything was last heard, Unix milliseconds. */
  last_seen?: number | null;
  /** Their name. */
  name: string;
  /**
   * Since when they pause within their shift, Unix milliseconds: their status is `off_shift` meanwhile. Absent while
   * they do not.
   */
  paused_since?: number | null;
  /** The newest position. */
  position?: PositionView | null;
  /** What they are doing. */
  status: TechnicianStatus;
};

/** A job's live journey: from it and the key the customer's link is made anew whenever it is needed. */
export type TrackingRef = {
  /** Which of its links is good. */
  link: number;
  /** The tracking session. */
  session_id: SessionId;
};

/** A person, the same in every organization they belong to. */
export type UserId = string;

/** An arrival window. */
export type Window = {
  /** Not before. */
  from: string;
  /** Not after. */
  to: string;
};
