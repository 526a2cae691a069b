import { settledOutcome } from '#main/link/outcome.ts'
import type { Json, Outcome, SignedCommand } from '#protocol/command.ts'
import { deploymentWords } from '#protocol/deployments.ts'
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

/** A command whose outcome the next step waits for. @throws as `submit` and {@link settledOutcome} */
export const decided = async (
  context: CallContext,
  command: string,
  params: Readonly<Record<string, Json>>,
): Promise<Outcome> => settledOutcome(context.services.desk.commands, await submit(context, command, params))

/** The same of one that the vault signed already. */
export const decidedSigned = async ({ services: { desk } }: CallContext, command: SignedCommand): Promise<Outcome> =>
  settledOutcome(desk.commands, await desk.commands.post(command))

/** As this desktop's copy of the deployment has it. */
export const rowOf = async <Row>({ services }: CallContext, collection: string, key: string): Promise<Row | null> =>
  (await services.desk.rows.get(collection, key)) as Row | null
