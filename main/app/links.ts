import { shell } from 'electron'
import { links } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'

/** Opens one of the few pages of the web that the app knows, in the system's browser. */
export async function openLink(link: string): Promise<void> {
  if (!Object.hasOwn(links, link)) throw new LibralError('desktop.link-unknown')
  await shell.openExternal(links[link as keyof typeof links])
}
