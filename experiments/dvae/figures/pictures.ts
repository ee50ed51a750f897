import type { Section } from "../../../lab/report/report.ts";
import { contactSheet } from "./contact-sheet.ts";
import { type Finished, methodsOf, NAMES } from "./lines.ts";

export function reconstructions(run: Finished): Section {
  const row = (name: string, key: string) => ({ name, images: run.kept[key]!.data as Uint8Array });
  return {
    title: "Digits and their reconstructions",
    source: "I-MLE, Figure 9",
    conclusion: "Test images, each encoded into hard states once and decoded.",
    figures: [
      {
        name: "reconstructions",
        alt: "Rows of digits: the originals, then each method's reconstructions",
        spec: contactSheet([
          row("test images", "digits/originals"),
          ...methodsOf(run).map((name) => row(NAMES[name], `${name}/0/reconstructions`)),
        ]),
      },
    ],
  };
}

export function samples(run: Finished): Section {
  return {
    title: "Samples from the prior",
    conclusion:
      "Uniform states, decoded. The fewer different states a method drew in training, the stranger these are to its decoder.",
    figures: [
      {
        name: "samples",
        alt: "Rows of generated digits, one a method",
        spec: contactSheet(
          methodsOf(run).map((name) => ({
            name: NAMES[name],
            images: run.kept[`${name}/0/samples`]!.data as Uint8Array,
          })),
        ),
      },
    ],
  };
}
