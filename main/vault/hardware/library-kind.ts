import { open } from 'node:fs/promises'

/** Machines by their numbers in ELF, PE and Mach-O headers, in Node's names. */
const elf: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' }
const pe: Readonly<Record<number, string>> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' }
const machO: Readonly<Record<number, string>> = { 16777223: 'x64', 16777228: 'arm64' }

/**
 * For which machine a shared library was made.
 * @param head of the file, 4 KiB or all of it
 * @returns `elf x64`, `pe arm64`, …; `universal` for a Mach-O of several machines; null: no library
 */
export function libraryKind(head: Buffer): string | null {
  if (head.length < 64) return null
  if (head.readUInt32BE(0) === 0x7f454c46) {
    const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18)
    return `elf ${elf[machine] ?? machine}`
  }
  if (head.readUInt16BE(0) === 0x4d5a) {
    const at = head.readUInt32LE(60)
    if (at + 6 > head.length || head.readUInt32BE(at) !== 0x50450000) return null
    const machine = head.readUInt16LE(at + 4)
    return `pe ${pe[machine] ?? machine}`
  }
  if (head.readUInt32LE(0) === 0xfeedfacf) return `mach-o ${machO[head.readUInt32LE(4)] ?? head.readUInt32LE(4)}`
  return head.readUInt32BE(0) === 0xcafebabe ? 'universal' : null
}

const formats: Partial<Record<NodeJS.Platform, string>> = { win32: 'pe', darwin: 'mach-o' }

/** foreign: for another machine or system; none: no library, or not to be read. */
export async function judgeLibrary(path: string): Promise<'fits' | 'foreign' | 'none'> {
  const head = Buffer.alloc(4_096)
  const file = await open(path).catch(() => null)
  if (file === null) return 'none'
  try {
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    const kind = libraryKind(head.subarray(0, bytesRead))
    if (kind === null) return 'none'
    if (kind === 'universal') return process.platform === 'darwin' ? 'fits' : 'foreign'
    return kind === `${formats[process.platform] ?? 'elf'} ${process.arch}` ? 'fits' : 'foreign'
  } catch {
    return 'none'
  } finally {
    await file.close()
  }
}
