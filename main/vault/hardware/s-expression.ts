/** A canonical S-expression as gpg-agent speaks it: an atom or a list. */
export type Sexp = Buffer | readonly Sexp[]

const open = 0x28
const close = 0x29
const colon = 0x3a

/** Throws RangeError on anything but one whole expression; zero bytes after it are gpg-agent's padding. */
export const parseSexp = (bytes: Buffer): Sexp => {
  let at = 0
  const atom = (): Buffer => {
    const end = bytes.indexOf(colon, at)
    const digits = bytes.subarray(at, Math.max(end, at)).toString('latin1')
    if (!/^\d{1,6}$/.test(digits)) throw new RangeError('no length')
    at = end + 1 + Number(digits)
    if (at > bytes.length) throw new RangeError('too short')
    return bytes.subarray(end + 1, at)
  }
  const expression = (depth: number): Sexp => {
    if (bytes[at] !== open) return atom()
    if (depth > 16) throw new RangeError('too deep')
    at += 1
    const list: Sexp[] = []
    while (bytes[at] !== close) list.push(expression(depth + 1))
    at += 1
    return list
  }
  const whole = expression(0)
  if (bytes.subarray(at).some((byte) => byte !== 0)) throw new RangeError('more than one')
  return whole
}

/** The first list that begins with this name, at any depth. */
export const findList = (within: Sexp, name: string): readonly Sexp[] | null => {
  if (Buffer.isBuffer(within)) return null
  const list = within as readonly Sexp[]
  const [head] = list
  if (Buffer.isBuffer(head) && head.toString('latin1') === name) return list
  for (const part of list) {
    const found = findList(part, name)
    if (found !== null) return found
  }
  return null
}

/** The atom after this name, such as the number in `(r NUMBER)`. */
export const findAtom = (within: Sexp, name: string): Buffer | null => {
  const value = findList(within, name)?.[1]
  return Buffer.isBuffer(value) ? value : null
}

export type SexpSource = string | Uint8Array | readonly SexpSource[]

/** Strings are atoms too. */
export const writeSexp = (source: SexpSource): Buffer => {
  if (typeof source === 'string') return writeSexp(Buffer.from(source))
  if (source instanceof Uint8Array) return Buffer.concat([Buffer.from(`${source.length}:`), source])
  return Buffer.concat([Buffer.from('('), ...(source as readonly SexpSource[]).map(writeSexp), Buffer.from(')')])
}
