import type { Json, SignedCommand } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId, Instant } from '#protocol/ids.ts'
import { classes } from '#protocol/sealed.ts'
import type { DataKeyId, SealClass, SealedPlace, Sealing, SubjectId } from '#protocol/sealed-value.ts'
import { sha256, utf8 } from '#trust/bytes.ts'
import { canonicalText } from '#trust/canonical.ts'
import { type DataKey, indexToken, newDataKey, paramsPlace, sealParams, sealText } from '#trust/sealed/seal.ts'
import { keyPayload, payloadBytes, wrapFor } from '#trust/sealed/wrap.ts'
import type { Reader, StoredKey, StoredToken } from '../../storage/port.ts'
import type { DeploymentKeys } from '../deployment-keys.ts'
import { type CommandHandler, ref } from '../module.ts'
import type { EpochOf } from '../overlay.ts'
import { type JudgedCustodian, judgeCustodians, maySeal, rowsToJudge } from './custodians.ts'
import { readRows } from './rows.ts'

/** A command's personal parameters, sealed: what its entry, its event and the tables beside the log are made of. */
export interface SealedAct {
  /** As the handler sees them: the fields that the command names are sealed values now. */
  readonly parsed: unknown
  /** Canonical JSON of what stands in the entry instead of salt and parameters. */
  readonly entryText: string
  readonly class: SealClass
  readonly subject: SubjectId
  readonly key: DataKeyId
  /** Of the custodians that it was sealed for; the group commit takes it under no other. */
  readonly generation: number
  readonly keys: readonly StoredKey[]
  readonly tokens: readonly StoredToken[]
  readonly skipped: readonly string[]
}

export interface SealerDeps {
  readonly deployment: DeploymentId
  readonly keys: DeploymentKeys
  readonly reader: Pick<Reader, 'rows'>
  readonly epochOf: EpochOf
  readonly now: () => Instant
}

/**
 * Seals what a command says of a person, right behind the door: from here on nothing holds it in the clear but this call.
 * Each call makes a data key of its own, wraps it to the custodians of the class, and forgets it.
 * @throws LibralError `sealed.not-ready`, `module.busy`
 */
export type Sealer = (
  command: SignedCommand,
  canonicalParams: string,
  handler: CommandHandler,
  parsed: unknown,
) => Promise<SealedAct | undefined>

export const createSealer =
  (deps: SealerDeps): Sealer =>
  async (command, canonicalParams, { command: { seals } }, parsed) => {
    if (!seals) return undefined
    const at = deps.now()
    const [row, judged] = await custodiansOf(deps, seals.class, at)
    if (!maySeal(judged)) throw new LibralError('sealed.not-ready', { class: seals.class })
    const subject = seals.subject(parsed as never)
    const key = newDataKey()
    try {
      const place = paramsPlace(command.statement, { class: seals.class, subject })
      return {
        parsed: sealFields(parsed as Fields, seals, { deployment: deps.deployment, class: seals.class, subject }, key),
        entryText: canonicalText(sealParams(command.salt, canonicalParams, place, key)),
        ...{ class: seals.class, subject, key: key.id, generation: row.generation },
        keys: await wrapAll(judged, { deployment: deps.deployment, class: seals.class, subject }, key, at),
        tokens: tokensOf(parsed as Fields, seals, subject, indexKeyOf(deps.keys, seals.class)),
        skipped: judged.filter(({ recipient }) => recipient === null).map(({ custodian }) => custodian),
      }
    } finally {
      key.secret.fill(0)
    }
  }

type Fields = Readonly<Record<string, Json>>

const custodiansOf = async ({ reader, epochOf }: SealerDeps, sealClass: SealClass, at: Instant) => {
  const row = (await readRows(reader, epochOf, [ref(classes, sealClass)])).get(classes, sealClass)
  if (row === undefined) throw new LibralError('sealed.not-ready', { class: sealClass })
  return [row, await judgeCustodians(row, await readRows(reader, epochOf, rowsToJudge(row)), at)] as const
}

const textOf = (params: Fields, field: string): string | null => {
  const value = params[field] ?? null
  if (value !== null && typeof value !== 'string') throw new LibralError('input.invalid', { field: `params.${field}` })
  return value
}

const sealFields = (
  params: Fields,
  { collection, fields }: Sealing,
  of: Pick<SealedPlace, 'deployment' | 'class' | 'subject'>,
  key: DataKey,
): unknown => {
  const sealed = Object.keys(fields).map((field) => {
    const text = textOf(params, field)
    return [field, text === null ? null : sealText(text, { ...of, collection, field }, key)] as const
  })
  return { ...params, ...Object.fromEntries(sealed) }
}

const wrapAll = (
  judged: readonly JudgedCustodian[],
  of: Pick<SealedPlace, 'class' | 'subject'> & { readonly deployment: DeploymentId },
  key: DataKey,
  at: Instant,
): Promise<readonly StoredKey[]> => {
  const payload = payloadBytes(keyPayload(of, key))
  return Promise.all(
    judged.flatMap(({ custodian, fingerprint, recipient }) =>
      recipient === null
        ? []
        : [
            wrapFor(recipient, payload, at).then((wrapped) => ({
              ...{ subject: of.subject, class: of.class, key: key.id, custodian, fingerprint, wrapped },
            })),
          ],
    ),
  )
}

const tokensOf = (params: Fields, seals: Sealing, subject: SubjectId, indexKey: Uint8Array): readonly StoredToken[] => {
  const { collection } = seals
  const row = seals.row(params as never)
  return Object.entries(seals.fields).flatMap(([field, form]) => {
    const text = textOf(params, field)
    if (form === null) return []
    const token = text === null ? null : indexToken(indexKey, { collection, field }, form, text)
    return [{ collection, row, field, subject, token }]
  })
}

/**
 * What every instance can work out and no copy of the database holds: Ed25519 signs alike each time (RFC 8032), and this
 * text is signed for nobody's eyes. Who has the deployment's keys can try out values; nobody else can.
 */
export const indexKeyOf = (keys: DeploymentKeys, sealClass: SealClass): Uint8Array =>
  sha256(keys.service('sealed').sign(utf8(`libral sealed index v1\n${keys.sealing}\n${sealClass}`)))
