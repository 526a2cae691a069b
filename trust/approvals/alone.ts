import { decided } from '#protocol/approvals.ts'
import { commandsByName } from '#protocol/catalogue.ts'
import type { Entry } from '#protocol/entry.ts'
import { askedFor, asksApprovals } from '../policy/asked-for.ts'
import { actOf, type Comparison } from './compare.ts'
import type { TrailRecord } from './people.ts'

/**
 * A person's command that was carried out without any proposal, held against the policy that was in force. Cheap for the
 * many commands of which no rule asks for approvals.
 * @returns null where the policy asked for none; `differs` where it asked for some, for certain
 */
export const compareAlone = (entry: Entry, record: TrailRecord): Comparison | null => {
  const { command, events, index, policy } = entry
  const { statement, signatures } = command
  // Services and the log itself do what they are certified for, whatever the policy.
  if (!signatures.some(({ kind }) => kind === 'session' || kind === 'openpgp')) return null
  if (events.some(({ type }) => type === decided.type)) return null
  const definition = commandsByName.get(statement.command)
  // Where every entry before was read, naming a milder set is no way round the one in force.
  const text = (record.whole(index) ? record.policies().at(index) : record.policies().byHash(policy))?.text
  if (definition === undefined || text === undefined || text === null) return null
  if (!asksApprovals(text, { command: definition.name, permission: definition.permission })) return null
  const about = { what: 'needed', index, operator: statement.operator } as const
  const act = actOf(command, index, record)
  const asked = act && askedFor(text, act)
  // Sealed parameters are not read here.
  if (!asked) return { ...about, result: 'not-evaluated', rules: [] }
  if (asked.need !== null) return { ...about, result: 'differs', rules: asked.applying }
  if (asked.unsure.length === 0) return null
  const unread = act.roles === null || act.administrators === null
  return { ...about, result: unread ? 'out-of-range' : 'not-evaluated', rules: asked.unsure }
}
