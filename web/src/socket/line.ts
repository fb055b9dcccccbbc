/** What happens on one WebSocket, told to whoever opened it until it is dropped. */
export interface LineEvents {
  opened(): void;
  text(data: string): void;
  bytes(data: ArrayBuffer): void;
  closed(code: number): void;
}

/** One WebSocket. After `drop` nothing more is heard of it, even while the browser still closes it. */
export class Line {
  private socket: WebSocket | null;

  constructor(path: string, events: LineEvents) {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}${path}`);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => this.socket === socket && events.opened();
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      if (typeof data === 'string') events.text(data);
      else events.bytes(data);
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      events.closed(code);
    };
  }

  send(frame: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
