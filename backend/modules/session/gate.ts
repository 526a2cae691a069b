import { certificateRefusal } from '#protocol/certificates.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId, Instant, KeyId, OperatorId } from '#protocol/ids.ts'
import type { Permission, Role } from '#protocol/permission.ts'
import type { OperatorRow, SessionRow, SignedIn } from '#protocol/session.ts'
import type { Principal } from '../../kernel/kernel.ts'
import type { ServiceCommand } from '../../kernel/module.ts'
import type { Peer, ResumeRequest, SignInRequest } from '../../transport/services.ts'
import type { Attempts } from './attempts.ts'
import { type Directory, standing } from './directory.ts'
import { certifiedKey, checkProof, credentialsOf, openingOf, redemptionOf, resumable } from './sign-in.ts'

/** What the gate needs of the world; the session module's `start` fills it in. */
export interface GateDeps {
  readonly deployment: () => DeploymentId
  readonly now: () => Instant
  /** This launch's secret; null where nobody signs in by one. */
  readonly launchSecret: string | null
  readonly directory: () => Directory
  readonly submit: (command: ServiceCommand) => Promise<void>
  /** Through the door, as everyone's: durable when it resolves. */
  readonly admit: (command: SignedCommand) => Promise<void>
  readonly permissionsOf: (roles: readonly Role[], operator: OperatorId) => readonly Permission[]
  readonly attempts: Attempts
  /** Tells of a refusal, for the summary that goes into the log. */
  readonly refused: (actor: string, reason: string) => void
}

/** Who may come in. Everything throws LibralError. */
export interface Gate {
  signIn(request: SignInRequest, peer: Peer): Promise<SignedIn>
  resume(request: ResumeRequest, peer: Peer): Promise<SignedIn & { readonly client: string }>
  current(principal: Principal): Promise<Principal>
  /** Whose token this is, without a session. @throws LibralError `session.token-wrong`, `session.too-many-attempts` */
  holder(token: string, address: string): Promise<Pick<OperatorRow, 'operator' | 'roles'>>
}

const operatorOf = (directory: Directory, session: Pick<SessionRow, 'operator'>): OperatorRow => {
  const operator = directory.operators.get(session.operator)
  if (!operator) throw new LibralError('session.operator-unknown', { operator: session.operator })
  return operator
}

/** A wrong secret and a wrong proof count as attempts; a session that ended does not. */
const isAttempt = (thrown: unknown): thrown is LibralError =>
  thrown instanceof LibralError && /^session\.(secret|token|proof|code)-wrong$|^session\.required$/.test(thrown.code)

/** So does a certification that was not made by a registered key; the door has counted its refusal already. */
const isForged = (thrown: unknown): boolean =>
  thrown instanceof LibralError &&
  /^context-lock\.|^command\.(key-unknown|key-not-allowed|wrong-context|digest-mismatch)$/.test(thrown.code)

export const createGate = (deps: GateDeps): Gate => {
  const counted = async <T>(peer: Peer, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      if (isAttempt(thrown) || isForged(thrown)) await deps.attempts.failed(peer.address)
      if (isAttempt(thrown)) deps.refused('anonymous', thrown.code)
      throw thrown
    }
  }
  const guarded = async <T>(peer: Peer, work: () => Promise<T>): Promise<T> => {
    await deps.attempts.check(peer.address)
    return counted(peer, work)
  }

  /** The session that stands for a key, on this instance, now. */
  const standingSession = (key: string): SessionRow => {
    const directory = deps.directory()
    const session = directory.sessions.get(key)
    const reason = standing(session, directory, deps.now())
    if (reason !== null || !session) throw new LibralError(reason ?? 'session.required')
    return session
  }

  const signedIn = (operator: OperatorRow, key: KeyId, expiresAt: Instant): SignedIn => ({
    operator: operator.operator,
    name: operator.name,
    roles: operator.roles,
    permissions: [...deps.permissionsOf(operator.roles, operator.operator)],
    key,
    expiresAt,
  })

  return {
    signIn: (request, peer) =>
      guarded(peer, async () => {
        await checkProof(deps.deployment(), peer, request.publicKey, request.proof)
        if (request.method === 'certificate') {
          const key = certifiedKey(request)
          await deps.admit(request.command)
          // Sent again after its session was ended, the same certification opens nothing; its owner is told why.
          const certificate = deps.directory().sessions.get(key)?.certificate
          const refused = certificate
            ? certificateRefusal(deps.directory().certificates.get(certificate), deps.now())
            : null
          if (refused !== null) throw new LibralError(refused)
          const session = standingSession(key)
          return signedIn(operatorOf(deps.directory(), session), session.key, session.expiresAt)
        }
        if (request.method === 'code') {
          const redemption = redemptionOf(request, deps.directory(), deps.now())
          await deps.submit(redemption)
          const { operator, key, expiresAt } = redemption.params.session
          return signedIn(operatorOf(deps.directory(), { operator: operator as OperatorId }), key as KeyId, expiresAt)
        }
        const credentials = credentialsOf(request, deps.launchSecret, deps.directory(), deps.now())
        const opening = openingOf(request, credentials)
        await deps.submit(opening)
        return signedIn(operatorOf(deps.directory(), credentials), opening.params.key as KeyId, credentials.until)
      }),
    // Nobody guesses a signature: whoever proves to hold a session's key is not held up by what others of the same address
    // tried, and thousands who come back at once ask nobody how much that was. Who fails is told what is left of it.
    resume: (request, peer) =>
      counted(peer, async () => {
        const directory = deps.directory()
        const session = await resumable(request, peer, deps.deployment(), directory, deps.now())
        const { client, key, expiresAt } = session
        return { ...signedIn(operatorOf(directory, session), key, expiresAt), client }
      }).catch(async (thrown: unknown) => {
        if (isAttempt(thrown)) await deps.attempts.check(peer.address)
        throw thrown
      }),
    holder: (secret, address) =>
      guarded({ address, nonce: '' }, async () => {
        const { operator } = credentialsOf({ method: 'token', secret }, null, deps.directory(), deps.now())
        return operatorOf(deps.directory(), { operator })
      }),
    current: async (principal) => {
      standingSession(principal.key)
      const { name, roles } = operatorOf(deps.directory(), principal)
      return { ...principal, name, roles }
    },
  }
}
