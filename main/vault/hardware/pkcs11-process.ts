// The process that holds one PKCS#11 library: `node pkcs11-process.ts MODULE`, speaking frames on descriptor 3. A
// vendor's library may crash, hang or write where it likes; only this process suffers.
import { Socket } from 'node:net'
import { FrameReader, writeFrame } from './pkcs11-frame.ts'
import { endWithParent, loadLibrary, type Pkcs11Library, TokenError } from './pkcs11-library.ts'
import { ckr } from './pkcs11-numbers.ts'
import { decryptOnToken, deriveOnToken, signOnToken } from './pkcs11-operations.ts'
import { requestSchema, type TokenRequest } from './pkcs11-protocol.ts'
import { findPrivate, generateKeys, KeyGone, listKeys, listTokens, login, openSession } from './pkcs11-token.ts'

let library: Pkcs11Library | undefined
const sessions = new Map<number, number>()

const loaded = (): Pkcs11Library => {
  if (library !== undefined) return library
  const fresh = loadLibrary(process.argv[2] ?? '')
  try {
    fresh.call('Initialize', null)
  } catch (failure) {
    if (!(failure instanceof TokenError && failure.value === ckr.alreadyInitialized)) throw failure
  }
  library = fresh
  return fresh
}

const sessionOf = (module: Pkcs11Library, slot: number): number => {
  const session = sessions.get(slot) ?? openSession(module, slot)
  sessions.set(slot, session)
  return session
}

type Result = { readonly result?: unknown; readonly body?: Buffer }

const perform = (module: Pkcs11Library, request: TokenRequest, body: Buffer): Result => {
  if (request.op === 'tokens') return { result: listTokens(module) }
  const session = sessionOf(module, request.slot)
  switch (request.op) {
    case 'login':
      login(module, session, body)
      return {}
    case 'keys':
      return { result: listKeys(module, session) }
    case 'generate':
      generateKeys(module, session, request)
      return {}
    case 'sign':
      return { body: signOnToken(module, session, findPrivate(module, session, request.id), body) }
    case 'decrypt':
      return { body: decryptOnToken(module, session, findPrivate(module, session, request.id), body) }
    case 'derive':
      return { body: deriveOnToken(module, session, findPrivate(module, session, request.id), body) }
  }
}

const answer = (head: unknown, body: Buffer): Buffer => {
  const none = Buffer.alloc(0)
  let module: Pkcs11Library
  try {
    module = loaded()
  } catch {
    return writeFrame({ outcome: 'unloadable' }, none)
  }
  const request = requestSchema.parse(head)
  try {
    const done = perform(module, request, body)
    return writeFrame({ outcome: 'done', result: done.result ?? null }, done.body ?? none)
  } catch (failure) {
    if (failure instanceof KeyGone) return writeFrame({ outcome: 'missing' }, none)
    if (!(failure instanceof TokenError)) throw failure
    if ('slot' in request && gone.includes(failure.value)) sessions.delete(request.slot)
    return writeFrame({ outcome: 'refused', value: failure.value }, none)
  } finally {
    body.fill(0)
  }
}

/** After these a session is of no use any more. */
const gone: readonly number[] = [ckr.sessionClosed, ckr.sessionInvalid, ckr.deviceRemoved, ckr.tokenNotPresent]

endWithParent()
const reader = new FrameReader()
const channel = new Socket({ fd: 3, readable: true, writable: true })
channel.on('data', (chunk) => {
  for (const { head, body } of reader.push(chunk)) channel.write(answer(head, body))
})
channel.on('close', () => process.exit(0))
