import type { Kysely, RawBuilder } from 'kysely'

/** The tables, one name per fact on both engines. JSON values are text: the engine never looks inside them. */
export interface Schema {
  meta: { key: string; value: string }
  log_head: { id: number; size: number; frontier: Uint8Array; epoch: number; collections: number }
  entries: {
    position: number
    id: string
    digest: Uint8Array
    at: number
    leaf: Uint8Array
    bytes: Uint8Array
  }
  nodes: { level: number; position: number; hash: Uint8Array }
  rows: { collection: string; epoch: number; key: string; value: string }
  collections: { name: string; epoch: number; version: number; projected: number; ready: number }
  changes: { position: number; seq: number; collection: string; key: string; value: string | null }
  outbox: {
    id: string
    module: string
    effect: string
    payload: string
    due: number
    attempts: number
    owner: string | null
    lease: number | null
    failure: string | null
    instance: string | null
  }
  inbox: {
    source: string
    id: string
    received: number
    headers: string
    body: Uint8Array
    state: 'waiting' | 'accepted' | 'refused'
    reason: string | null
    owner: string | null
    lease: number | null
    finding: string | null
    about: string | null
    settled: number | null
  }
  jobs: { name: string; due: number; owner: string | null; lease: number | null; failure: string | null }
  subject_keys: {
    subject: string
    class: string
    key: string
    custodian: string
    fingerprint: string
    wrapped: Uint8Array
  }
  sealed_index: {
    collection: string
    row_key: string
    field: string
    token: Uint8Array
    subject: string
  }
  uses: { name: string; until: number }
  checkpoints: { size: number; root: Uint8Array; at: number }
  cosignatures: { size: number; witness: string; operator: string; at: number; line: Uint8Array }
  evidence: { digest: string; at: number; bytes: Uint8Array }
  evidence_named: { entry: number; digest: string }
  telemetry: { resolution: number; at: number; instance: string; figures: string }
}

/** A connection, or a transaction on one. */
export type Db = Kysely<Schema>

/** What the engines spell differently in `create table`. */
export interface ColumnTypes {
  /** 64 bits, signed. */
  readonly integer: RawBuilder<unknown>
  readonly bytes: RawBuilder<unknown>
  /** Text that sorts by its UTF-8 bytes, whatever the locale. */
  readonly text: RawBuilder<unknown>
  /** Ends a table that is read along its primary key; empty where the engine has no such thing. */
  readonly clustered: RawBuilder<unknown>
}
