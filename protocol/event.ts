import { z } from 'zod'
import { eventTypeSchema } from './ids.ts'
import type { NoticeCode } from './notices.ts'

/** Categories of イベント: システム, 利用者, 決済, API. */
export const categories = ['system', 'user', 'payment', 'api'] as const
export const categorySchema = z.enum(categories)
export type Category = z.infer<typeof categorySchema>

/** Six severities (情報, 注意, 警告, 軽度障害, 重度障害, 致命的), least first; shown by shape and text, not colour alone. */
export const severities = ['info', 'notice', 'warning', 'minor', 'major', 'critical'] as const
export const severitySchema = z.enum(severities)
export type Severity = z.infer<typeof severitySchema>

/** How an event reads on the screen: a code of notices.ts with its parameters. */
export interface Notice {
  readonly category: Category
  readonly severity: Severity
  readonly code: NoticeCode
  readonly params: Readonly<Record<string, string | number>>
  /** Free text from outside (a note, an error's words), shown and searched as it is. */
  readonly detail?: string
}

/**
 * A kind of fact in the log. A released schema is never edited: a change is a new version and a pure upcast from the
 * last one.
 */
export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
  /** `hub.moduleStopped@1` */
  readonly type: string
  readonly data: Data
  /** The line in イベント; absent when the event says nothing that a person wants to read there. */
  readonly notice?: (data: z.output<Data>) => Notice
  /**
   * Evidence that the event names (protocol/evidence.ts): digests that stand in its data as they are. The entry is refused
   * with `evidence.missing` unless all of it was kept before.
   */
  readonly evidence?: (data: z.output<Data>) => readonly string[]
}

export const defineEvent = <Data extends z.ZodType>(definition: EventDefinition<Data>): EventDefinition<Data> => {
  eventTypeSchema.parse(definition.type)
  return Object.freeze(definition)
}
