import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

export type PictureType = 'before' | 'during' | 'after' | 'document' | 'signature';

/** A picture that waits to be sent: it leaves the phone's store when the server has it at its job. */
export interface Picture {
  /** Also its `local_id` on the server: the same one is the same photo. */
  id: string;
  job: string;
  job_title: string;
  type: PictureType;
  signed_by: string | null;
  taken_at: number;
  mime: string;
  sha256: string;
  bytes: ArrayBuffer;
  /** Why the server will never take it; the person puts it away. */
  refused: string | null;
}

interface Schema extends DBSchema {
  pictures: { key: string; value: Picture; indexes: { taken: number } };
}

/** All pictures that wait may have so many bytes (functional.md section 10). */
export const MOST_BYTES = 200 * 1024 * 1024;

/** The phone's pictures, one database a person, beside the one of points and operations. */
export class Shelf {
  private constructor(
    private readonly db: IDBPDatabase<Schema>,
    private readonly most: number,
  ) {}

  static async open(user: string, most = MOST_BYTES): Promise<Shelf> {
    const db = await openDB<Schema>(`campo-fotos-${user}`, 1, {
      upgrade(made) {
        made.createObjectStore('pictures', { keyPath: 'id' }).createIndex('taken', 'taken_at');
      },
    });
    return new Shelf(db, most);
  }

  /** Oldest first. */
  all(): Promise<Picture[]> {
    return this.db.getAllFromIndex('pictures', 'taken');
  }

  /** False where there is no room: nothing was kept then. */
  async add(picture: Picture): Promise<boolean> {
    const tx = this.db.transaction('pictures', 'readwrite', { durability: 'strict' });
    const kept = await tx.store.getAll();
    const used = kept.reduce((sum, p) => sum + p.bytes.byteLength, 0);
    const fits = used + picture.bytes.byteLength <= this.most;
    if (fits) await tx.store.put(picture);
    await tx.done;
    return fits;
  }

  async refuse(id: string, why: string): Promise<void> {
    const tx = this.db.transaction('pictures', 'readwrite');
    const kept = await tx.store.get(id);
    if (kept) await tx.store.put({ ...kept, refused: why });
    await tx.done;
  }

  remove(id: string): Promise<void> {
    return this.db.delete('pictures', id);
  }

  close(): void {
    this.db.close();
  }
}
