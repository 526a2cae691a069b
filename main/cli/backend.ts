import type { Area } from './area.ts'
import { type CopyRequest, parseRequest, usage } from './arguments.ts'
import { type CopyInfo, copyInfoSchema, runCommand } from './run-command.ts'
import { copyKeyFile, openKeyFile } from './storage-key-file.ts'

/** `libral backend`: copies of a deployment. `program`: the bundle of the backend's commands. */
export const backendArea = (program: string): Area<CopyRequest> => ({
  usage,
  parse: parseRequest,
  async perform(request) {
    const info = await copy(request, program)
    return { result: info, words: `${request.file}\n記録 ${info.head.size} 件  ルート ${info.head.root}` }
  },
})

async function copy(request: CopyRequest, program: string): Promise<CopyInfo> {
  const { command, directory, file, database, keyFile } = request
  const { path, key } = openKeyFile(directory, keyFile)
  const order = { command, directory, file, key: Buffer.from(key).toString('base64url'), ...(database && { database }) }
  const info = await runCommand(program, order, copyInfoSchema)
  if (command === 'restore') await copyKeyFile(path, directory)
  return info
}
