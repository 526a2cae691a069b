import { oc } from '@orpc/contract'
import { z } from 'zod'
import { cosignedSchema } from './audit.ts'
import { bundleKinds } from './bundle.ts'
import { jsonObjectSchema, outcomeSchema, signedCommandSchema } from './command.ts'
import { entrySchema, logHeadSchema } from './entry.ts'
import { evidenceDigestSchema } from './evidence.ts'
import { feedWishes } from './feed.ts'
import { bytes32Schema, collectionNameSchema, commandIdSchema, commandNameSchema, keyIdSchema } from './ids.ts'
import { providerSchema } from './payments.ts'
import { messagePageSchema, messageQuerySchema, rawMessageSchema } from './payments-inbox.ts'
import { connectionTestSchema, providerDraftSchema } from './payments-settings.ts'
import { policyCheckSchema, policyTextLimit } from './policy.ts'
import { coverageSchema, wrappedKeySchema } from './sealed.ts'
import { handOverPageSchema } from './sealed-hand-over.ts'
import { helloSchema, roleRightsSchema, signedInSchema, signInSchema } from './session.ts'
import { inventorySchema, rangeQuerySchema, rangeSchema } from './telemetry.ts'
import { verdictSchema } from './verdict.ts'

const range = { from: z.int().min(0), to: z.int().min(1) }
const signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/)

const signedHeadSchema = z.strictObject({ note: z.string().max(4_096), proof: z.array(bytes32Schema).max(128) })

/**
 * What a desktop may ask of Libral Core, over `ws` at `/rpc`. It stays this small: modules add commands and
 * collections to the catalogue. Errors carry a code of errors.ts.
 */
export const backendContract = {
  session: {
    hello: oc.input(z.strictObject({ min: z.int(), max: z.int() })).output(helloSchema),
    /** Certifies a fresh session key. */
    signIn: oc.input(signInSchema).output(signedInSchema),
    /**
     * Takes up a session on a new connection. With `seen` (protocol 2) the answer brings what a desktop asks for next,
     * `log.checkpoint` and `feed.ticket`: thousands come back at once when an instance fails. With `feed` (protocol 3) and
     * a desktop that lacks little, `joined` in place of the ticket: the frames of feed.ts follow on this very socket.
     */
    resume: oc
      .input(
        z.strictObject({
          key: keyIdSchema,
          proof: signature,
          seen: z.int().min(0).nullable().optional(),
          feed: z.strictObject(feedWishes).optional(),
        }),
      )
      .output(
        signedInSchema.extend({
          head: signedHeadSchema.optional(),
          ticket: z.string().optional(),
          joined: z.literal(true).optional(),
        }),
      ),
    /** What each role may do. */
    roles: oc.input(z.strictObject({})).output(roleRightsSchema),
  },
  feed: {
    ticket: oc.input(z.strictObject({})).output(z.strictObject({ ticket: z.string() })),
  },
  command: {
    submit: oc.input(signedCommandSchema).output(outcomeSchema),
    /** The stored outcome, or null: never seen, or still on its way. */
    outcome: oc.input(z.strictObject({ id: commandIdSchema })).output(outcomeSchema.nullable()),
  },
  policy: {
    /** What the caller's command would meet at the door now: whether it may, and whose approvals it needs. */
    preview: oc.input(z.strictObject({ command: commandNameSchema, params: jsonObjectSchema })).output(verdictSchema),
    /** Reads a text as a policy: what is wrong with it, or what it means. */
    check: oc.input(z.strictObject({ text: z.string().max(policyTextLimit * 2) })).output(policyCheckSchema),
    /** The text that this build brings along. */
    seed: oc.input(z.strictObject({})).output(z.strictObject({ text: z.string() })),
  },
  history: {
    /** Rows that a replica no longer keeps, newest key first, `before` exclusive. */
    rows: oc
      .input(
        z.strictObject({
          collection: collectionNameSchema,
          before: z.string().max(128).nullable(),
          limit: z.int().min(1).max(1_000),
        }),
      )
      .output(z.strictObject({ rows: z.array(z.json()), next: z.string().nullable() })),
  },
  sealed: {
    /** The wrapped keys of an opening that the caller recorded. */
    keys: oc.input(z.strictObject({ opening: commandIdSchema })).output(z.array(wrappedKeySchema)),
    /** Bytes beside the log that are encrypted under a sealed key, by the SHA-256 that their entry names; base64url. */
    evidence: oc
      .input(z.strictObject({ digest: evidenceDigestSchema }))
      .output(z.strictObject({ bytes: z.base64url() })),
    /** What the custodian of a rewrap that the caller recorded still lacks, in order of the keys' ids. */
    lacking: oc
      .input(z.strictObject({ rewrap: commandIdSchema, after: z.string().max(22).nullable() }))
      .output(z.array(wrappedKeySchema)),
    /** Answers how many were still lacking. */
    putWrapped: oc
      .input(z.strictObject({ rewrap: commandIdSchema, keys: z.array(wrappedKeySchema).max(64) }))
      .output(z.strictObject({ added: z.int().min(0) })),
    /** A page of the keys of a hand-over that the caller recorded, from an entry on; null: from its first. */
    handedOver: oc
      .input(z.strictObject({ handOver: commandIdSchema, from: z.int().min(0).nullable() }))
      .output(handOverPageSchema),
    /** Rows whose field has exactly this value, in its search form. */
    find: oc
      .input(
        z.strictObject({
          collection: collectionNameSchema,
          field: z.string().max(40),
          value: z.string().min(1).max(400),
        }),
      )
      .output(z.strictObject({ rows: z.array(z.string()) })),
    coverage: oc.input(z.strictObject({})).output(z.array(coverageSchema)),
  },
  /** What of 決済 is no row: the inbox, and the way to the providers. */
  payments: {
    inbox: oc.input(messageQuerySchema).output(messagePageSchema),
    /** The message of an opening that the caller recorded. */
    message: oc.input(z.strictObject({ opening: commandIdSchema })).output(rawMessageSchema),
    /** The key (X25519) under which a desktop seals what a person types for the backend alone. */
    sealTo: oc.input(z.strictObject({})).output(z.strictObject({ key: bytes32Schema })),
    /** Asks the provider something harmless: by these settings, or with null by those in force. */
    test: oc
      .input(z.strictObject({ provider: providerSchema, draft: providerDraftSchema.nullable() }))
      .output(connectionTestSchema),
  },
  telemetry: {
    range: oc.input(rangeQuerySchema).output(rangeSchema),
    inventory: oc.input(z.strictObject({})).output(z.array(inventorySchema)),
  },
  log: {
    head: oc.input(z.strictObject({})).output(logHeadSchema),
    /** The head as the log signs it, and the proof that it extends the `seen` entries; for everyone who is signed in. */
    checkpoint: oc.input(z.strictObject({ seen: z.int().min(0).nullable() })).output(signedHeadSchema),
    /**
     * The head that witnesses sign now (one a minute at most while the log grows), and the proof that it is a beginning of
     * the tree of `head` entries that the caller has checked; for everyone who is signed in. `wanted`: cosignatures are
     * still taken.
     */
    published: oc
      .input(z.strictObject({ head: z.int().min(0) }))
      .output(
        z.strictObject({ note: z.string().max(32_768), proof: z.array(bytes32Schema).max(128), wanted: z.boolean() }),
      ),
    /** Hands over a desktop's cosignature (c2sp.org/tlog-cosignature) under a published head. */
    cosign: oc
      .input(
        z.strictObject({
          size: z.int().min(0),
          /** In the form of c2sp.org/signed-note. */
          key: z.string().max(200),
          /** Time and signature: 72 bytes. */
          line: z.string().regex(/^[A-Za-z0-9_-]{96}$/),
        }),
      )
      .output(z.strictObject({ kept: z.boolean() })),
    /** The newest published heads with their cosignatures, the newest first. */
    witnesses: oc.input(z.strictObject({ limit: z.int().min(1).max(100) })).output(z.array(cosignedSchema)),
    entry: oc.input(z.strictObject({ index: z.int().min(0) })).output(entrySchema),
    inclusion: oc
      .input(z.strictObject({ index: z.int().min(0), size: z.int().min(1) }))
      .output(z.strictObject({ proof: z.array(bytes32Schema) })),
    consistency: oc
      .input(z.strictObject({ from: z.int().min(0), to: z.int().min(0) }))
      .output(z.strictObject({ proof: z.array(bytes32Schema) })),
  },
  /** What a bundle is made of, for whoever writes one (trust/bundle/make.ts); ranges are [from, to). */
  bundle: {
    /** Publishes the head that the bundle is proved against: what comes later is not in it. The reading is recorded. */
    head: oc.input(z.strictObject({ kind: z.enum(bundleKinds), from: range.from, to: range.to.nullable() })).output(
      z.strictObject({
        note: z.string().max(32_768),
        /** Earlier heads that witnesses signed, and the witnesses' keys. */
        notes: z.array(z.string().max(32_768)).max(64),
        witnesses: z.array(z.string().max(400)).max(64),
      }),
    ),
    bytes: oc.input(z.strictObject(range)).output(z.strictObject({ bytes: z.int().min(0) })),
    /** Complete subtrees before a size, largest first. */
    frontier: oc
      .input(z.strictObject({ size: z.int().min(0) }))
      .output(z.strictObject({ hashes: z.array(bytes32Schema).max(53) })),
    /** Entries that speak of keys, from before a range or from behind it; `next` is where to go on, null at the end. */
    speaking: oc.input(z.strictObject({ which: z.enum(['before', 'behind']), ...range })).output(
      z.strictObject({
        entries: z.array(z.strictObject({ index: z.int().min(0), bytes: z.int().min(0) })),
        next: z.int().min(0).nullable(),
      }),
    ),
    /** Canonical texts of the first of these entries, as many as go into one answer; at least one. */
    entries: oc.input(z.strictObject(range)).output(z.strictObject({ entries: z.array(z.string()) })),
    /** Evidence that these entries name, by entry and digest; `after` is the last one of the answer before. */
    evidence: oc
      .input(
        z.strictObject({
          ...range,
          after: z.strictObject({ index: z.int().min(0), digest: evidenceDigestSchema }).nullable(),
        }),
      )
      .output(
        z.strictObject({
          evidence: z.array(
            z.strictObject({ index: z.int().min(0), digest: evidenceDigestSchema, bytes: z.int().min(0) }),
          ),
          more: z.boolean(),
        }),
      ),
    /** Base64url. */
    evidenceBytes: oc
      .input(z.strictObject({ digest: evidenceDigestSchema }))
      .output(z.strictObject({ bytes: z.string() })),
  },
}
export type BackendContract = typeof backendContract
