import { readDesignated } from './designators.ts'
import { SopError } from './failure.ts'

/** "Password Handling": what is made is under the trimmed password, what is read is tried as it is too. */

const decoded = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** @throws SopError PASSWORD_NOT_HUMAN_READABLE */
export async function newPassword(designator: string | undefined): Promise<string | null> {
  if (designator === undefined) return null
  const password = decoded(await readDesignated(designator))?.trimEnd()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: nobody types them
  if (password === undefined || password === '' || /[\u0000-\u001f\u007f]/.test(password))
    throw new SopError('PASSWORD_NOT_HUMAN_READABLE', designator)
  return password
}

/** Every form in which a password may have been meant. */
export async function passwordsIn(designators: readonly string[] = []): Promise<string[]> {
  const all = []
  for (const designator of designators) {
    const password = decoded(await readDesignated(designator))
    if (password === null) throw new SopError('PASSWORD_NOT_HUMAN_READABLE', designator)
    all.push(password.trimEnd(), password)
  }
  return [...new Set(all)]
}
