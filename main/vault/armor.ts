import { armor, enums, unarmor } from 'openpgp'
import { modern } from './openpgp/config.ts'

export const armored = (message: Uint8Array): string =>
  armor(enums.armor.message, message, undefined, undefined, undefined, false, modern) as string

export async function unarmored(text: string): Promise<Uint8Array> {
  const { data } = await unarmor(text, modern)
  return data as Uint8Array
}
