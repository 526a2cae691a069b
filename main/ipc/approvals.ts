import { basename } from 'node:path'
import {
  approvalFileBytes,
  approverHere,
  assertOurs,
  fileText,
  readApprovalFile,
  requestOf,
  signedVote,
  voteFileOf,
  voteOver,
} from '#main/approvals/files.ts'
import { readBounded } from '#main/settings/bounded-file.ts'
import { writeWhole } from '#main/settings/json-file.ts'
import { type ProposalRow, proposals, propose, type SignedVote, type VoteStatement, vote } from '#protocol/approvals.ts'
import { type CertificateRow, certificates } from '#protocol/certificates.ts'
import type { Json, OpenpgpSignature, SignedCommand } from '#protocol/command.ts'
import { deploymentWords } from '#protocol/deployments.ts'
import { describeCommand, operatorsIn } from '#protocol/describe.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import { type OperatorRow, operators } from '#protocol/session.ts'
import { decided } from './decided.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'
import { namesOf, ownCertificates, signedByKey } from './submit.ts'
import { unlocked } from './unlocked.ts'

const { approvals: contract } = procedures

/** 承認: the vault draws and signs, the backend judges; here is only the way between the two, and files. */
export const approvals = {
  propose: contract.propose.handler(async ({ context, input }) => {
    const sent = context.services.desk.commands.signed(input.id)
    if (sent === undefined) throw new LibralError('command.unknown')
    // Of low risk it was signed by the session, which may be over before it is decided.
    const byKey = sent.signatures.some(({ kind }) => kind === 'openpgp')
    const { command: name } = sent.statement
    const command = byKey ? sent : await signedByKey(context, name, sent.params as Readonly<Record<string, Json>>)
    await decided(context, propose.name, { command: command as unknown as Json })
    return { id: command.statement.id }
  }),
  vote: contract.vote.handler(async ({ context, input }) => {
    const { services } = context
    const row = await proposalOf(context, input.id)
    const operator = services.desk.state().session?.operator
    if (operator === undefined) throw new LibralError('session.required')
    const fingerprints = (await ownCertificates(services)).map(({ fingerprint }) => fingerprint)
    const said = { purpose: input.purpose, reason: input.reason, operator: operator as OperatorId }
    await unlocked(services.keys, context.window)
    const statement = voteOver(row.proposed, said, await services.desk.commands.now(), row.expiresAt)
    const signature = await asked(context, statement, row.proposed, fingerprints)
    await carry(context, row.id, signedVote(statement, signature))
    return {}
  }),
  exportRequest: contract.exportRequest.handler(async ({ context, input }) => {
    const { services, window } = context
    const row = await proposalOf(context, input.id)
    const certificate = (await services.desk.rows.get(certificates.name, row.certificate)) as CertificateRow | null
    const request = requestOf({
      row,
      deployment: services.desk.state().deployment.name,
      certificate: certificate?.certificate ?? null,
      approvers: await approversOf(context, row),
    })
    const file = await services.approvals.chooseSave(window, 'request', `${nameOf(row.proposed)}.libral-request.json`)
    return { file: await written(file, fileText(request)) }
  }),
  answerFile: contract.answerFile.handler(async ({ context, input }) => {
    const { services, window } = context
    const found = await read(await services.approvals.chooseOpen(window, 'request'))
    if (found.what !== 'request') throw new LibralError('approvals.file-unreadable')
    const { request } = found
    // OpenPGP is no part of the way to the first paint.
    const { verifyRequest } = await import('#main/approvals/verify-request.ts')
    await verifyRequest(request)
    await unlocked(services.keys, window)
    const { operator, fingerprints } = approverHere(request, await keysHere(context))
    const statement = voteOver(request.command, { ...input, operator }, Date.now(), request.expiresAt)
    const signature = await asked(context, statement, request.command, fingerprints, request.deployment)
    const answer = voteFileOf(request.command, signedVote(statement, signature))
    const file = await services.approvals.chooseSave(
      window,
      'vote',
      `${nameOf(request.command)}.${operator}.libral-vote.json`,
    )
    return { file: await written(file, fileText(answer)) }
  }),
  carryFile: contract.carryFile.handler(async ({ context }) => {
    const { services, window } = context
    const found = await read(await services.approvals.chooseOpen(window, 'either'))
    assertOurs(found, services.desk.state().deployment.id as DeploymentId)
    if (found.what === 'vote') {
      await carry(context, found.vote.id, found.vote.vote)
      return { what: 'vote' as const, id: found.vote.id }
    }
    const { command } = found.request
    await decided(context, propose.name, { command: command as unknown as Json })
    return { what: 'request' as const, id: command.statement.id }
  }),
}

/** By the session key: what counts is signed already. */
const carry = async (context: CallContext, id: CommandId, signedVote: SignedVote): Promise<void> => {
  await decided(context, vote.name, { id, ...signedVote } as unknown as Readonly<Record<string, Json>>)
}

const proposalOf = async ({ services }: CallContext, id: CommandId): Promise<ProposalRow> => {
  const row = (await services.desk.rows.get(proposals.name, id)) as ProposalRow | null
  if (row === null) throw new LibralError('approvals.unknown')
  return row
}

/** The vault draws what is voted on from the proposal's own bytes. */
const asked = async (
  { services, window }: CallContext,
  statement: VoteStatement,
  { signatures: _, ...proposal }: SignedCommand,
  fingerprints: readonly string[],
  deployment = deploymentWords(services.state.current().deployment),
): Promise<OpenpgpSignature> => {
  const wish = {
    ...{ what: 'vote' as const, vote: statement, proposal, fingerprints: [...fingerprints], deployment },
    names: await namesOf(services, [
      ...[statement.operator, proposal.statement.operator],
      ...operatorsIn(describeCommand(proposal)),
    ]),
    now: statement.issuedAt,
  }
  return services.keys.call(window, (vault) => vault.sign(wish))
}

/** Fingerprints of the keys that the open keyring has. */
const keysHere = async ({ services, window }: CallContext): Promise<ReadonlySet<string>> =>
  services.keys.call(window, async (vault) => {
    for await (const { entries } of await vault.watch({})) {
      return new Set(
        entries.flatMap(({ certificates: own }) => own.map(({ fingerprint }) => fingerprint.toLowerCase())),
      )
    }
    return new Set<string>()
  })

/** Who could answer, with the certificates that they have now: it only helps to find one's own key. */
const approversOf = async ({ services: { desk } }: CallContext, row: ProposalRow) => {
  const all = async <Row>(collection: string): Promise<readonly Row[]> => {
    const { rows } = await desk.rows.query({
      filter: { collection, where: {}, range: null, text: '' },
      sort: { field: null, descending: false },
      after: null,
      limit: 500,
    })
    return rows as readonly unknown[] as readonly Row[]
  }
  const registered = await all<CertificateRow>(certificates.name)
  return (await all<OperatorRow>(operators.name))
    .filter(({ operator, roles, disabled }) => {
      const approves = roles.some((role) => row.need.roles.includes(role))
      return approves && !disabled && operator !== row.operator
    })
    .map(({ operator }) => ({
      operator,
      fingerprints: registered
        .filter((one) => one.operator === operator && one.state === 'valid')
        .map(({ fingerprint }) => fingerprint)
        .slice(0, 16),
    }))
    .filter(({ fingerprints }) => fingerprints.length > 0)
}

const nameOf = ({ statement: { command, id } }: SignedCommand): string => `${command}-${id.slice(-6)}`

const read = async (file: string): Promise<ReturnType<typeof readApprovalFile>> =>
  readApprovalFile(await readBounded(file, approvalFileBytes, new LibralError('approvals.file-unreadable')))

const written = async (file: string, text: string): Promise<string> => {
  await writeWhole(file, text, 0o644).catch((cause: unknown) => {
    throw new LibralError('export.write-failed', {}, { cause })
  })
  return basename(file)
}
