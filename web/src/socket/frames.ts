// The frames of the sockets and of the customer stream, under the names that the faces use. The types
// themselves are made from the server's own (`schema.ts`).
import type { Motion } from '../motion/predict';
import type {
  CustomerLive,
  DispatchServer,
  EventBody,
  Job,
  Point,
  PositionView,
  Rejected,
  Status,
  TechnicianClient,
  TechnicianServer,
  TechnicianStatus,
  TechnicianView,
} from './schema';

export type { Action, DispatchClient } from './schema';
export type {
  CustomerLive,
  DispatchServer,
  Job,
  Point,
  Rejected,
  TechnicianClient,
  TechnicianServer,
  TechnicianStatus,
};

/** Something for this person alone: `unread`, and the new notice if there is one. */
export type NoticeFrame = Omit<DispatchServer & { type: 'notification' }, 'type'>;

/** What is expected of a technician from a position on; told to a viewer that said `motion`. */
export interface MotionFrame extends Motion {
  type: 'motion';
  technician: Uuid;
}

export type Uuid = string;
/** Unix milliseconds. */
export type Ms = number;
export type JobStatus = Status;
export type Technician = TechnicianView;
export type Position = PositionView;
export type DispatchEvent = EventBody;
/** Technician, lat, lon, speed_mps, heading_deg, accuracy_m, at. */
export type PositionRow = (DispatchServer & { type: 'positions' })['rows'][number];
