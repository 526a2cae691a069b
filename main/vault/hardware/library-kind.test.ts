import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeLibrary, libraryKind } from './library-kind.ts'

const elf = (machine: number): Buffer => {
  const head = Buffer.alloc(64)
  Buffer.from('7f454c46020101', 'hex').copy(head)
  head.writeUInt16LE(machine, 18)
  return head
}
const pe = (machine: number): Buffer => {
  const head = Buffer.alloc(256)
  head.write('MZ')
  head.writeUInt32LE(128, 60)
  head.write('PE\0\0', 128)
  head.writeUInt16LE(machine, 132)
  return head
}

test.each([
  ['elf x64', elf(62)],
  ['elf arm64', elf(183)],
  ['elf 999', elf(999)],
  ['pe x64', pe(0x8664)],
  ['mach-o arm64', Buffer.concat([Buffer.from('cffaedfe0c000001', 'hex'), Buffer.alloc(64)])],
  ['universal', Buffer.concat([Buffer.from('cafebabe', 'hex'), Buffer.alloc(64)])],
  [null, Buffer.from('#!/bin/sh\n'.repeat(20))],
  [null, Buffer.alloc(3)],
])('a library is known by its head: %s', (kind, head) => {
  expect(libraryKind(head)).toBe(kind)
})

test('whatever a file holds, it is judged without an error', async () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void libraryKind(Buffer.from(bytes))))
  const folder = mkdtempSync(join(tmpdir(), 'kind-'))
  const write = (name: string, bytes: Buffer): string => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const other = process.arch === 'arm64' ? 62 : 183
  expect(await judgeLibrary(write('other.so', elf(other)))).toBe('foreign')
  expect(await judgeLibrary(write('text', Buffer.from('hello')))).toBe('none')
  expect(await judgeLibrary(folder)).toBe('none')
  expect(await judgeLibrary(join(folder, 'missing'))).toBe('none')
  rmSync(folder, { recursive: true })
})
