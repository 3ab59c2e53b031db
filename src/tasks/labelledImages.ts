/** Images with a class each. */
export interface LabelledImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Numbers of a pixel, side by side: 1 where left out (grey), 3 of colour. */
  readonly channels?: number;
  /** `count * height * width * channels` bytes. */
  readonly pixels: Uint8Array;
  /** `count` classes. */
  readonly labels: Uint8Array;
}
