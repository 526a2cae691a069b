import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { approvalsContract } from './approvals-desktop.ts'
import { auditContract, logStateSchema } from './audit.ts'
import { bundleOrderSchema, bundleSizeSchema } from './bundle.ts'
import { certificatesContract } from './certificates.ts'
import { type Json, outcomeSchema } from './command.ts'
import {
  addressesSchema,
  addressSchema,
  colourSchema,
  credentialMethods,
  deploymentKeySchema,
  deploymentListSchema,
  nameSchema,
  newDeploymentSchema,
  operatorKeySchema,
} from './deployments.ts'
import { envFilesContract } from './env-files.ts'
import { failureSchema } from './errors.ts'
import { exportProgressSchema } from './exports.ts'
import { hardwareContract } from './hardware.ts'
import { collectionNameSchema, commandIdSchema, commandNameSchema, fingerprintSchema, instantSchema } from './ids.ts'
import { keysContract } from './keys.ts'
import { messagesContract } from './messages.ts'
import { paperContract } from './paper.ts'
import { booksOrderSchema } from './payments-books.ts'
import { paymentsContract } from './payments-desktop.ts'
import { documentKeySchema } from './payments-invoices.ts'
import { permissionSchema, roleSchema } from './permission.ts'
import { policyContract } from './policy-desktop.ts'
import { reviewContract } from './review.ts'
import { sealedContract } from './sealed-desktop.ts'
import { inventorySchema, rangeQuerySchema, rangeSchema, sampleSchema } from './telemetry.ts'
import { wkdContract } from './wkd.ts'

/**
 * What main offers a window over its own message port. No private key, passphrase, token or file path chosen by the
 * renderer crosses it: main opens the dialogs.
 */

export const localeSchema = z.enum(['ja', 'en'])
export const themeSchema = z.enum(['dark', 'light', 'system'])

/** States of the link: 未接続, 接続中, サインイン中, 同期中, 接続済み, 再接続待ち, 停止 (will not come back by itself). */
export const linkStates = ['idle', 'connecting', 'signing-in', 'syncing', 'live', 'waiting', 'stopped'] as const
export type LinkState = (typeof linkStates)[number]

/** How the replica stands: opening, rebuilding (set aside a broken one), ready, ephemeral (no keychain), failed. */
export const replicaStates = ['opening', 'ready', 'rebuilding', 'failed'] as const

const collectionStateSchema = z.strictObject({
  /** empty: nothing yet; loading: a snapshot is coming; ready; denied: not permitted. */
  state: z.enum(['empty', 'loading', 'ready', 'denied']),
  offset: z.int(),
  rows: z.int(),
})

/** One snapshot of what every window shows. Pushed whole on each change, `revision` rising by one. */
export const desktopStateSchema = z.strictObject({
  revision: z.int(),
  deployment: z.strictObject({
    /** Context of the deployment, `libral:UUID`; empty before the first connection. */
    id: z.string(),
    /** As its backend calls itself. */
    name: z.string(),
    embedded: z.boolean(),
    /** How this desktop tells it from the others. */
    key: deploymentKeySchema,
    /** The operator's name for it, else the backend's; with its colour always in the header. */
    label: z.string(),
    colour: colourSchema,
  }),
  link: z.strictObject({
    state: z.enum(linkStates),
    /** Since when it is in this state, the desktop's clock. */
    since: instantSchema,
    /** When the screen's data was last known to be current; null: never in this run. */
    currentAt: instantSchema.nullable(),
    retryAt: instantSchema.nullable(),
    attempt: z.int(),
    failure: failureSchema.nullable(),
    /** Backend clock minus desktop clock, ms; shown beyond two minutes. */
    skewMs: z.int(),
    roundTripMs: z.number().nullable(),
    /** The address dialled last; null for the embedded backend. */
    address: z.string().nullable(),
  }),
  session: z
    .strictObject({
      operator: z.string(),
      name: z.string(),
      roles: z.array(roleSchema),
      permissions: z.array(permissionSchema),
      expiresAt: instantSchema,
      /** Its key was destroyed by a lock: screens stay live, the next command asks to unlock. */
      locked: z.boolean(),
    })
    .nullable(),
  replica: z.strictObject({
    state: z.enum(replicaStates),
    /** keychain, passphrase, or this run only: 「この起動のみ」 in the header. */
    protection: z.enum(['keychain', 'passphrase', 'this-run']),
    /** A broken or unreadable file was set aside under this name; shown once. */
    setAside: z.string().nullable(),
    collections: z.record(z.string(), collectionStateSchema),
  }),
  log: logStateSchema,
  /** The embedded backend's process; null where the backend is remote. */
  backendProcess: z
    .strictObject({ state: z.enum(['starting', 'running', 'restarting', 'stopped', 'failed']), restarts: z.int() })
    .nullable(),
  pendingCommands: z.int(),
  /** Started to review a bundle, and for that alone: no backend is started and nothing is connected to. */
  reviewOnly: z.boolean(),
})
export type DesktopState = z.infer<typeof desktopStateSchema>

const whereSchema = z.record(
  z.string().max(32),
  z
    .array(z.union([z.string().max(128), z.int()]))
    .min(1)
    .max(64),
)

const rangeOfSchema = z.strictObject({
  field: z.string().max(32),
  from: z.int().nullable(),
  to: z.int().nullable(),
})

/** Filters over a collection's indexed fields; `text` is a Japanese full-text search where the collection has one. */
export const filterSchema = z.strictObject({
  collection: collectionNameSchema,
  where: whereSchema,
  /** Half-open range [from, to) over one indexed number field, `at` as a rule. */
  range: rangeOfSchema.nullable(),
  /** A second one, over another field. */
  also: rangeOfSchema.optional(),
  text: z.string().max(200),
})
export type Filter = z.infer<typeof filterSchema>

export const rowQuerySchema = z.strictObject({
  filter: filterSchema,
  /** By key unless a single indexed field is named. */
  sort: z.strictObject({ field: z.string().max(32).nullable(), descending: z.boolean() }),
  /** Token of the page before; null: the first. */
  after: z.string().max(400).nullable(),
  limit: z.int().min(1).max(500),
})
export type RowQuery = z.infer<typeof rowQuerySchema>

/**
 * A row as the replica keeps it. It was judged where it entered the desktop; judging every value of a hundred rows again
 * at each answer would take main longer than finding them.
 */
const keptRowSchema = z.custom<Json>()

export const rowPageSchema = z.strictObject({
  rows: z.array(keptRowSchema),
  next: z.string().nullable(),
  /** What the rows were read at. */
  offset: z.int(),
  /** Only `ready` makes an empty page mean that there is nothing: `empty` was never loaded, `loading` is not whole. */
  state: z.enum(['empty', 'loading', 'ready']),
})

/** Counts stop at 10,000: the screen then reads 「1万件以上」. */
export const countCap = 10_000

export const settingsSchema = z.strictObject({
  locale: localeSchema,
  theme: themeSchema,
  zoom: z.int().min(50).max(300),
  notifications: z.boolean(),
  notificationSound: z.boolean(),
  startHidden: z.boolean(),
  startAtLogin: z.boolean(),
  closeToTray: z.boolean(),
  /** The vault locks itself after this long without key or mouse; null: never. */
  vaultIdleMinutes: z.int().min(1).max(1440).nullable(),
  vaultLockOnSuspend: z.boolean(),
  vaultLockOnScreen: z.boolean(),
  /** Filters of 決済 that the operator keeps under a name: the address's part after `?`. */
  paymentFilters: z
    .array(z.strictObject({ name: z.string().trim().min(1).max(40), search: z.string().max(1_000) }))
    .max(30),
  /** Notifications of the system's about money: failed, disputed, unknown for long, and what does not fit. */
  paymentNotifications: z.boolean(),
  /** Loopback port of /health, /metrics and OpenAPI; null: closed. */
  httpPort: z.int().min(1024).max(65535).nullable(),
})
export type Settings = z.infer<typeof settingsSchema>

export const pages = [
  'monitoring',
  'events',
  'alerts',
  'approvals',
  'payments',
  'keys',
  'audit',
  'users',
  'policy',
  'settings',
  'about',
] as const
export const pageSchema = z.enum(pages)
export type Page = z.infer<typeof pageSchema>

/** `libral://PAGE` or `libral://PAGE/KEY`: what a link, a notification or another window points at. */
export const placeSchema = z.strictObject({ page: pageSchema, key: z.string().max(128).nullable() })
export type Place = z.infer<typeof placeSchema>

/** The only pages of the web that the app opens, by id. */
export const links = {
  electron: 'https://www.electronjs.org/',
  openpgp: 'https://www.rfc-editor.org/rfc/rfc9580',
  merkle: 'https://www.rfc-editor.org/rfc/rfc6962',
} as const
const linkIds = Object.keys(links) as [keyof typeof links, ...(keyof typeof links)[]]

export const commandStates = ['queued', 'sent', 'accepted', 'refused', 'expired', 'unknown'] as const
export const sentCommandSchema = z.strictObject({
  id: commandIdSchema,
  command: commandNameSchema,
  issuedAt: instantSchema,
  state: z.enum(commandStates),
  outcome: outcomeSchema.nullable(),
  failure: failureSchema.nullable(),
})
export type SentCommand = z.infer<typeof sentCommandSchema>

/** Commands that a desktop keeps; the oldest decided ones make room. */
export const sentCap = 500
export const sentNewsSchema = z.strictObject({ whole: z.boolean(), commands: z.array(sentCommandSchema) })
export type SentNews = z.infer<typeof sentNewsSchema>

export const aboutSchema = z.strictObject({
  version: z.string(),
  commit: z.string(),
  builtAt: z.string(),
  electron: z.string(),
  chromium: z.string(),
  node: z.string(),
  sqlite: z.string(),
  /** Built on a fallback Electron: `unofficial-dev`. */
  official: z.boolean(),
  packaged: z.boolean(),
  userData: z.string(),
})

const nothing = z.strictObject({})

export const desktopContract = {
  state: {
    /** The present state at once, then each later one; a consumer that is slow sees only the latest. */
    watch: oc.input(nothing).output(eventIterator(desktopStateSchema)),
  },
  rows: {
    query: oc.input(rowQuerySchema).output(rowPageSchema),
    get: oc
      .input(z.strictObject({ collection: collectionNameSchema, key: z.string().max(128) }))
      .output(keptRowSchema.nullable()),
    count: oc.input(filterSchema).output(z.strictObject({ count: z.int(), capped: z.boolean() })),
    /** Ticks (coalesced) when any of these collections changed, with the offset now reached. */
    watch: oc
      .input(z.strictObject({ collections: z.array(collectionNameSchema).min(1).max(16) }))
      .output(eventIterator(z.strictObject({ offset: z.int() }))),
  },
  telemetry: {
    /** The last samples kept (up to 10 minutes) as one array, then each new one as an array of one. */
    live: oc.input(nothing).output(eventIterator(z.array(sampleSchema))),
    range: oc.input(rangeQuerySchema).output(rangeSchema),
    /** The newest of each instance, then what came since, each instance at most once. */
    inventory: oc.input(nothing).output(eventIterator(z.array(inventorySchema))),
  },
  command: {
    /** Resolves when the backend has decided; an offline desktop keeps it queued and the caller sees it in `sent`. */
    submit: oc
      .input(z.strictObject({ command: commandNameSchema, params: z.record(z.string(), z.json()) }))
      .output(sentCommandSchema),
    /** All that this desktop keeps (`whole`), at most {@link sentCap}, oldest first; then those that changed. */
    sent: oc.input(nothing).output(eventIterator(sentNewsSchema)),
    /** Takes back one that was never sent. */
    withdraw: oc.input(z.strictObject({ id: commandIdSchema })).output(nothing),
  },
  settings: {
    watch: oc.input(nothing).output(eventIterator(settingsSchema)),
    change: oc.input(settingsSchema.partial()).output(settingsSchema),
    /** Keeps the replica under a passphrase where the system has no keychain. Asked in a dialog of main's own. */
    protect: oc.input(nothing).output(z.strictObject({ protection: z.enum(['keychain', 'passphrase', 'this-run']) })),
  },
  deployments: {
    /** All that this desktop knows, and which one this window shows. */
    watch: oc.input(nothing).output(eventIterator(deploymentListSchema)),
    /** Certificates and token are asked for in windows of main's own; kept once the backend has let us in. */
    add: oc.input(newDeploymentSchema).output(z.strictObject({ key: deploymentKeySchema })),
    change: oc
      .input(
        z.strictObject({
          key: deploymentKeySchema,
          name: nameSchema.optional(),
          colour: colourSchema.optional(),
          addresses: addressesSchema.optional(),
        }),
      )
      .output(nothing),
    /** Asks for another token. */
    renewCredential: oc
      .input(
        z.strictObject({
          key: deploymentKeySchema,
          method: z.enum(credentialMethods),
          operatorKey: operatorKeySchema.nullable(),
        }),
      )
      .output(nothing),
    /** Unlocks the vault where it is locked, and certifies a new session key: by the operator's key where that lets in. */
    signIn: oc.input(z.strictObject({ key: deploymentKeySchema })).output(nothing),
    /** Shows what an address presents now, in main's window, and pins it when the operator agrees. */
    reviewCertificate: oc.input(z.strictObject({ key: deploymentKeySchema, address: addressSchema })).output(nothing),
    /** This window shows another one from now on: main loads its page anew. */
    show: oc.input(z.strictObject({ key: deploymentKeySchema })).output(nothing),
    openWindow: oc.input(z.strictObject({ key: deploymentKeySchema })).output(nothing),
    /** Makes the demo where there is none, and shows it in this window. Resolves when its backend is being started. */
    openDemo: oc.input(nothing).output(nothing),
    /** Forgets replica, commands, token and pins; nothing happens on its servers. Of the demo it deletes all data. */
    remove: oc.input(z.strictObject({ key: deploymentKeySchema })).output(nothing),
  },
  exports: {
    /** CSV of a filter; main asks for the file. Ending the iterator cancels and removes the partial file. */
    csv: oc
      .input(z.strictObject({ filter: filterSchema, descending: z.boolean() }))
      .output(eventIterator(exportProgressSchema)),
    /** The journal of business days for an accounting program; recorded with its digest before the file takes its name. */
    books: oc.input(booksOrderSchema).output(eventIterator(exportProgressSchema)),
    /** Redacted logs, versions, states, no payloads; main asks for the file. */
    diagnostics: oc.input(nothing).output(eventIterator(exportProgressSchema)),
    logs: oc.input(nothing).output(eventIterator(exportProgressSchema)),
    /** PDF of a row of `payments.invoices`, in Japanese; main asks for the file. */
    document: oc.input(z.strictObject({ key: documentKeySchema })).output(eventIterator(exportProgressSchema)),
  },
  keys: keysContract,
  certificates: certificatesContract,
  messages: messagesContract,
  envFiles: envFilesContract,
  wkd: wkdContract,
  sealed: sealedContract,
  approvals: approvalsContract,
  policy: policyContract,
  payments: paymentsContract,
  audit: auditContract,
  review: reviewContract,
  paper: paperContract,
  /** 監査バンドル and 監査証明書 of the deployment that the window shows. */
  bundle: {
    /** How large the file would be, and the range in numbers. Recorded by the backend as a reading of the log. */
    size: oc.input(bundleOrderSchema).output(bundleSizeSchema),
    /**
     * Main asks for the file. `recipients`: fingerprints of certificates that are registered in the deployment; with none
     * of them it is not encrypted. Ending the iterator cancels and removes the partial file.
     */
    write: oc
      .input(bundleOrderSchema.extend({ recipients: z.array(fingerprintSchema).max(64) }))
      .output(eventIterator(exportProgressSchema)),
  },
  hardware: hardwareContract,
  app: {
    about: oc.input(nothing).output(aboutSchema),
    licences: oc
      .input(nothing)
      .output(
        z.array(z.strictObject({ name: z.string(), version: z.string(), licence: z.string(), text: z.string() })),
      ),
    openLink: oc.input(z.strictObject({ link: z.enum(linkIds) })).output(nothing),
    openWindow: oc.input(z.strictObject({ place: placeSchema, wall: z.boolean() })).output(nothing),
    /** Places to go to: menu, tray, notification, `libral://`, second instance. */
    navigate: oc.input(nothing).output(eventIterator(placeSchema)),
    /** Copies a `libral://` link. */
    copyLink: oc.input(placeSchema).output(nothing),
    restartBackend: oc.input(nothing).output(nothing),
    reconnect: oc.input(nothing).output(nothing),
    /** The page has painted something meaningful: ms since the page's time origin. */
    painted: oc.input(z.strictObject({ page: pageSchema, atMs: z.number() })).output(nothing),
  },
}
export type DesktopContract = typeof desktopContract

/** Handed from the preload to the page with the port: which window this is. */
export const windowRoles = ['main', 'wall', 'report'] as const
export type WindowRole = (typeof windowRoles)[number]
export const portMessage = 'libral:port'
