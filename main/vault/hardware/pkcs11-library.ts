import koffi from 'koffi'
import { ckr } from './pkcs11-numbers.ts'

/** A PKCS#11 function said no. */
export class TokenError extends Error {
  readonly value: number
  constructor(value: number) {
    super(`CKR ${value.toString(16)}`)
    this.name = 'TokenError'
    this.value = value
  }
}

/** Numbers are CK_ULONGs, booleans CK_BBOOLs. */
export type Attribute = readonly [type: number, value: number | boolean | Uint8Array]
/** `ecdh`: the other side's public point. */
export type Mechanism = { readonly type: number; readonly ecdh?: Uint8Array }

const windows = process.platform === 'win32'
/** Windows' headers ask for structures without gaps. */
const layout = windows ? koffi.pack : koffi.struct
const ulongSize = koffi.sizeof('unsigned long')

const attributeType = layout({ type: 'unsigned long', value: 'void *', length: 'unsigned long' })
const mechanismType = layout({ type: 'unsigned long', parameter: 'void *', length: 'unsigned long' })
const ecdhType = layout({
  kdf: 'unsigned long',
  sharedLength: 'unsigned long',
  shared: 'void *',
  publicLength: 'unsigned long',
  public: 'void *',
})
const ecdhMechanismType = layout({
  type: 'unsigned long',
  parameter: koffi.pointer(ecdhType),
  length: 'unsigned long',
})

/** CK_FUNCTION_LIST in its order (pkcs11f.h), without C_. */
const order = (
  'Initialize Finalize GetInfo GetFunctionList GetSlotList GetSlotInfo GetTokenInfo GetMechanismList ' +
  'GetMechanismInfo InitToken InitPIN SetPIN OpenSession CloseSession CloseAllSessions GetSessionInfo ' +
  'GetOperationState SetOperationState Login Logout CreateObject CopyObject DestroyObject GetObjectSize ' +
  'GetAttributeValue SetAttributeValue FindObjectsInit FindObjects FindObjectsFinal EncryptInit Encrypt ' +
  'EncryptUpdate EncryptFinal DecryptInit Decrypt DecryptUpdate DecryptFinal DigestInit Digest DigestUpdate ' +
  'DigestKey DigestFinal SignInit Sign SignUpdate SignFinal SignRecoverInit SignRecover VerifyInit Verify ' +
  'VerifyUpdate VerifyFinal VerifyRecoverInit VerifyRecover DigestEncryptUpdate DecryptDigestUpdate ' +
  'SignEncryptUpdate DecryptVerifyUpdate GenerateKey GenerateKeyPair WrapKey UnwrapKey DeriveKey'
).split(' ')

type Parameter = Parameters<typeof koffi.inout>[0] | ReturnType<typeof koffi.inout>
const number = 'unsigned long'
const bytes = 'void *'
const template = koffi.pointer(attributeType)

const signatures: Readonly<Record<string, readonly Parameter[]>> = {
  Initialize: [bytes],
  Finalize: [bytes],
  GetSlotList: ['uint8_t', bytes, bytes],
  GetTokenInfo: [number, bytes],
  OpenSession: [number, number, bytes, bytes, bytes],
  CloseSession: [number],
  Login: [number, number, bytes, number],
  DestroyObject: [number, number],
  GetAttributeValue: [number, number, koffi.inout(template), number],
  FindObjectsInit: [number, template, number],
  FindObjects: [number, bytes, number, bytes],
  FindObjectsFinal: [number],
  DecryptInit: [number, koffi.pointer(mechanismType), number],
  Decrypt: [number, bytes, number, bytes, bytes],
  SignInit: [number, koffi.pointer(mechanismType), number],
  Sign: [number, bytes, number, bytes, bytes],
  GenerateKeyPair: [number, koffi.pointer(mechanismType), template, number, template, number, bytes, bytes],
  DeriveKey: [number, koffi.pointer(ecdhMechanismType), number, template, number, bytes],
}

type Call = (...args: readonly unknown[]) => void

/** Reads and writes CK_ULONGs; on Windows they have four bytes. */
export const ulong = Object.freeze({
  write: (...values: readonly number[]): Buffer => {
    const out = Buffer.alloc(values.length * ulongSize)
    for (const [at, value] of values.entries()) out.writeUIntLE(value, at * ulongSize, Math.min(ulongSize, 6))
    return out
  },
  read: (from: Buffer, at = 0): number => {
    const start = at * ulongSize
    return ulongSize === 8 ? Number(from.readBigUInt64LE(start)) : from.readUInt32LE(start)
  },
  size: ulongSize,
})

const attributesOf = (attributes: readonly Attribute[]) =>
  attributes.map(([type, given]) => {
    const value =
      typeof given === 'number' ? ulong.write(given) : typeof given === 'boolean' ? Buffer.of(given ? 1 : 0) : given
    return { type, value: Buffer.from(value), length: value.length }
  })

const mechanismOf = ({ type, ecdh }: Mechanism): unknown => {
  if (ecdh === undefined) return { type, parameter: null, length: 0 }
  // CKD_NULL: no derivation of the token's own.
  const parameter = { kdf: 1, sharedLength: 0, shared: null, publicLength: ecdh.length, public: Buffer.from(ecdh) }
  return { type, parameter, length: koffi.sizeof(ecdhType) }
}

/** One loaded PKCS#11 module. Calls block, and a bad module ends the process: use it only in a process of its own. */
export interface Pkcs11Library {
  call(name: string, ...args: readonly unknown[]): void
  attributes(list: readonly Attribute[]): unknown
  mechanism(mechanism: Mechanism): unknown
  /** A value of one attribute; null when the object has none or keeps it secret. */
  attribute(session: number, object: number, type: number): Buffer | null
}

/** Ends this process with the one that started it, also while a library hangs. Linux alone (prctl, PR_SET_PDEATHSIG). */
export const endWithParent = (): void => {
  if (process.platform !== 'linux') return
  try {
    const [deathSignal, kill] = [1, 9]
    const prctl = koffi.load('libc.so.6').func('prctl', 'int', ['int', number, number, number, number])
    prctl(deathSignal, kill, 0, 0, 0)
  } catch {
    // Another C library: it ends once the vendor's code returns.
  }
}

/** Loaded for good: a handle that is collected would unload the code under its functions. */
const held: unknown[] = []

/** @throws Error where the file is no PKCS#11 module */
export const loadLibrary = (path: string): Pkcs11Library => {
  const library = koffi.load(path)
  held.push(library)
  const getList = library.func('C_GetFunctionList', number, [koffi.out(koffi.pointer('void *'))])
  const list: [unknown] = [null]
  if (getList(list) !== ckr.ok) throw new Error('no function list')
  const members = Object.fromEntries(order.map((name) => [name, 'void *']))
  const table = koffi.decode(list[0] as bigint, layout({ version: 'uint16_t', ...members }))
  const calls = new Map<string, Call>()
  for (const [name, parameters] of Object.entries(signatures)) {
    const prototype = koffi.proto(`pkcs11_${name}_${calls.size}`, number, [...parameters])
    const raw = koffi.decode(table[name], prototype)
    calls.set(name, (...args) => {
      const value = Number(raw(...args))
      if (value !== ckr.ok) throw new TokenError(value)
    })
  }
  const call: Pkcs11Library['call'] = (name, ...args) => calls.get(name)?.(...args)
  return {
    call,
    attributes: attributesOf,
    mechanism: mechanismOf,
    attribute: (session, object, type) => readAttribute(call, session, object, type),
  }
}

const unavailable = windows ? 0xffff_ffff : 2 ** 64

const readAttribute = (call: Pkcs11Library['call'], session: number, object: number, type: number): Buffer | null => {
  const asked = [{ type, value: null as Buffer | null, length: 0 }]
  try {
    call('GetAttributeValue', session, object, asked, 1)
  } catch (failure) {
    if (failure instanceof TokenError) return null
    throw failure
  }
  const length = Number(asked[0]?.length ?? 0)
  if (length >= unavailable || length > 65_536) return null
  const value = Buffer.alloc(length)
  if (length > 0) call('GetAttributeValue', session, object, [{ type, value, length }], 1)
  return value
}
