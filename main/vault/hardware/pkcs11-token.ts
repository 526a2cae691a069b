import type { TokenAlgorithm } from '#protocol/hardware-algorithms.ts'
import type { Attribute, Pkcs11Library } from './pkcs11-library.ts'
import { TokenError, ulong } from './pkcs11-library.ts'
import { cka, ckf, ckk, ckm, cko, ckr, userRole } from './pkcs11-numbers.ts'
import type { Token, TokenKey } from './pkcs11-protocol.ts'

/** The key that was asked for is not there. */
export class KeyGone extends Error {}

const p256 = Buffer.from('06082a8648ce3d030107', 'hex')
/** As a PrintableString, then as an OID: modules want the one or the other. */
const edwards = [Buffer.from('130c656477617264733235353139', 'hex'), Buffer.from('06032b6570', 'hex')] as const

const text = (bytes: Buffer): string => bytes.toString('utf8').trim()

/** The tokens that are present. */
export const listTokens = (library: Pkcs11Library): Token[] => {
  const count = ulong.write(0)
  library.call('GetSlotList', 1, null, count)
  const slots = Buffer.alloc(ulong.read(count) * ulong.size)
  library.call('GetSlotList', 1, slots, count)
  return Array.from({ length: ulong.read(count) }, (_, at) => tokenIn(library, ulong.read(slots, at)))
}

const tokenIn = (library: Pkcs11Library, slot: number): Token => {
  const info = Buffer.alloc(256)
  library.call('GetTokenInfo', slot, info)
  const flags = ulong.read(info.subarray(96))
  const has = (flag: number): boolean => (flags & flag) !== 0
  return {
    slot,
    label: text(info.subarray(0, 32)),
    manufacturer: text(info.subarray(32, 64)),
    model: text(info.subarray(64, 80)),
    serial: text(info.subarray(80, 96)),
    initialized: has(ckf.tokenInitialized),
    loginRequired: has(ckf.loginRequired),
    pin: has(ckf.pinLocked) ? 'blocked' : has(ckf.pinFinalTry) ? 'last' : has(ckf.pinCountLow) ? 'few' : 'good',
  }
}

/** @returns its handle */
export const openSession = (library: Pkcs11Library, slot: number): number => {
  const handle = ulong.write(0)
  library.call('OpenSession', slot, ckf.serialSession | ckf.rwSession, null, null, handle)
  return ulong.read(handle)
}

/** Holds for every session with the token until the process ends. */
export const login = (library: Pkcs11Library, session: number, pin: Buffer): void => {
  try {
    library.call('Login', session, userRole, pin, pin.length)
  } catch (failure) {
    if (!(failure instanceof TokenError && failure.value === ckr.alreadyLoggedIn)) throw failure
  }
}

const find = (library: Pkcs11Library, session: number, wanted: readonly Attribute[]): number[] => {
  library.call('FindObjectsInit', session, library.attributes(wanted), wanted.length)
  const most = 256
  const handles = Buffer.alloc(most * ulong.size)
  const count = ulong.write(0)
  library.call('FindObjects', session, handles, most, count)
  library.call('FindObjectsFinal', session)
  return Array.from({ length: ulong.read(count) }, (_, at) => ulong.read(handles, at))
}

/** The private key with this CKA_ID. A token shows none before login. */
export const findPrivate = (library: Pkcs11Library, session: number, id: string): number => {
  const wanted: Attribute[] = [
    [cka.class, cko.privateKey],
    [cka.id, Buffer.from(id, 'hex')],
  ]
  const [handle] = find(library, session, wanted)
  if (handle === undefined) throw new KeyGone()
  return handle
}

/** Private keys of the kinds that OpenPGP can use, with their public halves. */
export const listKeys = (library: Pkcs11Library, session: number): TokenKey[] =>
  find(library, session, [[cka.class, cko.privateKey]]).flatMap((handle) => {
    const key = described(library, session, handle)
    return key === null ? [] : [key]
  })

const described = (library: Pkcs11Library, session: number, handle: number): TokenKey | null => {
  const read = (type: number): Buffer | null => library.attribute(session, handle, type)
  const id = read(cka.id)
  if (id === null || id.length === 0) return null
  const shown = find(library, session, [
    [cka.class, cko.publicKey],
    [cka.id, id],
  ])[0]
  const half = publicHalf(library, session, shown ?? handle)
  if (half === null) return null
  const may = (type: number): boolean => read(type)?.[0] === 1
  const uses: TokenKey['uses'] = []
  if (may(cka.sign)) uses.push('sign')
  if (may(cka.decrypt)) uses.push('decrypt')
  if (may(cka.derive)) uses.push('derive')
  return { id: id.toString('hex'), label: text(read(cka.label) ?? Buffer.alloc(0)), uses, public: half }
}

const publicHalf = (library: Pkcs11Library, session: number, handle: number): TokenKey['public'] | null => {
  const read = (type: number): Buffer | null => library.attribute(session, handle, type)
  const kind = read(cka.keyType)
  if (kind === null) return null
  const type = ulong.read(kind)
  if (type === ckk.rsa) {
    const [n, e] = [read(cka.modulus), read(cka.publicExponent)]
    if (n === null || e === null) return null
    return { kind: 'rsa', n: n.toString('base64url'), e: e.toString('base64url') }
  }
  const [parameters, point] = [read(cka.ecParams), read(cka.ecPoint)]
  if (parameters === null || point === null) return null
  if (type === ckk.ec && parameters.equals(p256)) return { kind: 'nistp256', point: bare(point, 65) }
  const known = edwards.some((it) => it.equals(parameters))
  return type === ckk.edwards && known ? { kind: 'ed25519', point: bare(point, 32) } : null
}

/** Tokens wrap the point into an OCTET STRING, some do not. */
const bare = (point: Buffer, size: number): string => point.subarray(point.length - size).toString('base64url')

export interface GenerateOptions {
  readonly algorithm: TokenAlgorithm
  readonly use: 'sign' | 'encrypt'
  readonly label: string
  readonly id: string
}

/** Makes a key pair that never leaves the token. */
export const generateKeys = (library: Pkcs11Library, session: number, options: GenerateOptions): void => {
  const shared: Attribute[] = [
    [cka.token, true],
    [cka.label, Buffer.from(options.label)],
    [cka.id, Buffer.from(options.id, 'hex')],
  ]
  const signs = options.use === 'sign'
  const rsa = options.algorithm.startsWith('rsa')
  // Said outright: left to themselves tokens let one key do everything.
  const secret: Attribute[] = [
    ...shared,
    [cka.private, true],
    [cka.sensitive, true],
    [cka.extractable, false],
    [cka.sign, signs],
    [cka.decrypt, !signs && rsa],
    [cka.derive, !signs && !rsa],
  ]
  const shownUse: Attribute[] = [
    [cka.verify, signs],
    [cka.encrypt, !signs && rsa],
  ]
  const attempts = parametersOf(options.algorithm).map(([type, kind]) => () => {
    const shown = [...shared, ...shownUse, ...kind]
    const handles = [ulong.write(0), ulong.write(0)]
    const halves = [library.attributes(shown), shown.length, library.attributes(secret), secret.length]
    library.call('GenerateKeyPair', session, library.mechanism({ type }), ...halves, ...handles)
  })
  firstThatWorks(attempts)
}

const parametersOf = (algorithm: TokenAlgorithm): readonly (readonly [mechanism: number, Attribute[]])[] => {
  if (algorithm === 'nistp256') return [[ckm.ecKeyPair, [[cka.ecParams, p256]]]]
  if (algorithm === 'ed25519') return edwards.map((it) => [ckm.edwardsKeyPair, [[cka.ecParams, it]]])
  const bits: Attribute = [cka.modulusBits, Number(algorithm.slice(3))]
  return [[ckm.rsaKeyPair, [bits, [cka.publicExponent, Buffer.of(1, 0, 1)]]]]
}

const firstThatWorks = (attempts: readonly (() => void)[]): void => {
  const [attempt, ...others] = attempts
  try {
    attempt?.()
  } catch (failure) {
    if (others.length === 0) throw failure
    firstThatWorks(others)
  }
}
