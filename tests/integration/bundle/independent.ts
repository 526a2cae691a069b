import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'

/**
 * A verifier of bundles written from docs/bundle.md alone: it shares no code with the product, so that what the page
 * leaves out shows here. It checks the file, the tree, the checkpoints, the log's keys and every Ed25519 signature;
 * OpenPGP signatures it counts and leaves to an OpenPGP program.
 */

/** Whatever JSON holds; each use says what the page says of it, and throws later where that is false. */
type Value = { readonly [key: string]: Value } & readonly Value[]
const text = (value: Value | undefined): string => value as unknown as string
const list = (value: Value | undefined): readonly Value[] => value as unknown as readonly Value[]

export interface Result {
  readonly origin: string
  readonly from: number
  readonly to: number
  /** Of each checkpoint, in order. */
  readonly sizes: readonly number[]
  readonly ed25519: number
  readonly openpgp: number
  readonly entries: readonly Buffer[]
}

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what)
}
const sha256 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const leaf = (entry: Buffer): Buffer => sha256(Buffer.of(0), entry)
const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right)

const ed25519 = (raw: Buffer, data: Buffer, signature: Buffer): boolean => {
  if (raw.length !== 32 || signature.length !== 64) return false
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
  return verifySignature(null, data, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
}

const unbase64 = (text: string, form: 'base64' | 'base64url'): Buffer => {
  const bytes = Buffer.from(text, form)
  must(bytes.toString(form) === text, 'base64')
  return bytes
}

/** RFC 8785 of what stands here: safe integers are the only numbers. */
const canonical = (value: Value): string => {
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(canonical).join(',')}]`
  if (typeof value === 'number') must(Number.isSafeInteger(value), 'number')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical((value as never)[key])}`).join(',')}}`
}
const parseCanonical = (bytes: Buffer): Value => {
  const value = JSON.parse(bytes.toString('utf8')) as Value
  must(Buffer.from(canonical(value)).equals(bytes), 'canonical')
  return value
}

class Cursor {
  readonly #bytes: Buffer
  at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  take(length: number): Buffer {
    must(this.at + length <= this.#bytes.length, 'cut')
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
  u16 = (): number => this.take(2).readUInt16BE()
  u64 = (): number => {
    const value = Number(this.take(8).readBigUInt64BE())
    must(Number.isSafeInteger(value), 'number')
    return value
  }
  hashes(): Buffer[] {
    const count = this.take(1).readUInt8()
    must(count <= 106, 'hashes')
    return Array.from({ length: count }, () => this.take(32))
  }
  rest = (): Buffer => this.take(this.#bytes.length - this.at)
  atEnd = (): boolean => this.at === this.#bytes.length
}

interface Placed {
  readonly index: number
  readonly path: readonly Buffer[]
  readonly bytes: Buffer
}
interface Parts {
  readonly manifest: Value
  readonly checkpoints: readonly { readonly proof: readonly Buffer[]; readonly note: string }[]
  readonly context: readonly Placed[]
  readonly entries: readonly Buffer[]
  readonly evidence: readonly { readonly index: number; readonly bytes: Buffer }[]
}

const readFile = (file: Buffer): Parts => {
  const magic = 'libral-bundle v1\n'
  const cursor = new Cursor(file)
  must(cursor.take(magic.length).toString('latin1') === magic, 'magic')
  let digest = sha256(magic)
  let manifest: Value | null = null
  const checkpoints: Parts['checkpoints'][number][] = []
  const context: Placed[] = []
  const entries: Buffer[] = []
  const evidence: Parts['evidence'][number][] = []
  let order = ''
  for (;;) {
    const head = cursor.take(5)
    const length = head.readUInt32BE(1)
    must(length <= 4 * 1024 * 1024, 'length')
    const payload = cursor.take(length)
    digest = sha256(digest, head, payload)
    must(cursor.take(32).equals(digest), 'digest')
    const kind = head.toString('latin1', 0, 1)
    order += kind
    const inner = new Cursor(payload)
    if (kind === 'Z') break
    if (kind === 'M') manifest = parseCanonical(payload)
    else if (kind === 'C') checkpoints.push({ proof: inner.hashes(), note: inner.rest().toString('utf8') })
    else if (kind === 'P') context.push({ index: inner.u64(), path: inner.hashes(), bytes: inner.rest() })
    else if (kind === 'V') evidence.push({ index: inner.u64(), bytes: inner.rest() })
    else if (kind === 'E') {
      must(inner.u64() === Number(manifest?.['from']) + entries.length, 'order of entries')
      for (let left = inner.u16(); left > 0; left--) entries.push(inner.take(inner.u16()))
      must(inner.atEnd(), 'entries')
    } else must(false, 'kind')
  }
  must(cursor.atEnd(), 'more after the end')
  must(/^MC+(PV*)*(EV*)+Z$/.test(order), 'order of frames')
  must(manifest !== null, 'manifest')
  const said = manifest as Value
  const counts = [checkpoints.length, context.length, evidence.length, entries.reduce((sum, it) => sum + it.length, 0)]
  const claimed = ['checkpoints', 'context', 'evidence', 'entryBytes'].map((name) => said[name])
  must(JSON.stringify(counts) === JSON.stringify(claimed), 'counts')
  must(entries.length === Number(said['to']) - Number(said['from']), 'range')
  must(Number(said['from']) === 0 || context[0]?.index === 0, 'entry 0')
  return { manifest: said, checkpoints, context, entries, evidence }
}

/** Frontier: complete subtrees with the number of their leaves, largest first. */
type Frontier = { size: number; readonly hash: Buffer }[]
const appendLeaf = (frontier: Frontier, hash: Buffer): void => {
  let top = { size: 1, hash }
  for (let left = frontier.at(-1); left?.size === top.size; left = frontier.at(-1)) {
    frontier.pop()
    top = { size: top.size * 2, hash: node(left.hash, top.hash) }
  }
  frontier.push(top)
}
const rootOf = (frontier: Frontier): Buffer =>
  frontier.map(({ hash }) => hash).reduceRight((right, left) => node(left, right))

/** RFC 9162, 2.1.3.2 */
const included = (hash: Buffer, index: number, size: number, path: readonly Buffer[], root: Buffer): boolean => {
  if (index >= size) return false
  let [fn, sn, r] = [index, size - 1, hash]
  for (const p of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      r = node(p, r)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
    } else r = node(r, p)
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  return sn === 0 && r.equals(root)
}

/** RFC 9162, 2.1.4.2 */
const consistent = (first: number, second: number, proof: readonly Buffer[], one: Buffer, two: Buffer): boolean => {
  const path = Number.isInteger(Math.log2(first)) ? [one, ...proof] : [...proof]
  const seed = path.shift()
  if (seed === undefined) return false
  let [fn, sn] = [first - 1, second - 1]
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  let [fr, sr] = [seed, seed]
  for (const c of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = node(c, fr)
      sr = node(c, sr)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
    } else sr = node(sr, c)
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  return sn === 0 && fr.equals(one) && sr.equals(two)
}

const eventsOf = (entry: Value): readonly { readonly type: string; readonly data: Value }[] => entry['events'] as never

/** The log's keys, each from the size at which it is in force. */
const logKeysIn = (placed: readonly { readonly index: number; readonly bytes: Buffer }[]) => {
  const keys: { readonly from: number; readonly key: string }[] = []
  const names: { readonly from: number; readonly name: string }[] = []
  let origin = ''
  for (const { index, bytes } of placed) {
    const entry = JSON.parse(bytes.toString('utf8')) as Value
    for (const { type, data } of eventsOf(entry)) {
      if (type === 'log.opened@1' && index === 0) {
        origin = text(data['deployment'])
        keys.push({ from: 1, key: text(data['logKey']) })
        names.push({ from: 0, name: origin })
      }
      if (type === 'log.restored@1') {
        const statement = data['statement'] as Value
        const said = Buffer.from(`libral restored log v1\n${canonical(statement)}`)
        const holds =
          text(data['logKey']) === keys.at(-1)?.key &&
          ed25519(unbase64(text(data['logKey']), 'base64url'), said, unbase64(text(data['byLog']), 'base64url'))
        must(holds && text(statement['previous']) === origin && Number(statement['size']) === index, 'restoration')
        origin = text(statement['context'])
        names.push({ from: index, name: origin })
      }
      if (type !== 'log.keyReplaced@1' || text(data['previous']) !== keys.at(-1)?.key) continue
      const said = Buffer.from(
        `libral log key v1\n${text(data['deployment'])}\n${text(data['previous'])}\n${text(data['logKey'])}`,
      )
      const by = (key: string, value: string): boolean =>
        ed25519(unbase64(text(data[key]), 'base64url'), said, unbase64(text(data[value]), 'base64url'))
      if (text(data['deployment']) === origin && by('previous', 'byPrevious') && by('logKey', 'byNext'))
        keys.push({ from: index + 1, key: text(data['logKey']) })
    }
  }
  return { origin, keys, names }
}

const readNote = (note: string): { readonly text: string; readonly lines: readonly (readonly [string, Buffer])[] } => {
  const split = note.lastIndexOf('\n\n')
  must(split > 0 && note.endsWith('\n'), 'note')
  const lines = note.slice(split + 2, -1).split('\n')
  return {
    text: note.slice(0, split + 1),
    lines: lines.map((line) => {
      const [dash, name = '', encoded = '', ...more] = line.split(' ')
      must(dash === '—' && more.length === 0, 'signature line')
      return [name, unbase64(encoded, 'base64')] as const
    }),
  }
}

const signedBy = (note: ReturnType<typeof readNote>, name: string, key: Buffer): boolean => {
  const id = sha256(`${name}\n`, Buffer.of(1), key).subarray(0, 4)
  const line = note.lines.find(([by, bytes]) => by === name && bytes.subarray(0, 4).equals(id))
  if (line === undefined) return false
  must(ed25519(key, Buffer.from(note.text), line[1].subarray(4)), 'forged checkpoint')
  return true
}

interface Signing {
  readonly key: Buffer
  readonly allows: (statement: Value) => boolean
}

/** Keys that sign statements, as entries certify and end them. */
const learn = (keys: Map<string, Signing>, entry: Value): void => {
  const idOf = (raw: string): string => sha256(unbase64(raw, 'base64url')).subarray(0, 16).toString('base64url')
  for (const { type, data } of eventsOf(entry)) {
    if (type === 'log.opened@1')
      keys.set(`log ${idOf(text(data['logKey']))}`, {
        key: unbase64(text(data['logKey']), 'base64url'),
        allows: ({ command }) => text(command).startsWith('log.'),
      })
    if (type === 'log.keyReplaced@1') {
      for (const name of keys.keys()) if (name.startsWith('log ')) keys.delete(name)
      keys.set(`log ${idOf(text(data['logKey']))}`, {
        key: unbase64(text(data['logKey']), 'base64url'),
        allows: ({ command }) => text(command).startsWith('log.'),
      })
    }
    if (type === 'log.opened@1' || type === 'log.servicesCertified@1')
      for (const { service, key, commands } of list(data['services']))
        keys.set(`service ${idOf(text(key))}`, {
          key: unbase64(text(key), 'base64url'),
          allows: ({ command, operator }) =>
            text(operator) === `service:${text(service)}` && list(commands).includes(command as Value),
        })
    if (type === 'session.opened@1' || type === 'session.opened@2')
      keys.set(`session ${text(data['key'])}`, {
        key: unbase64(text(data['publicKey']), 'base64url'),
        allows: ({ operator, issuedAt }) =>
          operator === data['operator'] && Number(issuedAt) < Number(data['expiresAt']),
      })
    if (type === 'session.ended@1') keys.delete(`session ${text(data['key'])}`)
  }
}

const checkEntry = (name: string, index: number, bytes: Buffer, keys: Map<string, Signing>) => {
  must(bytes.length <= 32_768, 'length of an entry')
  const entry = parseCanonical(bytes)
  must(Number(entry['index']) === index, 'place')
  if (index === 0) learn(keys, entry)
  const { statement, salt, params, signatures } = entry['command'] as unknown as { readonly [key: string]: Value }
  must(text(statement?.['context']) === name, 'context')
  if (params !== undefined) {
    const digest = sha256(unbase64(text(salt), 'base64url'), canonical(params)).toString('base64url')
    must(digest === text(statement?.['paramsDigest']), 'parameters')
  }
  const signed = Buffer.from(`libral statement v1\n${canonical(statement as Value)}`)
  const counted = { ed25519: 0, openpgp: 0 }
  for (const { kind, key, value } of list(signatures)) {
    if (text(kind) === 'openpgp') {
      counted.openpgp++
      continue
    }
    const known = keys.get(`${text(kind)} ${text(key)}`)
    must(known?.allows(statement as Value) === true, 'key')
    must(ed25519(known?.key as Buffer, signed, unbase64(text(value), 'base64url')), 'signature')
    counted.ed25519++
  }
  if (index > 0) learn(keys, entry)
  return { ...counted, id: text(statement?.['id']) }
}

/**
 * @param logKey raw, base64url: what the reader knows by another way
 * @throws Error with what does not hold
 */
export const verifyIndependently = (file: Buffer, logKey: string): Result => {
  const { manifest, checkpoints, context, entries, evidence } = readFile(file)
  const [from, to] = [Number(manifest['from']), Number(manifest['to'])]
  const before = context.filter(({ index }) => index < from)
  const behind = context.filter(({ index }) => index >= to)
  must(before.length + behind.length === context.length, 'context inside the range')
  must(
    context.every(({ index }, at) => index > (context[at - 1]?.index ?? -1)),
    'order of context',
  )
  const range = entries.map((bytes, at) => ({ index: from + at, bytes }))

  const hashes = list(manifest['frontier']).map((it) => unbase64(text(it), 'base64url'))
  const sizes = [...from.toString(2)].flatMap((bit, at, all) => (bit === '1' ? [2 ** (all.length - 1 - at)] : []))
  must(sizes.length === hashes.length, 'frontier')
  const frontier: Frontier = sizes.map((size, at) => ({ size, hash: hashes[at] as Buffer }))
  const roots = new Map<number, Buffer>(from === 0 ? [[0, sha256('')]] : [[from, rootOf(frontier)]])
  for (const { index, bytes } of range) {
    appendLeaf(frontier, leaf(bytes))
    roots.set(index + 1, rootOf(frontier))
  }

  const { origin, keys, names } = logKeysIn([...before, ...range, ...behind])
  must(origin === text(manifest['origin']), 'origin')
  must(
    keys.some(({ key }) => key === logKey),
    'a log of another key',
  )
  const read = checkpoints.map(({ note, proof }) => {
    const opened = readNote(note)
    const [name, decimal = '', encoded = '', last] = opened.text.split('\n')
    must(names.some((it) => it.name === name) && last === '' && /^(0|[1-9][0-9]*)$/.test(decimal), 'checkpoint')
    return { opened, proof, name, size: Number(decimal), root: unbase64(encoded, 'base64') }
  })
  for (const { opened, proof, name = '', size, root } of read) {
    const fitting = keys.filter((_, at) => (keys[at + 1]?.from ?? Number.POSITIVE_INFINITY) >= size)
    must(
      fitting.some(({ key }) => signedBy(opened, name, unbase64(key, 'base64url'))),
      'unsigned checkpoint',
    )
    const end = roots.get(to) as Buffer
    if (size > to) must(consistent(to, size, proof, end, root), 'consistency')
    else if (size < from) must(consistent(size, to, proof, root, end), 'consistency')
    else must(proof.length === 0 && roots.get(size)?.equals(root) === true, 'root')
  }
  const [head] = read
  must(head !== undefined && head.size >= to && head.name === origin, 'head')
  for (const { index, path, bytes } of context)
    must(included(leaf(bytes), index, head?.size as number, path, head?.root as Buffer), 'inclusion')

  const signing = new Map<string, Signing>()
  const nameAt = (index: number): string => names.findLast(({ from: since }) => since <= index)?.name ?? ''
  for (const { index, bytes } of before) checkEntry(nameAt(index), index, bytes, signing)
  const counts = range.map(({ index, bytes }) => checkEntry(nameAt(index), index, bytes, signing))
  must(new Set(counts.map(({ id }) => id)).size === counts.length, 'id')
  for (const { index, bytes } of evidence) {
    const entry = [...context, ...range].find((it) => it.index === index)
    must(entry?.bytes.includes(`"${sha256(bytes).toString('base64url')}"`) === true, 'evidence')
  }
  return {
    origin,
    from,
    to,
    sizes: read.map(({ size }) => size),
    ed25519: counts.reduce((sum, it) => sum + it.ed25519, 0),
    openpgp: counts.reduce((sum, it) => sum + it.openpgp, 0),
    entries,
  }
}
