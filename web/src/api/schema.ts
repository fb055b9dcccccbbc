// Made by `npm run gen`; do not edit.

/** A picture to be added to a job; its file is uploaded before. */
export type AddPhoto = {
  /** The uploaded file. */
  file_id: FileId;
  /** The phone's own name for it: the same one is the same picture. */
  local_id?: string | null;
  /** Who signed (signatures alone). */
  signed_by?: string | null;
  /** When it was taken; else what the camera wrote, else now. */
  taken_at?: string | null;
  /** What it shows. */
  type: PhotoType;
};

/** Beside the address of a job. */
export type AddressParts = {
  /** Floor, flat, which bell: up to 100 characters. */
  address_extra?: string | null;
  /** Up to 100 characters. */
  city?: string | null;
  /** Barrio, up to 100 characters. */
  neighborhood?: string | null;
  /** Up to 20 characters. */
  postal_code?: string | null;
  /** Up to 100 characters. */
  province?: string | null;
};

/** What was found, the likeliest first. */
export type Answers = {
  /** Addresses and places. */
  items: Found[];
  /** Is there a map with an index? Without one nothing is ever found. */
  map: boolean;
};

/** `PATCH /api/jobs/{id}/assign`. */
export type AssignJob = {
  /** Who does it, the lead first; empty unassigns. */
  technician_ids: UserId[];
  /** The version that was seen. */
  version?: number | null;
};

/** A job after an assignment, and what speaks against it (never a refusal). */
export type Assigned = Job & {
  /** The same, person by person. */
  warned: Warned[];
  /** advance_notice, outside_availability, day_off, exception: what work schedules say, each once. */
  warnings: string[];
};

/** Something that can stand in the log. */
export type AuditAction = {
  /** Its name, as `customer.merged`. */
  action: string;
  /** What it is in words. */
  text: string;
};

/** Who did something. */
export type AuditBy = {
  /** The person. */
  id?: string | null;
  /** staff, technician, customer or system. */
  kind: string;
  /** Their name now. */
  name?: string | null;
};

/** An entry. */
export type AuditEntry = {
  /** Whose data was looked at. */
  about?: string | null;
  /** Their name. */
  about_name?: string | null;
  /** Of the catalogue, as `customer.merged`. */
  action: string;
  /** When. */
  at: Moment;
  /** Who did it. */
  by: AuditBy;
  /** What it was done to, as `customer`. */
  entity: string;
  /** Which one. */
  entity_id?: string | null;
  /** What binds it to the entry before, in hexadecimal. */
  hash: string;
  /** Circumstances: ip, user_agent, reason, .. */
  meta: Record<string, unknown>;
  /** What is. */
  new?: Record<string, unknown> | null;
  /** What was. Personal data as commitments. */
  old?: Record<string, unknown> | null;
  /** Its number, gapless within the organization. */
  seq: number;
  /** The same in words. */
  text: string;
};

/** What was found. */
export type AuditVerdict = {
  /** Anchors of this chain that were compared. */
  anchors: number;
  /** What is wrong with the anchors themselves, in words. */
  anchors_wrong?: string | null;
  /** Why it is bad, in words. */
  detail?: string | null;
  first_bad?: Bad | null;
  /** Its hash, in hexadecimal. */
  hash: string;
  /** The last good row's number. */
  last: number;
  /** Whether every row is as it was written. */
  ok: boolean;
  /** Whose chain. */
  org: OrgId;
  /** Rows looked at. */
  rows: number;
  /** How many rows in a second that is. */
  rows_per_s: number;
  /** How long it took. */
  took_ms: number;
};

/** Whether somebody may be sent now. */
export type Availability = {
  /** On shift, free, heard of, and seen within five minutes. */
  is_available: boolean;
  /** Their name. */
  name: string;
  paused_since?: Moment | null;
  place?: Place | null;
  /** Jobs of today still to do. */
  remaining: number;
  seen_at?: Moment | null;
  /** off_shift, paused, available, en_camino, working or offline. */
  status: string;
  /** Who. */
  technician_id: UserId;
  working_since?: Moment | null;
};

/** The first bad row of a chain. */
export type Bad = {
  /** Its number. */
  seq: number;
  /** What is wrong with it. */
  why: Why;
};

/** A field that cannot be accepted. */
export type BadField = {
  /** Its name on the wire. */
  field: string;
  /** What is wrong, in words. */
  message: string;
};

/** Where the company's money goes. The owner's to see. */
export type Bank = {
  /** The account (CBU or CVU), 22 digits. */
  cbu?: string | null;
  /** Its alias. */
  cbu_alias?: string | null;
  updated_at?: Moment | null;
  /** Rises with every change; 0 before the first. */
  version: number;
};

/** `POST /api/tracking/sessions`: to which job. */
export type BeginJourney = {
  /** The job. */
  job_id: JobId;
};

/** What is to be uploaded. */
export type BeginUpload = {
  /** How many there are. */
  bytes: number;
  job_id?: JobId | null;
  /** What its sender says that it is. */
  mime: string;
  /** What its sender calls it. */
  name?: string | null;
  /** What it is for. */
  purpose: Purpose;
  /** SHA-256 of all bytes, hexadecimal. */
  sha256: string;
};

/** A breaker that is not closed, on the server that answers. */
export type BreakerView = {
  /** Whether it is the organization's own credential that fails. */
  is_own: boolean;
  /** Seconds since it opened. */
  open_s: number;
  /** `open` or `half_open`. */
  state: string;
};

/** A number for each state. */
export type ByStatus = {
  cancelled: number;
  completed: number;
  en_camino: number;
  pending: number;
  scheduled: number;
  working: number;
};

/** The jobs of some days. */
export type Calendar = {
  /** The days that have any, with who does what. */
  days: CalendarDay[];
  /** From here. */
  from: Moment;
  /** Every job that touches them, once, by its beginning. */
  items: Job[];
  /** Always null: the answer is whole. */
  next?: string | null;
  /** Whose days these are. */
  timezone: string;
  /** To there, not included. */
  to: Moment;
  /** Open jobs without a date (200 at most), the most urgent first. */
  unscheduled: Job[];
};

/** One day. */
export type CalendarDay = {
  /** The day in the organization's zone. */
  date: string;
  /** Who has jobs on it; null is nobody yet. */
  technicians: CalendarPerson[];
};

/** One person's day. */
export type CalendarPerson = {
  /** Their jobs, by their beginning. */
  job_ids: JobId[];
  technician_id?: UserId | null;
};

/** `DELETE /api/jobs/{id}`: calls it off. */
export type CancelJob = {
  /** Why, up to 500 characters; required. */
  reason?: string | null;
  /** The version that was seen; whatever is there when absent. */
  version?: number | null;
};

/** Whether something is on for the organization. */
export type CapabilityView = {
  by?: UserId | null;
  /** Whether it is on. */
  enabled: boolean;
  /** What happens while it is off, in the language of `Accept-Language`. */
  fallback: string;
  /** What kind of thing it is. */
  group: Group;
  /** Whether this version has it at all: nothing changes by switching what is not there yet. */
  is_in_use: boolean;
  /** As `whatsapp_voice_ai`. */
  name: string;
  off_by?: OffBy | null;
  /** Why. */
  reason?: string | null;
  since?: Moment | null;
};

/** What a mode comes from. */
export type Cause = 'person' | 'rate' | 'breaker';

/** What has protected fields. */
export type ChangeEntity = 'organization' | 'user' | 'customer';

/** `POST /api/shifts/pause`: begins or ends a pause within the shift that is open. */
export type ChangePause = {
  /** When; now when absent. */
  at?: string | null;
  /** Begin (true) or end (false). */
  on: boolean;
  user_id?: UserId | null;
};

/** A request to change a protected field. */
export type ChangeRequest = {
  /** Asked at. */
  created_at: Moment;
  /** Its value when it was asked. */
  current?: string | null;
  decided_at?: Moment | null;
  decided_by?: UserId | null;
  /** Why they decided so. */
  decision_reason?: string | null;
  /** The papers that prove it: ids of files. */
  documents: FileId[];
  /** Of what. */
  entity: ChangeEntity;
  /** Of which row. */
  entity_id: string;
  /** Whose it is, in words: the name of the person, the customer, the company. */
  entity_name?: string | null;
  /** Which field. */
  field: string;
  /** Its id. */
  id: string;
  /** Why. */
  reason: string;
  /** The value that is asked for. */
  requested?: string | null;
  /** Who asked. */
  requested_by: UserId;
  /** Their name. */
  requested_by_name: string;
  /** Where it stands. */
  status: ChangeRequestStatus;
};

/** Where a request stands. */
export type ChangeRequestStatus = 'pending' | 'approved' | 'rejected';

/** `POST /api/shifts`: begins, ends, or (office, with `shift_id`) corrects a shift. */
export type ChangeShift = {
  /** When; now when absent. */
  at?: string | null;
  /** Begin (true) or end (false); with `shift_id` which edge to move. */
  on: boolean;
  shift_id?: ShiftId | null;
  user_id?: UserId | null;
};

/** `PATCH /api/jobs/{id}/status`. */
export type ChangeStatus = {
  /** Where the phone is. */
  lat?: number | null;
  /** Where the phone is. */
  lon?: number | null;
  /** What is to be said, up to 500 characters; the reason when it is called off. */
  notes?: string | null;
  /** Where it should go. */
  status: Status;
  /** The version that was seen. */
  version?: number | null;
};

/** Which channel is tried. */
export type Channel = 'web' | 'push' | 'email' | 'whatsapp' | 'sms';

/** The organization of an answer to signing in. */
export type Company = {
  /** Its id. */
  id: OrgId;
  /** Its name. */
  name: string;
};

/** `POST /api/jobs/{id}/complete`. */
export type CompleteJob = {
  /** Where the phone is. */
  lat?: number | null;
  /** Where the phone is. */
  lon?: number | null;
  /** What was done, up to 500 characters. */
  notes?: string | null;
  /** Pictures and signature, uploaded before. */
  photos?: AddPhoto[];
  /** The version that was seen. */
  version?: number | null;
};

/** How much a score says. */
export type Confidence = 'low' | 'medium' | 'high';

/** `POST /api/users/me/confirm-deletion`. */
export type Confirm = {
  /** The code that came to the phone. */
  token: string;
};

/** `PUT /api/organization/whatsapp`. */
export type ConnectWhatsApp = {
  /** The number as people read it. */
  display_phone?: string | null;
  /** Whether it is Meta's test number. */
  is_sandbox?: boolean;
  /** The number's id at Meta. */
  phone_number_id: string;
  /** The access token; absent keeps the one that is there. */
  token?: string | null;
  /** The WhatsApp Business account. */
  waba_id?: string | null;
};

/** One thing that may be agreed to, as it stands. */
export type Consent = {
  at?: Moment | null;
  /** Yes, no, or null: not answered yet. */
  is_given?: boolean | null;
  /** What. */
  kind: ConsentKind;
  /** The words now, in the reader's language. */
  text: string;
  /** Their version; another one than `version` asks again. */
  text_version: string;
  /** Which words were answered. */
  version?: string | null;
};

/** What may be agreed to. */
export type ConsentKind =
  | 'terms'
  | 'privacy'
  | 'international_transfer'
  | 'voice'
  | 'location'
  | 'location_history';

/** `POST /api/customers/{id}/opt-in`, `/opt-out`: staff changes what a customer gets. */
export type ConsentReason = {
  /** Why, 3 to 500 characters. */
  reason: string;
};

/** A conversation. */
export type Conversation = {
  assignee_id?: UserId | null;
  /** Made at. */
  created_at: Moment;
  customer?: ConversationCustomer | null;
  /** Its id. */
  id: string;
  /** Whether free text may go now. */
  in_window: boolean;
  job?: ConversationJob | null;
  /** es-AR or en. */
  language: string;
  /** When its newest message was sent. */
  last_at: Moment;
  /** in or out. */
  last_direction?: string | null;
  last_inbound_at?: Moment | null;
  /** The newest message's kind. */
  last_kind?: string | null;
  /** The newest message in a line. */
  last_preview?: string | null;
  member_id?: UserId | null;
  /** What it is called: the customer's name, else what they call themselves, else their phone. */
  name: string;
  /** Requests that wait for somebody. */
  open_requests: number;
  /** The customer's phone; null for somebody who shows a user id alone. */
  phone?: string | null;
  /** What they call themselves. */
  profile_name?: string | null;
  quiet_until?: Moment | null;
  /** The newest of them: `id`, `reason`, `text`, `count`, `created_at`. */
  request?: Record<string, unknown> | null;
  /** open, closed, archived or spam. */
  status: string;
  /** Messages that nobody read. */
  unread: number;
  /** Their handle. */
  username?: string | null;
  /** Their business-scoped user id. */
  wa_user_id?: string | null;
  window_expires_at?: Moment | null;
};

/** The customer of a conversation. */
export type ConversationCustomer = {
  /** Where they live, in words. */
  address?: string | null;
  /** Their id. */
  id: CustomerId;
  /** Their name. */
  name: string;
};

/** The job of a conversation. */
export type ConversationJob = {
  /** Its id. */
  id: JobId;
  /** Its number. */
  job_number: string;
  /** Where it stands. */
  status: string;
  /** What it is about. */
  title: string;
};

/** A point in WGS-84 decimal degrees: always finite, latitude in -90..=90, longitude in -180..=180. */
export type Coord = {
  lat: number;
  lon: number;
};

/** What was counted of the organization's own. */
export type CountView = {
  /** So many did not. */
  bad: number;
  /** So many went well. */
  good: number;
  /** What. */
  signal: Signal;
  /** Within so many minutes. */
  window_min: number;
};

/** Points of a day. */
export type Counts = {
  /** Over 5 minutes ahead. */
  future: number;
  /** Outside of every shift: not stored. */
  off_shift: number;
  /** Without a place or a time. */
  range: number;
  /** Stored (one sent twice counts twice here, and is stored once). */
  stored: number;
  /** Over 7 days old. */
  too_old: number;
  /** Requests that nobody understands. */
  unreadable: number;
};

/** How some windows held. */
export type CoverageCount = {
  /** Arrivals seen. */
  arrivals: number;
  /** Those earlier. */
  early: number;
  /** The 95 % interval of that share (Wilson). */
  high: number;
  /** Those inside p10..p90. */
  inside: number;
  /** Whether the promise lies outside of that interval. */
  is_off: boolean;
  /** Those later. */
  late: number;
  /** The 95 % interval of that share (Wilson). */
  low: number;
  /** Mean absolute error of p50, seconds. */
  mean_error_s?: number | null;
  /** The share inside, 0 to 1; null before the first arrival. */
  share?: number | null;
};

/** How the windows of one tier, hour or lead held. */
export type CoverageRow = CoverageCount & {
  /** The local hour of the week, where the row is one hour's: Monday 0:00 is 0. */
  hour_of_week?: number | null;
  /** Minutes that were left, where the row is one lead's; 0 is the start. */
  lead_min?: number | null;
  /** The tier that answered, where the row is one tier's. */
  tier?: number | null;
};

/** `POST /api/jobs`. */
export type CreateJob = AddressParts & {
  /** Where, in words, up to 500 characters. */
  address?: string | null;
  /** For whom. */
  customer_id: CustomerId;
  /** More about it, up to 2000 characters. */
  description?: string | null;
  /** Minutes it should take, 15 to 1440. */
  estimated_duration_min?: number | null;
  /** Notes that no customer sees, up to 2000 characters. */
  internal_notes?: string | null;
  /**
   * The code of a kind of work that is in use: plomeria, electricidad, aire_acondicionado, gas, calefaccion, general
   * (when absent) or one of the organization's own.
   */
  job_type?: string | null;
  /** Where, WGS-84 degrees. */
  lat?: number | null;
  /** Where, WGS-84 degrees. */
  lon?: number | null;
  /** Notes, up to 2000 characters. */
  notes?: string | null;
  priority?: Priority | null;
  /** When it should end. */
  scheduled_end?: string | null;
  /** When it should begin. */
  scheduled_start?: string | null;
  /** Who does it, the lead first. */
  technician_ids?: UserId[];
  /** What it is about, 3 to 200 characters. */
  title: string;
};

/** Whose number it is, by its prefix. */
export type CuitKind = 'person' | 'company' | 'foreign';

/** Why a text is no tax number. */
export type CuitReason = 'characters' | 'length' | 'prefix' | 'check_digit';

/** What a text is worth as a tax number. */
export type CuitVerdict = {
  /** Its eleven digits; null where it does not hold. */
  cuit?: string | null;
  /** As people write it; null where it does not hold. */
  formatted?: string | null;
  kind?: CuitKind | null;
  reason?: CuitReason | null;
  /** Whether it holds. */
  valid: boolean;
};

/** A customer. */
export type Customer = {
  /** Where they live, in words. */
  address?: string | null;
  /** responsable_inscripto, monotributista, exento or consumidor_final. */
  condicion_iva?: string | null;
  /** Made at. */
  created_at: Moment;
  /** Their tax number, 11 digits; null in events and to technicians. */
  cuit?: string | null;
  /** Where invoices are addressed to. */
  direccion_fiscal?: string | null;
  /** The number of their document. */
  dni?: string | null;
  /** Where e-mail reaches them. */
  email?: string | null;
  /** Their id. */
  id: CustomerId;
  /** Whether they are served. */
  is_active: boolean;
  /** WGS-84 degrees. */
  lat?: number | null;
  /** How sure the map's index was of the address, 0 to 1; null if nobody asked it. */
  location_confidence?: number | null;
  location_source?: Source | null;
  /** The address was looked up and nothing was sure: somebody should drag a pin. */
  location_unsure: boolean;
  /** WGS-84 degrees. */
  lon?: number | null;
  merged_at?: Moment | null;
  merged_into?: CustomerId | null;
  /** Their name. */
  name: string;
  /** What to know of them. */
  notes?: string | null;
  opted_out_at?: Moment | null;
  /** Their phone, unique in the organization. */
  phone: string;
  /** The name of the company; null to technicians, as the rest of what bills need. */
  razon_social?: string | null;
  /** Last changed at. */
  updated_at: Moment;
  /** Rises with every change. */
  version: number;
};

/** A customer of an organization. */
export type CustomerId = string;

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

/** Somebody who looked at one's data. */
export type DataView = {
  /** When; the first time of its hour. */
  at: Moment;
  /** Who. */
  by: AuditBy;
  /** At what, in words. */
  text: string;
  /** On which way: `live_map`, `locations`, `track`, `session`, `nearest`, `link`. */
  way?: string | null;
};

/** Approving or rejecting. */
export type Decide = {
  /** Why, up to 1000 characters; required to reject. */
  reason?: string | null;
};

/** `POST /api/organization/privacy-requests/{id}/decide`. */
export type DecideRequest = {
  /** What they are answered; needed to refuse (10 to 2000 signs). */
  answer?: string | null;
  /** Done, or refused. */
  done: boolean;
};

/** A decision about a service. */
export type DecisionView = {
  by?: UserId | null;
  /** What it comes from. */
  cause: Cause;
  /** How it is to stand. */
  mode: Mode;
  /** Why. */
  reason: string;
  /** Since when. */
  since: Moment;
};

/** One's own erasure under way. */
export type Deletion = {
  /** When it was asked for. */
  asked_at: Moment;
  /** By when it is answered at the latest. */
  due_at: Moment;
  erase_at?: Moment | null;
  /** The request. */
  id: string;
  /** `confirming` until the code comes back, then `waiting`. */
  state: string;
};

/** One message of the log. */
export type Delivery = {
  /** Attempts so far. */
  attempts: number;
  /** whatsapp, sms, email, push or web. */
  channel: string;
  /** Written at. */
  created_at: Moment;
  delivered_at?: Moment | null;
  /** Not before. */
  due_at: Moment;
  /** Which. */
  entity_id?: string | null;
  /** What it is about: `job`. */
  entity_kind?: string | null;
  /** Why it is kept back or failed: ours (`outdated`, `opted_out`, `preference`, `no_channel`) or the provider's code. */
  error_code?: string | null;
  /** The provider's words. */
  error_detail?: string | null;
  /** What it tells of, as `tech_en_route`; null for what a person wrote. */
  event?: string | null;
  failed_at?: Moment | null;
  fallback_of?: MessageId | null;
  /** Its id; providers know it as `biz_opaque_callback_data`. */
  id: MessageId;
  /** Whether an SMS stands for it when WhatsApp does not take it. */
  is_critical: boolean;
  /** text, template, interactive .. or event while it waits. */
  kind: string;
  /** The phone it goes to. */
  phone?: string | null;
  read_at?: Moment | null;
  /** customer or user. */
  recipient: string;
  /** Their name. */
  recipient_name?: string | null;
  sent_at?: Moment | null;
  /** Where it stands. */
  status: State;
  /** As it read; links that open something are left out. Null while it waits. */
  text?: string | null;
};

/** A device. */
export type Device = {
  /** When it was made. */
  created_at: Moment;
  /** Its id. */
  id: DeviceId;
  /** The app that spoke last: `owntracks`, `traccar`, .. */
  last_app?: string | null;
  last_seen_at?: Moment | null;
  /** What it is called. */
  name: string;
  /** What came today. */
  today: Counts;
  /** Whose it is. */
  user_id: UserId;
};

/** A phone that speaks through an app of others. */
export type DeviceId = string;

/** A reason as clients get it: a stable code with its numbers, and the words. */
export type DispatchReason = {
  /** Stable, as `away`. */
  code: string;
  /** The numbers in it. */
  params: Record<string, unknown>;
  /** In the language of `Accept-Language`: Spanish unless English is preferred. */
  text: string;
};

/** A customer who may be somebody else. */
export type Duplicate = {
  /** Who is there; of two, the newer one. */
  customer: Customer;
  other?: Customer | null;
  /** What they share, the weightiest first. */
  reasons: DuplicateReason[];
  /** How likely they are one, 50 to 100. */
  score: number;
};

/** Something that two customers share. */
export type DuplicateReason =
  | 'same_phone'
  | 'same_last_ten'
  | 'same_cuit'
  | 'same_dni'
  | 'same_email'
  | 'same_name'
  | 'similar_name'
  | 'same_address'
  | 'near';

/** The same in a PATCH: what is absent stays, null empties. */
export type EditAddressParts = {
  /** Floor, flat, which bell. */
  address_extra?: string | null;
  /** City. */
  city?: string | null;
  /** Barrio. */
  neighborhood?: string | null;
  /** Postal code. */
  postal_code?: string | null;
  /** Province. */
  province?: string | null;
};

/** What may change of a conversation: a field that is left out stays. */
export type EditConversation = {
  assignee_id?: UserId | null;
  customer_id?: CustomerId | null;
  /** es-AR or en. */
  language?: string | null;
  /** open, closed, archived or spam. */
  status?: string | null;
};

/**
 * What may change of a customer: a field that is left out stays, null empties it. `cuit`, `razon_social` (with a
 * CUIT), `condicion_iva` and `dni` are locked once they have a value; another `direccion_fiscal` waits for the owner.
 */
export type EditCustomer = {
  /** Where they live, in words. */
  address?: string | null;
  /** responsable_inscripto, monotributista, exento or consumidor_final. */
  condicion_iva?: string | null;
  /** Their tax number. */
  cuit?: string | null;
  /** Where invoices are addressed to. */
  direccion_fiscal?: string | null;
  /** The number of their document. */
  dni?: string | null;
  /** Where e-mail reaches them. */
  email?: string | null;
  /** Whether they are served. */
  is_active?: boolean | null;
  /** WGS-84 degrees. */
  lat?: number | null;
  /** WGS-84 degrees. */
  lon?: number | null;
  /** A new name. */
  name?: string | null;
  /** What to know of them. */
  notes?: string | null;
  /** A new phone. */
  phone?: string | null;
  /** The name of the company. */
  razon_social?: string | null;
  /** The version that the editor saw. */
  version: number;
};

/** What may change of an endpoint. */
export type EditEndpoint = {
  /** What it is for; null empties. */
  description?: string | null;
  /** Whether it hears anything. What happened meanwhile is sent when it is turned on again. */
  is_active?: boolean | null;
  /** Other kinds. */
  kinds?: string[] | null;
  /** Another address. */
  url?: string | null;
  /** The version that the editor saw. */
  version: number;
};

/** `PATCH /api/jobs/{id}`: what is absent stays, null empties. */
export type EditJob = EditAddressParts & {
  /** Where, in words. */
  address?: string | null;
  customer_id?: CustomerId | null;
  /** More about it. */
  description?: string | null;
  /** Minutes it should take. */
  estimated_duration_min?: number | null;
  /** Notes that no customer sees. */
  internal_notes?: string | null;
  /** The kind of work. */
  job_type?: string | null;
  /** Where. */
  lat?: number | null;
  /** Where. */
  lon?: number | null;
  /** Notes. */
  notes?: string | null;
  priority?: Priority | null;
  /** When it should end. */
  scheduled_end?: string | null;
  /** When it should begin. */
  scheduled_start?: string | null;
  /** What it is about. */
  title?: string | null;
  /** The version that was seen. */
  version?: number | null;
};

/** `PATCH /api/notifications/preferences`: what is absent stays. */
export type EditNotificationPreferences = {
  /** E-mail. */
  email?: boolean | null;
  /** Events to change; the others stay. Null takes an event's difference away. */
  events?: Record<string, EventChannels> | null;
  language?: MessageLanguage | null;
  /** Push. */
  push?: boolean | null;
  quiet_hours?: EditQuietHours | null;
  /** Minutes before a job: 30 to 10080; technicians from 15. At most six. */
  reminder_intervals?: number[] | null;
  /** SMS. */
  sms?: boolean | null;
  /** In the pages. */
  web?: boolean | null;
  /** WhatsApp. */
  whatsapp?: boolean | null;
};

/** What an owner may change. */
export type EditOrganization = {
  /** Where its office is; null empties. */
  address?: string | null;
  /** What must be there before a job may be completed: any of notes, photo, signature. */
  completion_requires?: Evidence[] | null;
  /** The tax number, once. */
  cuit?: string | null;
  /** Where the tax office writes to. */
  domicilio_fiscal?: string | null;
  /** Where e-mail reaches it; null empties. */
  email?: string | null;
  /** Since when it is registered. */
  fecha_inscripcion_afip?: string | null;
  ingest_shift?: IngestShift | null;
  /** Its number for the tax on gross income. */
  ingresos_brutos?: string | null;
  /** responsable_inscripto, monotributista or exento. */
  iva_condition?: string | null;
  logo_file_id?: FileId | null;
  /** A new name. */
  name?: string | null;
  /** A new phone. */
  phone?: string | null;
  /** Seconds between positions, 5 to 300. */
  ping_every_s?: number | null;
  /** The point of sale of its electronic invoices, 1 to 99999. */
  punto_venta_afip?: number | null;
  /** Its name by law, once, as the next five. */
  razon_social?: string | null;
  /** Whether finished journeys teach the installation's speeds. */
  share_speeds?: boolean | null;
  /** What kind of company it is. */
  tipo_sociedad?: string | null;
  /** The version that the editor saw; the first form after signing up saw none. */
  version?: number | null;
  /** Its page; null empties. */
  website?: string | null;
};

/** `PATCH /api/users/me/privacy`: what is absent stays. */
export type EditPrivacy = {
  /** Companies abroad. */
  international_transfer?: boolean | null;
  /** Positions while on shift. */
  location?: boolean | null;
  /** Positions kept after the shift. */
  location_history?: boolean | null;
  /** How personal data is treated. */
  privacy?: boolean | null;
  /** The terms of use. */
  terms?: boolean | null;
  /** Recordings that a machine hears. */
  voice?: boolean | null;
};

/** What may change of a quick reply. */
export type EditQuickReply = {
  /** 1 to 40 letters. */
  shortcut?: string | null;
  /** 1 to 4096 letters. */
  text?: string | null;
  /** The version that was seen. */
  version: number;
};

/** Quiet hours to change. */
export type EditQuietHours = {
  /** Whether they hold. */
  enabled?: boolean | null;
  /** `HH:MM`. */
  from?: string | null;
  /** The person's zone. */
  timezone?: string | null;
  /** `HH:MM`. */
  to?: string | null;
};

/** `PATCH /api/service-types/{code}`: what is absent stays. */
export type EditServiceType = {
  /** Whether new jobs may have it. */
  active?: boolean | null;
  /** `#rrggbb`. */
  colour?: string | null;
  /** The name of an icon. */
  icon?: string | null;
  /** As people read it. */
  name?: string | null;
  /** Its place in lists. */
  sort?: number | null;
  /** The version that was seen. */
  version?: number | null;
};

/** What may change of a person. */
export type EditUser = SayUserPapers & {
  /** Where e-mail reaches them; null empties. */
  email?: string | null;
  /** Whether they may sign in; false ends their sessions. */
  is_active?: boolean | null;
  /** A new name. */
  name?: string | null;
  /** What they are called in the company; null empties. */
  puesto?: string | null;
  role?: Role | null;
  skill_level?: SkillLevel | null;
  /** The kinds of work they know. */
  specialties?: string[] | null;
  /** The version that the editor saw. */
  version: number;
};

/** `PATCH /api/voice/settings`: what is absent stays. */
export type EditVoiceSettings = {
  /** The lower edge of automatic creation, 0.30 to 1. */
  auto_create_threshold?: number | null;
  /** Gives consent, or takes it back. */
  consent?: boolean | null;
  /** Days that recordings are kept, 1 to 3650. */
  retention_days?: number | null;
  /** The version that was seen; whatever is there when absent. */
  version?: number | null;
};

/** A customer after a change. */
export type EditedCustomer = Customer & {
  /** What the owner has to approve first; left out where there is nothing. */
  pending_changes?: Waiting[];
};

/** An endpoint with its secret: told when it is made and when the secret is replaced, never again. */
export type EndpointWithSecret = WebhookEndpoint & {
  /** `whsec_` and base64: the key of the signatures. */
  secret: string;
};

/** What an authenticator app is set up with. Shown this once. */
export type Enrolment = {
  /** The same secret to type in, base 32. */
  secret: string;
  /** What the QR code holds. */
  url: string;
};

/** A code as it was entered. */
export type EnterCode = {
  /** The challenge of `otp/send`; without it the newest of this phone. */
  challenge?: string | null;
  /** Six digits. */
  code: string;
  /** What this device calls itself, always the same. */
  device?: string | null;
  /** The phone that got it. */
  phone: string;
};

/**
 * Remaining travel time, in seconds from the moment it was computed for.
 *
 * Always `p10_s <= p50_s <= p90_s`: one arrival in ten is earlier than the first, half are earlier than the
 * second, nine of ten earlier than the last.
 */
export type Eta = {
  /** Seconds that one trip in ten stays under. */
  p10_s: number;
  /** Seconds that half of the trips stay under. */
  p50_s: number;
  /** Seconds that nine trips of ten stay under. */
  p90_s: number;
  /** Which model answered: 0 is the straight line. */
  tier: number;
};

/** Whether the windows held what they promise. */
export type EtaCoverage = {
  /** Windows given at or after. */
  from: Moment;
  /** By local hour of the week. */
  hours: CoverageRow[];
  /** By tier and hour of the week. */
  items: CoverageRow[];
  /** Which lead the counts are of. */
  lead_min: number;
  /** By how many minutes were left; a journey counts once in each. */
  leads: CoverageRow[];
  /** The organization's own model. */
  model: EtaLearned;
  /** The share of windows that should hold. */
  promised: number;
  /** In words. */
  sentence: string;
  /** The speeds of public roads that organizations share. */
  speeds: EtaLearned;
  /** By the tier that answered. */
  tiers: CoverageRow[];
  /** Windows given before. */
  to: Moment;
  /** All of them. */
  total: CoverageCount;
};

/** What was learned and serves, and what came of the last night. */
export type EtaLearned = {
  /** The generation that serves; null: shipped numbers do. */
  generation?: number | null;
  judged_at?: Moment | null;
  /** Journeys that judged: neither side had seen them. */
  judges?: number | null;
  learned_at?: Moment | null;
  /** Mean error on them of the new one, seconds. */
  new_error_s?: number | null;
  /** Mean error on them of what served then, seconds. */
  served_error_s?: number | null;
  /**
   * What came of it. Models: promoted, not_better, windows_off, too_few_trips. Speeds: promoted, worse (those before
   * it go on), too_few_judges, no_map, nothing.
   */
  verdict?: string | null;
};

/** What differs for one event: null or absent follows the channel's own flag. */
export type EventChannels = {
  /** E-mail. */
  email?: boolean | null;
  /** Push. */
  push?: boolean | null;
  /** SMS. */
  sms?: boolean | null;
  /** In the pages. */
  web?: boolean | null;
  /** WhatsApp. */
  whatsapp?: boolean | null;
};

/** Something that shows that the work was done. */
export type Evidence = 'notes' | 'photo' | 'signature';

/** What is known of a file. */
export type File = {
  /** How long it is, as it is kept. */
  bytes: number;
  /** When. */
  created_at: Moment;
  created_by?: UserId | null;
  /** Pixels down; null where it is no picture. */
  height?: number | null;
  /** Its id. */
  id: FileId;
  /** Where the camera says it was taken, WGS-84 degrees. */
  lat?: number | null;
  /** Where the camera says it was taken, WGS-84 degrees. */
  lon?: number | null;
  /** Its type, by what it is. */
  mime: string;
  /** Its name, with the ending of its type. */
  name: string;
  /** What it is for. */
  purpose: Purpose;
  taken_at?: Moment | null;
  /** Where its thumbnail of 200 by 200 pixels is for an hour; null where it is no picture. */
  thumbnail_url?: string | null;
  /** Where it is for an hour; never stored. */
  url?: string | null;
  /** Pixels across; null where it is no picture. */
  width?: number | null;
};

/** A file. */
export type FileId = string;

/** An answer to a written address. */
export type Found = {
  /** Where it is. */
  at: Coord;
  /**
   * How likely this is what was meant, to a block: 0..=1, hundredths. Two equal answers in different towns
   * are both unlikely.
   */
  confidence: number;
  /** What it is. */
  kind: FoundKind;
  /** As it is shown: `Avenida Rivadavia 4502, Caballito, Buenos Aires`. */
  label: string;
  /** How exactly the point is known. */
  precision: Precision;
};

/** What was found. */
export type FoundKind = 'street' | 'place' | 'poi';

/** A code as somebody entered it. */
export type GivenCode = {
  /** Six digits of the app, or a recovery code. */
  code: string;
};

/** What kind of thing a capability is. */
export type Group = 'external' | 'domain' | 'ui' | 'services';

/** How everything stands. */
export type HealthView = {
  /** Every service. */
  services: ServiceHealth[];
  /** The worst of all services. */
  status: Mode;
  /** The version that answers. */
  version: string;
};

/** One step of a job's life, or (asked for) one edit between them. */
export type HistoryEntry = {
  /** When it took effect. */
  at: Moment;
  changed_by?: UserId | null;
  /** staff, technician, customer or system. */
  changed_by_type: string;
  /** What an edit changed: `{"scheduled_start": {"old", "new"}}`; texts are named without their words. Null for a step. */
  changes?: Record<string, unknown> | null;
  /** When the server learnt of it. */
  created_at: Moment;
  /** status: it came to another state. edit, assign: it stayed where it was, and `changes` says what differs. */
  kind: string;
  /** Where the phone was. */
  lat?: number | null;
  /** Where the phone was. */
  lon?: number | null;
  /** What was said. */
  notes?: string | null;
  previous_status?: Status | null;
  /** The state it came to, or was in. */
  status: Status;
};

/** Opening hours of a week, in the organization's zone. */
export type Hours = {
  /** Further closed days. */
  closed?: string[];
  /** Closed on national holidays? */
  closed_on_holidays?: boolean;
  /** The same. */
  fri?: string[][];
  /** From and to of each span, as `[["08:00","12:00"],["15:00","19:00"]]`; empty: closed. `24:00` ends a day. */
  mon?: string[][];
  /** The same. */
  sat?: string[][];
  /** The same. */
  sun?: string[][];
  /** The same. */
  thu?: string[][];
  /** The same. */
  tue?: string[][];
  /** The same. */
  wed?: string[][];
};

/** A message. */
export type InboxMessage = {
  /** When it was written. */
  at: Moment;
  /** What else it has, by kind: `lat`, `lon`, `contacts`, `type`, `id`, `title`, `items`, `errors`, `referral`, `forwarded` .. */
  content: Record<string, unknown>;
  /** Where it stands; null for what left before there was a conversation. */
  conversation_id?: string | null;
  delivered_at?: Moment | null;
  /** in or out. */
  direction: string;
  error?: MessageError | null;
  /** What it tells of, as `tech_en_route`; null for what a person wrote. */
  event?: string | null;
  /** Its id. */
  id: MessageId;
  /** Was it taken back? */
  is_deleted: boolean;
  /** Were its words changed? */
  is_edited: boolean;
  /**
   * text, image, video, audio, voice, document, sticker, location, contacts, interactive, button, order, system, call,
   * request_welcome, unsupported, template, event, or a kind that came later.
   */
  kind: string;
  media?: MessageMedia | null;
  /** The provider's id. */
  provider_id?: string | null;
  /** Signs on it. */
  reactions: MessageReaction[];
  read_at?: Moment | null;
  /** The message that it answers, by the provider's id. */
  reply_to?: string | null;
  sent_at?: Moment | null;
  sent_by?: UserId | null;
  /** received, queued, sending, sent, delivered, read, failed, fallback_sms, undeliverable. */
  state: string;
  /** Its words; null where it has none or was taken back. */
  text?: string | null;
};

/** A request as the office sees it. */
export type InboxRequest = {
  /** The last ten messages, the customer and the job under way, as they were then. */
  context: Record<string, unknown>;
  /** Where it was written. */
  conversation_id: string;
  /** How many messages it is made of. */
  count: number;
  /** Made at. */
  created_at: Moment;
  /** Its id. */
  id: string;
  job_id?: JobId | null;
  /** Why it was taken for whole. */
  reason: Reason;
  /** open, job (one was made of it) or dismissed. */
  state: string;
  /** Its words, one message a line. */
  text: string;
};

/** When somebody is there, and what is said by itself when nobody is. */
export type InboxSettings = {
  /** The organization's own words for it, up to 1000 letters. */
  answer_text?: string | null;
  /** Whether who writes outside of them is answered. */
  auto_answer: boolean;
  /** The opening hours. */
  hours: Hours;
  /** Rises with every change; 0: the defaults. */
  version?: number;
};

/** When positions of phone apps count. */
export type IngestShift = 'explicit' | 'schedule';

/** An invitation as the owner shows it. */
export type Invitation = {
  /** Good until. */
  expires_at: Moment;
  /** Its id. */
  id: string;
  /** What the QR code holds; opens the sign-in page. A secret: for the invited person alone. */
  url: string;
  /** Who is invited. */
  user_id: UserId;
};

/** What the invited person sees before they sign in. */
export type Invited = {
  /** The link is good until. */
  expires_at: Moment;
  /** Their name, as the owner wrote it. */
  name: string;
  /** Who invites. */
  organization: string;
  /** The phone that the code goes to. */
  phone: string;
  /** What they will be. */
  role: Role;
};

/** A technician's day. */
export type Itinerary = {
  /** The day in the organization's zone. */
  date: string;
  /** The jobs: what was done, what is under way, what comes. */
  items: ItineraryStop[];
  /** Always null: the answer is whole. */
  next?: string | null;
  /** Whose. */
  technician_id: UserId;
};

/** A job of the day, with the way to it. */
export type ItineraryStop = {
  arrival?: Moment | null;
  departure?: Moment | null;
  /** Expected over 15 minutes after the beginning that was said. */
  is_late: boolean;
  /** The job. */
  job: Job;
  travel?: Eta | null;
};

/** A job: the REST form, which frames and events carry too, cut to the role. */
export type Job = {
  actual_end?: Moment | null;
  actual_start?: Moment | null;
  /** Where, in words. */
  address?: string | null;
  /** Floor, flat, which bell. */
  address_extra?: string | null;
  arrived_at?: Moment | null;
  /** Why it was called off. */
  cancellation_reason?: string | null;
  /** City. */
  city?: string | null;
  /** What was said when it was done. */
  completion_notes?: string | null;
  /** What must be there before it may be completed: notes, photo, signature. */
  completion_requires?: Evidence[];
  /** When it was made. */
  created_at: Moment;
  /** For whom, with what a technician at the door needs. */
  customer: CustomerRef;
  /** For whom. */
  customer_id: CustomerId;
  /** More about it. */
  description?: string | null;
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
  reopen_until?: Moment | null;
  scheduled_end?: Moment | null;
  scheduled_start?: Moment | null;
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
  status_changed_at: Moment;
  /** Who does it, the lead first. */
  technician_ids: UserId[];
  /** What it is about, 3 to 200 characters. */
  title: string;
  tracking?: TrackingRef | null;
  /** The customer's link, while en_camino (office only; never stored). */
  tracking_url?: string | null;
  /** When it was last changed. */
  updated_at: Moment;
  /** Rises with every change. */
  version: number;
  window?: Window | null;
};

/** What a job made from a conversation would be. */
export type JobDraft = {
  /** Where, in words; null: at the customer's. */
  address?: string | null;
  customer_id?: CustomerId | null;
  /** All that was asked. */
  description?: string | null;
  /** The kind of work that the words name. */
  job_type: string;
  /** Where, WGS-84 degrees: a place that was sent. */
  lat?: number | null;
  /** Where, WGS-84 degrees. */
  lon?: number | null;
  /** How soon. */
  priority: Priority;
  /** The request that it is made of; null where there is none: then of what was said last. */
  request_id?: string | null;
  /** What it is about. */
  title: string;
};

/** `POST /api/whatsapp/conversations/{id}/job`: what is absent is taken from the conversation. */
export type JobFromConversation = {
  /** Where, in words. */
  address?: string | null;
  customer_id?: CustomerId | null;
  /** More about it. */
  description?: string | null;
  /** Minutes it should take. */
  estimated_duration_min?: number | null;
  /** Notes that no customer sees. */
  internal_notes?: string | null;
  /** The kind of work. */
  job_type?: string | null;
  /** Where, WGS-84 degrees. */
  lat?: number | null;
  /** Where, WGS-84 degrees. */
  lon?: number | null;
  priority?: Priority | null;
  /** The request that it is made of; the newest open one when absent. */
  request_id?: string | null;
  /** When it should end. */
  scheduled_end?: string | null;
  /** When it should begin. */
  scheduled_start?: string | null;
  /** Who does it, the lead first. */
  technician_ids?: UserId[];
  /** What it is about. */
  title?: string | null;
};

/** A job. */
export type JobId = string;

/** A photo, paper or signature of a job. */
export type JobPhoto = {
  /** Who added it. */
  added_by: UserId;
  /** When. */
  created_at: Moment;
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
  taken_at: Moment;
  /** Where its thumbnail is for an hour. */
  thumbnail_url?: string | null;
  /** What it shows. */
  type: PhotoType;
  /** Where it is for an hour (REST and the office's frames; never stored). */
  url?: string | null;
  /** Pixels across; null for a paper that is no picture. */
  width?: number | null;
};

/** Jobs in numbers. */
export type JobStats = {
  /** How many in each state. */
  by_status: ByStatus;
  /** How often somebody was there in time. */
  on_time: OnTime;
  /** Pending and scheduled ones that should have begun by now. */
  overdue: number;
  /** Of today: scheduled for it, under way, or ended on it. */
  today: ByStatus;
  /** How many in all. */
  total: number;
  /** Open ones without anybody on them. */
  unassigned: number;
};

/** A verdict with its rule and numbers, for people who ask why. */
export type Judged = {
  /** What is allowed. */
  limit?: number | null;
  /** What was measured. */
  measured?: number | null;
  /**
   * The rule that decided, with the unit of its numbers: `ok`, `mock` (counts, but an app made it up),
   * `confirmed` (a candidate that the next one agreed with), `accuracy_m`, `null_island`, `speed_kmh`,
   * `longitude_sign`.
   */
  rule: string;
  /** Whether the point counts. */
  verdict: Verdict;
};

/** One kind of thing that is kept about people. */
export type Kept = {
  /** `consent`, `contract`, `labour`, `security` or `proof`. */
  ground: string;
  /** In words (es-AR). */
  what: string;
};

/** What is sent. */
export type Kind = 'text' | 'template' | 'location' | 'tracking_link' | 'photo' | 'document' | 'reaction';

/** A task that gave up. */
export type Letter = {
  /** How often it was tried. */
  attempts: number;
  /** Why the last attempt failed. */
  cause?: string | null;
  /** When it was written. */
  created_at: string;
  /** When it gave up. */
  died_at?: string | null;
  /** Its id. */
  id: string;
  /** May the cause be over by itself? Then it is tried again twice, after an hour each. */
  is_transient: boolean;
  /** What it was to do. */
  kind: string;
  /** The order it belonged to. */
  lane?: string | null;
  /** How often its worker ended or hung. */
  stalls: number;
  /** `dead` or `discarded`. */
  state: string;
};

/** Where somebody was last seen. */
export type Location = {
  /** Radius of the error, metres. */
  accuracy_m?: number | null;
  /** When, by the server's clock. */
  at: Moment;
  /** Charge, 0 to 1. */
  battery?: number | null;
  /** Course, degrees clockwise from north. */
  heading_deg?: number | null;
  /** WGS-84 degrees. */
  lat: number;
  /** WGS-84 degrees. */
  lon: number;
  /** Their name. */
  name: string;
  /** Speed over ground, m/s. */
  speed_mps?: number | null;
  /** Who. */
  technician_id: UserId;
};

/** A device as its owner would call it. What is not recognized is null: nothing depends on it. */
export type LoginDevice = {
  /** As `Firefox`. */
  browser?: string | null;
  /** As `Android`. */
  os?: string | null;
  /** `mobile`, `tablet` or `desktop`. */
  platform?: string | null;
};

/** One signing-in of one device (`sid` of access tokens). */
export type LoginId = string;

/** A living login session. */
export type LoginSession = {
  /** Signed in at. */
  created_at: Moment;
  /** The same in words that its owner knows. */
  device: LoginDevice;
  /** Ends by itself at. */
  expires_at: Moment;
  /** Its id. */
  id: LoginId;
  /** The address it was last refreshed from. */
  ip?: string | null;
  /** Whether it is the one that asks. */
  is_current: boolean;
  /** Last refreshed at. */
  last_used_at: Moment;
  /** In which organization. */
  org_id: OrgId;
  /** The browser or program, as it says. */
  user_agent?: string | null;
};

/** A new device. The token is shown this once. */
export type MadeDevice = {
  /** Its id. */
  id: DeviceId;
  /** What it is called. */
  name: string;
  /** Links that set an app up with one tap, or as a QR code. */
  setup: Setup;
  /** Its token: shown this once, stored as a hash. */
  token: string;
  /** The address for each app. */
  urls: Urls;
  /** Whose it is. */
  user_id: UserId;
};

/** What a map shows at once: people where they were seen, open jobs where they are. */
export type MapData = {
  /** When that was. */
  at: Moment;
  /** Open jobs that have a place. */
  jobs: MapJob[];
  /** Everybody, with their places where they are fresh. */
  technicians: Availability[];
};

/** A job on a map. */
export type MapJob = {
  /** The job. */
  id: JobId;
  /** Its number. */
  job_number: string;
  /** Degrees north. */
  lat: number;
  /** Degrees east. */
  lon: number;
  /** How soon it should be done. */
  priority: Priority;
  scheduled_start?: Moment | null;
  /** Where it stands. */
  status: Status;
  /** Who does it, the lead first. */
  technician_ids: UserId[];
  /** What it is about. */
  title: string;
};

/** The way between two places. */
export type MapRoute = {
  /** Whether `line` follows roads; else it is straight. */
  by_road: boolean;
  /** Metres by road; as the crow flies where the map knows no way. */
  distance_m: number;
  /** How long it takes now. */
  eta: Eta;
  /** Longitude and latitude of its points. */
  line: number[][];
};

/** Who somebody is here, and where else they belong. */
export type Me = {
  /** The organization in which they act. */
  organization: Company;
  /** All organizations they belong to, the default first. */
  organizations: Membership[];
  /** The person. */
  user: Person;
};

/** An organization that somebody belongs to. */
export type Membership = {
  /** The organization. */
  id: OrgId;
  /** Whether they sign into it. */
  is_default: boolean;
  /** Its name. */
  name: string;
  /** What they are there. */
  role: Role;
};

/** `POST /api/customers/{id}/merge`: the one named in the path stays. */
export type Merge = {
  /** The one who goes. */
  other_id: CustomerId;
  /** The version of the one who goes, if it was seen. */
  other_version?: number | null;
  /** What the one who stays takes from the one who goes. Empty fields are filled anyway. */
  take?: MergeField[];
  /** The version of the one who stays, as it was seen. */
  version: number;
};

/** A field that is taken over. */
export type MergeField =
  | 'name'
  | 'phone'
  | 'address'
  | 'notes'
  | 'email'
  | 'razon_social'
  | 'direccion_fiscal'
  | 'identity';

/** Why a message did not get there. */
export type MessageError = {
  /** The provider's code, or ours. */
  code: string;
  /** Its words. */
  detail?: string | null;
};

/** A message to or from somebody. */
export type MessageId = string;

/** The languages that words are in. */
export type MessageLanguage = 'es' | 'en';

/** Media of a message. */
export type MessageMedia = {
  /** Why there is none. */
  error?: string | null;
  /** The file, once it is stored: `GET /api/whatsapp/messages/{id}/media`. */
  file_id?: string | null;
  /** A document's name. */
  filename?: string | null;
  /** Its type. */
  mime: string;
  /** pending, stored or failed. */
  state: string;
};

/** A sign on a message. */
export type MessageReaction = {
  /** Whose: in (the customer's) or out (ours). */
  direction: string;
  /** The sign. */
  emoji: string;
};

/** How a service stands. */
export type Mode = 'ok' | 'degraded' | 'panic';

/** A moment in a REST form: written `2026-11-24T12:00:00.000Z`, read from any RFC 3339 text. */
export type Moment = string;

/** What a point is called. */
export type Named = {
  /** The nearest street, with its number where one is known; null where nothing is near. */
  label?: string | null;
  /** Is there a map with an index? */
  map: boolean;
};

/** A technician near a place. */
export type NearTechnician = {
  /** When that was, Unix milliseconds. */
  at: number;
  /** Metres to drive; as the crow flies where the map knows no way. */
  distance_m: number;
  /** Seconds that the trip is expected to take: the median, by which the list is ordered. */
  duration_s: number;
  /** Seconds to drive at this hour by learned speeds; null until some were learned. */
  duration_traffic_s?: number | null;
  /** Where they are. */
  lat: number;
  /** Where they are. */
  lon: number;
  /** Their name. */
  name: string;
  /** Seconds that one trip in ten stays under. */
  p10_s: number;
  /** Seconds that nine trips of ten stay under. */
  p90_s: number;
  /** available, en_camino or working. */
  status: string;
  /** Metres as the crow flies. */
  straight_m: number;
  /** Who. */
  technician_id: UserId;
  /** Which model answered. */
  tier: number;
};

/** `POST /api/organization/change-requests`. */
export type NewChangeRequest = {
  /** The papers that prove it: files of the purpose `document`. */
  documents?: FileId[];
  /** Of what. */
  entity: ChangeEntity;
  /** Of which row; the organization needs none. */
  entity_id?: string | null;
  /** Which field. */
  field: string;
  /** Why, 3 to 1000 characters. */
  reason: string;
  /** The value that is asked for: a text, a number, true or false. */
  requested: string;
};

/** A customer to add. */
export type NewCustomer = {
  /** Where they live, in words. */
  address?: string | null;
  /** responsable_inscripto, monotributista, exento or consumidor_final. */
  condicion_iva?: string | null;
  /** Their tax number, with or without hyphens. */
  cuit?: string | null;
  /** Where invoices are addressed to. */
  direccion_fiscal?: string | null;
  /** The number of their document. */
  dni?: string | null;
  /** Where e-mail reaches them. */
  email?: string | null;
  /** WGS-84 degrees; with `lon` or not at all. */
  lat?: number | null;
  /** WGS-84 degrees. */
  lon?: number | null;
  /** Their name. */
  name: string;
  /** What to know of them. */
  notes?: string | null;
  /** Their phone, in any usual spelling. */
  phone: string;
  /** The name of the company. */
  razon_social?: string | null;
};

/** `POST /api/devices`: a token for one phone of a technician. */
export type NewDevice = {
  /** What it is called, 1 to 100 characters. */
  name: string;
  user_id?: UserId | null;
};

/** An endpoint to make. */
export type NewEndpoint = {
  /** What it is for. */
  description?: string | null;
  /** `*`, `job.*` or kinds of events; all when absent. */
  kinds?: string[] | null;
  /** `https://..`, on a public address. */
  url: string;
};

/** A quick reply to write. */
export type NewQuickReply = {
  /** 1 to 40 letters. */
  shortcut: string;
  /** 1 to 4096 letters. */
  text: string;
};

/** `POST /api/customers/{id}/privacy-requests`: what a customer asked of the office. */
export type NewRequest = {
  /** In their words, up to 2000 signs. */
  detail?: string | null;
  /** What they ask. */
  kind: PrivacyRequestKind;
};

/** `POST /api/service-types`. */
export type NewServiceType = {
  /** 2 to 40 small letters, digits and `_`, a letter first. */
  code: string;
  /** `#rrggbb`; grey when absent. */
  colour?: string | null;
  /** The name of an icon, 1 to 40 characters; `wrench` when absent. */
  icon?: string | null;
  /** 1 to 100 characters. */
  name: string;
  /** Its place in lists; the last when absent. */
  sort?: number | null;
};

/** A person to add. */
export type NewUser = SayUserPapers & {
  /** Where e-mail reaches them. */
  email?: string | null;
  /** Their name. */
  name: string;
  /** Their phone, in any usual spelling. */
  phone: string;
  /** What they are called in the company. */
  puesto?: string | null;
  /** What they will be; never owner. */
  role: Role;
  skill_level?: SkillLevel | null;
  /** The kinds of work they know. */
  specialties?: string[];
};

/** What works otherwise than usual now, for everyone who is signed in. */
export type Notice = {
  /** What is switched off. */
  off: OffNotice[];
  /** Services that are not well. */
  services: ServiceNotice[];
};

/** A person's inbox. */
export type NoticeList = {
  /** The newest first. */
  items: Notification[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
  /** How many are unread, of all there are. */
  unread: number;
};

/** A notice in a person's inbox. */
export type Notification = {
  /** A sentence or two, es-AR. */
  body: string;
  /** When it came. */
  created_at: Moment;
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
  read_at?: Moment | null;
  /** One line, es-AR. */
  title: string;
};

/** What a person wants. */
export type NotificationPreferences = {
  /** E-mail. */
  email: boolean;
  /** What differs for one event. */
  events: Record<string, EventChannels>;
  /** `es` or `en`: the language of messages to this person. */
  language: MessageLanguage;
  /** Push. */
  push: boolean;
  /** Quiet hours. */
  quiet_hours: QuietHours;
  /** Minutes before a job, the earliest reminder first. */
  reminder_intervals: number[];
  /** SMS. */
  sms: boolean;
  /** In the pages. */
  web: boolean;
  /** WhatsApp. */
  whatsapp: boolean;
};

/** Who switched something off. */
export type OffBy = 'environment' | 'installation' | 'organization';

/** Something that is switched off. */
export type OffNotice = {
  /** As `whatsapp_voice_ai`. */
  name: string;
  /** What happens instead. */
  text: string;
};

/** Punctuality: of the completed jobs with a date, arrivals (or beginnings) at most 15 minutes late. */
export type OnTime = {
  /** Completed jobs that had a date, of the last 30 days when nobody says which. */
  completed: number;
  /** Minutes that count as in time. */
  grace_min: number;
  /** In time. */
  on_time: number;
  /** 0 to 1; null without any. */
  share?: number | null;
};

/** An organization: a company and its people, the tenant. */
export type OrgId = string;

/** A company. */
export type Organization = {
  /** Where its office is. */
  address?: string | null;
  /** What must be there before a job may be completed: any of notes, photo, signature. */
  completion_requires: string[];
  /** Made at. */
  created_at: Moment;
  /** Its tax number, 11 digits; fixed once it is set. */
  cuit?: string | null;
  /** Where the tax office writes to; a change needs the owner's approval. */
  domicilio_fiscal?: string | null;
  /** Where e-mail reaches it. */
  email?: string | null;
  /** Since when it is registered. */
  fecha_inscripcion_afip?: string | null;
  /** Its id. */
  id: OrgId;
  /**
   * When positions of phone apps count: `explicit` within shifts that somebody began, `schedule` also within the hours of
   * the person's work schedule.
   */
  ingest_shift: IngestShift;
  /** Its number for the tax on gross income. */
  ingresos_brutos?: string | null;
  /** Whether it is the demonstration. */
  is_demo: boolean;
  /** responsable_inscripto, monotributista or exento. */
  iva_condition?: string | null;
  logo_file_id?: FileId | null;
  /** Its name; empty until the owner finishes signing up. */
  name: string;
  /** Its phone. */
  phone?: string | null;
  /** Seconds between positions, as phones are told. */
  ping_every_s: number;
  /** The point of sale of its electronic invoices, 1 to 99999. */
  punto_venta_afip?: number | null;
  /** Its name by law; fixed once it is set, as the next five. */
  razon_social?: string | null;
  /** Whether its finished journeys teach the installation's speeds: anonymous sums over public roads alone. */
  share_speeds: boolean;
  /** Its days are days there. */
  timezone: string;
  /** What kind of company it is, as SRL, SA, SAS, unipersonal. */
  tipo_sociedad?: string | null;
  /** Last changed at. */
  updated_at: Moment;
  /** Rises with every change. */
  version: number;
  /** Its page. */
  website?: string | null;
};

/** One page of a list. */
export type Page_AuditEntry = {
  /** The rows, in the list's order. */
  items: {
    /** Whose data was looked at. */
    about?: string | null;
    /** Their name. */
    about_name?: string | null;
    /** Of the catalogue, as `customer.merged`. */
    action: string;
    /** When. */
    at: Moment;
    /** Who did it. */
    by: AuditBy;
    /** What it was done to, as `customer`. */
    entity: string;
    /** Which one. */
    entity_id?: string | null;
    /** What binds it to the entry before, in hexadecimal. */
    hash: string;
    /** Circumstances: ip, user_agent, reason, .. */
    meta: Record<string, unknown>;
    /** What is. */
    new?: Record<string, unknown> | null;
    /** What was. Personal data as commitments. */
    old?: Record<string, unknown> | null;
    /** Its number, gapless within the organization. */
    seq: number;
    /** The same in words. */
    text: string;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Availability = {
  /** The rows, in the list's order. */
  items: {
    /** On shift, free, heard of, and seen within five minutes. */
    is_available: boolean;
    /** Their name. */
    name: string;
    paused_since?: Moment | null;
    place?: Place | null;
    /** Jobs of today still to do. */
    remaining: number;
    seen_at?: Moment | null;
    /** off_shift, paused, available, en_camino, working or offline. */
    status: string;
    /** Who. */
    technician_id: UserId;
    working_since?: Moment | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_ChangeRequest = {
  /** The rows, in the list's order. */
  items: {
    /** Asked at. */
    created_at: Moment;
    /** Its value when it was asked. */
    current?: string | null;
    decided_at?: Moment | null;
    decided_by?: UserId | null;
    /** Why they decided so. */
    decision_reason?: string | null;
    /** The papers that prove it: ids of files. */
    documents: FileId[];
    /** Of what. */
    entity: ChangeEntity;
    /** Of which row. */
    entity_id: string;
    /** Whose it is, in words: the name of the person, the customer, the company. */
    entity_name?: string | null;
    /** Which field. */
    field: string;
    /** Its id. */
    id: string;
    /** Why. */
    reason: string;
    /** The value that is asked for. */
    requested?: string | null;
    /** Who asked. */
    requested_by: UserId;
    /** Their name. */
    requested_by_name: string;
    /** Where it stands. */
    status: ChangeRequestStatus;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Conversation = {
  /** The rows, in the list's order. */
  items: {
    assignee_id?: UserId | null;
    /** Made at. */
    created_at: Moment;
    customer?: ConversationCustomer | null;
    /** Its id. */
    id: string;
    /** Whether free text may go now. */
    in_window: boolean;
    job?: ConversationJob | null;
    /** es-AR or en. */
    language: string;
    /** When its newest message was sent. */
    last_at: Moment;
    /** in or out. */
    last_direction?: string | null;
    last_inbound_at?: Moment | null;
    /** The newest message's kind. */
    last_kind?: string | null;
    /** The newest message in a line. */
    last_preview?: string | null;
    member_id?: UserId | null;
    /** What it is called: the customer's name, else what they call themselves, else their phone. */
    name: string;
    /** Requests that wait for somebody. */
    open_requests: number;
    /** The customer's phone; null for somebody who shows a user id alone. */
    phone?: string | null;
    /** What they call themselves. */
    profile_name?: string | null;
    quiet_until?: Moment | null;
    /** The newest of them: `id`, `reason`, `text`, `count`, `created_at`. */
    request?: Record<string, unknown> | null;
    /** open, closed, archived or spam. */
    status: string;
    /** Messages that nobody read. */
    unread: number;
    /** Their handle. */
    username?: string | null;
    /** Their business-scoped user id. */
    wa_user_id?: string | null;
    window_expires_at?: Moment | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Customer = {
  /** The rows, in the list's order. */
  items: {
    /** Where they live, in words. */
    address?: string | null;
    /** responsable_inscripto, monotributista, exento or consumidor_final. */
    condicion_iva?: string | null;
    /** Made at. */
    created_at: Moment;
    /** Their tax number, 11 digits; null in events and to technicians. */
    cuit?: string | null;
    /** Where invoices are addressed to. */
    direccion_fiscal?: string | null;
    /** The number of their document. */
    dni?: string | null;
    /** Where e-mail reaches them. */
    email?: string | null;
    /** Their id. */
    id: CustomerId;
    /** Whether they are served. */
    is_active: boolean;
    /** WGS-84 degrees. */
    lat?: number | null;
    /** How sure the map's index was of the address, 0 to 1; null if nobody asked it. */
    location_confidence?: number | null;
    location_source?: Source | null;
    /** The address was looked up and nothing was sure: somebody should drag a pin. */
    location_unsure: boolean;
    /** WGS-84 degrees. */
    lon?: number | null;
    merged_at?: Moment | null;
    merged_into?: CustomerId | null;
    /** Their name. */
    name: string;
    /** What to know of them. */
    notes?: string | null;
    opted_out_at?: Moment | null;
    /** Their phone, unique in the organization. */
    phone: string;
    /** The name of the company; null to technicians, as the rest of what bills need. */
    razon_social?: string | null;
    /** Last changed at. */
    updated_at: Moment;
    /** Rises with every change. */
    version: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_DataView = {
  /** The rows, in the list's order. */
  items: {
    /** When; the first time of its hour. */
    at: Moment;
    /** Who. */
    by: AuditBy;
    /** At what, in words. */
    text: string;
    /** On which way: `live_map`, `locations`, `track`, `session`, `nearest`, `link`. */
    way?: string | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Delivery = {
  /** The rows, in the list's order. */
  items: {
    /** Attempts so far. */
    attempts: number;
    /** whatsapp, sms, email, push or web. */
    channel: string;
    /** Written at. */
    created_at: Moment;
    delivered_at?: Moment | null;
    /** Not before. */
    due_at: Moment;
    /** Which. */
    entity_id?: string | null;
    /** What it is about: `job`. */
    entity_kind?: string | null;
    /** Why it is kept back or failed: ours (`outdated`, `opted_out`, `preference`, `no_channel`) or the provider's code. */
    error_code?: string | null;
    /** The provider's words. */
    error_detail?: string | null;
    /** What it tells of, as `tech_en_route`; null for what a person wrote. */
    event?: string | null;
    failed_at?: Moment | null;
    fallback_of?: MessageId | null;
    /** Its id; providers know it as `biz_opaque_callback_data`. */
    id: MessageId;
    /** Whether an SMS stands for it when WhatsApp does not take it. */
    is_critical: boolean;
    /** text, template, interactive .. or event while it waits. */
    kind: string;
    /** The phone it goes to. */
    phone?: string | null;
    read_at?: Moment | null;
    /** customer or user. */
    recipient: string;
    /** Their name. */
    recipient_name?: string | null;
    sent_at?: Moment | null;
    /** Where it stands. */
    status: State;
    /** As it read; links that open something are left out. Null while it waits. */
    text?: string | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Device = {
  /** The rows, in the list's order. */
  items: {
    /** When it was made. */
    created_at: Moment;
    /** Its id. */
    id: DeviceId;
    /** The app that spoke last: `owntracks`, `traccar`, .. */
    last_app?: string | null;
    last_seen_at?: Moment | null;
    /** What it is called. */
    name: string;
    /** What came today. */
    today: Counts;
    /** Whose it is. */
    user_id: UserId;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Duplicate = {
  /** The rows, in the list's order. */
  items: {
    /** Who is there; of two, the newer one. */
    customer: Customer;
    other?: Customer | null;
    /** What they share, the weightiest first. */
    reasons: DuplicateReason[];
    /** How likely they are one, 50 to 100. */
    score: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_HistoryEntry = {
  /** The rows, in the list's order. */
  items: {
    /** When it took effect. */
    at: Moment;
    changed_by?: UserId | null;
    /** staff, technician, customer or system. */
    changed_by_type: string;
    /** What an edit changed: `{"scheduled_start": {"old", "new"}}`; texts are named without their words. Null for a step. */
    changes?: Record<string, unknown> | null;
    /** When the server learnt of it. */
    created_at: Moment;
    /** status: it came to another state. edit, assign: it stayed where it was, and `changes` says what differs. */
    kind: string;
    /** Where the phone was. */
    lat?: number | null;
    /** Where the phone was. */
    lon?: number | null;
    /** What was said. */
    notes?: string | null;
    previous_status?: Status | null;
    /** The state it came to, or was in. */
    status: Status;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_InboxMessage = {
  /** The rows, in the list's order. */
  items: {
    /** When it was written. */
    at: Moment;
    /** What else it has, by kind: `lat`, `lon`, `contacts`, `type`, `id`, `title`, `items`, `errors`, `referral`, `forwarded` .. */
    content: Record<string, unknown>;
    /** Where it stands; null for what left before there was a conversation. */
    conversation_id?: string | null;
    delivered_at?: Moment | null;
    /** in or out. */
    direction: string;
    error?: MessageError | null;
    /** What it tells of, as `tech_en_route`; null for what a person wrote. */
    event?: string | null;
    /** Its id. */
    id: MessageId;
    /** Was it taken back? */
    is_deleted: boolean;
    /** Were its words changed? */
    is_edited: boolean;
    /**
     * text, image, video, audio, voice, document, sticker, location, contacts, interactive, button, order, system, call,
     * request_welcome, unsupported, template, event, or a kind that came later.
     */
    kind: string;
    media?: MessageMedia | null;
    /** The provider's id. */
    provider_id?: string | null;
    /** Signs on it. */
    reactions: MessageReaction[];
    read_at?: Moment | null;
    /** The message that it answers, by the provider's id. */
    reply_to?: string | null;
    sent_at?: Moment | null;
    sent_by?: UserId | null;
    /** received, queued, sending, sent, delivered, read, failed, fallback_sms, undeliverable. */
    state: string;
    /** Its words; null where it has none or was taken back. */
    text?: string | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_InboxRequest = {
  /** The rows, in the list's order. */
  items: {
    /** The last ten messages, the customer and the job under way, as they were then. */
    context: Record<string, unknown>;
    /** Where it was written. */
    conversation_id: string;
    /** How many messages it is made of. */
    count: number;
    /** Made at. */
    created_at: Moment;
    /** Its id. */
    id: string;
    job_id?: JobId | null;
    /** Why it was taken for whole. */
    reason: Reason;
    /** open, job (one was made of it) or dismissed. */
    state: string;
    /** Its words, one message a line. */
    text: string;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Job = {
  /** The rows, in the list's order. */
  items: {
    actual_end?: Moment | null;
    actual_start?: Moment | null;
    /** Where, in words. */
    address?: string | null;
    /** Floor, flat, which bell. */
    address_extra?: string | null;
    arrived_at?: Moment | null;
    /** Why it was called off. */
    cancellation_reason?: string | null;
    /** City. */
    city?: string | null;
    /** What was said when it was done. */
    completion_notes?: string | null;
    /** What must be there before it may be completed: notes, photo, signature. */
    completion_requires?: Evidence[];
    /** When it was made. */
    created_at: Moment;
    /** For whom, with what a technician at the door needs. */
    customer: CustomerRef;
    /** For whom. */
    customer_id: CustomerId;
    /** More about it. */
    description?: string | null;
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
    reopen_until?: Moment | null;
    scheduled_end?: Moment | null;
    scheduled_start?: Moment | null;
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
    status_changed_at: Moment;
    /** Who does it, the lead first. */
    technician_ids: UserId[];
    /** What it is about, 3 to 200 characters. */
    title: string;
    tracking?: TrackingRef | null;
    /** The customer's link, while en_camino (office only; never stored). */
    tracking_url?: string | null;
    /** When it was last changed. */
    updated_at: Moment;
    /** Rises with every change. */
    version: number;
    window?: Window | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Letter = {
  /** The rows, in the list's order. */
  items: {
    /** How often it was tried. */
    attempts: number;
    /** Why the last attempt failed. */
    cause?: string | null;
    /** When it was written. */
    created_at: string;
    /** When it gave up. */
    died_at?: string | null;
    /** Its id. */
    id: string;
    /** May the cause be over by itself? Then it is tried again twice, after an hour each. */
    is_transient: boolean;
    /** What it was to do. */
    kind: string;
    /** The order it belonged to. */
    lane?: string | null;
    /** How often its worker ended or hung. */
    stalls: number;
    /** `dead` or `discarded`. */
    state: string;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Location = {
  /** The rows, in the list's order. */
  items: {
    /** Radius of the error, metres. */
    accuracy_m?: number | null;
    /** When, by the server's clock. */
    at: Moment;
    /** Charge, 0 to 1. */
    battery?: number | null;
    /** Course, degrees clockwise from north. */
    heading_deg?: number | null;
    /** WGS-84 degrees. */
    lat: number;
    /** WGS-84 degrees. */
    lon: number;
    /** Their name. */
    name: string;
    /** Speed over ground, m/s. */
    speed_mps?: number | null;
    /** Who. */
    technician_id: UserId;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_LoginSession = {
  /** The rows, in the list's order. */
  items: {
    /** Signed in at. */
    created_at: Moment;
    /** The same in words that its owner knows. */
    device: LoginDevice;
    /** Ends by itself at. */
    expires_at: Moment;
    /** Its id. */
    id: LoginId;
    /** The address it was last refreshed from. */
    ip?: string | null;
    /** Whether it is the one that asks. */
    is_current: boolean;
    /** Last refreshed at. */
    last_used_at: Moment;
    /** In which organization. */
    org_id: OrgId;
    /** The browser or program, as it says. */
    user_agent?: string | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_NearTechnician = {
  /** The rows, in the list's order. */
  items: {
    /** When that was, Unix milliseconds. */
    at: number;
    /** Metres to drive; as the crow flies where the map knows no way. */
    distance_m: number;
    /** Seconds that the trip is expected to take: the median, by which the list is ordered. */
    duration_s: number;
    /** Seconds to drive at this hour by learned speeds; null until some were learned. */
    duration_traffic_s?: number | null;
    /** Where they are. */
    lat: number;
    /** Where they are. */
    lon: number;
    /** Their name. */
    name: string;
    /** Seconds that one trip in ten stays under. */
    p10_s: number;
    /** Seconds that nine trips of ten stay under. */
    p90_s: number;
    /** available, en_camino or working. */
    status: string;
    /** Metres as the crow flies. */
    straight_m: number;
    /** Who. */
    technician_id: UserId;
    /** Which model answered. */
    tier: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_PrivacyExport = {
  /** The rows, in the list's order. */
  items: {
    /** When it was asked for. */
    asked_at: Moment;
    /** How large it is. */
    bytes?: number | null;
    due_at?: Moment | null;
    expires_at?: Moment | null;
    /** Its id. */
    id: string;
    ready_at?: Moment | null;
    /** `pending`, `ready`, `gone`. */
    state: string;
    /** The link; while it is ready. */
    url?: string | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_PrivacyRequest = {
  /** The rows, in the list's order. */
  items: {
    /** What they were answered. */
    answer?: string | null;
    /** When. */
    asked_at: Moment;
    /** Who asked. */
    asked_by: UserId;
    customer_id?: CustomerId | null;
    decided_at?: Moment | null;
    decided_by?: UserId | null;
    /** In their words. */
    detail?: string | null;
    /** The end of the day by which it must be answered. */
    due_at: Moment;
    erase_at?: Moment | null;
    /** Its id. */
    id: string;
    /** Nobody answered in time. */
    is_overdue: boolean;
    /** What is asked. */
    kind: PrivacyRequestKind;
    /** `confirming`, `open`, `waiting`, `done`, `refused`, `withdrawn`. */
    state: string;
    user_id?: UserId | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_QuickReply = {
  /** The rows, in the list's order. */
  items: {
    /** Made at. */
    created_at: Moment;
    /** Its id. */
    id: string;
    /** What it is found by, as `precio`. */
    shortcut: string;
    /** Its words. */
    text: string;
    /** Last changed at. */
    updated_at: Moment;
    /** Rises with every change. */
    version: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Recommendation = {
  /** The rows, in the list's order. */
  items: {
    /** high from 70, medium from 50, else low. */
    confidence: Confidence;
    /** Metres to drive, as in `/api/tracking/nearest`; null without a fresh position. */
    distance_m?: number | null;
    eta?: Eta | null;
    /** Whether the job is theirs already. */
    is_assigned: boolean;
    /** Their name. */
    name: string;
    /** What the score is made of. */
    parts: ScorePart[];
    /** 0 to 100. */
    score: number;
    /** Who. */
    technician_id: UserId;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_RequestDay = {
  /** The rows, in the list's order. */
  items: {
    /** The day in the organization's zone. */
    day: string;
    /** Those that did not wait for silence. */
    immediate: number;
    /** Messages in them. */
    messages: number;
    /** Requests. */
    requests: number;
    /** Those that ended by silence. */
    timeouts: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_ServiceType = {
  /** The rows, in the list's order. */
  items: {
    /** Whether new jobs may have it. */
    active: boolean;
    /** What jobs carry as `job_type`: small letters, digits and `_`; never changed. */
    code: string;
    /** `#rrggbb`. */
    colour: string;
    /** The name of an icon. */
    icon: string;
    /** Whether it is one of the six that everybody has. */
    is_default: boolean;
    /** As people read it. */
    name: string;
    /** Its place in lists, from 0. */
    sort: number;
    /** Rises with every change; 0 until the first one of a default. */
    version: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_Shift = {
  /** The rows, in the list's order. */
  items: {
    /**
     * Why a rule ended it: too_long (open over twelve hours), idle (at rest after the end of the hours), hours (begun by the
     * work schedule, and its hours were over).
     */
    end_reason?: string | null;
    ended_at?: Moment | null;
    ended_by?: UserId | null;
    /** technician, staff or system; null while it lasts. */
    ended_by_type?: string | null;
    /** Its id. */
    id: ShiftId;
    /** Its pauses, oldest first. */
    pauses?: ShiftPause[];
    /** When it began. */
    started_at: Moment;
    started_by?: UserId | null;
    /** Whose. */
    user_id: UserId;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_TemplateView = {
  /** The rows, in the list's order. */
  items: {
    /** Its words, with `{{1}}`, `{{2}}` .. */
    body: string;
    /** What stands on its buttons. */
    buttons: string[];
    /** Its language at the provider. */
    language: string;
    /** Its name. */
    name: string;
    /** How many parameters its body takes. */
    params: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_TrackPoint = {
  /** The rows, in the list's order. */
  items: (Judged & {
    /** Radius of the error, metres. */
    accuracy_m?: number | null;
    /** still, walking, in_vehicle or on_bicycle. */
    activity?: string | null;
    /** Height, metres. */
    altitude_m?: number | null;
    /** The phone's own clock at the fix; identifies the point within its boot. */
    at: Moment;
    /** Charge, 0 to 1. */
    battery?: number | null;
    /** The boot of the device's store. */
    boot: string;
    /** Whether it was being charged. */
    charging?: boolean | null;
    /** The same by the server's clock. */
    corrected_at: Moment;
    /** How late it came, seconds. */
    delay_s: number;
    /** The device that sent it. */
    device: string;
    /** Course, degrees clockwise from north. */
    heading_deg?: number | null;
    /** WGS-84 degrees. */
    lat: number;
    /** WGS-84 degrees. */
    lon: number;
    /** Whether an app made the position up. */
    mock: boolean;
    /** Its number within the boot. */
    seq: number;
    /** Speed over ground, m/s. */
    speed_mps?: number | null;
    /** The verdict when it came in. */
    verdict_at_receipt: Verdict;
  })[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_User = {
  /** The rows, in the list's order. */
  items: {
    /** Made at. */
    created_at: Moment;
    /** Where e-mail reaches them. */
    email?: string | null;
    /** Their id, the same in every organization. */
    id: UserId;
    /** Whether they may sign in and be assigned. */
    is_active: boolean;
    joined_at?: Moment | null;
    /** Their name here. */
    name: string;
    /** Their phone, with which they sign in. */
    phone: string;
    /** What they are called in the company, as Oficial gasista. */
    puesto?: string | null;
    /** What they are here. */
    role: Role;
    skill_level?: SkillLevel | null;
    /** The kinds of work they know, as jobs name them (`job_type`). */
    specialties: string[];
    /** Last changed at. */
    updated_at: Moment;
    /** Rises with every change. */
    version: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_VoiceNote = {
  /** The rows, in the list's order. */
  items: {
    asked_at?: Moment | null;
    /** When it came. */
    created_at: Moment;
    customer?: CustomerRef | null;
    /** yes or no. */
    customer_answer?: string | null;
    decision?: VoiceDecision | null;
    /** Its length. */
    duration_s?: number | null;
    fields?: VoiceFields | null;
    /** The recording. */
    file_id: FileId;
    /** Is the recording still kept? */
    has_audio: boolean;
    /** Its id. */
    id: VoiceNoteId;
    job_id?: JobId | null;
    message_id?: MessageId | null;
    /** The judgement, 0..1. */
    overall_confidence?: number | null;
    proposed_job?: ProposedJob | null;
    /** Why it waits, or what to mind. */
    reasons: VoiceReason[];
    review?: VoiceReview | null;
    score?: VoiceScore | null;
    /** The phone that it came from. */
    sender?: string | null;
    /** Where it stands. */
    state: VoiceState;
    /** The words. */
    transcript?: string | null;
    /** How sure they are, 0..1. */
    transcription_confidence?: number | null;
    /** When it last changed. */
    updated_at: Moment;
    uploaded_by?: UserId | null;
    /** Rises with every change. */
    version: number;
    waiting_since?: Moment | null;
    /** How fast it is spoken. */
    words_per_minute?: number | null;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_WebhookDelivery = {
  /** The rows, in the list's order. */
  items: {
    /** Every try, the newest first, at most twenty. */
    attempts: WebhookAttempt[];
    /** When it was written. */
    created_at: Moment;
    /** The event's number. */
    cursor: number;
    delivered_at?: Moment | null;
    /** Its id; `webhook-id` is `msg_` and this without hyphens. */
    id: string;
    /** The event's kind. */
    kind: string;
    last_at?: Moment | null;
    /** Why the last try failed. */
    last_error?: string | null;
    /** The last status that came back. */
    last_status?: number | null;
    next_at?: Moment | null;
    /** `pending`, `delivered` or `failed`. */
    state: string;
    /** Tries of the present round. */
    tries: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** One page of a list. */
export type Page_WebhookEndpoint = {
  /** The rows, in the list's order. */
  items: {
    /** Made at. */
    created_at: Moment;
    /** The number of the last event that is on its way or beyond. */
    cursor: number;
    /** What it is for, in words. */
    description?: string | null;
    disabled_at?: Moment | null;
    /** Why it does not: `manual`, or `failing` after five days without a success. */
    disabled_reason?: string | null;
    failing_since?: Moment | null;
    /** Its id. */
    id: string;
    /** Whether it hears anything. */
    is_active: boolean;
    /** `*`, `job.*` or kinds of events. */
    kinds: string[];
    previous_secret_until?: Moment | null;
    /** Last changed at. */
    updated_at: Moment;
    /** Where events are posted. */
    url: string;
    /** Rises with every change by a person. */
    version: number;
  }[];
  /** What to give as `after` for the next page; null at the end. */
  next?: string | null;
};

/** How a service stands for the organization. */
export type PanicView = {
  installation?: DecisionView | null;
  /** The worse of the two decisions; degraded at least while its breaker is open. */
  mode: Mode;
  /** What people call it. */
  name: string;
  own?: DecisionView | null;
  /** As `whatsapp`. */
  service: string;
  /** What people are told while it is not well, in the language of `Accept-Language`. */
  text?: string | null;
};

/** What a score is made of, in the order in which it is shown. */
export type Part = 'proximity' | 'availability' | 'workload' | 'skill' | 'performance';

/** The second step of signing in. */
export type PassFactor = {
  /** Six digits of the app, or a recovery code. */
  code: string;
  /** What this device calls itself, always the same. */
  device?: string | null;
  /** As `otp/verify` gave it with `AUTH_012`. */
  ticket: string;
};

/** What somebody earns and where it goes. The owner's to see. */
export type Payroll = {
  /** Their account (CBU or CVU), 22 digits. */
  cbu_empleado?: string | null;
  /** What they earn, in pesos, as `850000.00`. */
  remuneracion?: string | null;
  updated_at?: Moment | null;
  /** Whose. */
  user_id: UserId;
  /** Rises with every change; 0 before the first. */
  version: number;
};

/** The person of an answer to signing in. */
export type Person = {
  /** Their id, the same in every organization. */
  id: UserId;
  /** Their name in this organization. */
  name: string;
  /** Their phone, as +5491155550001. */
  phone: string;
  /** Their role in this organization. */
  role: Role;
};

/** A photo or signature of a job. */
export type PhotoId = string;

/** What a picture shows. */
export type PhotoType = 'before' | 'during' | 'after' | 'document' | 'signature';

/** A place, WGS-84 degrees. */
export type Place = {
  /** Degrees north. */
  lat: number;
  /** Degrees east. */
  lon: number;
};

/** How exactly the point is known. */
export type Precision = 'number' | 'interpolated' | 'corner' | 'street' | 'place';

/** The token of a link, as a page sends it. */
export type Presented = {
  /** What stands behind the `#` of the link. */
  token: string;
};

/** How soon a job should be done. */
export type Priority = 'low' | 'normal' | 'high' | 'urgent';

/** `GET /api/users/me/privacy`. */
export type Privacy = {
  /** What was agreed to. */
  consents: Consent[];
  deletion?: Deletion | null;
  /** Copies of one's data that were asked for, the newest first. */
  exports: PrivacyExport[];
  /** What is kept about a person and why: tables in words. */
  held: Kept[];
  /** What else was asked, the newest first. */
  requests: PrivacyRequest[];
};

/** A copy, as the person sees it. */
export type PrivacyExport = {
  /** When it was asked for. */
  asked_at: Moment;
  /** How large it is. */
  bytes?: number | null;
  due_at?: Moment | null;
  expires_at?: Moment | null;
  /** Its id. */
  id: string;
  ready_at?: Moment | null;
  /** `pending`, `ready`, `gone`. */
  state: string;
  /** The link; while it is ready. */
  url?: string | null;
};

/** A request. */
export type PrivacyRequest = {
  /** What they were answered. */
  answer?: string | null;
  /** When. */
  asked_at: Moment;
  /** Who asked. */
  asked_by: UserId;
  customer_id?: CustomerId | null;
  decided_at?: Moment | null;
  decided_by?: UserId | null;
  /** In their words. */
  detail?: string | null;
  /** The end of the day by which it must be answered. */
  due_at: Moment;
  erase_at?: Moment | null;
  /** Its id. */
  id: string;
  /** Nobody answered in time. */
  is_overdue: boolean;
  /** What is asked. */
  kind: PrivacyRequestKind;
  /** `confirming`, `open`, `waiting`, `done`, `refused`, `withdrawn`. */
  state: string;
  user_id?: UserId | null;
};

/** What may be asked. */
export type PrivacyRequestKind = 'access' | 'rectify' | 'erase';

/** A problem document. */
export type Problem = {
  /** The stable code, as `JOB_001`. */
  code:
    | 'AUTH_001'
    | 'AUTH_002'
    | 'AUTH_003'
    | 'AUTH_004'
    | 'AUTH_005'
    | 'AUTH_006'
    | 'AUTH_007'
    | 'AUTH_008'
    | 'AUTH_009'
    | 'AUTH_010'
    | 'AUTH_011'
    | 'AUTH_012'
    | 'AUTH_013'
    | 'BACKUP_001'
    | 'CAPABILITY_001'
    | 'CHANGE_001'
    | 'CHANGE_002'
    | 'CHANGE_003'
    | 'CUSTOMER_001'
    | 'CUSTOMER_002'
    | 'CUSTOMER_003'
    | 'FILE_001'
    | 'FILE_002'
    | 'FILE_003'
    | 'FILE_004'
    | 'JOB_001'
    | 'JOB_002'
    | 'JOB_003'
    | 'LOCKED_001'
    | 'MAP_001'
    | 'MAP_002'
    | 'NOTIFICATION_001'
    | 'PRIVACY_001'
    | 'PRIVACY_002'
    | 'PRIVACY_003'
    | 'PRIVACY_004'
    | 'RATE_001'
    | 'REQUEST_001'
    | 'REQUEST_002'
    | 'REQUEST_003'
    | 'REQUEST_004'
    | 'REQUEST_005'
    | 'SERVICE_TYPE_001'
    | 'SHIFT_001'
    | 'SHIFT_002'
    | 'SHIFT_003'
    | 'SHIFT_004'
    | 'SYSTEM_001'
    | 'SYSTEM_002'
    | 'SYSTEM_003'
    | 'SYSTEM_004'
    | 'TASK_001'
    | 'USER_001'
    | 'USER_002'
    | 'USER_003'
    | 'VAULT_001'
    | 'VAULT_002'
    | 'VAULT_003'
    | 'VAULT_004'
    | 'VERSION_001'
    | 'VOICE_001'
    | 'VOICE_002'
    | 'VOICE_003'
    | 'WEBHOOK_001'
    | 'WEBHOOK_002'
    | 'WHATSAPP_001'
    | 'WHATSAPP_002'
    | 'WHATSAPP_003';
  /** After a conflict: the row as it is now. */
  current?: unknown;
  /** What happened, in words. */
  detail: string;
  /** Which fields cannot be accepted, and why. */
  errors?: BadField[];
  /** Which request it was, as `urn:uuid:..`: its id stands in the log too. */
  instance?: string | null;
  /** The HTTP status. */
  status: number;
  /** With `AUTH_012`: goes to `POST /api/auth/totp` with the second factor's code. */
  ticket?: string | null;
  /** The status in words. */
  title: string;
  /** What kind of problem: `about:blank`, the title says it. */
  type: string;
};

/** `POST /api/voice/process`: a recording that was uploaded (purpose `voice`), or a message that has one. */
export type ProcessVoice = {
  customer_id?: CustomerId | null;
  file_id?: FileId | null;
  message_id?: MessageId | null;
  /** The phone to reach them. */
  phone?: string | null;
};

/** A person with their papers. */
export type Profile = User & UserPapers;

/** A job as a note proposes it; a reviewer's corrections have the same form. */
export type ProposedJob = {
  /** Where, in words; absent where the customer's own address serves. */
  address?: string | null;
  customer_id?: CustomerId | null;
  /** Their name, for a new customer. */
  customer_name?: string | null;
  /** Their phone, for a new customer. */
  customer_phone?: string | null;
  /** What is wrong. */
  description?: string | null;
  /** One of the kinds of work; general when absent. */
  job_type?: string | null;
  /** Where, WGS-84 degrees: a reviewer's pin. */
  lat?: number | null;
  /** Where, WGS-84 degrees. */
  lon?: number | null;
  /** What else was said: brand, model, the day without a time. */
  notes?: string | null;
  priority?: Priority | null;
  /** When, if a day and a time were asked for. */
  scheduled_start?: string | null;
  /** 3 to 200 characters. */
  title?: string | null;
};

/** What one provider was asked. */
export type ProviderUsage = {
  /** US dollars at list prices, about, as `"1.20"`. */
  estimated_cost_usd: string;
  /** Requests. */
  requests: number;
  /** As `google_routes`. */
  service: string;
  /** Trips that were asked about. */
  trips: number;
};

/** What a file is for. */
export type Purpose = 'job_photo' | 'signature' | 'whatsapp_media' | 'voice' | 'avatar' | 'logo' | 'document';

/** A browser to forget. */
export type PushEndpoint = {
  /** As it was told. */
  endpoint: string;
};

/** A browser that is kept. */
export type PushKept = {
  /** Its id. */
  id: string;
};

/** What pages subscribe with. */
export type PushKey = {
  /** `applicationServerKey`: base64url of an uncompressed point of P-256. */
  public_key: string;
};

/** The keys of a subscription, base64url. */
export type PushKeys = {
  /** 16 bytes. */
  auth: string;
  /** The browser's public key: an uncompressed point of P-256. */
  p256dh: string;
};

/** A browser that may be woken, as its page tells it (`PushSubscription.toJSON()`). */
export type PushToken = {
  /** The push service's address for it. */
  endpoint: string;
  /** What messages are encrypted for. */
  keys: PushKeys;
};

/** `PUT /api/organization/bank`: what is absent or null is erased. */
export type PutBank = {
  /** The account (CBU or CVU), 22 digits with their two check digits; blanks and dashes do not count. */
  cbu?: string | null;
  /** Its alias: 6 to 20 letters, digits, dots and dashes. */
  cbu_alias?: string | null;
  /** The version that the editor saw. */
  version?: number | null;
};

/** `PUT /api/users/{id}/payroll`: what is absent or null is erased. */
export type PutPayroll = {
  /** Their account (CBU or CVU), 22 digits with their two check digits. */
  cbu_empleado?: string | null;
  /** What they earn, in pesos, as `850000.00`: at most two decimals. */
  remuneracion?: string | null;
  /** The version that the editor saw. */
  version?: number | null;
};

/** A whole schedule in place of the present one. */
export type PutWorkSchedule = {
  /** They want to know of a job so many minutes before it begins. */
  advance_notice_min?: number | null;
  /** Days that are otherwise. */
  exceptions?: WorkException[];
  /** The version that the editor saw; without it whatever is there is replaced. */
  version?: number | null;
  /** Their week. */
  weekly: WorkWeek;
};

/** How one kind of durable work stands in an organization. */
export type QueueState = {
  /** Gave up. */
  dead: number;
  /** The kind, as `journey.expire`. */
  kind: string;
  /** Not before its time: planned, or waiting for a retry. */
  later: number;
  /** Seconds that the oldest ready one has waited. */
  oldest_ready_s?: number | null;
  /** May be claimed now. */
  ready: number;
  /** A worker is at it. */
  running: number;
  /** Behind another one of its lane. */
  waiting: number;
};

/** Answers that are given again and again. */
export type QuickReply = {
  /** Made at. */
  created_at: Moment;
  /** Its id. */
  id: string;
  /** What it is found by, as `precio`. */
  shortcut: string;
  /** Its words. */
  text: string;
  /** Last changed at. */
  updated_at: Moment;
  /** Rises with every change. */
  version: number;
};

/** Quiet hours as REST has them. */
export type QuietHours = {
  /** Whether they hold. */
  enabled?: boolean;
  /** `HH:MM`, by the person's clock. */
  from?: string;
  /** The person's zone, as `America/Argentina/Buenos_Aires`. */
  timezone?: string;
  /** `HH:MM`; earlier than `from` is the next day. */
  to?: string;
};

/** What a customer says. */
export type RateJob = {
  /** Up to 1000 letters. */
  comment?: string | null;
  /** 1 to 5. */
  stars: number;
};

/** A job as its customer may rate it. */
export type Rating = {
  /** And in words. */
  comment?: string | null;
  /** The job, as customers see it. */
  job_number: string;
  /** Who did the work for them. */
  org_name: string;
  rated_at?: Moment | null;
  /** What was said: 1 to 5 stars. */
  stars?: number | null;
  /** The first name of who came. */
  technician?: string | null;
};

/** Why a request ended. */
export type Reason =
  | 'voice_message'
  | 'long_message'
  | 'question'
  | 'request_verb'
  | 'urgency'
  | 'address'
  | 'schedule'
  | 'price_inquiry'
  | 'max_buffer'
  | 'timeout'
  | 'immediate';

/** How well a technician fits a job. */
export type Recommendation = {
  /** high from 70, medium from 50, else low. */
  confidence: Confidence;
  /** Metres to drive, as in `/api/tracking/nearest`; null without a fresh position. */
  distance_m?: number | null;
  eta?: Eta | null;
  /** Whether the job is theirs already. */
  is_assigned: boolean;
  /** Their name. */
  name: string;
  /** What the score is made of. */
  parts: ScorePart[];
  /** 0 to 100. */
  score: number;
  /** Who. */
  technician_id: UserId;
};

/** Codes for the day on which the phone is gone, each good once. Shown this once. */
export type RecoveryCodes = {
  /** As `abcde-fgh23`. */
  codes: string[];
};

/** `POST /api/users/me/rectify-request`: what is wrong about oneself. */
export type Rectify = {
  /** What is wrong and how it is right, up to 2000 signs. */
  detail: string;
};

/** What a client without cookies sends. A browser sends no body. */
export type Renew = {
  /** What this device calls itself. */
  device?: string | null;
  /** The refresh token. */
  refresh_token?: string | null;
};

/** `POST /api/jobs/{id}/reopen`: takes a wrong completion back. */
export type ReopenJob = {
  /** Why, up to 500 characters. */
  notes?: string | null;
  /** The version that was seen. */
  version?: number | null;
};

/** From which event on everything is sent again. */
export type Replay = {
  /** The number of the last event that need not come: 0 for all there are. */
  after: number;
};

/** What a replay will send. */
export type Replayed = {
  /** As asked. */
  after: number;
  /** How many events there are beyond, of whatever kind. */
  events: number;
};

/** How requests came about on one day. */
export type RequestDay = {
  /** The day in the organization's zone. */
  day: string;
  /** Those that did not wait for silence. */
  immediate: number;
  /** Messages in them. */
  messages: number;
  /** Requests. */
  requests: number;
  /** Those that ended by silence. */
  timeouts: number;
};

/** `POST /api/voice/transcripts/{id}/review`. */
export type ReviewVoice = {
  /** What. */
  action: VoiceReviewAction;
  fields?: ProposedJob | null;
  /** Why, up to 500 characters. */
  note?: string | null;
  /** The version that was seen; whatever is there when absent. */
  version?: number | null;
};

/** What a person is in an organization. */
export type Role = 'owner' | 'admin' | 'dispatcher' | 'technician' | 'accountant';

/** What is said of a person's papers: each once. Absent or null says nothing. */
export type SayUserPapers = {
  /** Their insurance against accidents at work. */
  art?: string | null;
  /** Their collective agreement. */
  convenio_colectivo?: string | null;
  /** Their number as an employee, with or without hyphens. */
  cuil?: string | null;
  /** The number of their document. */
  dni?: string | null;
  /** Since when they work here. */
  fecha_ingreso?: string | null;
  /** When they were born. */
  fecha_nacimiento?: string | null;
  /** Their name as documents have it. */
  legal_name?: string | null;
  /** What kind of contract they have. */
  modalidad_contrato?: string | null;
  /** Where they are citizens. */
  nacionalidad?: string | null;
  /** Their health insurance. */
  obra_social?: string | null;
  /** f, m or x. */
  sexo?: string | null;
};

/** What speaks against a time. */
export type ScheduleWarning = 'advance_notice' | 'outside_availability' | 'day_off' | 'exception';

/** A part of a score. */
export type ScorePart = {
  /** Which. */
  part: Part;
  /** 0 to 100. */
  points: number;
  /** Why. */
  reason: DispatchReason;
  /** Its share of the score. */
  weight: number;
};

/** Whether somebody has a second factor. */
export type SecondFactor = {
  /** Whether signing in asks for it. */
  is_on: boolean;
  /** Recovery codes that are left. */
  recovery_left: number;
  since?: Moment | null;
};

/** Whose phone gets a code. */
export type SendCode = {
  /** What this device calls itself, always the same: no other may enter the code then. */
  device?: string | null;
  /** What stands behind the `#` of an invitation's link, where one led here. */
  invitation?: string | null;
  /** In any usual spelling. */
  phone: string;
};

/** `POST /api/whatsapp/send`. To a conversation, a customer or a phone. */
export type SendMessage = {
  /** A place's address. */
  address?: string | null;
  /** Words under a picture or paper, up to 1024 letters. */
  caption?: string | null;
  /** In this conversation, */
  conversation_id?: string | null;
  customer_id?: CustomerId | null;
  /** The sign. */
  emoji?: string | null;
  /** The picture or paper. */
  file_id?: string | null;
  /** A paper's name. */
  filename?: string | null;
  job_id?: JobId | null;
  kind?: Kind | null;
  /** WGS-84 degrees. */
  lat?: number | null;
  /** WGS-84 degrees. */
  lon?: number | null;
  /** A place's name. */
  name?: string | null;
  /** The message that a sign is put on, by the provider's id. */
  reply_to?: string | null;
  template?: SendTemplate | null;
  /** The words, up to 4096 letters. */
  text?: string | null;
  /** or to this phone. */
  to?: string | null;
};

/** A template to send. */
export type SendTemplate = {
  /** Its language; es_AR when absent. */
  language?: string | null;
  /** Its name at the provider. */
  name: string;
  /** What fills `{{1}}`, `{{2}}` .. */
  params?: string[];
  /** What its buttons' addresses end with, in order. */
  url_params?: string[];
};

/** A code is on its way. */
export type Sent = {
  /** Names the code; goes back with it. */
  challenge: string;
  /** Seconds that the code is good. */
  expires_in_s: number;
  /** Seconds until another one may be asked for. */
  retry_after_s: number;
};

/** A service with all that is known of it. */
export type ServiceHealth = PanicView & {
  breaker?: BreakerView | null;
  /** What was counted. */
  counts: CountView[];
};

/** A service that is not well. */
export type ServiceNotice = {
  /** How it stands. */
  mode: Mode;
  /** As `whatsapp`. */
  service: string;
  since?: Moment | null;
  /** What people are told. */
  text: string;
};

/** A kind of work. */
export type ServiceType = {
  /** Whether new jobs may have it. */
  active: boolean;
  /** What jobs carry as `job_type`: small letters, digits and `_`; never changed. */
  code: string;
  /** `#rrggbb`. */
  colour: string;
  /** The name of an icon. */
  icon: string;
  /** Whether it is one of the six that everybody has. */
  is_default: boolean;
  /** As people read it. */
  name: string;
  /** Its place in lists, from 0. */
  sort: number;
  /** Rises with every change; 0 until the first one of a default. */
  version: number;
};

/** A tracking session: one journey to one job. */
export type SessionId = string;

/** A decision about a service. */
export type SetMode = {
  /** How it is to stand. */
  mode: Mode;
  /** Why, 10 to 500 characters. */
  reason: string;
};

/** What sets an app up. */
export type Setup = {
  /** GPSLogger's custom URL with its placeholders. */
  gpslogger: string;
  /** OsmAnd's online tracking address with its placeholders. */
  osmand: string;
  /** Overland takes address and token from this link. */
  overland: string;
  /** OwnTracks takes its whole configuration from this link. */
  owntracks: string;
};

/** A shift. */
export type Shift = {
  /**
   * Why a rule ended it: too_long (open over twelve hours), idle (at rest after the end of the hours), hours (begun by the
   * work schedule, and its hours were over).
   */
  end_reason?: string | null;
  ended_at?: Moment | null;
  ended_by?: UserId | null;
  /** technician, staff or system; null while it lasts. */
  ended_by_type?: string | null;
  /** Its id. */
  id: ShiftId;
  /** Its pauses, oldest first. */
  pauses?: ShiftPause[];
  /** When it began. */
  started_at: Moment;
  started_by?: UserId | null;
  /** Whose. */
  user_id: UserId;
};

/** A working shift of a technician. */
export type ShiftId = string;

/** A pause within a shift: positions of its time are not stored. */
export type ShiftPause = {
  ended_at?: Moment | null;
  ended_by?: UserId | null;
  /** Its id. */
  id: string;
  /** When it began. */
  started_at: Moment;
  started_by?: UserId | null;
};

/** How a person's shift stands after a change: the latest shift, whole. */
export type ShiftState = {
  ended_at?: Moment | null;
  /** Positions that the correction erased. */
  erased: number;
  id?: ShiftId | null;
  /** Whether they are on shift, pausing or not. */
  on: boolean;
  paused_since?: Moment | null;
  started_at?: Moment | null;
  /** Whose. */
  user_id: UserId;
};

/** What is counted, good or bad. */
export type Signal = 'delivery' | 'voice_confidence' | 'voice_review';

/** How well somebody knows the work. */
export type SkillLevel = 'junior' | 'regular' | 'senior';

/** Who says where something is. */
export type Source = 'person' | 'geocoded' | 'customer';

/** `POST /api/jobs/{id}/start`: as the status working. */
export type StartJob = {
  /** Where the phone is. */
  lat?: number | null;
  /** Where the phone is. */
  lon?: number | null;
  /** What is to be said, up to 500 characters. */
  notes?: string | null;
  /** The version that was seen; whatever is there when absent. */
  version?: number | null;
};

/** Where a message stands (functional.md section 6). */
export type State =
  | 'received'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'fallback_sms'
  | 'undeliverable'
  | 'suppressed';

/** Where a job stands. */
export type Status = 'pending' | 'scheduled' | 'en_camino' | 'working' | 'completed' | 'cancelled';

/** A decision about a capability. */
export type Switch = {
  /** Whether it is to be on. */
  enabled: boolean;
  /** Why, 10 to 500 characters. */
  reason: string;
};

/** Where to go. */
export type SwitchOrg = {
  /** One of the organizations of `me`. */
  org_id: OrgId;
};

/** `POST /api/whatsapp/templates/preview`, answered: as it would read. */
export type TemplatePreview = {
  /** Its words with the parameters in place. */
  text: string;
};

/** A template that may be sent. */
export type TemplateView = {
  /** Its words, with `{{1}}`, `{{2}}` .. */
  body: string;
  /** What stands on its buttons. */
  buttons: string[];
  /** Its language at the provider. */
  language: string;
  /** Its name. */
  name: string;
  /** How many parameters its body takes. */
  params: number;
};

/** What a device gets when it signs in or refreshes. */
export type Tokens = {
  /** Goes into `Authorization: Bearer`. */
  access_token: string;
  /** Seconds that the access token lasts. */
  expires_in_s: number;
  /** Where. */
  organization: Company;
  /** Gives the next pair, once. Missing where a cookie carries it. */
  refresh_token?: string;
  /** Who signed in. */
  user: Person;
};

/** A raw point with its verdict. */
export type TrackPoint = Judged & {
  /** Radius of the error, metres. */
  accuracy_m?: number | null;
  /** still, walking, in_vehicle or on_bicycle. */
  activity?: string | null;
  /** Height, metres. */
  altitude_m?: number | null;
  /** The phone's own clock at the fix; identifies the point within its boot. */
  at: Moment;
  /** Charge, 0 to 1. */
  battery?: number | null;
  /** The boot of the device's store. */
  boot: string;
  /** Whether it was being charged. */
  charging?: boolean | null;
  /** The same by the server's clock. */
  corrected_at: Moment;
  /** How late it came, seconds. */
  delay_s: number;
  /** The device that sent it. */
  device: string;
  /** Course, degrees clockwise from north. */
  heading_deg?: number | null;
  /** WGS-84 degrees. */
  lat: number;
  /** WGS-84 degrees. */
  lon: number;
  /** Whether an app made the position up. */
  mock: boolean;
  /** Its number within the boot. */
  seq: number;
  /** Speed over ground, m/s. */
  speed_mps?: number | null;
  /** The verdict when it came in. */
  verdict_at_receipt: Verdict;
};

/** A job's live journey: from it and the key the customer's link is made anew whenever it is needed. */
export type TrackingRef = {
  /** Which of its links is good. */
  link: number;
  /** The tracking session. */
  session_id: SessionId;
};

/** A tracking session as REST shows it (office and its technician). */
export type TrackingSession = {
  /** How often the customer looked. */
  access_count: number;
  arrived_at?: Moment | null;
  /** fence, technician or staff. */
  arrived_by?: string | null;
  destination?: Place | null;
  ended_at?: Moment | null;
  /** The session's id. */
  id: SessionId;
  /** Its job. */
  job_id: JobId;
  last_accessed_at?: Moment | null;
  /** Since when. */
  started_at: Moment;
  /** active, arrived, completed or cancelled. */
  status: string;
  /** Who travels. */
  technician_id: UserId;
  window?: Window | null;
};

/** What is to be tried. */
export type Trial = {
  /** Through which channel. */
  channel: Channel;
};

/** A message is on its way. */
export type TrialSent = {
  /** Through which channel. */
  channel: Channel;
  /** To how many places: browsers, or one. */
  sent: number;
};

/** How many notices are unread. */
export type Unread = {
  /** Of all there are. */
  unread: number;
};

/** How far an upload is. */
export type Upload = {
  /** Bytes in all. */
  bytes: number;
  /** Whether it is kept. */
  done: boolean;
  /** The file's id, good once it is done. */
  id: FileId;
  /** Bytes that are here for good. */
  offset: number;
};

/** Where each app sends to. */
export type Urls = {
  /** GPSLogger, custom URL. */
  gpslogger: string;
  /** OsmAnd: GET or POST, m/s. */
  osmand: string;
  /** Overland. */
  overland: string;
  /** OwnTracks, HTTP mode. */
  owntracks: string;
  /** Traccar Client. */
  traccar: string;
};

/** What an organization used in a month. */
export type UsageView = {
  /** Directions by provider. */
  directions: ProviderUsage[];
  /** US dollars at list prices, about. */
  estimated_cost_usd: string;
  /** As `2026-11`, by UTC. */
  month: string;
  /** Journeys that began. */
  sessions: number;
};

/** A person of an organization. */
export type User = {
  /** Made at. */
  created_at: Moment;
  /** Where e-mail reaches them. */
  email?: string | null;
  /** Their id, the same in every organization. */
  id: UserId;
  /** Whether they may sign in and be assigned. */
  is_active: boolean;
  joined_at?: Moment | null;
  /** Their name here. */
  name: string;
  /** Their phone, with which they sign in. */
  phone: string;
  /** What they are called in the company, as Oficial gasista. */
  puesto?: string | null;
  /** What they are here. */
  role: Role;
  skill_level?: SkillLevel | null;
  /** The kinds of work they know, as jobs name them (`job_type`). */
  specialties: string[];
  /** Last changed at. */
  updated_at: Moment;
  /** Rises with every change. */
  version: number;
};

/** A person, the same in every organization they belong to. */
export type UserId = string;

/** A person's papers. */
export type UserPapers = {
  /** Their insurance against accidents at work. */
  art?: string | null;
  /** Their collective agreement. */
  convenio_colectivo?: string | null;
  /** Their number as an employee, 11 digits. */
  cuil?: string | null;
  /** The number of their document. */
  dni?: string | null;
  /** Since when they work here. */
  fecha_ingreso?: string | null;
  /** When they were born. */
  fecha_nacimiento?: string | null;
  /** Their name as documents have it. */
  legal_name?: string | null;
  /** What kind of contract they have. */
  modalidad_contrato?: string | null;
  /** Where they are citizens. */
  nacionalidad?: string | null;
  /** Their health insurance. */
  obra_social?: string | null;
  /** f, m or x. */
  sexo?: string | null;
};

/** `POST /api/customers/validate-cuit`. */
export type ValidateCuit = {
  /** The number, with or without hyphens. */
  cuit: string;
};

/** Whether a point counts. */
export type Verdict = 'accepted' | 'imprecise' | 'null_island' | 'outlier' | 'mirrored';

/** A link to a recording. */
export type VoiceAudio = {
  /** Its length, where it is known. */
  duration_s?: number | null;
  /** Its type. */
  mime: string;
  /** Where it is for an hour. */
  url: string;
};

/** What becomes of a note. */
export type VoiceDecision = 'create' | 'create_flagged' | 'ask_customer' | 'ask_again' | 'review' | 'reject';

/** Notes by what the rules decided. */
export type VoiceDecisions = {
  /** The customer was asked. */
  asked: number;
  /** Asked to say it again. */
  asked_again: number;
  /** Of them: jobs made after a yes. */
  confirmed: number;
  /** Jobs made by themselves. */
  created: number;
  /** Of them: to be looked at. */
  flagged: number;
  /** Not understood. */
  rejected: number;
};

/** A field that was heard, and how surely. */
export type VoiceField = {
  /** How surely, 0..1. */
  confidence: number;
  /** What was said; null where nothing was. */
  value?: string | null;
};

/** What a note says (functional.md section 6). Read in the model's spelling or in ours. */
export type VoiceFields = {
  /** Street and number, or a corner; the flat too. */
  address?: VoiceField;
  /** Of the appliance. */
  appliance_brand?: VoiceField;
  /** Of the appliance. */
  appliance_model?: VoiceField;
  /** The city. */
  city?: VoiceField;
  /** Who calls. */
  customer_name?: VoiceField;
  /** The neighbourhood. */
  neighborhood?: VoiceField;
  /** Their phone, where it is said. */
  phone?: VoiceField;
  /** YYYY-MM-DD. */
  preferred_date?: VoiceField;
  /** HH:MM, or morning, afternoon, evening. */
  preferred_time?: VoiceField;
  /** What is wrong, in the customer's words. */
  problem_description?: VoiceField;
  /** The province. */
  province?: VoiceField;
  /** One of the kinds of work. */
  service_type?: VoiceField;
  /** A title of the job, a few words. */
  title?: VoiceField;
  /** normal, urgent or emergency. */
  urgency?: VoiceField;
};

/** A voice note. */
export type VoiceNote = {
  asked_at?: Moment | null;
  /** When it came. */
  created_at: Moment;
  customer?: CustomerRef | null;
  /** yes or no. */
  customer_answer?: string | null;
  decision?: VoiceDecision | null;
  /** Its length. */
  duration_s?: number | null;
  fields?: VoiceFields | null;
  /** The recording. */
  file_id: FileId;
  /** Is the recording still kept? */
  has_audio: boolean;
  /** Its id. */
  id: VoiceNoteId;
  job_id?: JobId | null;
  message_id?: MessageId | null;
  /** The judgement, 0..1. */
  overall_confidence?: number | null;
  proposed_job?: ProposedJob | null;
  /** Why it waits, or what to mind. */
  reasons: VoiceReason[];
  review?: VoiceReview | null;
  score?: VoiceScore | null;
  /** The phone that it came from. */
  sender?: string | null;
  /** Where it stands. */
  state: VoiceState;
  /** The words. */
  transcript?: string | null;
  /** How sure they are, 0..1. */
  transcription_confidence?: number | null;
  /** When it last changed. */
  updated_at: Moment;
  uploaded_by?: UserId | null;
  /** Rises with every change. */
  version: number;
  waiting_since?: Moment | null;
  /** How fast it is spoken. */
  words_per_minute?: number | null;
};

/** A voice note. */
export type VoiceNoteId = string;

/** Something that makes a note harder to understand than its confidences say. */
export type VoicePenalty = 'slang' | 'mixed_language' | 'fast' | 'fillers';

/** Why it waits, or what to mind. */
export type VoiceReason = {
  /** The stable word. */
  code: VoiceReasonCode;
  /** In the reader's language. */
  text: string;
};

/** Why a note waits for a person, or what to mind about it. */
export type VoiceReasonCode =
  | 'no_key'
  | 'no_consent'
  | 'sender_refused'
  | 'switched_off'
  | 'paused'
  | 'rate_organization'
  | 'rate_sender'
  | 'unsupported_audio'
  | 'audio_missing'
  | 'provider_failed'
  | 'not_extracted'
  | 'slow'
  | 'transcription_low'
  | 'address_missing'
  | 'address_low'
  | 'problem_missing'
  | 'problem_low'
  | 'no_contact'
  | 'low_confidence'
  | 'nobody_to_ask'
  | 'customer_said_no'
  | 'customer_silent'
  | 'date_disagrees'
  | 'date_out_of_range'
  | 'slang'
  | 'mixed_language'
  | 'fast'
  | 'fillers'
  | 'job_refused';

/** What a person decided. */
export type VoiceReview = {
  /** What. */
  action: VoiceReviewAction;
  at?: Moment | null;
  by?: UserId | null;
  /** What they noted. */
  note?: string | null;
};

/** What a person decides of a note. */
export type VoiceReviewAction = 'approve' | 'edit' | 'reject' | 'reopen';

/** Notes by what people decided. */
export type VoiceReviews = {
  /** As proposed. */
  approved: number;
  /** With corrections. */
  edited: number;
  /** No job. */
  rejected: number;
};

/** The parts of a judgement, for people to see. */
export type VoiceScore = {
  /** How sure the address is; 1 where the customer's own serves. */
  address: number;
  /** The mean of the other fields that were said; 0 where none was. */
  others: number;
  /** 0.30 transcription + 0.25 address + 0.25 problem + 0.20 others, less the penalties; 0..1. */
  overall: number;
  /** What was taken off. */
  penalties: VoicePenalty[];
  /** How sure the problem is. */
  problem: number;
  /** How sure the transcription is. */
  transcription: number;
};

/** What holds for an organization. */
export type VoiceSettings = {
  /** Jobs are created by themselves from this overall confidence on, 0.30 to 1. */
  auto_create_threshold: number;
  /** Did the organization consent? Without it notes wait for a person. */
  consent: boolean;
  consent_at?: Moment | null;
  consent_by?: UserId | null;
  /** What is consented to, in the reader's language. */
  consent_text: string;
  /** Which words were consented to. */
  consent_version?: string | null;
  /** Has the installation a key? */
  is_configured: boolean;
  /** Days that recordings are kept, 1 to 3650. */
  retention_days: number;
  /** Rises with every change. */
  version: number;
};

/** Where a note stands (functional.md section 6). */
export type VoiceState =
  | 'pending'
  | 'transcribing'
  | 'extracting'
  | 'completed'
  | 'needs_review'
  | 'reviewed'
  | 'failed';

/** Notes by where they stand. */
export type VoiceStates = {
  /** The rules decided. */
  completed: number;
  /** The service gave up. */
  failed: number;
  /** Wait for a person. */
  needs_review: number;
  /** A person decided. */
  reviewed: number;
  /** The machines are at it. */
  under_way: number;
};

/** How voice notes went. */
export type VoiceStats = {
  /** Of the reviewed ones with a proposal: the share that was approved as it was; null without any. */
  accuracy?: number | null;
  /** Of the last so many days. */
  days: number;
  /** Seconds from a note's coming to its decision, 95 of 100 at most; null without any. */
  decided_p95_s?: number | null;
  /** By what the rules decided. */
  decisions: VoiceDecisions;
  /** Mean overall confidence; null without any. */
  mean_confidence?: number | null;
  /** Notes that came. */
  notes: number;
  /** Seconds that a note waits for a person, in the middle; null without any. */
  reviewed_median_s?: number | null;
  /** By what people decided. */
  reviews: VoiceReviews;
  /** By where they stand. */
  states: VoiceStates;
  /** Seconds of sound that were transcribed: what is paid for. */
  transcribed_s: number;
  /** Waiting for a person now. */
  waiting: number;
};

/** A change that waits for the owner. */
export type Waiting = {
  /** Which field. */
  field: string;
  /** The change request. */
  id: string;
  /** What it will be. */
  requested?: string | null;
};

/** What speaks against giving one person a job. */
export type Warned = {
  /** Who. */
  technician_id: UserId;
  /** What. */
  warning: ScheduleWarning;
};

/** One try. */
export type WebhookAttempt = {
  /** The first words of the answer. */
  answer?: string | null;
  /** When. */
  at: Moment;
  /** Why it failed. */
  error?: string | null;
  /** What came back. */
  status?: number | null;
  /** How long it took. */
  took_ms: number;
};

/** One event on its way to one endpoint. */
export type WebhookDelivery = {
  /** Every try, the newest first, at most twenty. */
  attempts: WebhookAttempt[];
  /** When it was written. */
  created_at: Moment;
  /** The event's number. */
  cursor: number;
  delivered_at?: Moment | null;
  /** Its id; `webhook-id` is `msg_` and this without hyphens. */
  id: string;
  /** The event's kind. */
  kind: string;
  last_at?: Moment | null;
  /** Why the last try failed. */
  last_error?: string | null;
  /** The last status that came back. */
  last_status?: number | null;
  next_at?: Moment | null;
  /** `pending`, `delivered` or `failed`. */
  state: string;
  /** Tries of the present round. */
  tries: number;
};

/** An address that hears events. */
export type WebhookEndpoint = {
  /** Made at. */
  created_at: Moment;
  /** The number of the last event that is on its way or beyond. */
  cursor: number;
  /** What it is for, in words. */
  description?: string | null;
  disabled_at?: Moment | null;
  /** Why it does not: `manual`, or `failing` after five days without a success. */
  disabled_reason?: string | null;
  failing_since?: Moment | null;
  /** Its id. */
  id: string;
  /** Whether it hears anything. */
  is_active: boolean;
  /** `*`, `job.*` or kinds of events. */
  kinds: string[];
  previous_secret_until?: Moment | null;
  /** Last changed at. */
  updated_at: Moment;
  /** Where events are posted. */
  url: string;
  /** Rises with every change by a person. */
  version: number;
};

/** The number that an organization sends from. Its token is never shown. */
export type WhatsAppAccount = {
  /** Made at. */
  created_at: Moment;
  /** The number as people read it. */
  display_phone?: string | null;
  /** Whether it is Meta's test number. */
  is_sandbox: boolean;
  /** The number's id at Meta. */
  phone_number_id: string;
  /** Last changed at. */
  updated_at: Moment;
  /** Rises with every change. */
  version: number;
  /** The WhatsApp Business account. */
  waba_id?: string | null;
};

/** Why a row is bad. */
export type Why =
  | 'missing'
  | 'not_chained'
  | 'wrong_hash'
  | 'unknown_key'
  | 'beyond_head'
  | 'head_differs'
  | 'head_forged'
  | 'head_missing'
  | 'anchor_differs'
  | 'payload_differs';

/** An arrival window. */
export type Window = {
  /** Not before. */
  from: Moment;
  /** Not after. */
  to: Moment;
};

/** A day that is otherwise. */
export type WorkException = {
  /** The day. */
  date: string;
  /** Why, up to 200 characters. */
  reason?: string | null;
  /** When they work on it; none: a day off. */
  spans?: string[][];
};

/** When somebody works. */
export type WorkSchedule = {
  /** They want to know of a job so many minutes before it begins; null: no matter. */
  advance_notice_min?: number | null;
  /** Days that are otherwise, by date. */
  exceptions: WorkException[];
  updated_at?: Moment | null;
  /** Who. */
  user_id: UserId;
  /** 0 while nobody said anything: then nothing warns. */
  version: number;
  /** Their week, in the organization's zone. */
  weekly: WorkWeek;
};

/** A week of work: the spans of each day, none on days off. */
export type WorkWeek = {
  /** The same. */
  fri?: string[][];
  /** As `[["08:00","12:00"],["13:00","17:00"]]`. */
  mon?: string[][];
  /** The same. */
  sat?: string[][];
  /** The same. */
  sun?: string[][];
  /** The same. */
  thu?: string[][];
  /** The same. */
  tue?: string[][];
  /** The same. */
  wed?: string[][];
};
