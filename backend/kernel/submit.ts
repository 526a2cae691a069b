import type { Outcome, SignedCommand } from '#protocol/command.ts'
import { failureOf, LibralError } from '#protocol/errors.ts'
import { type Admitted, type DoorDeps, enter } from './door.ts'
import { isRefusal, type Refusals } from './refusals.ts'

/** How often a command is sealed when custodians change under it. */
const sealTries = 5

/** Commands between the door and their outcome, at once. */
const mostInFlight = 8_192

/** open: everyone. draining: only services, which still have to write how things ended. closed: nobody. */
export type Gate = 'open' | 'draining' | 'closed'

export interface SubmitDeps {
  readonly door: DoorDeps
  readonly commit: (admitted: Admitted) => Promise<Outcome>
  readonly refusals: Refusals
  readonly gate: () => Gate
  /** A failure that is nobody's answer: a bug, to be logged. */
  readonly unexpected: (thrown: unknown) => void
  /** Log size that memory is true to, and how to bring it up to what other instances committed. */
  readonly seen: () => number
  readonly latest: () => Promise<void>
}

export interface Submit {
  readonly submit: (command: SignedCommand) => Promise<Outcome>
  /** Commands under way, the queued ones included. */
  readonly inFlight: () => number
}

/** Through the door and into the log. Overload and shutdown are told before anything is accepted. */
export const createSubmit = ({ door, commit, refusals, gate, unexpected, seen, latest }: SubmitDeps): Submit => {
  let inFlight = 0
  const pass = async (command: SignedCommand): Promise<Outcome> => {
    const before = seen()
    const entered = await enter(command, door).catch(async (thrown: unknown) => {
      // Another instance may know the session, the role or the start of the module that this one has not heard of yet.
      await latest()
      if (seen() === before) throw thrown
      return enter(command, door)
    })
    return 'signature' in entered ? commit(entered) : entered
  }
  /** Custodians that changed between sealing and commit: it is sealed anew, for those of now. */
  const passAgain = async (command: SignedCommand, tries: number): Promise<Outcome> => {
    try {
      return await pass(command)
    } catch (thrown) {
      if (tries <= 1 || failureOf(thrown).code !== 'sealed.custodians-changed') throw thrown
      return passAgain(command, tries - 1)
    }
  }
  return {
    inFlight: () => inFlight,
    submit: async (command) => {
      if (closedFor(command, gate())) throw new LibralError('link.offline')
      if (inFlight >= mostInFlight) throw new LibralError('link.overloaded')
      inFlight++
      try {
        return await passAgain(command, sealTries)
      } catch (thrown) {
        const { code } = failureOf(thrown)
        if (code === 'internal.unexpected') unexpected(thrown)
        if (isRefusal(code)) refusals.count(actorOf(command, code), code)
        throw thrown
      } finally {
        inFlight--
      }
    },
  }
}

const closedFor = (command: SignedCommand, gate: Gate): boolean =>
  gate === 'closed' || (gate === 'draining' && persons.has(command?.signatures?.[0]?.kind))
const persons: ReadonlySet<string | undefined> = new Set(['session', 'openpgp'])

/** Before the signature is verified a statement may name anyone: only afterwards is the refusal held against them. */
const provenAfter = new Set([
  'command.not-permitted',
  'command.from-future',
  'command.id-reused',
  'sealed.not-custodian',
])
const actorOf = (command: SignedCommand, code: string): string =>
  provenAfter.has(code) ? command.statement.operator : 'anonymous'
