import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Asked } from '#main/vault/ask/question.ts'
import { commands } from '#protocol/catalogue.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import { moneyText } from '#protocol/money.ts'
import { openVault } from '#tests/fixtures/vault/vault.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import { verifyContextLock } from '#trust/context-lock.ts'
import { stateCommand, statementDigest } from '#trust/statement.ts'
import { visible } from '../ask/written.ts'
import { knownKeys } from '../messages/known-keys.ts'
import type { SigningWish, StatedCommand } from './contract.ts'

vi.mock('#main/vault/openpgp/config.ts', async (original) =>
  (await import('#tests/fixtures/vault/light-locks.ts')).lightLocks(await original()),
)

const context = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId
/** By the backend's clock, which is a little ahead: no key here is younger. */
const now = Date.now() + 60_000
const change = { operator: 'tanaka', name: '田中花子', roles: ['operator', 'administrator'], disabled: false }

let vault: Awaited<ReturnType<typeof openVault>>
let fingerprints: string[]
beforeEach(async () => {
  vault = await openVault(() => '')
  await vault.client.create({ name: '鈴木一郎', email: '', curve: '25519', companion: false, days: null })
  fingerprints = vault.vault
    .keyring()
    .current()
    .entries.flatMap((it) => it.certificates.map((one) => one.fingerprint))
  vault.person.asked.length = 0
})
afterEach(() => vault.stop())

const stated = (command = 'session.changeOperator', params: object = change, lastsMs = 600_000): StatedCommand =>
  stateCommand({
    ...{ context, command, params: params as never, id: '0191e7a0-0000-7000-8000-0000000000aa' as CommandId },
    ...{ operator: 'suzuki' as OperatorId, issuedAt: now, expiresAt: now + lastsMs },
  })
const wished = (command: StatedCommand, over: object = {}): SigningWish => ({
  ...{ what: 'command', deployment: '東京', fingerprints, now, command },
  ...{ names: { suzuki: '鈴木一郎', tanaka: '田中花子' }, ...over },
})
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: { readonly code?: string }) => thrown.code ?? String(thrown),
  )
const textOf = ({ title, body, facts }: Asked): string =>
  [title, ...body, ...facts.map(({ label, value }) => `${label}: ${value}`)].join('\n')
const shown = (): string => textOf(vault.person.asked.at(-1) as Asked)

describe('the confirmation', () => {
  it('says what is signed, of whom, where, until when and with which key, and the signature is over just that', async () => {
    const command = stated()
    const signature = await vault.client.sign(wished(command))
    const text = shown()
    for (const part of [
      '「利用者の変更」への署名',
      'ほかの利用者の権限も変えられるようになります',
      '利用者: 田中花子（tanaka）',
      '役割: 運用担当、管理者',
      '状態: 有効',
      '署名する人: 鈴木一郎（suzuki）',
      '接続先: 東京',
      context,
      'JST',
      '鈴木一郎（この端末）',
    ])
      expect(text).toContain(part)
    expect(signature).toMatchObject({ kind: 'openpgp', key: fingerprints[0] })
    const { judgement } = await knownKeys(vault.vault)
    const [key] = judgement(now).certificates
    if (key === undefined) throw new Error('no key')
    const report = await verifyContextLock(
      {
        statement: canonicalBytes(command.statement as never),
        signature: fromBase64url(signature.value),
        bound: command,
      },
      { context, purpose: 'command', at: now + 1_000, certificates: [{ key, operator: 'suzuki', ended: null }] },
    )
    expect(report.valid).toBe(true)
  })

  it('is red and names what can’t be undone where the risk is high', async () => {
    const params = { subject: 'operator:sato', reason: '本人の求め' }
    await vault.client.sign(wished(stated('sealed.erase', params)))
    expect(shown()).toContain('誰も二度と開けません')
    expect(vault.person.asked.at(-1)?.danger).toBe(true)
  })

  it('shows a command that it does not know as it stands in the bytes, and says so', async () => {
    await vault.client.sign(
      wished(stated('payments.refund', { order: 'A-1', amount: { currency: 'JPY', minor: '5' } })),
    )
    expect(shown()).toContain('不明な操作 payments.refund')
    expect(shown()).toContain('amount: {"currency":"JPY","minor":"5"}')
    expect(vault.person.asked.at(-1)?.danger).toBe(true)
  })

  it('is not drawn over parameters that the statement does not bind', async () => {
    const command = stated()
    for (const other of [
      { ...command, params: { ...change, name: '別の人' } },
      { ...command, salt: 'A'.repeat(22) },
      { ...command, statement: stated('session.changeOperator', { ...change, disabled: true }).statement },
    ])
      expect(await codeOf(vault.client.sign(wished(other)))).toBe('input.invalid')
    expect(vault.person.asked).toEqual([])
  })

  it('takes no prose from whoever asks: what is no member of the wish is refused', async () => {
    const wish = { ...wished(stated()), title: '安全な操作', body: ['大丈夫です'] }
    expect(await codeOf(vault.client.sign(wish as SigningWish))).not.toBe('none')
    expect(vault.person.asked).toEqual([])
  })

  it('lets one key of several be chosen, and is refused without one, declined, or too late', async () => {
    await vault.client.create({ name: '予備', email: '', curve: '25519', companion: false, days: null })
    fingerprints = vault.vault
      .keyring()
      .current()
      .entries.flatMap((it) => it.certificates.map((one) => one.fingerprint))
    const signature = await vault.client.sign(wished(stated()))
    expect(vault.person.asked.at(-1)?.choices?.items).toHaveLength(2)
    expect(signature.key).toBe(fingerprints[0])
    const elsewhere = { fingerprints: ['a'.repeat(40)] }
    expect(await codeOf(vault.client.sign(wished(stated(), elsewhere)))).toBe('signing.key-elsewhere')
    expect(await codeOf(vault.client.sign(wished(stated(), { now: now + 600_000 })))).toBe('command.expired')
    vault.person.answering = () => null
    expect(await codeOf(vault.client.sign(wished(stated())))).toBe('vault.declined')
  })
})

describe('a word on a proposal', () => {
  const vote = (proposal: StatedCommand, over: object = {}): SigningWish => ({
    ...{ what: 'vote', deployment: '東京', fingerprints, now, names: { tanaka: '田中花子' }, proposal },
    vote: {
      ...{ v: 1, context, purpose: 'approve', target: statementDigest(proposal.statement) },
      ...{ issuedAt: now, expiresAt: now + 600_000, operator: 'abe' as OperatorId, ...over },
    },
  })
  it('is drawn from the proposal that it names, and from no other', async () => {
    const proposal = stated()
    const { key } = await vault.client.sign(vote(proposal, { reason: '確認しました' }))
    expect(key).toBe(fingerprints[0])
    for (const part of [
      '承認の署名',
      '承認する操作: 利用者の変更',
      '依頼した人: suzuki',
      '署名する人: abe',
      '理由: 確認しました',
    ])
      expect(shown()).toContain(part)
    expect(await codeOf(vault.client.sign(vote(proposal, { target: 'A'.repeat(43) })))).toBe('input.invalid')
    const other = 'libral:0191e7a0-0000-7000-8000-000000000002'
    expect(await codeOf(vault.client.sign(vote(proposal, { context: other })))).toBe('input.invalid')
  })
})

describe('what is written', () => {
  it.each([
    ['1234567', 'JPY', '1,234,567 JPY'],
    ['-105', 'USD', '-1.05 USD'],
    ['1', 'BTC', '0.00000001 BTC'],
    ['100000000000000000001', 'USD', '1,000,000,000,000,000,000.01 USD'],
  ] as const)('%s minor units of %s as %s', (minor, currency, text) => {
    expect(moneyText({ currency, minor: BigInt(minor) }).replace('−', '-')).toBe(text)
  })

  it('leaves nothing unseen: texts that differ are shown differently, and no line is broken or turned around', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        expect(visible(one)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
        if (one !== other && !`${one}${other}`.includes('⟨')) expect(visible(one)).not.toBe(visible(other))
      }),
    )
    expect(visible('田中\u202e花子\u200b')).toBe('田中⟨U+202E⟩花子⟨U+200B⟩')
  })

  it('every command of medium and high risk that people sign describes itself', () => {
    for (const { name, risk, describe: describes } of commands) {
      if (risk !== 'low') expect(describes, name).toBeDefined()
    }
  })
})
