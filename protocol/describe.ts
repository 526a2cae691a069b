import { commandsByName } from './catalogue.ts'
import type { Json, Risk, SignedCommand } from './command.ts'
import type { Description } from './description.ts'

/** A command as it is shown. `raw`: this build does not know it, or can't read its parameters: as they stand in the bytes. */
export type Described =
  | { readonly known: true; readonly risk: Risk; readonly description: Description }
  | { readonly known: false; readonly command: string; readonly raw: readonly (readonly [name: string, json: Json])[] }

/** The members of a command that it is described from. */
export interface Describable extends Pick<SignedCommand, 'params'> {
  readonly statement: Pick<SignedCommand['statement'], 'command'>
}

/** Describes a command from its own bytes alone. Pure; never throws. */
export const describeCommand = ({ statement, params }: Describable): Described => {
  const definition = commandsByName.get(statement.command)
  const parsed = definition?.params.safeParse(params)
  if (definition?.describe !== undefined && parsed?.success === true) {
    return { known: true, risk: definition.risk, description: definition.describe(parsed.data) }
  }
  return { known: false, command: statement.command, raw: Object.entries(params as Readonly<Record<string, Json>>) }
}

/** The operators that a description names. */
export const operatorsIn = (described: Described): readonly string[] =>
  described.known
    ? described.description.lines.flatMap(({ values }) =>
        values.flatMap((value) => (value.as === 'operator' ? [value.operator] : [])),
      )
    : []
