/** What an experiment says about a run; `report/page.ts` makes a page of it. Text may use **bold** and `code`. */
import type { TopLevelSpec } from "vega-lite";

export interface Report {
  /** What was found, in a sentence or two of plain language. */
  readonly lead: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  /** Where the paper has it: "Figure 3, top". */
  readonly source?: string;
  /** What the figures show, and whether it is what the paper shows. */
  readonly conclusion?: string;
  readonly figures?: readonly Figure[];
  /** Figures as a grid of so many columns, two on a phone; where absent, side by side as they fit. */
  readonly columns?: number;
  readonly tables?: readonly Table[];
  /** Smaller print: settings, definitions, where we differ and why. */
  readonly notes?: readonly string[];
}

export interface Figure {
  /** File name without extension, for figures saved apart; unique on a page. */
  readonly name: string;
  /** Vega-Lite, without `config`: the page's theme is added. */
  readonly spec: TopLevelSpec;
  /** The same for a phone, some 300 pixels wide; where absent, `spec` scrolls. */
  readonly narrow?: TopLevelSpec;
  readonly caption?: string;
  /** What someone who cannot see it should know. */
  readonly alt: string;
}

export interface Table {
  readonly caption?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** A column of names, and columns of numbers. */
export function nameAndNumbers(titles: readonly string[]): Column[] {
  return titles.map((title, i) => ({ title, align: i === 0 ? "left" : "right" }));
}
