import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decided, propose, proposed, vote, voted } from '#protocol/approvals.ts'
import { certificateRegistered, certificateRevoked } from '#protocol/certificates.ts'
import type { SignedCommand } from '#protocol/command.ts'
import type { Entry } from '#protocol/entry.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import { policyPublished } from '#protocol/policy.ts'
import { operatorChanged, operatorRegistered } from '#protocol/session.ts'
import { policyHash } from '../policies.ts'
import { stateCommand } from '../statement.ts'
import { compareTrail } from './compare.ts'
import { createTrailRecord } from './people.ts'
import { createTrails } from './trail.ts'
import { verifyTrail } from './verify-trail.ts'
import { targetOf } from './vote.ts'

const context = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId
const keyOf = (operator: string): string => Buffer.from(operator.padEnd(20, '.')).toString('hex')
const idOf = (n: number): CommandId => `0191e7a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as CommandId

const rule = (more = '', roles = 'custodian', count = 1): string =>
  `@id("all") permit (principal, action, resource);
  @id("erase") @approvals("${count}") @approvers("${roles}") @within("24h")
  forbid (principal, action == Command::Action::"sealed.erase", resource) ${more};`

interface Said {
  readonly type: string
  readonly data: object
}
type Step = { readonly said: readonly Said[]; readonly command?: SignedCommand }

const commandOf = (name: string, params: object, operator: string, id: CommandId): SignedCommand => ({
  ...stateCommand({
    ...{ context, command: name, id, params: params as never, issuedAt: 1, expiresAt: 900 },
    operator: operator as OperatorId,
  }),
  signatures: [{ kind: 'openpgp', key: keyOf(operator), value: 'AAAA' }],
})
const erase = commandOf('sealed.erase', { subject: 'operator:ito', reason: '退職' }, 'tanaka', idOf(999))
const target = targetOf(erase.statement)

const person = (operator: string, roles: readonly Role[], change = false, disabled = false): Step => ({
  said: [
    { type: (change ? operatorChanged : operatorRegistered).type, data: { operator, name: operator, roles, disabled } },
  ],
})
const certificate = (operator: string): Step => ({
  said: [
    {
      type: certificateRegistered.type,
      data: {
        ...{ fingerprint: keyOf(operator), operator, userIds: [operator], certificate: 'AAAA' },
        ...{ version: 4, createdAt: 0, expiresAt: null, encrypts: false, proven: true },
      },
    },
  ],
})
const revoked = (operator: string): Step => ({
  said: [{ type: certificateRevoked.type, data: { fingerprint: keyOf(operator), operator, reason: 'retired' } }],
})
const publish = (text: string, version = 1): Step => ({
  said: [
    {
      type: policyPublished.type,
      data: { hash: policyHash(text), version, text, note: null, seed: false, previous: null },
    },
  ],
})
const need = { count: 1, roles: ['custodian'], withinMs: 86_400_000 } as const
const proposal = (over: object = {}): Step => ({
  command: commandOf(propose.name, { command: erase }, 'tanaka', idOf(998)),
  said: [
    {
      type: proposed.type,
      data: {
        ...{ id: erase.statement.id, target, command: 'sealed.erase', proposed: erase, operator: 'tanaka' },
        ...{ certificate: keyOf('tanaka'), need, policies: ['all', 'erase'], expiresAt: 5_000, ...over },
      },
    },
  ],
})
const approval = (operator: string, purpose = 'approve'): Step => {
  const statement = { v: 1, context, purpose, target, reason: '至急', issuedAt: 1, expiresAt: 900, operator }
  const params = { id: erase.statement.id, statement, signature: { key: keyOf(operator), value: 'AAAA' } }
  return {
    command: commandOf(vote.name, params, 'carrier', idOf(997)),
    said: [
      {
        type: voted.type,
        data: {
          ...{ id: erase.statement.id, command: 'sealed.erase', purpose, operator, certificate: keyOf(operator) },
          ...{ reason: '', ready: true },
        },
      },
    ],
  }
}
const decision = (
  proposalIndex: number,
  by: readonly number[],
  operators: readonly string[],
  emergency = false,
): Step => ({
  command: erase,
  said: [
    {
      type: decided.type,
      data: {
        ...{ id: erase.statement.id, command: 'sealed.erase', proposal: proposalIndex, emergency },
        by: by.map((index, nth) => ({
          ...{
            purpose: emergency ? 'break-glass' : 'approve',
            operator: operators[nth],
            certificate: keyOf(operators[nth] ?? ''),
            index,
          },
        })),
      },
    },
  ],
})

/** A log: each entry names the policy that the ones before it put in force. */
const logOf = (...steps: readonly Step[]): Entry[] => {
  let policy = policyHash('the set before the first')
  return steps.map(({ said, command }, index) => {
    const entry = {
      ...{ v: 1, index, at: 10 + index, policy },
      command: command ?? commandOf('test.nothing', {}, 'tanaka', idOf(index)),
      events: said,
    } as unknown as Entry
    const published = said.find(({ type }) => type === policyPublished.type)
    if (published) policy = (published.data as { hash: string }).hash
    return entry
  })
}
const compared = async (entries: readonly Entry[]) => {
  const record = createTrailRecord()
  const trails = createTrails()
  for (const entry of entries) {
    record.take(entry)
    trails.add(entry)
  }
  const trail = trails.of(erase.statement.id)
  if (!trail) throw new Error('no trail')
  const report = await verifyTrail(trail, { context, certificates: [], record })
  expect(report.comparisons).toEqual(compareTrail(trail, record).comparisons)
  return { report, faults: report.faults.filter((one) => one !== 'signature') }
}

const people = [
  person('tanaka', ['administrator']),
  person('sato', ['custodian']),
  certificate('tanaka'),
  certificate('sato'),
]
const honest = (...between: readonly Step[]) => [
  ...people,
  publish(rule()),
  proposal(),
  ...between,
  approval('sato'),
  decision(5, [6 + between.length], ['sato']),
]

describe('a trail held against the log before it', () => {
  it('agrees where everything was as it says', async () => {
    const { report, faults } = await compared(logOf(...honest()))
    expect(faults).toEqual([])
    expect(report.comparisons.map(({ what, result }) => `${what} ${result}`)).toEqual([
      'policy agrees',
      'rule agrees',
      'policy agrees',
      'rule agrees',
      'roles agrees',
      'roles agrees',
    ])
  })

  it('finds the vote of who lost the role one entry before', async () => {
    const { report, faults } = await compared(logOf(...honest(person('sato', ['operator'], true))))
    expect(faults).toEqual(['not-approver'])
    expect(report.comparisons).toContainEqual(
      expect.objectContaining({ what: 'roles', index: 7, operator: 'sato', result: 'differs' }),
    )
  })

  it('finds who lost it between vote and decision, was shut out, has no such key any more, or never was there', async () => {
    const late = (step: Step) => [
      ...people,
      publish(rule()),
      proposal(),
      approval('sato'),
      step,
      decision(5, [6], ['sato']),
    ]
    expect((await compared(logOf(...late(person('sato', [], true))))).faults).toEqual(['not-approver'])
    expect((await compared(logOf(...late(person('sato', ['custodian'], true, true))))).faults).toEqual(['not-approver'])
    expect((await compared(logOf(...late(revoked('sato'))))).faults).toEqual(['not-approver'])
    const stranger = [...people, publish(rule()), proposal(), approval('ghost'), decision(5, [6], ['ghost'])]
    expect((await compared(logOf(...stranger))).faults).toEqual(['not-approver'])
  })

  it('finds a proposal that asked for less, for nobody, or by another rule than the policy', async () => {
    const of = async (text: string, over: object) =>
      (await compared(logOf(...people, publish(text), proposal(over), approval('sato'), decision(5, [6], ['sato']))))
        .faults
    expect(await of(rule('', 'custodian', 2), {})).toEqual(['too-few', 'other-rule'])
    expect(await of(rule('', 'administrator'), {})).toEqual(['other-rule', 'not-approver'])
    expect(await of(rule(), { policies: ['all'] })).toEqual(['other-rule'])
    expect(await of(rule(), { need: { ...need, withinMs: 60_000 } })).toEqual(['other-rule'])
    expect(await of(rule('when { context.administrators >= 3 }'), {})).toEqual(['other-rule'])
  })

  it('asks the policy of the decision, and says what it cannot evaluate', async () => {
    const stricter = [...people, publish(rule()), proposal(), publish(rule('', 'custodian', 2), 2), approval('sato')]
    expect((await compared(logOf(...stricter, decision(5, [7], ['sato'])))).faults).toEqual(['too-few'])
    const looser = [...people, publish(rule('', 'custodian', 2)), proposal({ need: { ...need, count: 2 } })]
    const eased = [...looser, publish(rule(), 2), approval('sato'), decision(5, [7], ['sato'])]
    expect((await compared(logOf(...eased))).faults).toEqual([])
    const hidden = rule('when { principal == Operator::"tanaka" }')
    const { report, faults } = await compared(
      logOf(...people, publish(hidden), proposal(), approval('sato'), decision(5, [6], ['sato'])),
    )
    expect(faults).toEqual([])
    expect(report.comparisons).toContainEqual(
      expect.objectContaining({ what: 'rule', result: 'not-evaluated', rules: ['erase'] }),
    )
  })

  it('finds an entry that names another policy, and an emergency of who may not', async () => {
    const entries = logOf(...honest())
    const swapped = entries.map((entry) => (entry.index === 5 ? { ...entry, policy: policyHash('other') } : entry))
    expect((await compared(swapped)).faults).toContain('other-policy')
    const alone = (roles: readonly Role[]) => [
      ...[person('tanaka', ['administrator']), person('sato', roles), certificate('tanaka'), certificate('sato')],
      publish(rule().replace('(principal,', '(principal in Role::"custodian",')),
      ...[proposal(), approval('sato', 'break-glass'), decision(5, [6], ['sato'], true)],
    ]
    expect((await compared(logOf(...alone(['custodian'])))).faults).toEqual([])
    expect((await compared(logOf(...alone(['auditor'])))).faults).toEqual(['other-rule'])
  })

  it('calls nothing verified that rests on entries outside the range', async () => {
    const entries = logOf(...honest())
    for (let from = 3; from < entries.length - 3; from++) {
      // As a bundle brings them: some entries from before the range, then the range.
      const context = entries.filter(({ index }) => index === 0 || (index < from && index % 2 === 1))
      const { report, faults } = await compared([...context, ...entries.slice(from)])
      expect(faults).toEqual([])
      const roles = report.comparisons.filter(({ what }) => what === 'roles')
      expect(roles.map(({ result }) => result)).toEqual(['out-of-range', 'out-of-range'])
    }
    // A role that the range itself gives is certain.
    const within = logOf(
      ...people,
      publish(rule()),
      person('sato', ['custodian'], true),
      certificate('sato'),
      proposal(),
      approval('sato'),
      decision(7, [8], ['sato']),
    )
    const { report } = await compared(within.slice(4))
    expect(report.comparisons.filter(({ what }) => what === 'roles').map(({ result }) => result)).toEqual([
      'agrees',
      'agrees',
    ])
  })

  it('knows of a person exactly what the entries say, and nothing where some are missing', () => {
    const roles = fc.subarray(['operator', 'custodian', 'auditor', 'administrator'] as const)
    const change = fc.record({
      who: fc.constantFrom('sato', 'ito'),
      roles,
      disabled: fc.boolean(),
      missing: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), (changes) => {
        const entries = logOf(...changes.map((one) => person(one.who, one.roles, true, one.disabled)))
        const record = createTrailRecord()
        for (const [at, entry] of entries.entries()) if (!changes[at]?.missing) record.take(entry)
        const firstGap = changes.findIndex(({ missing }) => missing)
        const gap = changes.findLastIndex(
          ({ missing }, at) => missing && at < changes.findLastIndex((one) => !one.missing),
        )
        for (let index = 0; index <= changes.length; index++) {
          for (const who of ['sato', 'ito']) {
            const found = record.person(who, index)
            const last = changes.findLastIndex((one, at) => one.who === who && at < index)
            const truth = last < 0 ? 'absent' : { roles: changes[last]?.roles, disabled: changes[last]?.disabled }
            if (found !== 'unknown') expect(found).toEqual(truth)
            if (firstGap < 0) expect(found).not.toBe('unknown')
            if (last <= gap && gap >= 0) expect(found).toBe('unknown')
          }
        }
      }),
    )
  })
})
