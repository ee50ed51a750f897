/** What can go wrong around a run, by name; the command line prints the message alone. */
export class ExperimentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** The command line or a setting is wrong. */
export class UsageError extends ExperimentError {}

/** The output folder holds something else; nothing was written. */
export class OccupiedFolderError extends ExperimentError {}

/** A file of a run cannot be what was written. */
export class DamagedRunError extends ExperimentError {}

/** Data that an experiment needs is not there, or is not what it should be. */
export class DataError extends ExperimentError {}

/** A training's numbers are no longer finite. */
export class DivergedError extends ExperimentError {}

/** The user asked to stop; everything up to now is saved. */
export class Interrupted extends ExperimentError {
  /** As shells tell it. */
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}

/** Redis, or the packages that speak with it, are not there. */
export class RedisError extends ExperimentError {}

/** What came from the queue is not a job that this worker may run. */
export class RefusedJobError extends ExperimentError {}

/** A run's result is too large for the queue; the run stays on the worker. */
export class ResultTooLargeError extends ExperimentError {}
