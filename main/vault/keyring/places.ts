import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const presentFile = (directory: string): string => join(directory, 'keyring.libral')
export const previousFile = (directory: string): string => join(directory, 'keyring.previous')

/** Whether there is a keyring, whole or not. Main asks this without loading anything that reads one. */
export const hasKeyring = (directory: string): boolean =>
  existsSync(presentFile(directory)) || existsSync(previousFile(directory))
