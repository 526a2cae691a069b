import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Source } from '#main/vault/openpgp/decrypt.ts'
import { decryptMessage } from '#main/vault/openpgp/decrypt.ts'
import { encryptMessage } from '#main/vault/openpgp/encrypt.ts'
import { fileSource, makeFile, writeFileFrom } from '#main/vault/openpgp/files.ts'
import { ocbInUse } from '#main/vault/openpgp/ocb-self-test.ts'
import { signDetached } from '#main/vault/openpgp/sign.ts'
import { verifyDetached } from '#main/vault/openpgp/verify.ts'
import { type Identity, identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'

/**
 * Files through the vault's own operations in Electron's runtime, each beside GnuPG in the same run and folder (memory
 * where there is some). Ours: SEIPDv2 with AES-256-OCB and Ed25519, version 6. GnuPG 2.2 has neither, so its side is
 * what it does by default for a version 4 key: SEIPDv1, AES-256-CFB with a SHA-1 over all, without compression
 * (`-z 0`), EdDSA with SHA-512; the whole command is timed, from spawn to exit. Random bytes.
 */
const goals = { encrypt: 2, decrypt: 1.25, sign: 1.25, verify: 1.25 } as const
/** GnuPG's time over ours, for 1 KiB. */
const smallGoal = 5
const mib = 2 ** 20
const streamed = 2 * 2 ** 30

const { electron, node } = process.versions
const runtime = electron === undefined ? `Node ${node}` : `Electron ${electron}`

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lo-'))
const at = (name: string): string => join(folder, name)
const env = { ...process.env, GNUPGHOME: folder, LANG: 'C' }
const gpg = (...args: readonly string[]): void => {
  const told = ['--batch', '--yes', '--quiet', '--no-tty', '--trust-model', 'always', ...args]
  const { status, stderr } = spawnSync('gpg', told, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
}

const middle = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN

/** Medians of both, taken in turn so that the machine's moods meet both. */
async function beside(rounds: number, ours: () => Promise<unknown>, theirs: () => void): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now()
    await ours()
    const between = performance.now()
    theirs()
    // The first round warms caches, compilers and gpg-agent.
    if (round === 0) continue
    times[0].push(between - began)
    times[1].push(performance.now() - between)
  }
  return [middle(times[0]), middle(times[1])]
}

interface Operation {
  readonly name: keyof typeof goals
  readonly ours: () => Promise<unknown>
  readonly theirs: () => void
}

/** The four operations on the file `name`, ours by `me`. */
async function operations(name: string, me: Identity, peer: Identity): Promise<readonly Operation[]> {
  const [plain, ours, theirs] = [at(name), at(`${name}.ours`), at(`${name}.theirs`)]
  const replace = { replace: true }
  const judgement = judgementOf([me])
  const encrypt = async () =>
    writeFileFrom(ours, encryptMessage(await fileSource(plain), { recipients: [me.certificate] }), replace)
  const sign = async () => signDetached((await fileSource(plain)).open(), { signers: [me.signer] })
  await encrypt()
  const signature = await sign()
  const from = await fileSource(ours)
  const to = peer.fingerprint
  gpg('-z', '0', '-r', to, '-o', theirs, '-e', plain)
  gpg('--digest-algo', 'SHA512', '-u', to, '-o', `${theirs}.sig`, '-b', plain)
  return [
    { name: 'encrypt', ours: encrypt, theirs: () => gpg('-z', '0', '-r', to, '-o', theirs, '-e', plain) },
    {
      name: 'decrypt',
      ours: () =>
        makeFile(`${ours}.out`, (sink) => decryptMessage(from, sink, { keys: [me.opener], judgement }), replace),
      theirs: () => gpg('-o', `${theirs}.out`, '-d', theirs),
    },
    {
      name: 'sign',
      ours: sign,
      theirs: () => gpg('--digest-algo', 'SHA512', '-u', to, '-o', `${theirs}.sig`, '-b', plain),
    },
    {
      name: 'verify',
      async ours() {
        const [verdict] = await verifyDetached((await fileSource(plain)).open(), [signature], judgement)
        if (verdict?.verified !== true) throw new Error('not verified')
      },
      theirs: () => gpg('--verify', `${theirs}.sig`, plain),
    },
  ]
}

const say = (what: string, ours: number, theirs: number, verdict: string): void =>
  console.log(
    `${what.padEnd(34)} ${ours.toFixed(1).padStart(7)} ms, gpg ${theirs.toFixed(1).padStart(7)} ms  ${verdict}`,
  )

async function measure(name: string, size: number, rounds: number, me: Identity, peer: Identity, wanted: boolean) {
  writeFileSync(at(name), randomBytes(size))
  let reached = true
  for (const { name: what, ours, theirs } of await operations(name, me, peer)) {
    const [mine, reference] = await beside(rounds, ours, theirs)
    const small = size < mib
    const ratio = small ? reference / mine : mine / reference
    const good = small ? ratio >= smallGoal : ratio <= goals[what]
    const goal = small
      ? `${ratio.toFixed(1)} × faster (goal ${smallGoal})`
      : `ratio ${ratio.toFixed(2)} (goal ${goals[what]})`
    const shown = wanted ? goal : small ? `${ratio.toFixed(1)} × faster` : `ratio ${ratio.toFixed(2)}`
    say(`openpgp.${what} ${name} ${me.certificate.keyPacket.version === 6 ? 'v6' : 'v4'}`, mine, reference, shown)
    reached &&= good || !wanted
  }
  return reached
}

/** 2 GiB made on the way, encrypted and decrypted at once: nothing but the pieces in hand may be in memory. */
async function constant(me: Identity): Promise<boolean> {
  const piece = randomBytes(mib)
  const [sent, came] = [createHash('sha1'), createHash('sha1')]
  const source: Source = {
    size: streamed,
    *open() {
      for (let made = 0; made < streamed; made += mib) {
        piece.writeUInt32BE(made / mib, 0)
        sent.update(piece)
        yield Uint8Array.from(piece)
      }
    },
  }
  const start = process.memoryUsage.rss()
  let most = start
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 50)
  const began = performance.now()
  const message = { size: null, open: () => encryptMessage(source, { recipients: [me.certificate] }) }
  const sink = { write: (bytes: Uint8Array): void => void came.update(bytes) }
  await decryptMessage(message, sink, { keys: [me.opener], judgement: judgementOf([]) })
  clearInterval(watch)
  const same = sent.digest('hex') === came.digest('hex')
  const grown = (most - start) / mib
  console.log(
    `openpgp.constant-memory 2 GiB           ${((performance.now() - began) / 1000).toFixed(1)} s through both, ${same ? 'whole' : 'DAMAGED'}; RSS ${(start / mib).toFixed(0)} → at most ${(most / mib).toFixed(0)} MiB (+${grown.toFixed(0)})`,
  )
  return same && grown < 256
}

async function run(): Promise<boolean> {
  const version = execFileSync('gpg', ['--version']).toString().split('\n')[0]
  console.log(`${runtime}, OCB ${ocbInUse()}; ${version}; in ${folder}`)
  const [six, four] = await Promise.all([identity(v6Kinds['v6 curve25519']), identity(v4Kinds['v4 curve25519Legacy'])])
  writeFileSync(at('secret'), four.secret.write())
  gpg('--import', at('secret'))
  const results = [
    await measure('64 MiB', 64 * mib, 9, six, four, true),
    await measure('64 MiB', 64 * mib, 3, four, four, false),
    await measure('1 KiB', 1024, 25, six, four, true),
    await constant(six),
  ]
  console.log(results.every(Boolean) ? 'goals reached' : 'goals missed')
  return results.every(Boolean)
}

const outside = process.env['ELECTRON_EXEC_PATH']
if (electron === undefined && outside !== undefined) {
  const inside = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  const { status } = spawnSync(outside, process.argv.slice(1), { env: inside, stdio: 'inherit' })
  process.exitCode = status ?? 1
} else {
  try {
    if (!(await run())) process.exitCode = 1
  } finally {
    spawnSync('gpgconf', ['--homedir', folder, '--kill', 'all'])
    rmSync(folder, { recursive: true, force: true })
  }
}
