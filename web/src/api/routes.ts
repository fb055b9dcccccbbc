// Made by `npm run gen`; do not edit.

import { request } from './client';
import { asked, at } from './path';
import type {
  AddPhoto,
  Answers,
  AssignJob,
  Assigned,
  AuditAction,
  AuditVerdict,
  Bank,
  BeginJourney,
  BeginUpload,
  Calendar,
  CancelJob,
  CapabilityView,
  ChangeEntity,
  ChangePause,
  ChangeRequest,
  ChangeRequestStatus,
  ChangeShift,
  ChangeStatus,
  CompleteJob,
  Confirm,
  ConnectWhatsApp,
  ConsentReason,
  Conversation,
  CreateJob,
  CuitVerdict,
  Customer,
  CustomerId,
  Decide,
  DecideRequest,
  Deletion,
  DeviceId,
  EditConversation,
  EditCustomer,
  EditEndpoint,
  EditJob,
  EditNotificationPreferences,
  EditOrganization,
  EditPrivacy,
  EditQuickReply,
  EditServiceType,
  EditUser,
  EditVoiceSettings,
  EditedCustomer,
  EndpointWithSecret,
  Enrolment,
  EnterCode,
  EtaCoverage,
  File,
  FileId,
  GivenCode,
  HealthView,
  InboxMessage,
  InboxRequest,
  InboxSettings,
  Invitation,
  Invited,
  Itinerary,
  Job,
  JobDraft,
  JobFromConversation,
  JobId,
  JobPhoto,
  JobStats,
  Letter,
  LoginId,
  MadeDevice,
  MapData,
  MapRoute,
  Me,
  Merge,
  MessageId,
  Named,
  NewChangeRequest,
  NewCustomer,
  NewDevice,
  NewEndpoint,
  NewQuickReply,
  NewRequest,
  NewServiceType,
  NewUser,
  Notice,
  NoticeList,
  Notification,
  NotificationPreferences,
  Organization,
  Page_AuditEntry,
  Page_Availability,
  Page_ChangeRequest,
  Page_Conversation,
  Page_Customer,
  Page_DataView,
  Page_Delivery,
  Page_Device,
  Page_Duplicate,
  Page_HistoryEntry,
  Page_InboxMessage,
  Page_InboxRequest,
  Page_Job,
  Page_Letter,
  Page_Location,
  Page_LoginSession,
  Page_NearTechnician,
  Page_PrivacyExport,
  Page_PrivacyRequest,
  Page_QuickReply,
  Page_Recommendation,
  Page_RequestDay,
  Page_ServiceType,
  Page_Shift,
  Page_TemplateView,
  Page_TrackPoint,
  Page_User,
  Page_VoiceNote,
  Page_WebhookDelivery,
  Page_WebhookEndpoint,
  PanicView,
  PassFactor,
  Payroll,
  Presented,
  Priority,
  Privacy,
  PrivacyExport,
  PrivacyRequest,
  ProcessVoice,
  Profile,
  Purpose,
  PushEndpoint,
  PushKept,
  PushKey,
  PushToken,
  PutBank,
  PutPayroll,
  PutWorkSchedule,
  QueueState,
  QuickReply,
  RateJob,
  Rating,
  RecoveryCodes,
  Rectify,
  Renew,
  ReopenJob,
  Replay,
  Replayed,
  ReviewVoice,
  Role,
  SecondFactor,
  SendCode,
  SendMessage,
  SendTemplate,
  Sent,
  ServiceType,
  SessionId,
  SetMode,
  ShiftState,
  StartJob,
  Switch,
  SwitchOrg,
  TemplatePreview,
  Tokens,
  TrackingSession,
  Trial,
  TrialSent,
  Unread,
  Upload,
  UsageView,
  UserId,
  ValidateCuit,
  VoiceAudio,
  VoiceNote,
  VoiceNoteId,
  VoiceSettings,
  VoiceStats,
  WebhookDelivery,
  WebhookEndpoint,
  WhatsAppAccount,
  WorkSchedule,
} from './schema';

/** Who did what, the newest first. `audit:read` */
export const listAuditLog = (query?: {
  /** Entries of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
  after?: string /** Of the catalogue, as `customer.merged`. */;
  action?: string /** What it was done to, as `customer`. */;
  entity?: string /** Which one. */;
  entity_id?: string /** Who did it. */;
  user?: UserId /** Whose data was looked at. */;
  about?: UserId /** From this moment on (RFC 3339). */;
  from?: string /** Before this moment. */;
  to?: string;
}): Promise<Page_AuditEntry> => request('GET', asked(at`/admin/audit-log`, query));

/** What can stand in the log, in words. `audit:read` */
export const listAuditActions = (): Promise<AuditAction[]> => request('GET', at`/admin/audit-log/actions`);

/** Walks the organization's chain and names the first bad row; compares it with the newest anchors. `audit:read` */
export const verifyAuditLog = (): Promise<AuditVerdict> => request('GET', at`/admin/audit-log/verify`);

/** What can be switched off, whether it is on, and what happens instead. `operations:read` */
export const listCapabilities = (): Promise<CapabilityView[]> => request('GET', at`/admin/capabilities`);

/** Switches a capability for the own organization. One that is off for everybody stays off. `operations:manage` */
export const switchCapability = (name: string, body: Switch): Promise<CapabilityView> =>
  request('PATCH', at`/admin/capabilities/${name}`, body);

/** Tasks that gave up, the newest first. `operations:read` */
export const listDeadLetters = (query?: {
  /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Letter> => request('GET', asked(at`/admin/dlq`, query));

/** Lets a dead task go. `operations:manage` */
export const discardDeadLetter = (id: string): Promise<Letter> =>
  request('POST', at`/admin/dlq/${id}/discard`);

/** Tries a dead task again. `operations:manage` */
export const retryDeadLetter = (id: string): Promise<Letter> => request('POST', at`/admin/dlq/${id}/retry`);

/** How every service stands, with its breaker on this server and what was counted of the organization's own. `operations:read` */
export const serviceHealth = (): Promise<HealthView> => request('GET', at`/admin/health`);

/** How every service stands, by whose decision and why. `operations:read` */
export const listPanic = (): Promise<PanicView[]> => request('GET', at`/admin/panic`);

/** Sets how a service stands for the own organization. What holds for everybody is the operator's. `operations:manage` */
export const setPanic = (service: string, body: SetMode): Promise<PanicView> =>
  request('PATCH', at`/admin/panic/${service}`, body);

/** How the organization's durable work stands, by kind. `operations:read` */
export const listQueues = (): Promise<QueueState[]> => request('GET', at`/admin/queues`);

/** What the organization used in a month: journeys, outside directions, and what they cost about. `operations:read` */
export const usage = (query?: {
  /** As `2026-11`; the present month when absent. */ month?: string;
}): Promise<UsageView> => request('GET', asked(at`/admin/usage`, query));

/** What an invitation's link is for. The token comes in the body, so that no log has it. `anyone` */
export const lookAtInvitation = (body: Presented): Promise<Invited> =>
  request('POST', at`/auth/invitation`, body);

/** Ends the session of the access token, else of the refresh token. `anyone` */
export const logout = (body?: Renew | null): Promise<void> => request('POST', at`/auth/logout`, body);

/** Ends every session of the person, in every organization. `account:manage` */
export const logoutAll = (): Promise<void> => request('POST', at`/auth/logout-all`);

/** Who somebody is here, and where else they belong. `account:manage` */
export const me = (): Promise<Me> => request('GET', at`/auth/me`);

/** A code goes to a phone, known or not. `anyone` */
export const sendCode = (body: SendCode): Promise<Sent> => request('POST', at`/auth/otp/send`, body);

/** Signs in; a phone's first login makes its person and organization. `anyone` */
export const verifyCode = (body: EnterCode): Promise<Tokens> => request('POST', at`/auth/otp/verify`, body);

/** The next pair of tokens. `anyone` */
export const refresh = (body?: Renew | null): Promise<Tokens> => request('POST', at`/auth/refresh`, body);

/** One's own living sessions, in every organization. `account:manage` */
export const listSessions = (): Promise<Page_LoginSession> => request('GET', at`/auth/sessions`);

/** Ends one of one's own sessions. `account:manage` */
export const endSession = (id: LoginId): Promise<void> => request('DELETE', at`/auth/sessions/${id}`);

/** Goes on in another of one's organizations; this session ends. `account:manage` */
export const switchOrg = (body: SwitchOrg): Promise<Tokens> => request('POST', at`/auth/switch-org`, body);

/** Whether one's own second factor is on. `account:manage` */
export const getFactor = (): Promise<SecondFactor> => request('GET', at`/auth/totp`);

/** Signs in with the second factor. `anyone` */
export const passFactor = (body: PassFactor): Promise<Tokens> => request('POST', at`/auth/totp`, body);

/** Turns it on with a first code; recovery codes are shown this once. `second_factor:enroll` */
export const confirmFactor = (body: GivenCode): Promise<RecoveryCodes> =>
  request('POST', at`/auth/totp/confirm`, body);

/** Turns it off with a code. `account:manage` */
export const disableFactor = (body: GivenCode): Promise<void> =>
  request('POST', at`/auth/totp/disable`, body);

/** Begins: what an authenticator app is set up with. `second_factor:enroll` */
export const enrolFactor = (): Promise<Enrolment> => request('POST', at`/auth/totp/enroll`);

/** New recovery codes; the old ones are void. `account:manage` */
export const renewRecoveryCodes = (body: GivenCode): Promise<RecoveryCodes> =>
  request('POST', at`/auth/totp/recovery-codes`, body);

/** Newest first, with `?q=` those that have it, the best first. `customers:read` */
export const listCustomers = (query?: {
  /** Words that must all be there, in any order, each by its beginning, accents or not: of the name, the address, the e-mail address; or a part of the phone, or the whole tax number. */ q?: string /** Only active or only deactivated ones. */;
  is_active?: boolean /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Customer> => request('GET', asked(at`/customers`, query));

/** A new customer. `customers:create` */
export const createCustomer = (body: NewCustomer): Promise<Customer> => request('POST', at`/customers`, body);

/** Customers who may be one, the likeliest first: of what is about to be entered, of one who is there, or of all. `customers:update` */
export const listDuplicateCustomers = (query?: {
  /** A customer who is there. */ customer_id?: CustomerId /** Or a name, */;
  name?: string /** a phone in any usual spelling, */;
  phone?: string /** a tax number, */;
  cuit?: string /** a document, */;
  dni?: string /** an e-mail address, */;
  email?: string /** an address, */;
  address?: string /** a place in WGS-84 degrees. */;
  lat?: number /** WGS-84 degrees. */;
  lon?: number /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Duplicate> => request('GET', asked(at`/customers/duplicates`, query));

/** Customers by name, phone, address, e-mail address or tax number: the list with `?q=`. `customers:read` */
export const searchCustomers = (query?: {
  /** Words that must all be there, in any order, each by its beginning, accents or not: of the name, the address, the e-mail address; or a part of the phone, or the whole tax number. */ q?: string /** Only active or only deactivated ones. */;
  is_active?: boolean /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Customer> => request('GET', asked(at`/customers/search`, query));

/** Whether a text is a tax number, whose, and if not, why. `customers:read` */
export const validateCuit = (body: ValidateCuit): Promise<CuitVerdict> =>
  request('POST', at`/customers/validate-cuit`, body);

/** One customer. Who was merged into another is found there: 301. `customers:read` */
export const getCustomer = (id: CustomerId): Promise<Customer> => request('GET', at`/customers/${id}`);

/** Deactivates a customer; history stays. `customers:delete` */
export const deactivateCustomer = (id: CustomerId): Promise<void> => request('DELETE', at`/customers/${id}`);

/** Changes a customer. `customers:update` */
export const editCustomer = (id: CustomerId, body: EditCustomer): Promise<EditedCustomer> =>
  request('PATCH', at`/customers/${id}`, body);

/** A customer's jobs, newest first; a technician's own. `jobs:read` */
export const listCustomerJobs = (
  id: CustomerId,
  query?: {
    /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
    after?: string;
  },
): Promise<Page_Job> => request('GET', asked(at`/customers/${id}/jobs`, query));

/** Two customers are one: everything of `other_id` goes to this one. `customers:merge` */
export const mergeCustomers = (id: CustomerId, body: Merge): Promise<Customer> =>
  request('POST', at`/customers/${id}/merge`, body);

/** A customer gets messages again, with a reason. `customers:update` */
export const optCustomerIn = (id: CustomerId, body: ConsentReason): Promise<Customer> =>
  request('POST', at`/customers/${id}/opt-in`, body);

/** A customer gets no messages but critical ones, with a reason. `customers:update` */
export const optCustomerOut = (id: CustomerId, body: ConsentReason): Promise<Customer> =>
  request('POST', at`/customers/${id}/opt-out`, body);

/** The office takes what a customer asked about their data. `customers:update` */
export const takePrivacyRequest = (id: CustomerId, body: NewRequest): Promise<PrivacyRequest> =>
  request('POST', at`/customers/${id}/privacy-requests`, body);

/** The devices that may send, with what came today. `devices:read` */
export const listDevices = (query?: {
  /** Of one technician; a technician sees their own. */ user_id?: UserId;
}): Promise<Page_Device> => request('GET', asked(at`/devices`, query));

/** A token for one phone of a technician, shown this once, with the address and the set-up link of each app. `devices:manage` */
export const createDevice = (body: NewDevice): Promise<MadeDevice> => request('POST', at`/devices`, body);

/** Ends a device's token at once. `devices:manage` */
export const revokeDevice = (id: DeviceId): Promise<void> => request('DELETE', at`/devices/${id}`);

/** Asks a phone where it is: said in the next answer to an app that takes commands (OwnTracks). `devices:locate` */
export const locateDevice = (id: DeviceId): Promise<void> => request('POST', at`/devices/${id}/locate`);

/** Whether the windows that were given held: by tier, hour of the week and minutes left, with 95 % intervals. `live:read` */
export const etaCoverage = (query?: {
  /** Windows given at or after; 30 days before `to` when absent. */ from?: string /** Windows given before; now when absent. */;
  to?: string /** Those given at the start (0, when absent), or with 30, 20, 10 or 5 minutes left. */;
  lead_min?: number;
}): Promise<EtaCoverage> => request('GET', asked(at`/estimates/coverage`, query));

/** Begins an upload, or finds it by its hash: done where the bytes are here already, else with the offset to go on from. `files:create` */
export const beginUpload = (body: BeginUpload): Promise<Upload> => request('POST', at`/files`, body);

/** A small file (up to 2 MB) in one request: its bytes are the body. `files:create` */
export const uploadDirectly = (
  body: Blob | ArrayBuffer,
  query: { /** What it is for. */ purpose: Purpose /** What its sender calls it. */; name?: string },
): Promise<File> => request('POST', asked(at`/files/direct`, query), body);

/** What is known of a file, with links that are good for an hour. `files:read` */
export const getFile = (id: FileId): Promise<File> => request('GET', at`/files/${id}`);

/** Appends the body at `Upload-Offset`: what is acknowledged is committed. The last bytes end the upload; where the
store was away, an empty body at the end asks again. `files:create` */
export const continueUpload = (
  id: FileId,
  body: Blob | ArrayBuffer,
  headers: { /** bytes that are here already */ 'Upload-Offset': number },
): Promise<Upload> => request('PATCH', at`/files/${id}`, body, headers);

/** Jobs, newest first when nobody says how; a technician sees their own. `jobs:read` */
export const listJobs = (query?: {
  /** One state or several, separated by commas. */ status?: string /** How soon. */;
  priority?: Priority /** The kind of work. */;
  job_type?: string /** Who does it. */;
  assigned_to?: UserId /** Only jobs without (true) or with (false) somebody on them. */;
  unassigned?: boolean /** For whom. */;
  customer_id?: CustomerId /** Scheduled to begin at or after: a day of the organization, or RFC 3339. */;
  from?: string /** Scheduled to begin before the end of this day, or before this moment. */;
  to?: string /** Words that all stand in title, number, customer's name or address; accents and capitals do not matter. */;
  q?: string /** schedule, created (when absent), updated, priority or number; with `-` before it the other way. */;
  sort?: string /** asc or desc; created, updated and priority fall when absent, schedule and number rise. */;
  order?: string /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Job> => request('GET', asked(at`/jobs`, query));

/** Makes a job: scheduled if technician and date are given, else pending. `jobs:create` */
export const createJob = (body: CreateJob): Promise<Job> => request('POST', at`/jobs`, body);

/** The jobs of some days, by day and technician; those without a date apart. `calendar:read` */
export const jobsCalendar = (query: {
  /** The first day of the organization, or RFC 3339. */ from: string /** The last day, or the moment before which jobs begin. At most 62 days. */;
  to: string /** One person's jobs; always one's own for a technician. */;
  technician?: UserId /** One state or several, separated by commas; all but cancelled when absent. */;
  status?: string;
}): Promise<Calendar> => request('GET', asked(at`/jobs/calendar`, query));

/** Jobs in numbers: how many stand where, today, and how often somebody was there in time. `jobs:read` */
export const jobsStats = (query?: {
  /** Scheduled to begin at or after (and, for `on_time`, completed): a day of the organization, or RFC 3339. */ from?: string /** Before the end of this day, or before this moment. */;
  to?: string /** One person's jobs; always one's own for a technician. */;
  technician?: UserId;
}): Promise<JobStats> => request('GET', asked(at`/jobs/stats`, query));

/** Today's jobs in the organization's zone, and whatever is under way. `calendar:read` */
export const jobsToday = (query?: {
  /** One person's jobs still to do; always one's own for a technician. */ technician_id?: UserId;
}): Promise<Page_Job> => request('GET', asked(at`/jobs/today`, query));

/** One job. `jobs:read` */
export const getJob = (id: JobId): Promise<Job> => request('GET', at`/jobs/${id}`);

/** Calls a job off; a reason is required. `jobs:cancel` */
export const cancelJob = (id: JobId, body: CancelJob): Promise<Job> =>
  request('DELETE', at`/jobs/${id}`, body);

/** Edits a job: core fields while it is pending or scheduled, notes until it ends. `jobs:update` */
export const editJob = (id: JobId, body: EditJob): Promise<Job> => request('PATCH', at`/jobs/${id}`, body);

/** Puts people on a job, the lead first; nobody unassigns it. `jobs:assign` */
export const assignJob = (id: JobId, body: AssignJob): Promise<Assigned> =>
  request('PATCH', at`/jobs/${id}/assign`, body);

/** Completes a job with its pictures, signature and notes, all or nothing. `jobs:complete` */
export const completeJob = (id: JobId, body: CompleteJob): Promise<Job> =>
  request('POST', at`/jobs/${id}/complete`, body);

/** A job's steps, oldest first; with what was edited between them where that is wanted. `jobs:read` */
export const jobHistory = (
  id: JobId,
  query?: { /** With what was edited between the steps, and by whom; false when absent. */ edits?: boolean },
): Promise<Page_HistoryEntry> => request('GET', asked(at`/jobs/${id}/history`, query));

/** Every message about a job: to whom, where it stands, when. `whatsapp:read` */
export const listJobMessages = (
  id: JobId,
  query?: {
    /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
    after?: string;
  },
): Promise<Page_Delivery> => request('GET', asked(at`/jobs/${id}/messages`, query));

/** Adds an uploaded photo, paper or signature to a job: appended, never changed, the same one once. `jobs:complete` */
export const addJobPhoto = (id: JobId, body: AddPhoto): Promise<JobPhoto> =>
  request('POST', at`/jobs/${id}/photos`, body);

/** Whom the house would send to a job, the best first, with parts, points and reasons in words. `dispatch:recommend` */
export const recommendations = (id: JobId): Promise<Page_Recommendation> =>
  request('GET', at`/jobs/${id}/recommendations`);

/** Takes a wrong completion back, within ten minutes of it. `jobs:reopen` */
export const reopenJob = (id: JobId, body: ReopenJob): Promise<Job> =>
  request('POST', at`/jobs/${id}/reopen`, body);

/** Begins the work: the same as the status working. `jobs:status` */
export const startJob = (id: JobId, body: StartJob): Promise<Job> =>
  request('POST', at`/jobs/${id}/start`, body);

/** Takes a job to another state, strictly by the table and by the version that was seen. `jobs:status` */
export const changeJobStatus = (id: JobId, body: ChangeStatus): Promise<Job> =>
  request('PATCH', at`/jobs/${id}/status`, body);

/** One's own inbox, the newest first, and how many are unread. `notices:manage` */
export const listNotifications = (query?: {
  /** Only unread ones. */ unread?: boolean /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<NoticeList> => request('GET', asked(at`/notifications`, query));

/** What was sent to oneself by WhatsApp and SMS, newest first. `notices:manage` */
export const listOwnDeliveries = (query?: {
  /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Delivery> => request('GET', asked(at`/notifications/deliveries`, query));

/** What somebody wants to hear, through which channels, and when. `preferences:manage` */
export const getNotificationPreferences = (): Promise<NotificationPreferences> =>
  request('GET', at`/notifications/preferences`);

/** Changes one's own; what is absent stays. `preferences:manage` */
export const editNotificationPreferences = (
  body: EditNotificationPreferences,
): Promise<NotificationPreferences> => request('PATCH', at`/notifications/preferences`, body);

/** What pages subscribe to Web Push with. `notices:manage` */
export const getPushKey = (): Promise<PushKey> => request('GET', at`/notifications/push-key`);

/** This browser may be woken. Told again it is kept once. `notices:manage` */
export const addPushToken = (body: PushToken): Promise<PushKept> =>
  request('POST', at`/notifications/push-token`, body);

/** This browser is woken no more. Twice is once. `notices:manage` */
export const deletePushToken = (body: PushEndpoint): Promise<void> =>
  request('DELETE', at`/notifications/push-token`, body);

/** All of one's notices were read. `notices:manage` */
export const readAllNotifications = (): Promise<Unread> => request('POST', at`/notifications/read-all`);

/** Sends oneself a message through one channel. `notices:manage` */
export const testNotification = (body: Trial): Promise<TrialSent> =>
  request('POST', at`/notifications/test`, body);

/** A notice was read. Twice is once. `notices:manage` */
export const readNotification = (id: string): Promise<Notification> =>
  request('POST', at`/notifications/${id}/read`);

/** The company that somebody signed into. `organization:read` */
export const getOrganization = (): Promise<Organization> => request('GET', at`/organization`);

/** The owner changes the company. `organization:update` */
export const editOrganization = (body: EditOrganization): Promise<Organization> =>
  request('PATCH', at`/organization`, body);

/** Where the company's money goes. `restricted:manage` */
export const getBank = (): Promise<Bank> => request('GET', at`/organization/bank`);

/** The owner enters the company's account, or changes it. It is kept sealed. `restricted:manage` */
export const putBank = (body: PutBank): Promise<Bank> => request('PUT', at`/organization/bank`, body);

/** Requests, newest first. A dispatcher sees those about customers. `changes:read` */
export const listChangeRequests = (query?: {
  /** Only where they stand so. */ status?: ChangeRequestStatus /** Only of these. */;
  entity?: ChangeEntity /** Only of this row. */;
  entity_id?: string /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_ChangeRequest> => request('GET', asked(at`/organization/change-requests`, query));

/** Asks for a change of a protected field. What needs approval alone changes at once where the owner asks. `changes:request` */
export const createChangeRequest = (body: NewChangeRequest): Promise<ChangeRequest> =>
  request('POST', at`/organization/change-requests`, body);

/** An owner approves: the field is changed here and now. `changes:decide` */
export const approveChangeRequest = (id: string, body: Decide): Promise<ChangeRequest> =>
  request('POST', at`/organization/change-requests/${id}/approve`, body);

/** An owner rejects, with a reason: the field stays as it is. `changes:decide` */
export const rejectChangeRequest = (id: string, body: Decide): Promise<ChangeRequest> =>
  request('POST', at`/organization/change-requests/${id}/reject`, body);

/** Copies that the organization made to answer requests, with their links. `privacy:administer` */
export const listPrivacyExports = (): Promise<Page_PrivacyExport> =>
  request('GET', at`/organization/privacy-exports`);

/** What people and customers asked, the newest first. `privacy:administer` */
export const listPrivacyRequests = (query?: {
  /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_PrivacyRequest> => request('GET', asked(at`/organization/privacy-requests`, query));

/** The owner answers: done (a copy is made, an erasure carried out) or refused with a reason. `privacy:administer` */
export const decidePrivacyRequest = (id: string, body: DecideRequest): Promise<PrivacyRequest> =>
  request('POST', at`/organization/privacy-requests/${id}/decide`, body);

/** The number that the organization sends WhatsApp messages from. `whatsapp:connect` */
export const getWhatsappAccount = (): Promise<WhatsAppAccount> => request('GET', at`/organization/whatsapp`);

/** The owner connects a number, or changes it. Its token is kept sealed and never shown. `whatsapp:connect` */
export const connectWhatsappAccount = (body: ConnectWhatsApp): Promise<WhatsAppAccount> =>
  request('PUT', at`/organization/whatsapp`, body);

/** The owner lets the number go: the installation's own is used from then on. `whatsapp:connect` */
export const disconnectWhatsappAccount = (): Promise<void> => request('DELETE', at`/organization/whatsapp`);

/** Addresses, corners, streets and places as people write them, the likeliest first. `places:read` */
export const searchPlaces = (query: {
  /** An address, a corner, a street or a place, as people write it, or its beginning; 1 to 200 characters. */ q: string /** Prefer what is near this latitude; with `lon`. The middle of the organization's customers when absent. */;
  lat?: number /** Prefer what is near this longitude. */;
  lon?: number /** Answers, 1 to 50; 8 when absent. */;
  limit?: number;
}): Promise<Answers> => request('GET', asked(at`/places`, query));

/** What a point is called: the nearest street, with its number where one is known. `places:read` */
export const namePlace = (query: {
  /** WGS-84 degrees. */ lat: number /** WGS-84 degrees. */;
  lon: number;
}): Promise<Named> => request('GET', asked(at`/places/reverse`, query));

/** A copy, to whoever has its link. `link` */
export const downloadExport = (token: string): Promise<void> => request('GET', at`/privacy/exports/${token}`);

/** Every kind of work, those put aside too, by their place. `service_types:read` */
export const listServiceTypes = (): Promise<Page_ServiceType> => request('GET', at`/service-types`);

/** Adds a kind of work. `service_types:manage` */
export const createServiceType = (body: NewServiceType): Promise<ServiceType> =>
  request('POST', at`/service-types`, body);

/** Puts a kind of work aside: jobs that have it keep it, new ones cannot. `service_types:manage` */
export const putServiceTypeAside = (code: string): Promise<ServiceType> =>
  request('DELETE', at`/service-types/${code}`);

/** Changes a kind of work; its code and the jobs that have it stay. `service_types:manage` */
export const editServiceType = (code: string, body: EditServiceType): Promise<ServiceType> =>
  request('PATCH', at`/service-types/${code}`, body);

/** What works otherwise than usual now, in words. `services:read` */
export const servicesNotice = (): Promise<Notice> => request('GET', at`/services`);

/** Shifts, newest first; a technician sees their own. `shifts:read` */
export const listShifts = (query?: {
  /** Whose; a technician sees their own. */ user_id?: UserId /** Ending at or after, RFC 3339. */;
  from?: string /** Beginning before, RFC 3339. */;
  to?: string /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Shift> => request('GET', asked(at`/shifts`, query));

/** Begins or ends a shift, one's own or as the office anybody's; with `shift_id` the office corrects one. `shifts:update` */
export const changeShift = (body: ChangeShift): Promise<ShiftState> => request('POST', at`/shifts`, body);

/** Says that one's own open shift goes on: the answer to being asked whether it was forgotten. `shifts:update` */
export const confirmShift = (): Promise<ShiftState> => request('POST', at`/shifts/confirm`);

/** Begins or ends a pause within the open shift, one's own or as the office anybody's: its positions are not stored. `shifts:update` */
export const changePause = (body: ChangePause): Promise<ShiftState> =>
  request('POST', at`/shifts/pause`, body);

/** Who may be sent now. `dispatch:recommend` */
export const availability = (): Promise<Page_Availability> =>
  request('GET', at`/tracking/dispatch/availability`);

/** Where everyone was last seen: the newest position that counts, of the last two days. `live:read` */
export const locations = (): Promise<Page_Location> => request('GET', at`/tracking/locations`);

/** What a map shows at once: people where they were seen, open jobs where they are. `live:read` */
export const mapData = (): Promise<MapData> => request('GET', at`/tracking/map/data`);

/** The way between two places, by our own map. `live:read` */
export const mapRoute = (query: {
  /** Degrees north of the beginning. */ from_lat: number /** Degrees east of the beginning. */;
  from_lon: number /** Degrees north of the end. */;
  to_lat: number /** Degrees east of the end. */;
  to_lon: number;
}): Promise<MapRoute> => request('GET', asked(at`/tracking/map/route`, query));

/** Who can be at a place soonest: positions under five minutes old, within 50 km, on shift, ordered by travel time. `dispatch:recommend` */
export const nearest = (query?: {
  /** Degrees north; with `lon`, instead of `job_id`. */ lat?: number /** Degrees east. */;
  lon?: number /** The place of this job, else its customer's. */;
  job_id?: JobId /** How many, 1 to 50; 5 when absent. */;
  limit?: number /** Those under way or at work too; false when absent. */;
  include_busy?: boolean;
}): Promise<Page_NearTechnician> => request('GET', asked(at`/tracking/nearest`, query));

/** The job that a customer may rate, and what was said. Needs no signing in: the link is the permission. `link` */
export const getRating = (token: string): Promise<Rating> => request('GET', at`/tracking/ratings/${token}`);

/** Says it, 1 to 5 stars and words; again replaces it. `link` */
export const rateJob = (token: string, body: RateJob): Promise<Rating> =>
  request('POST', at`/tracking/ratings/${token}`, body);

/** Sets out to a job, oneself or on behalf of its lead; the journey that is under way already is found again. `tracking:start` */
export const beginSession = (body: BeginJourney): Promise<TrackingSession> =>
  request('POST', at`/tracking/sessions`, body);

/** One journey to one job. `tracking:read` */
export const getSession = (id: SessionId): Promise<TrackingSession> =>
  request('GET', at`/tracking/sessions/${id}`);

/** Says by hand that a journey has reached its customer. Saying it twice is saying it once. `tracking:start` */
export const arrive = (id: SessionId): Promise<TrackingSession> =>
  request('POST', at`/tracking/sessions/${id}/arrive`);

/** Ends a journey by hand; its job stays where it is. Saying it twice is saying it once. `tracking:start` */
export const completeSession = (id: SessionId): Promise<TrackingSession> =>
  request('POST', at`/tracking/sessions/${id}/complete`);

/** A technician's day as it will go: jobs in order, the ways between them, when each is expected. `tracking:read` */
export const itinerary = (
  id: UserId,
  query?: { /** A day of the organization; today when absent. */ date?: string },
): Promise<Itinerary> => request('GET', asked(at`/tracking/technicians/${id}/itinerary`, query));

/** Every raw point of a technician with its verdict, in order; one's own for a technician. `tracking:read` */
export const track = (
  id: UserId,
  query?: {
    /** At or after; a day before `to` when absent. */ from?: string /** Before; now when absent. At most 8 days after `from`. */;
    to?: string /** Points of the page, 1 to 200; all of them (50000 at most) when absent. */;
    limit?: number /** The `next` of the page before. */;
    after?: string;
  },
): Promise<Page_TrackPoint> => request('GET', asked(at`/tracking/technicians/${id}/track`, query));

/** The team, newest first. `team:read` */
export const listUsers = (query?: {
  /** Only this role. */ role?: Role /** Only active or only deactivated ones. */;
  is_active?: boolean /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_User> => request('GET', asked(at`/users`, query));

/** The owner adds somebody, who can sign in and be assigned at once. `team:manage` */
export const createUser = (body: NewUser): Promise<Profile> => request('POST', at`/users`, body);

/** The code that came: the wait of thirty days begins. `privacy:manage` */
export const confirmDeletion = (body: Confirm): Promise<Deletion> =>
  request('POST', at`/users/me/confirm-deletion`, body);

/** One's own erasure: a code goes to the phone, good for a day. Asking again sends another one. `privacy:manage` */
export const askForDeletion = (): Promise<Deletion> => request('POST', at`/users/me/delete-request`);

/** Takes one's own erasure back. `privacy:manage` */
export const withdrawDeletion = (): Promise<void> => request('DELETE', at`/users/me/delete-request`);

/** A copy of everything held about oneself: made soon, once a day; its link lives seven days. `privacy:manage` */
export const exportMe = (): Promise<PrivacyExport> => request('POST', at`/users/me/export`);

/** What one agreed to, copies, one's own erasure, and what is held. `privacy:manage` */
export const myPrivacy = (): Promise<Privacy> => request('GET', at`/users/me/privacy`);

/** Gives or takes back consents, each kept with when and from where. `privacy:manage` */
export const editMyPrivacy = (body: EditPrivacy): Promise<Privacy> =>
  request('PATCH', at`/users/me/privacy`, body);

/** What is wrong about oneself: answered within five business days. `privacy:manage` */
export const rectifyMe = (body: Rectify): Promise<PrivacyRequest> =>
  request('POST', at`/users/me/rectify-request`, body);

/** Who looked at one's own positions, the newest first: once for each viewer and hour. `account:manage` */
export const listMyViews = (query?: {
  /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_DataView> => request('GET', asked(at`/users/me/views`, query));

/** One person; with their papers to owners, admins and themselves. `team:read` */
export const getUser = (id: UserId): Promise<Profile> => request('GET', at`/users/${id}`);

/** The owner deactivates somebody; their sessions end. `team:manage` */
export const deactivateUser = (id: UserId): Promise<void> => request('DELETE', at`/users/${id}`);

/** The owner changes somebody; another role ends their sessions. `team:manage` */
export const editUser = (id: UserId, body: EditUser): Promise<Profile> =>
  request('PATCH', at`/users/${id}`, body);

/** The owner's link for a member, to be shown as a QR code; asked again it is the same one. `team:manage` */
export const inviteUser = (id: UserId): Promise<Invitation> => request('POST', at`/users/${id}/invitation`);

/** Ends the links of a member that nobody used. `team:manage` */
export const revokeInvitation = (id: UserId): Promise<void> => request('DELETE', at`/users/${id}/invitation`);

/** What somebody earns and where it goes. `restricted:manage` */
export const getPayroll = (id: UserId): Promise<Payroll> => request('GET', at`/users/${id}/payroll`);

/** The owner enters what somebody earns, or changes it. It is kept sealed. `restricted:manage` */
export const putPayroll = (id: UserId, body: PutPayroll): Promise<Payroll> =>
  request('PUT', at`/users/${id}/payroll`, body);

/** When somebody works; a technician sees the own hours. `schedules:read` */
export const getWorkSchedule = (id: UserId): Promise<WorkSchedule> =>
  request('GET', at`/users/${id}/schedule`);

/** Says when somebody works, in place of what was said before. `schedules:update` */
export const putWorkSchedule = (id: UserId, body: PutWorkSchedule): Promise<WorkSchedule> =>
  request('PUT', at`/users/${id}/schedule`, body);

/** Takes a recording that was uploaded (purpose `voice`) or came with a message; a message's note is taken once. `voice:review` */
export const processVoice = (body: ProcessVoice): Promise<VoiceNote> =>
  request('POST', at`/voice/process`, body);

/** What waits for a person, the oldest first: the proposed job, its confidences, and why it waits. `voice:review` */
export const voiceReviewQueue = (query?: {
  /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_VoiceNote> => request('GET', asked(at`/voice/review-queue`, query));

/** What the organization decided: consent, the lower edge of automatic creation, how long recordings are kept. `voice:review` */
export const voiceSettings = (): Promise<VoiceSettings> => request('GET', at`/voice/settings`);

/** The owner decides. Consent to the transfer abroad is recorded with who, when and from where. `organization:update` */
export const editVoiceSettings = (body: EditVoiceSettings): Promise<VoiceSettings> =>
  request('PATCH', at`/voice/settings`, body);

/** How voice notes went in the last days. `voice:review` */
export const voiceStats = (query?: {
  /** The last so many days, 1 to 366; 30 when absent. */ days?: number;
}): Promise<VoiceStats> => request('GET', asked(at`/voice/stats`, query));

/** One note, whatever its state. `voice:review` */
export const getVoiceNote = (id: VoiceNoteId): Promise<VoiceNote> =>
  request('GET', at`/voice/transcripts/${id}`);

/** A link to the recording, good for an hour; `VOICE_003` once it was erased. `voice:review` */
export const voiceAudio = (id: VoiceNoteId): Promise<VoiceAudio> =>
  request('GET', at`/voice/transcripts/${id}/audio`);

/** A person decides: approve or edit makes the job, reject makes none, reopen takes a rejection back. `voice:review` */
export const reviewVoiceNote = (id: VoiceNoteId, body: ReviewVoice): Promise<VoiceNote> =>
  request('POST', at`/voice/transcripts/${id}/review`, body);

/** The endpoints of the organization, newest first. `webhooks:manage` */
export const listWebhookEndpoints = (query?: {
  /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_WebhookEndpoint> => request('GET', asked(at`/webhook-endpoints`, query));

/** Makes an endpoint. Its secret is in this answer and in none after it. `webhooks:manage` */
export const createWebhookEndpoint = (body: NewEndpoint): Promise<EndpointWithSecret> =>
  request('POST', at`/webhook-endpoints`, body);

/** One endpoint. `webhooks:manage` */
export const getWebhookEndpoint = (id: string): Promise<WebhookEndpoint> =>
  request('GET', at`/webhook-endpoints/${id}`);

/** Removes an endpoint, and what was on its way to it. `webhooks:manage` */
export const deleteWebhookEndpoint = (id: string): Promise<void> =>
  request('DELETE', at`/webhook-endpoints/${id}`);

/** Changes an endpoint; turned on again, it hears what happened meanwhile. `webhooks:manage` */
export const editWebhookEndpoint = (id: string, body: EditEndpoint): Promise<WebhookEndpoint> =>
  request('PATCH', at`/webhook-endpoints/${id}`, body);

/** What was sent to an endpoint, the newest first, with every try. `webhooks:manage` */
export const listWebhookDeliveries = (
  id: string,
  query?: {
    /** Only these: pending, delivered or failed. */ state?: string /** Rows of the page, 1 to 200; 50 when absent. */;
    limit?: number /** The `next` of the page before. */;
    after?: string;
  },
): Promise<Page_WebhookDelivery> => request('GET', asked(at`/webhook-endpoints/${id}/deliveries`, query));

/** Sends one event again, from the beginning of the schedule. `webhooks:manage` */
export const resendWebhook = (id: string, delivery: string): Promise<WebhookDelivery> =>
  request('POST', at`/webhook-endpoints/${id}/deliveries/${delivery}/resend`);

/** Sends every event after a number again, with the ids they had. `webhooks:manage` */
export const replayWebhooks = (id: string, body: Replay): Promise<Replayed> =>
  request('POST', at`/webhook-endpoints/${id}/replay`, body);

/** Gives an endpoint another secret; for a day both sign. `webhooks:manage` */
export const rotateWebhookSecret = (id: string): Promise<EndpointWithSecret> =>
  request('POST', at`/webhook-endpoints/${id}/rotate-secret`);

/** Conversations, the newest first. `whatsapp:read` */
export const listConversations = (query?: {
  /** all, unread, in_window or mine. */ filter?:
    | 'all'
    | 'unread'
    | 'in_window'
    | 'mine' /** open, closed, archived or spam; open and closed ones when absent. */;
  status?: string /** A part of a name, a phone, an address or of what was said. */;
  q?: string /** Rows of the page, 1 to 200; 50 when absent. */;
  limit?: number /** The `next` of the page before. */;
  after?: string;
}): Promise<Page_Conversation> => request('GET', asked(at`/whatsapp/conversations`, query));

/** One conversation, by its id or its customer's. `whatsapp:read` */
export const getConversation = (id: string): Promise<Conversation> =>
  request('GET', at`/whatsapp/conversations/${id}`);

/** Closes, archives, marks as spam, assigns. `whatsapp:send` */
export const editConversation = (id: string, body: EditConversation): Promise<Conversation> =>
  request('PATCH', at`/whatsapp/conversations/${id}`, body);

/** The job that would be made now, for a person to look at. `jobs:create` */
export const draftJobFromConversation = (
  id: string,
  query?: { /** The request; the newest open one when absent. */ request_id?: string },
): Promise<JobDraft> => request('GET', asked(at`/whatsapp/conversations/${id}/job`, query));

/** Makes a job: what is absent is taken from the conversation. `jobs:create` */
export const createJobFromConversation = (id: string, body: JobFromConversation): Promise<Job> =>
  request('POST', at`/whatsapp/conversations/${id}/job`, body);

/** What was said, the newest first. `whatsapp:read` */
export const listConversationMessages = (
  id: string,
  query?: {
    /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
    after?: string;
  },
): Promise<Page_InboxMessage> => request('GET', asked(at`/whatsapp/conversations/${id}/messages`, query));

/** Everything in it was read. `whatsapp:read` */
export const readConversation = (id: string): Promise<Conversation> =>
  request('POST', at`/whatsapp/conversations/${id}/read`);

/** What the customer asked for, the newest first. `whatsapp:read` */
export const listConversationRequests = (
  id: string,
  query?: {
    /** Rows of the page, 1 to 200; 50 when absent. */ limit?: number /** The `next` of the page before. */;
    after?: string;
  },
): Promise<Page_InboxRequest> => request('GET', asked(at`/whatsapp/conversations/${id}/requests`, query));

/** One message. `whatsapp:read` */
export const getWhatsappMessage = (id: MessageId): Promise<InboxMessage> =>
  request('GET', at`/whatsapp/messages/${id}`);

/** What a message brought along, with links that are good for an hour. `whatsapp:read` */
export const getWhatsappMedia = (id: MessageId): Promise<File> =>
  request('GET', at`/whatsapp/messages/${id}/media`);

/** Quick replies, by their shortcuts. `whatsapp:read` */
export const listQuickReplies = (): Promise<Page_QuickReply> => request('GET', at`/whatsapp/quick-replies`);

/** A new quick reply. `whatsapp:send` */
export const createQuickReply = (body: NewQuickReply): Promise<QuickReply> =>
  request('POST', at`/whatsapp/quick-replies`, body);

/** Lets a quick reply go. `whatsapp:send` */
export const deleteQuickReply = (id: string): Promise<void> =>
  request('DELETE', at`/whatsapp/quick-replies/${id}`);

/** Changes a quick reply. `whatsapp:send` */
export const editQuickReply = (id: string, body: EditQuickReply): Promise<QuickReply> =>
  request('PATCH', at`/whatsapp/quick-replies/${id}`, body);

/** Lets a request go: nothing is to be done. `whatsapp:send` */
export const dismissRequest = (id: string): Promise<InboxRequest> =>
  request('POST', at`/whatsapp/requests/${id}/dismiss`);

/** Writes to a customer: words, a template, a place, a picture, the link to the technician on the way. `whatsapp:send` */
export const sendWhatsapp = (body: SendMessage): Promise<InboxMessage> =>
  request('POST', at`/whatsapp/send`, body);

/** Opening hours, and the answer outside of them. `whatsapp:read` */
export const getInboxSettings = (): Promise<InboxSettings> => request('GET', at`/whatsapp/settings`);

/** Decides opening hours, and the answer outside of them. `organization:update` */
export const putInboxSettings = (body: InboxSettings): Promise<InboxSettings> =>
  request('PUT', at`/whatsapp/settings`, body);

/** How requests came about, by day, the newest first. `whatsapp:read` */
export const inboxStats = (query?: {
  /** 1 to 90; 30 when absent. */ days?: number;
}): Promise<Page_RequestDay> => request('GET', asked(at`/whatsapp/stats`, query));

/** Templates that may be sent at any time. `whatsapp:read` */
export const listWhatsappTemplates = (): Promise<Page_TemplateView> =>
  request('GET', at`/whatsapp/templates`);

/** How a template would read. `whatsapp:read` */
export const previewWhatsappTemplate = (body: SendTemplate): Promise<TemplatePreview> =>
  request('POST', at`/whatsapp/templates/preview`, body);
