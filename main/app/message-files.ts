import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BrowserWindow, dialog, type OpenDialogOptions, shell } from 'electron'
import type { Services } from '#main/ipc/services.ts'
import { LibralError } from '#protocol/errors.ts'
import type { ChosenFile } from '#protocol/messages.ts'
import { chooseMany, chooseToSave } from './file-dialogs.ts'
import { documentName, freeName } from './message-names.ts'
import type { Say } from './texts.ts'

/** Tokens of one run; the oldest make room. */
const keptTokens = 4_000

interface Known {
  readonly window: number
  readonly path: string
}

/** The files that windows work with: chosen in dialogs here, known to pages by tokens alone. */
export function createMessageFiles(say: Say): Services['messages'] {
  const known = new Map<string, Known>()
  const tokenFor = (window: number, path: string): string => {
    const token = randomUUID()
    known.set(token, { window, path })
    for (const oldest of known.keys()) {
      if (known.size <= keptTokens) break
      known.delete(oldest)
    }
    return token
  }
  const pathOf = (window: number, token: string): string => {
    const found = known.get(token)
    if (found === undefined || found.window !== window) throw new LibralError('file.not-chosen')
    return found.path
  }
  return {
    async choose(window, purpose) {
      const properties = ['openFile', 'multiSelections'] as const
      const paths = await chooseMany(window, { title: say(`messages.choose-${purpose}`), properties: [...properties] })
      return Promise.all(
        paths.map(async (path): Promise<ChosenFile> => {
          const { size } = await stat(path).catch(() => ({ size: 0 }))
          return { token: tokenFor(window, path), name: basename(path), size }
        }),
      )
    },
    paths: (window, tokens) => tokens.map((it) => pathOf(window, it)),
    async targets(window, wanted) {
      const [first, ...more] = wanted
      if (first === undefined) return []
      return more.length === 0 ? [await saveAs(window, first, say)] : saveInFolder(window, wanted, say)
    },
    async documentOf(window, signature) {
      const beside = join(dirname(signature), documentName(basename(signature)))
      if (existsSync(beside)) return beside
      const title = say('messages.choose-document', { name: basename(signature) })
      const [document] = await chooseMany(window, { title, properties: ['openFile'] }).catch(() => [])
      return document ?? null
    },
    output: (window, path) => ({ token: tokenFor(window, path), name: basename(path) }),
    reveal: (window, token) => shell.showItemInFolder(pathOf(window, token)),
    async chooseFolder(window) {
      const properties: OpenDialogOptions['properties'] = ['openDirectory', 'createDirectory']
      const [folder = ''] = await chooseMany(window, { title: say('wkd.folder'), properties })
      return folder
    },
  }
}

type Wanted = Parameters<Services['messages']['targets']>[1][number]
type Target = Awaited<ReturnType<Services['messages']['targets']>>[number]

const over = (window: number): BrowserWindow | null => BrowserWindow.fromId(window)

/** The system's dialog asks before it takes a name that is there. */
async function saveAs(window: number, { source, name }: Wanted, say: Say): Promise<Target> {
  const target = await chooseToSave(window, join(dirname(source), name), { title: say('messages.save') })
  return { target, replace: true }
}

async function saveInFolder(window: number, wanted: readonly Wanted[], say: Say): Promise<readonly Target[]> {
  const properties: OpenDialogOptions['properties'] = ['openDirectory', 'createDirectory']
  const defaultPath = dirname(wanted[0]?.source ?? '')
  const [folder = ''] = await chooseMany(window, { title: say('messages.save-folder'), defaultPath, properties })
  const there = wanted.filter(({ name }) => existsSync(join(folder, name)))
  const replace = there.length > 0 && (await mayReplace(window, there, say))
  // Two files of one name from different folders would take each other's place.
  const used = new Set<string>()
  const taken = (name: string): boolean => used.has(name) || (!replace && existsSync(join(folder, name)))
  return wanted.map(({ name }) => {
    const free = freeName(name, taken)
    used.add(free)
    return { target: join(folder, free), replace }
  })
}

/** @throws LibralError `file.not-chosen` */
async function mayReplace(window: number, there: readonly Wanted[], say: Say): Promise<boolean> {
  const options = {
    type: 'warning' as const,
    message: say('messages.replace', { count: String(there.length) }),
    detail: there
      .slice(0, 10)
      .map(({ name }) => name)
      .join('\n'),
    buttons: [say('messages.replace.other'), say('messages.replace.yes'), say('messages.replace.cancel')],
    defaultId: 0,
    cancelId: 2,
  }
  const parent = over(window)
  const { response } = parent ? await dialog.showMessageBox(parent, options) : await dialog.showMessageBox(options)
  if (response === 2) throw new LibralError('file.not-chosen')
  return response === 1
}
