import { existsSync } from 'node:fs'
import { implement } from '@orpc/server'
import { latest } from '#main/ipc/streams.ts'
import type { EnvSheet } from '#protocol/env-files.ts'
import { LibralError } from '#protocol/errors.ts'
import { shownKeyring } from '../shown-keyring.ts'
import type { Vault } from '../vault.ts'
import { envFilesVaultContract } from './contract.ts'
import { newEnvFile, openEnvFile } from './env-file.ts'
import { type EnvSession, startSession } from './session.ts'

const os = implement(envFilesVaultContract).$context<{ readonly vault: Vault }>()

/** Open files by session; each leaves with the iterator that opened it. */
const sessions = new Map<string, EnvSession>()

function sessionOf(id: string): EnvSession {
  const found = sessions.get(id)
  if (found === undefined) throw new LibralError('file.not-chosen')
  return found
}

async function* followed(session: EnvSession, signal: AbortSignal | undefined): AsyncGenerator<EnvSheet, void> {
  sessions.set(session.id, session)
  try {
    yield* latest<EnvSheet>(await session.sheet(), session.onChange, signal)
  } finally {
    sessions.delete(session.id)
  }
}

const done = {}

/** 設定ファイル: what the vault does with `.env.gpg`. Failures are LibralErrors. */
export const envFilesRouter = os.router({
  open: os.open.handler(async function* ({ context: { vault }, input: { file }, signal }) {
    yield* followed(startSession(vault, await openEnvFile(vault, file)), signal)
  }),
  create: os.create.handler(async function* ({ context: { vault }, input: { file }, signal }) {
    const { entries } = await shownKeyring(vault)
    if (existsSync(file)) throw new LibralError('openpgp.target-exists')
    const own = entries.filter((it) => it.own && (it.state === 'valid' || it.state === 'expiring'))
    const ids = own.map(({ id }) => id)
    yield* followed(startSession(vault, newEnvFile(file, []), ids), signal)
  }),
  value: os.value.handler(({ input: { session, name, side } }) => ({ value: sessionOf(session).value(name, side) })),
  set: os.set.handler(async ({ input: { session, name, value } }) => {
    await sessionOf(session).set(name, value)
    return done
  }),
  unset: os.unset.handler(async ({ input: { session, name } }) => {
    await sessionOf(session).unset(name)
    return done
  }),
  revert: os.revert.handler(async ({ input: { session, name } }) => {
    await sessionOf(session).revert(name)
    return done
  }),
  setReaders: os.setReaders.handler(async ({ input: { session, readers } }) => {
    await sessionOf(session).setReaders(readers)
    return done
  }),
  save: os.save.handler(async ({ input: { session, dropStrangers } }) => {
    await sessionOf(session).save(dropStrangers)
    return done
  }),
  reopen: os.reopen.handler(async ({ input: { session } }) => {
    await sessionOf(session).reopen()
    return done
  }),
})
