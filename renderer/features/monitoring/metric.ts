import type { metrics } from '#protocol/telemetry.ts'

type Catalogue = typeof metrics
/** The fixed names of the catalogue; taken as types, so that no schema comes into the first bundle. */
export type Metric = {
  [Name in keyof Catalogue]: Catalogue[Name] extends string ? Catalogue[Name] : never
}[keyof Catalogue]

const corePrefix = 'machine.cpu.core.'

/** Metric names of the single cores among a sample's values, by number. */
export const coreMetrics = (values: Readonly<Record<string, number>>): readonly string[] =>
  Object.keys(values)
    .filter((name) => name.startsWith(corePrefix))
    .toSorted((a, b) => coreNumber(a) - coreNumber(b))

const coreNumber = (name: string): number => Number.parseInt(name.slice(corePrefix.length), 10)
