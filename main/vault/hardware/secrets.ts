import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import type { Ask, Asked } from '../ask/question.ts'
import type { SayVault } from '../ask/texts.ts'
import type { AskSecret, SecretRequest } from './ask.ts'

/** Asks for PINs and passphrases of hardware where the vault asks: in its window or at the terminal. */
export const secretsThrough =
  (ask: Ask, say: SayVault): AskSecret =>
  (request) =>
    ask(askedFor(request, say), async (typed) => Uint8Array.from(typed))

/** Fewest characters of a new one, as cards have them. */
const shortest: Readonly<Record<SecretRequest['kind'], number>> = {
  pin: 6,
  'admin-pin': 8,
  'reset-code': 8,
  passphrase: 0,
  'token-pin': 1,
}

function askedFor(
  { kind, name, tries, fresh = false, wrong = false, last = false }: SecretRequest,
  say: SayVault,
): Asked {
  const field = say(`secret.${kind}`)
  const least = fresh ? shortest[kind] : Math.min(1, shortest[kind])
  const left =
    tries !== undefined ? [{ label: say('fact.tries'), value: say('fact.triesLeft', { tries: String(tries) }) }] : []
  return {
    title: say(fresh ? 'secret.fresh' : 'secret.title', { field }),
    body: [
      fresh ? say('secret.freshBody', { field, least: String(least) }) : say('secret.body', { field }),
      ...(last || tries === 1 ? [say('secret.last')] : []),
    ],
    facts: [{ label: say(`where.${kind}`), value: name }, ...left],
    fields: fresh ? 'two' : 'one',
    accept: say('accept'),
    danger: last || tries === 1,
    least,
    wrong,
    words: { field, wrong: say('secret.wrong', { field }), short: say('secret.short', { least: String(least) }) },
  }
}

/** What is asked again until it is right, the person gives up, or nothing is left to try. */
const wrongOnes: ReadonlySet<ErrorCode> = new Set([
  'hardware.pin-wrong',
  'hardware.pin-wrong-left',
  'hardware.passphrase-wrong',
])

/**
 * Does what needs a secret, and does it again after a wrong one; the question says so and how many tries are left.
 * Within one `work` each secret is asked once, and overwritten at its end.
 * @throws LibralError `vault.declined`, and what the hardware says once no try is left
 */
export async function withSecrets<T>(ask: AskSecret, work: (ask: AskSecret) => Promise<T>): Promise<T> {
  for (let wrong = false; ; wrong = true) {
    const known = new Map<string, Uint8Array>()
    let told = !wrong
    const once: AskSecret = async (request) => {
      const name = `${request.kind} ${request.name}`
      const kept = request.fresh === true ? undefined : known.get(name)
      if (kept !== undefined) return Uint8Array.from(kept)
      const secret = await ask(told ? request : { ...request, wrong: true })
      told = true
      if (secret === null) throw new LibralError('vault.declined')
      if (request.fresh !== true) known.set(name, Uint8Array.from(secret))
      return secret
    }
    try {
      return await work(once)
    } catch (thrown) {
      if (!(thrown instanceof LibralError && wrongOnes.has(thrown.code))) throw thrown
    } finally {
      for (const secret of known.values()) secret.fill(0)
    }
  }
}
