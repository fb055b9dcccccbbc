import type { Point } from '../socket/frames';

export type GpsState =
  | { kind: 'off' }
  | { kind: 'waiting'; since: number }
  | { kind: 'on' }
  | { kind: 'denied' };

interface Battery {
  level: number;
  charging: boolean;
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** A fix as a point; `at` is the phone's clock when it came in, not the satellite's time. */
export function toPoint(coords: GeolocationCoordinates, at: number, battery: Battery | null): Point {
  const point: Point = { at, lat: round(coords.latitude, 7), lon: round(coords.longitude, 7) };
  if (Number.isFinite(coords.accuracy)) point.accuracy_m = round(coords.accuracy, 1);
  if (coords.speed !== null && Number.isFinite(coords.speed)) point.speed_mps = round(coords.speed, 2);
  if (coords.heading !== null && Number.isFinite(coords.heading))
    point.heading_deg = round(coords.heading, 1);
  if (coords.altitude !== null && Number.isFinite(coords.altitude))
    point.altitude_m = round(coords.altitude, 1);
  if (battery) {
    point.battery = round(battery.level, 2);
    point.charging = battery.charging;
  }
  return point;
}

/**
 * Takes the newest fix every so many seconds while it runs, and keeps the screen on.
 *
 * A phone that stands still may report nothing by itself, so a silent period ends with a question.
 */
export class Gps {
  private watch: number | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private newest: { coords: GeolocationCoordinates; at: number } | null = null;
  private recorded = 0;
  private battery: Battery | null = null;
  private lock: { release(): Promise<void> } | null = null;
  private everyMs = 30_000;

  constructor(
    private readonly onPoint: (point: Point) => void,
    private readonly onState: (state: GpsState) => void,
  ) {}

  get running(): boolean {
    return this.watch !== null;
  }

  start(everyS: number): void {
    this.everyMs = everyS * 1000;
    if (this.running || !('geolocation' in navigator)) return;
    this.onState({ kind: 'waiting', since: Date.now() });
    this.watch = navigator.geolocation.watchPosition(
      (fix) => this.take(fix),
      (cause) => this.fail(cause),
      { enableHighAccuracy: true, maximumAge: 0 },
    );
    this.timer = setInterval(() => this.due(), 1000);
    this.readBattery();
    this.keepAwake();
  }

  pace(everyS: number): void {
    this.everyMs = everyS * 1000;
  }

  stop(): void {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    if (this.timer !== null) clearInterval(this.timer);
    this.watch = null;
    this.timer = null;
    this.newest = null;
    this.lock?.release().catch(() => null);
    this.lock = null;
    this.onState({ kind: 'off' });
  }

  /** The page became visible again: the lock is gone by then, and the position is old. */
  wake(): void {
    if (!this.running) return;
    this.keepAwake();
    this.ask();
  }

  private take(fix: GeolocationPosition): void {
    this.newest = { coords: fix.coords, at: Date.now() };
    this.onState({ kind: 'on' });
    if (Date.now() - this.recorded >= this.everyMs) this.record();
  }

  private fail(cause: GeolocationPositionError): void {
    if (cause.code === cause.PERMISSION_DENIED) this.onState({ kind: 'denied' });
    else this.onState({ kind: 'waiting', since: this.newest?.at ?? Date.now() });
  }

  private record(): void {
    const fix = this.newest;
    if (!fix || !this.running) return;
    this.newest = null;
    this.recorded = Date.now();
    this.onPoint(toPoint(fix.coords, fix.at, this.battery));
  }

  private asking = false;
  private due(): void {
    if (Date.now() - this.recorded < this.everyMs) return;
    if (this.newest) this.record();
    else this.ask();
  }

  private ask(): void {
    if (this.asking) return;
    this.asking = true;
    navigator.geolocation.getCurrentPosition(
      (fix) => {
        this.asking = false;
        if (this.running) this.take(fix);
      },
      (cause) => {
        this.asking = false;
        if (this.running) this.fail(cause);
      },
      { enableHighAccuracy: true, maximumAge: 5000, timeout: 20_000 },
    );
  }

  private readBattery(): void {
    const source = navigator as Navigator & { getBattery?: () => Promise<Battery> };
    source
      .getBattery?.()
      .then((battery) => {
        this.battery = battery;
      })
      .catch(() => null);
  }

  private keepAwake(): void {
    if (document.visibilityState !== 'visible' || !navigator.wakeLock) return;
    navigator.wakeLock
      .request('screen')
      .then((lock) => {
        if (this.running) this.lock = lock;
        else lock.release().catch(() => null);
      })
      .catch(() => null);
  }
}
