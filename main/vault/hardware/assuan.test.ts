import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Assuan } from './assuan.ts'
import { parseAddressFile } from './assuan-address.ts'
import { dataLines, escapeData, LineReader, parseLine, unescapeData } from './assuan-codec.ts'
import { failureOfAssuan } from './assuan-failure.ts'

describe('lines', () => {
  it('carry any bytes, in lines of at most 1000', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000 }), (bytes) => {
        expect(unescapeData(escapeData(bytes))).toEqual(Buffer.from(bytes))
        const lines = new LineReader().push(dataLines(bytes))
        for (const line of lines) expect(line.length).toBeLessThan(1000)
        const parts = lines.map(parseLine).flatMap((it) => (it?.kind === 'data' ? [it.bytes] : []))
        expect(Buffer.concat(parts)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('come whole however the stream is cut', () => {
    const reader = new LineReader()
    expect(reader.push(Buffer.from('S A b\nD x%2'))).toEqual([Buffer.from('S A b')])
    expect(reader.push(Buffer.from('5y\n')).map(parseLine)).toEqual([{ kind: 'data', bytes: Buffer.from('x%y') }])
    expect(() => reader.push(Buffer.alloc(3_000, 65))).toThrow(RangeError)
  })
})

describe('the address in a file', () => {
  it('is a redirection or a port with its nonce', () => {
    const redirected = Buffer.from(`%Assuan%\nsocket=$${'{HOME_OF}'}/S.agent\n`)
    expect(parseAddressFile(redirected, { HOME_OF: '/h' })).toEqual({ path: '/h/S.agent' })
    const nonce = Buffer.alloc(16, 10)
    const port = Buffer.concat([Buffer.from('4711\n'), nonce])
    expect(parseAddressFile(port)).toEqual({ port: 4711, nonce })
    expect(parseAddressFile(Buffer.from('70000\n0123456789abcdef'))).toBeNull()
    expect(parseAddressFile(Buffer.from('nonsense'))).toBeNull()
  })
})

describe('errors', () => {
  it('have codes of their own whatever their source', () => {
    const source = (number: number, cause: number): number => number * 2 ** 24 + cause
    expect(failureOfAssuan(source(6, 87)).code).toBe('hardware.pin-wrong')
    expect(failureOfAssuan(source(4, 119)).code).toBe('hardware.no-scdaemon')
    expect(failureOfAssuan(source(6, 9_999)).failure).toEqual({ code: 'hardware.failed', params: { cause: 9_999 } })
  })
})

describe('a client', () => {
  let folder: string
  let server: Server
  let peer: Promise<Socket>
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assuan-'))
    server = createServer()
    peer = new Promise((resolve) => server.on('connection', resolve))
    await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve))
  })
  afterEach(async () => {
    ;(await peer).destroy()
    server.close()
    rmSync(folder, { recursive: true })
  })
  const open = async (): Promise<{ client: Assuan; socket: Socket }> => {
    const opening = Assuan.open(join(folder, 's'))
    const socket = await peer
    socket.write('# hello\nOK ready\n')
    return { client: await opening, socket }
  }
  const code = (failing: Promise<unknown>) => failing.catch((failure) => failure.code)

  it('is ended by silence, by a peer that goes and by what is no line', async () => {
    const silent = await open()
    expect(await code(silent.client.command('NOP', { timeoutMs: 10 }))).toBe('hardware.timed-out')
    expect(await code(silent.client.command('NOP'))).toBe('hardware.daemon-gone')
  })

  it('names a peer that goes in the middle', async () => {
    const { client, socket } = await open()
    socket.once('data', () => socket.destroy())
    expect(await code(client.command('NOP'))).toBe('hardware.daemon-gone')
  })

  it('names what is no answer', async () => {
    const { client, socket } = await open()
    socket.once('data', () => socket.write('HTTP/1.1 400\n'))
    expect(await code(client.command('NOP'))).toBe('hardware.protocol')
  })

  it('answers an inquiry, cancels one that it does not know, and keeps the order of commands', async () => {
    const { client, socket } = await open()
    const seen: string[] = []
    socket.on('data', (data) => {
      for (const line of data.toString().trimEnd().split('\n')) {
        seen.push(line)
        if (line === 'ASK') socket.write('S NOTE a+b\nINQUIRE SECRET x\n')
        else if (line === 'END' || line === 'NOP') socket.write('OK\n')
        else if (line === 'OTHER') socket.write('INQUIRE STRANGE\n')
        else if (line === 'CAN') socket.write('ERR 67108963 cancelled\n')
      }
    })
    const inquire = (keyword: string) => (keyword === 'SECRET' ? Buffer.from('a%\n') : null)
    const results = [client.command('ASK', { inquire }), client.command('NOP')]
    expect((await results[0])?.statuses).toEqual([{ keyword: 'NOTE', rest: 'a+b' }])
    await results[1]
    expect(await code(client.command('OTHER', { inquire }))).toBe('hardware.cancelled')
    expect(seen).toEqual(['ASK', 'D a%25%0A', 'END', 'NOP', 'OTHER', 'CAN'])
  })

  it('finds no daemon where there is no socket, or none listening', async () => {
    writeFileSync(join(folder, 'plain'), 'x')
    for (const name of ['absent', 'plain'])
      expect(await code(Assuan.open(join(folder, name)))).toBe('hardware.no-daemon')
    await open()
  })
})
