import { join } from 'node:path'
import type { Area } from './area.ts'
import { type CopyRequest, parseRequest, usage } from './arguments.ts'
import { type CopyInfo, copyInfoSchema, runCommand } from './run-command.ts'
import { copyKeyFile, openKeyFile } from './storage-key-file.ts'

/** `libral backend`: copies of a deployment. */
export const backendArea: Area<CopyRequest> = {
  usage,
  parse: parseRequest,
  async perform(request) {
    const info = await copy(request)
    return { result: info, words: `${request.file}\n記録 ${info.head.size} 件  ルート ${info.head.root}` }
  },
}

async function copy({ command, directory, file, database, keyFile }: CopyRequest): Promise<CopyInfo> {
  const { path, key } = openKeyFile(directory, keyFile)
  const order = { command, directory, file, key: Buffer.from(key).toString('base64url'), ...(database && { database }) }
  const info = await runCommand(join(import.meta.dirname, 'backend-commands.js'), order, copyInfoSchema)
  if (command === 'restore') await copyKeyFile(path, directory)
  return info
}
