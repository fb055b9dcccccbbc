import { type Map as MapLibre, Marker } from 'maplibre-gl';

/** Pixels that an arrow key moves the pin; with Shift eight times as many. */
const STEP_PX = 4;
const ARROWS: Record<string, [number, number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

export interface PinEvents {
  moved(lat: number, lon: number): void;
  /** The place is right. */
  done(): void;
}

/** A pin that is dragged, or moved with the arrow keys, until it stands where it should. */
export class DraftPin {
  private readonly marker: Marker;
  private readonly element = document.createElement('button');
  private isShown = false;

  constructor(
    private readonly map: MapLibre,
    label: string,
    private readonly events: PinEvents,
  ) {
    this.element.type = 'button';
    this.element.className = 'draft-pin';
    this.element.innerHTML =
      '<svg viewBox="0 0 32 42" width="32" height="42" aria-hidden="true"><path d="M16 41C10 31 2 24 2 15a14 14 0 0 1 28 0c0 9-8 16-14 26z"/><circle cx="16" cy="15" r="5"/></svg>';
    this.marker = new Marker({ element: this.element, anchor: 'bottom', draggable: true });
    // The marker names itself; ours says what to do.
    this.element.setAttribute('aria-label', label);
    this.marker.on('dragend', () => this.tell());
    this.element.addEventListener('keydown', (event) => this.keyed(event));
    this.element.addEventListener('click', (event) => {
      event.stopPropagation();
      // By Enter or Space; a press of the pointer only begins a drag.
      if (event.detail === 0) this.events.done();
    });
  }

  /** Shows the pin at a place, or takes it away. */
  set(place: { lat: number; lon: number } | null): void {
    if (place) this.marker.setLngLat([place.lon, place.lat]);
    if (place && !this.isShown) {
      const label = this.element.getAttribute('aria-label');
      this.marker.addTo(this.map);
      if (label) this.element.setAttribute('aria-label', label);
    }
    if (!place && this.isShown) this.marker.remove();
    this.isShown = place !== null;
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  private tell(): void {
    const { lat, lng } = this.marker.getLngLat();
    this.events.moved(lat, lng);
  }

  private keyed(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    event.stopPropagation();
    const by = STEP_PX * (event.shiftKey ? 8 : 1);
    const at = this.map.project(this.marker.getLngLat());
    this.marker.setLngLat(this.map.unproject([at.x + arrow[0] * by, at.y + arrow[1] * by]));
    this.tell();
  }
}
