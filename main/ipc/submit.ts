import { comingUp } from '#main/link/coming-up.ts'
import type { CommandWish } from '#main/vault/signing/contract.ts'
import { commandsByName } from '#protocol/catalogue.ts'
import { type CertificateRow, certificateRefusal, certificates, enrolCertificate } from '#protocol/certificates.ts'
import type { Json, SignedCommand } from '#protocol/command.ts'
import { deploymentWords } from '#protocol/deployments.ts'
import { describeCommand, operatorsIn } from '#protocol/describe.ts'
import type { SentCommand } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { operators } from '#protocol/session.ts'
import type { CallContext } from './services.ts'
import { unlocked } from './unlocked.ts'

type Params = Readonly<Record<string, Json>>

/**
 * A command of a window on its way: of low risk by the session key, otherwise by the operator's own after the vault's
 * confirmation. The window says what it asks for, and never what the vault's shows.
 * @throws LibralError `signing.*`, `vault.*`, `session.*` (`session.proof-wrong`: a certificate enrolled with a proof that
 *   this vault did not make), `command.unknown`, and what a card or token says
 */
export const submit = async (context: CallContext, command: string, params: Params): Promise<SentCommand> => {
  mustBeOwn(context, command, params)
  return (commandsByName.get(command)?.risk ?? 'low') === 'low'
    ? bySession(context, command, params)
    : byKey(context, command, params)
}

/** A certificate that a page made up would make its key the operator's: the one way to power that no key confirms. */
const mustBeOwn = ({ services }: CallContext, command: string, params: Params): void => {
  if (command !== enrolCertificate.name) return
  const proof = params['proof'] as { readonly value?: unknown } | null | undefined
  if (typeof proof?.value !== 'string' || !services.keys.proofs.has(proof.value))
    throw new LibralError('session.proof-wrong')
}

/** After a lock the operator signs in first. */
const bySession = async ({ services, window }: CallContext, command: string, params: Params): Promise<SentCommand> => {
  const { commands } = services.desk
  try {
    return await commands.submit(command, params)
  } catch (thrown) {
    if (!(thrown instanceof LibralError) || thrown.code !== 'session.locked') throw thrown
    await services.signIn(window)
    return commands.submit(command, params)
  }
}

const byKey = async (context: CallContext, command: string, params: Params): Promise<SentCommand> =>
  context.services.desk.commands.post(await signedByKey(context, command, params))

/** A command signed by the operator's own key, and not sent. @throws as {@link submit} */
export const signedByKey = async (context: CallContext, command: string, params: Params): Promise<SignedCommand> => {
  const wish = await commandWish(context, command, params)
  const signature = await context.services.keys.call(context.window, (vault) => vault.sign(wish))
  return { ...wish.command, signatures: [signature] }
}

/** What the vault needs to have a command signed; asks to unlock it first. @throws as {@link submit} */
export const commandWish = async (
  { services, window }: CallContext,
  command: string,
  params: Params,
): Promise<CommandWish> => {
  const { desk, keys } = services
  // Said before anything is asked of the person.
  await comingUp(desk)
  await desk.commands.state(command, params, 0)
  const own = await ownCertificates(services)
  await unlocked(keys, window)
  // Stated once the vault is open: what the person reads has its whole life before it.
  await comingUp(desk)
  const stated = await desk.commands.state(command, params, Math.max(...own.map(({ createdAt }) => createdAt)))
  return {
    ...{
      what: 'command',
      command: stated,
      fingerprints: own.map(({ fingerprint }) => fingerprint),
      now: await desk.commands.now(),
    },
    deployment: deploymentWords(services.state.current().deployment),
    names: await namesOf(services, [stated.statement.operator, ...operatorsIn(describeCommand(stated))]),
  }
}

type Given = CallContext['services']

/** What this operator may sign with there, as far as this desktop knows. @throws LibralError `signing.not-registered`, `signing.revoked` */
export const ownCertificates = async ({ desk }: Given): Promise<readonly CertificateRow[]> => {
  const operator = desk.state().session?.operator ?? ''
  const { rows } = await desk.rows.query({
    filter: { collection: certificates.name, where: { operator: [operator] }, range: null, text: '' },
    sort: { field: 'registeredAt', descending: true },
    after: null,
    limit: 100,
  })
  const own = rows as unknown as readonly CertificateRow[]
  const now = await desk.commands.now()
  const valid = own.filter((row) => certificateRefusal(row, now) === null)
  if (valid.length > 0) return valid.slice(0, 64)
  throw new LibralError(own.length > 0 ? 'signing.revoked' : 'signing.not-registered')
}

/** By id, as this desktop's copy of the deployment tells them. */
export const namesOf = async ({ desk }: Given, ids: readonly string[]): Promise<Record<string, string>> => {
  const names: Record<string, string> = {}
  for (const id of new Set(ids)) {
    const row = (await desk.rows.get(operators.name, id)) as { readonly name: string } | null
    if (row !== null) names[id] = row.name
  }
  return names
}
