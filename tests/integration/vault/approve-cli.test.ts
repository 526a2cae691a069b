import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fileText, readApprovalFile, requestOf } from '#main/approvals/files.ts'
import { approveArea } from '#main/cli/approve.ts'
import { UsageError } from '#main/cli/arguments.ts'
import type { DeploymentId, OperatorId } from '#protocol/ids.ts'
import { keysCommand } from '#tests/fakes/keys-command.ts'
import { libral } from '#tests/fakes/libral.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { factsOf, signByKey } from '#tests/fixtures/client/certified.ts'
import { identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { verifyVote } from '#trust/approvals/verify-vote.ts'
import { toBase64url } from '#trust/bytes.ts'
import { registeredKey } from '#trust/openpgp/certificate.ts'

vi.mock('#main/vault/openpgp/config.ts', async (original) =>
  (await import('#tests/fixtures/vault/light-locks.ts')).lightLocks(await original()),
)

const pass = '正しい馬の電池とホチキス'
const folder = privateFolder('approve')
const at = (name: string): string => join(folder.path, name)
afterAll(() => folder.remove())

const run = (...args: readonly string[]) =>
  libral([...args, '--user-data-dir', at('app')], { cwd: folder.path, passphrases: [pass] })

const context = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId
let fingerprint = ''
let certificate = ''

/** Each command is a program of its own. */
const timeout = 300_000

const requestFile = async (over: { readonly expiresAt?: number; readonly fingerprints?: string[] } = {}) => {
  const proposer = await identity(v6Kinds['v6 curve25519'])
  const command = await signByKey(proposer, {
    ...{ context, command: 'sealed.erase', operator: 'tanaka' },
    params: { subject: 'operator:ito', reason: '退職' },
  })
  const expiresAt = over.expiresAt ?? Date.now() + 3_600_000
  const request = requestOf({
    row: { proposed: command, need: { count: 1, roles: ['custodian'], withinMs: 3_600_000 }, expiresAt },
    ...{ deployment: '東京', certificate: (await factsOf(proposer)).certificate },
    approvers: [{ operator: 'sato' as OperatorId, fingerprints: over.fingerprints ?? [fingerprint] }],
  })
  return { request, command }
}

beforeAll(async () => {
  const keys = keysCommand(at('app'), pass)
  await keys(['init'])
  await keys(['create', '--name', '佐藤', '--email', 'sato@example.jp'])
  const { data } = await keys(['export', 'sato@example.jp'])
  const { readKeys } = await import('openpgp')
  const [key] = await readKeys({ armoredKeys: data })
  fingerprint = key?.getFingerprint() ?? ''
  certificate = toBase64url(key?.write() as Uint8Array)
}, timeout)

describe('libral approve', { timeout }, () => {
  it('shows, asks, signs, and writes an answer that the deployment verifies', async () => {
    const { request, command } = await requestFile()
    writeFileSync(at('a.libral-request.json'), fileText(request))
    const { code, stdout, stderr } = await run('approve', 'a.libral-request.json', '--yes', '--json')
    expect(code, stderr).toBe(0)
    // What is signed is told in words, and that nobody here knows the proposer's key.
    expect(stderr).toContain('未確認の鍵')
    const answer = JSON.parse(stdout) as { file: string; operator: string; proposer: { known: boolean } }
    expect(answer).toMatchObject({ ok: true, operator: 'sato', purpose: 'approve', proposer: { known: false } })
    expect(answer.file).toBe(at('a.sato.libral-vote.json'))
    const file = readApprovalFile(readFileSync(answer.file))
    if (file.what !== 'vote') throw new Error('no vote')
    expect(file.vote.id).toBe(command.statement.id)
    const known = { key: await registeredKey(certificate), operator: 'sato', ended: null }
    const report = await verifyVote(file.vote.vote, { context, at: Date.now(), certificates: [known] })
    expect(report.valid).toBe(true)
    // Never over what is there.
    expect((await run('approve', 'a.libral-request.json', '--yes')).code).toBe(73)
  })

  it('signs nothing that was changed, has run out, is none of its keys’ business or no proposal at all', async () => {
    const { request } = await requestFile()
    const changed = { ...request, command: { ...request.command, params: { subject: 'operator:x', reason: '退職' } } }
    const late = (await requestFile({ expiresAt: Date.now() - 1 })).request
    const foreign = (await requestFile({ fingerprints: ['a'.repeat(40)] })).request
    for (const [name, file, expected] of [
      ['changed', changed, 65],
      ['late', late, 1],
      ['foreign', foreign, 77],
      ['other', { hello: 1 }, 65],
    ] as const) {
      writeFileSync(at(`${name}.json`), JSON.stringify(file))
      expect((await run('approve', `${name}.json`, '--yes')).code, name).toBe(expected)
      expect(existsSync(at(`${name}.sato.libral-vote.json`)), name).toBe(false)
    }
    const { parse } = approveArea()
    for (const args of [[], ['a', 'b'], ['a', '--reject'], ['a', '--reason', 'x']]) {
      expect(() => parse(args), args.join(' ')).toThrow(UsageError)
    }
  })
})
