import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Experiment, Settings } from "../experiment.ts";
import { DataError, UsageError } from "../run/errors.ts";
import type { Dataset } from "./dataset.ts";
import { datasets } from "./datasets.ts";

/** Where `npm start -- data <name>` puts data sets, relative to the working directory. */
export const DATA_FOLDER = "data";

/** The name of the data set that an experiment can use with these settings. */
export function datasetOf(
  experiment: Pick<Experiment, "dataset" | "datasetFor">,
  config: Settings,
): string | undefined {
  return experiment.datasetFor ? experiment.datasetFor(config) : experiment.dataset;
}

/** @throws UsageError that lists the names. */
export function findDataset(name: string): Dataset {
  const dataset = datasets.find((d) => d.name === name);
  if (dataset === undefined) {
    throw new UsageError(
      `no data set is named "${name}", expected one of ${datasets.map((d) => d.name).join(", ")}`,
    );
  }
  return dataset;
}

/**
 * The folder that has the data set's files: `given` or its subfolder of the data set's name, or, with nothing given,
 * the data folder's. Undefined where nothing was given and nothing was downloaded.
 * @throws DataError that says which files are missing, from where to fetch them, and where to put them.
 */
export function locateDataset(dataset: Dataset, given: string | undefined): string | undefined {
  const places = given === undefined ? [defaultFolder(dataset)] : [given, join(given, dataset.name)];
  const complete = places.find((place) => missingFiles(dataset, place).length === 0);
  if (complete !== undefined || given === undefined) return complete;
  throw missingData(dataset, given);
}

export function missingData(dataset: Dataset, folder: string = defaultFolder(dataset)): DataError {
  const missing = missingFiles(dataset, folder);
  const files = dataset.files.filter((file) => missing.includes(file.name));
  return new DataError(
    [
      `the data set ${dataset.name} is not complete in ${folder}. Missing:`,
      ...files.map((file) => `  ${file.name}  from ${file.urls[0]}`),
      `Fetch it with: npm start -- data ${dataset.name}`,
      `or put the files into ${defaultFolder(dataset)}/, or name their folder with --data DIR.`,
    ].join("\n"),
  );
}

export function defaultFolder(dataset: Dataset): string {
  return join(DATA_FOLDER, dataset.name);
}

function missingFiles(dataset: Dataset, folder: string): string[] {
  if (dataset.unpacked?.some((name) => existsSync(join(folder, name)))) return [];
  return dataset.files.map((file) => file.name).filter((name) => !existsSync(join(folder, name)));
}
