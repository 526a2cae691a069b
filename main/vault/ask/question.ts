import type { Question } from '#protocol/vault-window.ts'

export interface Asked {
  readonly title: string
  readonly body: readonly string[]
  readonly facts: readonly { readonly label: string; readonly value: string }[]
  readonly fields: Question['fields']
  readonly accept: string
  /** One of several to choose, the first at the start. Two at least. */
  readonly choices?: Question['choices']
  /** What is asked for is a message's password, not a passphrase of the vault's. */
  readonly password?: boolean
  readonly danger?: boolean
  /** Fewest characters; 12 for a new passphrase. */
  readonly least?: number
  /** Says at once that the last answer was wrong. */
  readonly wrong?: boolean
  /** In place of a passphrase's words, for a PIN, a code or a line of text. `cancel: ''`: it only says something. */
  readonly words?: Partial<Question['words']>
}

/**
 * Asks the person, in the vault's window or at the terminal, until `use` takes the answer.
 * @param use gets what was typed and which of `choices` was chosen; null: the answer was wrong, ask again
 * @throws LibralError `vault.declined`
 */
export type Ask = <T extends {}>(
  asked: Asked,
  use: (secret: Uint8Array, choice: number) => Promise<T | null>,
) => Promise<T>
