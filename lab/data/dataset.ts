/** A data set that can be downloaded. */
export interface Dataset {
  readonly name: string;
  readonly description: string;
  /** Who made it and under which terms it may be used. */
  readonly origin: string;
  readonly files: readonly DatasetFile[];
  /** Files any of which, in the folder, serves instead: an archive's content, unpacked by hand. */
  readonly unpacked?: readonly string[];
}

export interface DatasetFile {
  /** Its name in the data set's folder. */
  readonly name: string;
  /** Tried in order. */
  readonly urls: readonly string[];
  /** Hexadecimal; absent where nobody published one. */
  readonly sha256?: string;
}
