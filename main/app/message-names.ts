import type { SignatureForm } from '#protocol/messages.ts'

/** What OpenPGP programs put behind a file's name. */
const endings = /\.(pgp|gpg|asc|sig|sign)$/i

export const encryptedName = (name: string, armored: boolean): string => `${name}.${armored ? 'asc' : 'pgp'}`

export const signedName = (name: string, form: SignatureForm, armored: boolean): string =>
  `${name}.${armored || form === 'cleartext' ? 'asc' : form === 'detached' ? 'sig' : 'pgp'}`

/** `報告.pdf.pgp` is of `報告.pdf`; what has no such ending keeps its name and gets one more. */
export function documentName(name: string): string {
  const bare = name.replace(endings, '')
  return bare === '' || bare === name ? `${name}.out` : bare
}

/** The first of `a.txt`, `a (2).txt`, `a (3).txt` … that is free. */
export function freeName(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name
  const at = name.lastIndexOf('.')
  const [stem, ending] = at > 0 ? [name.slice(0, at), name.slice(at)] : [name, '']
  for (let count = 2; ; count++) {
    const next = `${stem} (${count})${ending}`
    if (!taken(next)) return next
  }
}
