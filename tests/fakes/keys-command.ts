import { openSync, writeFileSync } from 'node:fs'
import { exitCodeOf } from '#main/cli/exit-codes.ts'
import { keysArea } from '#main/cli/keys.ts'
import { parseKeys } from '#main/cli/keys-arguments.ts'
import { failureOf } from '#protocol/errors.ts'
import type { ImportResult, KeyEntry } from '#protocol/keys.ts'

interface KeysAnswer {
  readonly exit: number
  readonly code: string | null
  readonly entry: KeyEntry
  readonly entries: readonly KeyEntry[]
  readonly items: ImportResult['items']
  readonly keys: readonly { readonly fingerprint: string; readonly userId: string }[]
  /** Of an export. */
  readonly data: string
}

/**
 * `libral keys` over the vault of a profile, within this process.
 * @param usual answers what is asked; `secrets` do, the vault's first, where one command is asked more
 */
export const keysCommand =
  (profile: string, usual: string) =>
  async (args: readonly string[], secrets: readonly string[] = [usual]): Promise<KeysAnswer> => {
    const answers = `${profile}.answers`
    writeFileSync(answers, secrets.map((it) => `${it}\n`).join(''))
    const options = ['--json', '--user-data-dir', profile, '--passphrase-fd', String(openSync(answers, 'r'))]
    const request = parseKeys([...args, ...options])
    if (request === 'help') throw new Error('help')
    const said = await keysArea()
      .perform(request)
      .catch((thrown: unknown) => ({ result: {}, failure: failureOf(thrown) }))
    const { failure = null } = said
    const answer = { exit: failure === null ? 0 : exitCodeOf(failure), code: failure?.code ?? null, ...said.result }
    return answer as KeysAnswer
  }
