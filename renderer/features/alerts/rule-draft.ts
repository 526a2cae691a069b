import type { RuleRow } from '#protocol/alerts.ts'
import type { Severity } from '#protocol/event.ts'

/** A rule as the form holds it: every field a text until it is saved. */
export interface RuleDraft {
  readonly rule: string
  readonly name: string
  readonly severity: Severity
  readonly kind: 'threshold' | 'silence'
  readonly metric: string
  readonly above: boolean
  readonly threshold: string
  readonly forSeconds: string
  readonly watching: boolean
  readonly notifying: boolean
}

const idLetters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `rule-` and eight random letters: people read the name, machines the id. */
export const newRuleId = (): string =>
  `rule-${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => idLetters[byte % idLetters.length]).join('')}`

export const draftOf = (row: RuleRow | null): RuleDraft => {
  const threshold = row?.condition.kind === 'threshold' ? row.condition : null
  return {
    rule: row?.rule ?? newRuleId(),
    name: row?.name ?? '',
    severity: row?.severity ?? 'warning',
    kind: row?.condition.kind ?? 'threshold',
    metric: threshold?.metric ?? 'machine.cpu.percent',
    above: threshold?.above ?? true,
    threshold: threshold?.threshold ?? '90',
    forSeconds: String(row?.condition.forSeconds ?? 60),
    watching: row?.watching ?? true,
    notifying: row?.notifying ?? true,
  }
}

export type DraftProblems = Readonly<Partial<Record<'name' | 'metric' | 'threshold' | 'forSeconds', true>>>

/** What the backend would refuse, told beside the field before it is sent. */
export const problemsIn = (draft: RuleDraft): DraftProblems => {
  const seconds = Number(draft.forSeconds)
  const shortest = draft.kind === 'silence' ? 5 : 0
  const secondsFine = /^\d{1,5}$/.test(draft.forSeconds) && seconds >= shortest && seconds <= 86_400
  const thresholdFine = /^-?[0-9]{1,15}(\.[0-9]{1,6})?$/.test(draft.threshold)
  const isThreshold = draft.kind === 'threshold'
  return {
    ...((draft.name.trim() === '' || draft.name.trim().length > 80) && { name: true }),
    ...(isThreshold && draft.metric.trim() === '' && { metric: true }),
    ...(isThreshold && !thresholdFine && { threshold: true }),
    ...(!secondsFine && { forSeconds: true }),
  }
}

/** Parameters of `alerts.saveRule`. */
export const paramsOf = (draft: RuleDraft) => ({
  rule: draft.rule,
  name: draft.name.trim(),
  severity: draft.severity,
  condition:
    draft.kind === 'silence'
      ? { kind: 'silence' as const, forSeconds: Number(draft.forSeconds) }
      : {
          kind: 'threshold' as const,
          metric: draft.metric.trim(),
          above: draft.above,
          threshold: draft.threshold,
          forSeconds: Number(draft.forSeconds),
        },
  watching: draft.watching,
  notifying: draft.notifying,
})
