import type { z } from 'zod'
import { decided, expired, failed, propose, proposed, type SignedVote, vote, voted } from '#protocol/approvals.ts'
import type { SignedCommand } from '#protocol/command.ts'
import type { Entry } from '#protocol/entry.ts'
import type { Failure } from '#protocol/errors.ts'
import type { CommandId, Instant } from '#protocol/ids.ts'
import type { ApprovalNeed } from '#protocol/verdict.ts'

/**
 * Who approved what, with which key and under which policy: read from entries alone. What people said is taken from what
 * they signed, not from the backend's events; verify-trail.ts judges it.
 */

/** Where something stands in the log, and the hash of the policy that was in force there. */
export interface Place {
  readonly index: number
  readonly at: Instant
  readonly policy: string
}
export interface TrailVote extends Place {
  readonly signed: SignedVote
}
/** What the backend says became of it; `by` names the entries of the votes that it counted. */
export type TrailEnd = Place &
  (
    | {
        readonly state: 'decided'
        readonly command: Entry['command']
        readonly by: readonly number[]
        readonly emergency: boolean
      }
    | { readonly state: 'failed'; readonly failure: Failure }
    | { readonly state: 'rejected' | 'withdrawn' | 'expired' }
  )
export interface ApprovalTrail {
  /** Of the proposed command. */
  readonly id: CommandId
  /** With its signature; null where the entries that were read begin after it. */
  readonly proposal:
    | (Place & {
        readonly command: SignedCommand
        readonly need: ApprovalNeed
        readonly expiresAt: Instant
        readonly policies: readonly string[]
      })
    | null
  /** In the order of the log. */
  readonly votes: readonly TrailVote[]
  /** null: open at the end of what was read. */
  readonly end: TrailEnd | null
  /** It had ended already when it was ended again, which no honest backend does. */
  readonly endedTwice: boolean
}

export interface Trails {
  /** Takes in the next entry. Costs nothing that counts for one that has nothing to do with approvals. */
  add(entry: Entry): void
  of(id: string): ApprovalTrail | undefined
  all(): IterableIterator<ApprovalTrail>
}

interface Growing {
  readonly id: CommandId
  proposal: ApprovalTrail['proposal']
  readonly votes: TrailVote[]
  end: TrailEnd | null
  endedTwice: boolean
}

/** The later end stands, so that what was carried out after all is seen. */
const conclude = (trail: Growing, end: TrailEnd): void => {
  trail.endedTwice ||= trail.end !== null
  trail.end = end
}

/** Trails of all proposals of the entries added, in order; it need not begin with the first of the log. */
export const createTrails = (): Trails => {
  const trails = new Map<string, Growing>()
  const trail = (id: CommandId): Growing => {
    const known = trails.get(id) ?? { id, proposal: null, votes: [], end: null, endedTwice: false }
    trails.set(id, known)
    return known
  }
  return {
    of: (id) => trails.get(id),
    all: () => trails.values(),
    add: (entry) => {
      for (const { type, data } of entry.events) readers[type]?.(entry, data, trail)
    },
  }
}

type Reader = (entry: Entry, data: unknown, trail: (id: CommandId) => Growing) => void

const reading =
  <Data extends z.ZodType>(
    { data: schema }: { readonly data: Data },
    read: (entry: Entry, data: z.output<Data>, trail: (id: CommandId) => Growing) => void,
  ): Reader =>
  (entry, data, trail) => {
    const parsed = schema.safeParse(data)
    if (parsed.success) read(entry, parsed.data, trail)
  }

const placeOf = ({ index, at, policy }: Entry): Place => ({ index, at, policy })

const paramsOf = <Params extends z.ZodType>(
  { command }: Entry,
  { name, params }: { readonly name: string; readonly params: Params },
): z.output<Params> | null => {
  if (command.statement.command !== name || !('params' in command)) return null
  return params.safeParse(command.params).data ?? null
}

const readers: Readonly<Record<string, Reader>> = {
  [proposed.type]: reading(proposed, (entry, { id, need, expiresAt, policies }, trail) => {
    const params = paramsOf(entry, propose)
    if (params?.command.statement.id !== id) return
    trail(id).proposal ??= { ...placeOf(entry), command: params.command, need, expiresAt, policies }
  }),
  [voted.type]: reading(voted, (entry, { id, purpose }, trail) => {
    const params = paramsOf(entry, vote)
    if (params?.id !== id || params.statement.purpose !== purpose) return
    const { statement, signature } = params
    const known = trail(id)
    known.votes.push({ ...placeOf(entry), signed: { statement, signature } })
    if (purpose === 'reject') conclude(known, { ...placeOf(entry), state: 'rejected' })
    if (purpose === 'withdraw') conclude(known, { ...placeOf(entry), state: 'withdrawn' })
  }),
  [expired.type]: reading(expired, (entry, { id }, trail) => {
    conclude(trail(id), { ...placeOf(entry), state: 'expired' })
  }),
  [failed.type]: reading(failed, (entry, { id, failure }, trail) => {
    conclude(trail(id), { ...placeOf(entry), state: 'failed', failure })
  }),
  [decided.type]: reading(decided, (entry, { id, by, emergency }, trail) => {
    if (entry.command.statement.id !== id) return
    conclude(trail(id), {
      ...{ ...placeOf(entry), state: 'decided', command: entry.command, emergency },
      by: by.map(({ index }) => index),
    })
  }),
}
