import type { PublicKey } from 'openpgp'
import type { z } from 'zod'
import type { Possession } from '#protocol/certificates.ts'
import type { Statement } from '#protocol/command.ts'
import { namedMinute } from '#protocol/japan-time.ts'
import type { certifyKey } from '#protocol/session.ts'
import type { Asked } from './question.ts'
import type { SayVault } from './texts.ts'
import { grouped } from './written.ts'

type Fact = Asked['facts'][number]

/** Where a signature will count and as whose, from what is signed; the deployment's name is its backend's word alone. */
const placeFacts = (
  { context, operator }: Pick<Statement, 'context' | 'operator'>,
  deployment: string,
  say: SayVault,
): Fact[] => [
  { label: say('fact.deployment'), value: deployment },
  { label: say('fact.context'), value: context },
  { label: say('fact.operator'), value: operator },
]

const keyFact = (certificate: PublicKey, say: SayVault): Fact => ({
  label: say('fact.key'),
  value: `${certificate.getUserIDs()[0] ?? ''}  ${grouped(certificate.getFingerprint())}`,
})

/** The confirmation of a sign-in, drawn from the statement and the parameters that it binds. */
export const certification = (
  statement: Statement,
  { client, expiresAt }: z.output<typeof certifyKey.params>,
  deployment: string,
  certificate: PublicKey,
  say: SayVault,
): Asked => {
  const hours = String(Math.round((expiresAt - statement.issuedAt) / 360_000) / 10)
  return {
    title: say('certify.title'),
    body: [say('certify.body')],
    facts: [
      ...placeFacts(statement, deployment, say),
      { label: say('fact.client'), value: client },
      { label: say('fact.duration'), value: say('fact.until', { hours, at: namedMinute(expiresAt) }) },
      keyFact(certificate, say),
    ],
    fields: 'none',
    accept: say('certify.accept'),
  }
}

export const possession = (
  statement: Possession,
  deployment: string,
  certificate: PublicKey,
  say: SayVault,
): Asked => ({
  title: say('possess.title'),
  body: [say('possess.body')],
  facts: [...placeFacts(statement, deployment, say), keyFact(certificate, say)],
  fields: 'none',
  accept: say('possess.accept'),
})
