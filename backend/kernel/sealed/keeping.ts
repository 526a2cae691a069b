import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import {
  type ClassRow,
  classes,
  custodianRemoved,
  leastTermDays,
  subjectErased,
  subjectSealed,
} from '#protocol/sealed.ts'
import type { Writer } from '../../storage/port.ts'
import { happened, type NewEvent, type State } from '../module.ts'
import type { SealedAct } from './sealer.ts'

const dayMs = 86_400_000

/**
 * The event that the kernel adds to the entry of a command that sealed something.
 * @throws LibralError `sealed.custodians-changed` when the class has other custodians by now: it is sealed anew then
 */
export const sealedEvent = (act: SealedAct, at: Instant, state: State): NewEvent => {
  const row = state.get(classes, act.class)
  if (row?.generation !== act.generation) throw new LibralError('sealed.custodians-changed', { class: act.class })
  const termDays = Math.max(row.termDays, leastTermDays[act.class])
  return happened(subjectSealed, {
    ...{ class: act.class, subject: act.subject, key: act.key, keepUntil: at + termDays * dayMs },
    wrapped: act.keys.map(({ custodian, fingerprint }) => ({ custodian, fingerprint })) as never,
    skipped: [...act.skipped] as never,
  })
}

type Removed = { readonly class: ClassRow['class']; readonly custodian: string }

/**
 * Before a custodian goes: no key may be left that nobody else can open.
 * @throws LibralError `sealed.would-lose` with how many
 */
export const assertNothingLost = async (
  events: readonly NewEvent[],
  state: State,
  { lost }: Writer['sealed'],
): Promise<void> => {
  for (const { definition, data } of events) {
    if (definition.type !== custodianRemoved.type) continue
    const { class: sealClass, custodian } = data as Removed
    const staying = (state.get(classes, sealClass)?.custodians ?? [])
      .filter((row) => row.custodian !== custodian && row.provedAt !== null)
      .map((row) => row.custodian)
    const [before, after] = [await lost(sealClass, [...staying, custodian]), await lost(sealClass, staying)]
    if (after > before) throw new LibralError('sealed.would-lose', { class: sealClass, keys: after - before })
  }
}

/** What an entry means for the tables beside the log, in its transaction. */
export const keepKeys = async (
  act: SealedAct | undefined,
  events: readonly NewEvent[],
  sealed: Writer['sealed'],
): Promise<void> => {
  if (act) {
    await sealed.putKeys(act.keys)
    await sealed.putTokens(act.tokens)
  }
  for (const { definition, data } of events) {
    if (definition.type === subjectErased.type) await sealed.erase((data as { readonly subject: string }).subject)
    if (definition.type === custodianRemoved.type) {
      const { class: sealClass, custodian } = data as Removed
      await sealed.drop(sealClass, custodian, null)
    }
  }
}

export const touchesKeys = (act: SealedAct | undefined, events: readonly NewEvent[]): boolean =>
  act !== undefined || events.some(({ definition: { type } }) => touching.has(type))
const touching: ReadonlySet<string> = new Set([subjectErased.type, custodianRemoved.type])
