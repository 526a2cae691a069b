import { basename } from 'node:path'
import { certificates } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CommandId } from '#protocol/ids.ts'
import type { KeyFileNews } from '#protocol/sealed-desktop.ts'
import { endHandOver, type HandOverCounts, type HandOverRow, handOvers } from '#protocol/sealed-hand-over.ts'
import { decided, deploymentOf, rowOf } from './decided.ts'
import type { CallContext } from './services.ts'
import { ownCertificates } from './submit.ts'
import { unlocked } from './unlocked.ts'

const noneYet: HandOverCounts = { keys: 0, subjects: 0, erased: 0, lacking: 0 }

/**
 * Has the vault write the key file of a recorded hand-over: the backend hands out the custodian's own wrapped keys page by
 * page, the vault opens them and writes one file at the end. What is cut off leaves no file and an open record.
 */
export async function* writingKeyFile(
  context: CallContext,
  id: CommandId,
  signal: AbortSignal | undefined,
): AsyncGenerator<KeyFileNews> {
  const { services, window } = context
  const { desk, keys } = services
  const row = await rowOf<HandOverRow>(context, handOvers.name, id)
  if (row === null) throw new LibralError('sealed.not-recorded')
  if (row.endedAt !== null) throw new LibralError('sealed.hand-over-ended')
  const certificate = await certificateOf(context, row)
  const own = await ownCertificates(services)
  await unlocked(keys, window)
  const day = new Date(row.at).toISOString().slice(0, 10)
  const file = await keys.chooseSave(window, 'key-file', `libral-keys-${row.class}-${day}.lbkeys`)
  const sealing = deploymentOf(context)
  const { class: sealClass, from, to, by: custodian, fingerprint: receiver } = row
  const deployment = desk.state().deployment.id as typeof sealing.id
  const head = { v: 1, kind: 'libral-keys', deployment, command: id } as const
  const order = {
    head: { ...head, class: sealClass, from, to, custodian, receiver },
    ...{ sealing, operator: row.operator, certificate, file },
    fingerprints: own.map(({ fingerprint }) => fingerprint),
  }
  const { grant } = await keys.call(window, (vault) => vault.sealed.beginKeyFile(order))
  const news = (at: number, counts: HandOverCounts, state: KeyFileNews['state'] = 'running'): KeyFileNews => ({
    ...{ state, file: basename(file), entries: Math.max(0, at - from), ofEntries: Math.max(0, to - from), counts },
  })
  let written = false
  try {
    let counts = noneYet
    yield news(from, counts)
    for (let next: number | null = from; next !== null; ) {
      if (signal?.aborted === true) return
      const page = await desk.sealed.handedOver(id, next)
      counts = await keys.call(window, (vault) =>
        vault.sealed.addToKeyFile({ grant, keys: [...page.keys], without: [...page.without] }),
      )
      next = page.next
      yield news(next ?? to, counts)
    }
    if (signal?.aborted === true) return
    counts = await keys.call(window, (vault) => vault.sealed.endKeyFile({ grant }))
    written = true
    await decided(context, endHandOver.name, { id, outcome: 'done', ...counts })
    yield news(to, counts, 'done')
  } finally {
    // The vault may be gone, and the keys with it.
    if (!written) await keys.call(window, (vault) => vault.sealed.dropKeyFile({ grant })).catch(() => undefined)
  }
}

/** The receiver's certificate: as the hand-over carries it, or as it is registered. */
const certificateOf = async (context: CallContext, row: HandOverRow): Promise<string> => {
  if (row.certificate !== null) return row.certificate
  const { fingerprint } = row
  const registered = await rowOf<{ readonly certificate: string }>(context, certificates.name, fingerprint)
  if (registered === null) throw new LibralError('sealed.certificate-unusable', { fingerprint })
  return registered.certificate
}
