import { v7 } from 'uuid'
import type { Json, Outcome, SignedCommand } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { type CommandId, commandIdSchema, type DeploymentId, type Instant } from '#protocol/ids.ts'
import type { Signer } from '#trust/ed25519.ts'
import { signCommand } from '#trust/statement.ts'
import type { ServiceCommand } from './module.ts'
import { serviceOperator } from './signing-keys.ts'

/** Long enough for a full queue, short enough that a stolen statement is worth nothing tomorrow. */
const lifeMs = 10 * 60 * 1000

export interface ServiceSigning {
  readonly deployment: DeploymentId
  readonly kind: 'service' | 'log'
  /** The module, or `log`. */
  readonly name: string
  readonly signer: Signer
  readonly now: () => Instant
  readonly submit: (command: SignedCommand) => Promise<Outcome>
}

export const newCommandId = (): CommandId => commandIdSchema.parse(v7())

/**
 * How the backend itself writes: the command gets an id, is signed by the service's key and goes through the same door
 * as everyone's. Durable when it resolves. @throws LibralError
 */
export const submitAs = async (
  { deployment, kind, name, signer, now, submit }: ServiceSigning,
  { command, params, id = newCommandId() }: ServiceCommand,
): Promise<Outcome> => {
  const parsed = command.params.safeParse(params)
  if (!parsed.success) throw new LibralError('input.invalid', { command: command.name }, { cause: parsed.error })
  const issuedAt = now()
  return submit(
    signCommand({
      context: deployment,
      command: command.name,
      // As it was given: what the door reads from a codec (money) is no JSON any more.
      params: params as Readonly<Record<string, Json>>,
      id,
      operator: serviceOperator(name),
      issuedAt,
      expiresAt: issuedAt + lifeMs,
      kind,
      signer,
    }),
  )
}
