/** A picture that is being fetched, or is decoded and can be shown at once. */
export interface Picture {
  image: HTMLImageElement;
  state: 'coming' | 'ready' | 'failed';
  /** Settles when the picture is ready or has failed; never rejects. */
  settled: Promise<void>;
}

/** Decoded pictures by address, the least lately asked for thrown away first. */
export class PicturePool {
  readonly #pictures = new Map<string, Picture>();
  readonly #most: number;

  /** @param most pictures that are kept decoded */
  constructor(most: number) {
    this.#most = most;
  }

  get(url: string): Picture {
    const known = this.#pictures.get(url);
    if (known) {
      this.#pictures.delete(url);
      this.#pictures.set(url, known);
      return known;
    }
    const image = new Image();
    image.alt = '';
    image.draggable = false;
    image.src = url;
    const picture: Picture = { image, state: 'coming', settled: Promise.resolve() };
    picture.settled = image.decode().then(
      () => {
        picture.state = 'ready';
      },
      () => {
        picture.state = 'failed';
      },
    );
    this.#pictures.set(url, picture);
    for (const [old, { image: unused, state }] of this.#pictures) {
      if (this.#pictures.size <= this.#most) break;
      this.#pictures.delete(old);
      if (state === 'coming') unused.removeAttribute('src');
    }
    return picture;
  }

  clear(): void {
    this.#pictures.clear();
  }
}
