/** Base64url without padding. */
const base64url = (bytes: Uint8Array<ArrayBuffer>): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

export interface NewToken {
  /** 32 random bytes in base64url: shown once, never sent. */
  readonly token: string
  /** SHA-256 of the token's text: what the backend keeps. */
  readonly digest: string
}

/** Makes a token here, so that it never travels. */
export const makeToken = async (): Promise<NewToken> => {
  const token = base64url(crypto.getRandomValues(new Uint8Array(32)))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return { token, digest: base64url(new Uint8Array(digest)) }
}
