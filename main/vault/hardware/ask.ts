/**
 * What a person is asked for. `pin`, `admin-pin`, `reset-code`: of the card; `passphrase`: of a key in gpg-agent;
 * `token-pin`: of an HSM's token. `name` is the card's serial, the keygrip or the token's label; `tries` says how many
 * are left, where that is known; `fresh` asks for a new one, to be typed twice.
 */
export interface SecretRequest {
  readonly kind: 'pin' | 'admin-pin' | 'reset-code' | 'passphrase' | 'token-pin'
  readonly name: string
  readonly tries?: number
  readonly fresh?: boolean
  /** The one before was wrong. */
  readonly wrong?: boolean
  /** A token says that one more wrong one blocks it, without a number. */
  readonly last?: boolean
}

/** Asks in the vault's own window. null: the person declined. What it returns is overwritten after use. */
export type AskSecret = (request: SecretRequest) => Promise<Uint8Array | null>

/** Told when the card waits for a finger, and when it no longer does: 「カードに触れてください」. */
export type OnTouch = (waiting: boolean) => void
