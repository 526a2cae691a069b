import type { Json, Outcome, SignedCommand } from '#protocol/command.ts'
import { deploymentWords } from '#protocol/deployments.ts'
import type { SentCommand } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import type { CallContext } from './services.ts'
import { submit } from './submit.ts'

/** Under which id values are sealed there, and what the deployment is called. */
export const deploymentOf = ({ services }: CallContext): { readonly id: DeploymentId; readonly name: string } => {
  const { id: shown, ...named } = services.state.current().deployment
  // Values stay bound to the log's first id, also where a backup was restored.
  const id = services.desk.log.sealedUnder() ?? shown
  return { id: id as DeploymentId, name: deploymentWords(named) }
}

/**
 * A command whose outcome the next step waits for. One that can't be sent now is withdrawn: nobody wants it done later.
 * @throws LibralError of the refusal, `link.offline`, `command.outcome-unknown`
 */
export const decided = async (
  context: CallContext,
  command: string,
  params: Readonly<Record<string, Json>>,
): Promise<Outcome> => {
  return outcomeOf(context, await submit(context, command, params))
}

/** The same of one that the vault signed already. */
export const decidedSigned = async (context: CallContext, command: SignedCommand): Promise<Outcome> =>
  outcomeOf(context, await context.services.desk.commands.post(command))

const outcomeOf = async ({ services: { desk } }: CallContext, sent: SentCommand): Promise<Outcome> => {
  if (sent.state === 'accepted' && sent.outcome) return sent.outcome
  if (sent.failure !== null) throw new LibralError(sent.failure.code, sent.failure.params)
  if (sent.state !== 'queued') throw new LibralError('command.outcome-unknown')
  await desk.commands.withdraw(sent.id)
  throw new LibralError('link.offline')
}

/** As this desktop's copy of the deployment has it. */
export const rowOf = async <Row>({ services }: CallContext, collection: string, key: string): Promise<Row | null> =>
  (await services.desk.rows.get(collection, key)) as Row | null
