import type { BackendContract } from '#protocol/backend.ts'
import type { Permission } from '#protocol/permission.ts'

/**
 * What each procedure asks for before its handler runs. `signed-in` where the answer depends on more than the
 * procedure: the door judges commands, the collection's own permission judges history, the feed judges each collection.
 */
type Need = 'anyone' | 'signed-in' | Permission

type Access = {
  readonly [Group in keyof BackendContract]: { readonly [Name in keyof BackendContract[Group]]: Need }
}

const access: Access = {
  session: { hello: 'anyone', signIn: 'anyone', resume: 'anyone', roles: 'session.read' },
  feed: { ticket: 'signed-in' },
  command: { submit: 'signed-in', outcome: 'signed-in' },
  policy: { preview: 'signed-in', check: 'policy.read', seed: 'policy.read' },
  history: { rows: 'signed-in' },
  sealed: {
    keys: 'sealed.open',
    evidence: 'sealed.open',
    lacking: 'sealed.open',
    putWrapped: 'sealed.open',
    handedOver: 'sealed.handOver',
    find: 'sealed.search',
    coverage: 'sealed.read',
  },
  payments: {
    inbox: 'payments.read',
    message: 'payments.messages',
    sealTo: 'payments.configure',
    test: 'payments.configure',
  },
  telemetry: { range: 'telemetry.read', inventory: 'telemetry.read' },
  log: {
    head: 'log.read',
    // Every desktop is a witness: size and root alone, no content.
    checkpoint: 'signed-in',
    published: 'signed-in',
    cosign: 'signed-in',
    witnesses: 'log.read',
    entry: 'log.read',
    inclusion: 'log.read',
    consistency: 'log.read',
  },
  bundle: {
    head: 'log.export',
    bytes: 'log.export',
    frontier: 'log.export',
    speaking: 'log.export',
    entries: 'log.export',
    evidence: 'log.export',
    evidenceBytes: 'log.export',
  },
}

const needs: ReadonlyMap<string, Need> = new Map(
  Object.entries(access).flatMap(([group, names]) =>
    Object.entries(names).map(([name, need]): [string, Need] => [`${group}.${name}`, need]),
  ),
)

/** Names as in `command.submit`. What isn't listed needs a session, so a forgotten line can't open a door. */
export const needOf = (procedure: string): Need => needs.get(procedure) ?? 'signed-in'

export const procedures: readonly string[] = [...needs.keys()]
