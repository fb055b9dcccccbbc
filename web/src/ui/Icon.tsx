// Drawn here on a 24 px grid with one stroke: no icon font, no request.
const PATHS = {
  alert: 'M12 3.5 21.5 20h-19L12 3.5ZM12 10v4.5M12 17.3v.2',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15L6 16.5ZM10 20.5h4',
  battery: 'M3 8.5h15v7H3zM21 11v2M6 11.5v1',
  calendar: 'M4 6h16v14H4zM4 10.5h16M8.5 3.5V7M15.5 3.5V7',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 10a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6Z',
  chart: 'M4 20h16M6.5 16.5v-5M12 16.5v-10M17.5 16.5v-7',
  chat: 'M20 11.5a7.5 7.5 0 0 1-11 6.6L4 19.5l1.4-4.6A7.5 7.5 0 1 1 20 11.5Z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM12 7.5V12l3 2',
  close: 'M6 6l12 12M18 6 6 18',
  cloud: 'M7 18.5a4.2 4.2 0 0 1-.5-8.4 5.8 5.8 0 0 1 11-.6 4.6 4.6 0 0 1-.5 9H7Z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z',
  help: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM9.6 9.6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.8M12 16.4v.2',
  hook: 'M9.5 9a3.2 3.2 0 1 1 4.6 2.9l2.4 4.3M7.6 12.2a3.6 3.6 0 1 0 3.4 4.8h5M13 8.8 10.4 14',
  list: 'M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.2 6.5h.1M4.2 12h.1M4.2 17.5h.1',
  locate: 'M12 6.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM12 3v3.5M12 17.5V21M3 12h3.5M17.5 12H21',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  map: 'M9 4.5 3.5 7v12.5L9 17l6 2.5 5.5-2.5V4.5L15 7 9 4.5ZM9 4.5V17M15 7v12.5',
  mic: 'M12 3.5a3 3 0 0 1 3 3V11a3 3 0 0 1-6 0V6.5a3 3 0 0 1 3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21M8.5 21h7',
  minus: 'M5 12h14',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z',
  more: 'M5.5 12h.1M12 12h.1M18.5 12h.1',
  navigate: 'M12 3.5 19 20l-7-3.5L5 20l7-16.5Z',
  nearest:
    'M10 4.2a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM4 19a6 6 0 0 1 9-5.2M18 13.5c-2 0-3.5 1.5-3.5 3.3 0 2.4 3.5 4.7 3.5 4.7s3.5-2.3 3.5-4.7c0-1.8-1.5-3.3-3.5-3.3ZM18 17h.1',
  offline:
    'M4 4l16 16M8.5 13.5a5.5 5.5 0 0 1 3-1.4M5 10a10.5 10.5 0 0 1 3.6-2.3M12 6.7a10.6 10.6 0 0 1 7 3.3M15.7 13.6l-.2-.1M12 18.2v.1',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  pen: 'M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3',
  phone:
    'M6.5 4h3l1.5 4.5-2 1.5a11 11 0 0 0 5 5l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A16 16 0 0 1 4.5 6.2 2 2 0 0 1 6.5 4Z',
  pin: 'M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11ZM12 7.8a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6Z',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM15.3 15.3 20 20',
  signout: 'M14 4.5h-8v15h8M10.5 12H20M16.5 8.5 20 12l-3.5 3.5',
  truck:
    'M3 6.5h11v10H3zM14 10h4l3 3v3.5h-7zM7 19a1.8 1.8 0 1 0 0-3.6A1.8 1.8 0 0 0 7 19ZM17 19a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  undo: 'M8.5 6 4.5 10l4 4M4.5 10h9a5 5 0 0 1 0 10H11',
  user: 'M12 4a3.8 3.8 0 1 1 0 7.6A3.8 3.8 0 0 1 12 4ZM4.5 20a7.5 7.5 0 0 1 15 0',
  users:
    'M9 4.5a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6ZM2.8 19.5a6.2 6.2 0 0 1 12.4 0M15.5 5a3.2 3.2 0 0 1 0 6M17.5 13.8a6.2 6.2 0 0 1 3.7 5.7',
  wrench:
    'M19.8 7.2a5 5 0 0 1-6.6 6.2L7 19.6a1.9 1.9 0 0 1-2.7-2.7l6.3-6.2a5 5 0 0 1 6.2-6.5l-3 3 .3 2.3 2.5.4 3.2-2.7Z',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside a word; it says nothing by itself to a screen reader. */
export function Icon(props: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[props.name]} />
    </svg>
  );
}

/** The product's mark and name. */
export function Brand(props: { name?: string }) {
  return (
    <span class="brand">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <rect class="tile" width="24" height="24" rx="6" />
        <path class="mark" d="M6 16.5c3-8 6 1 12-9M14.5 7.2l3.6.2-.6 3.5" />
      </svg>
      <span>{props.name ?? 'CampoTech'}</span>
    </span>
  );
}
