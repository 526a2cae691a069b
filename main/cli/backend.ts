import type { Area } from './area.ts'
import { type CopyRequest, parseRequest, usage } from './arguments.ts'
import { explainRestore } from './explain-restore.ts'
import { type CopyInfo, copyInfoSchema, inspectedSchema, runCommand } from './run-command.ts'
import { copyKeyFile, openKeyFile } from './storage-key-file.ts'

/** `libral backend`: copies of a deployment. `program`: the bundle of the backend's commands. */
export const backendArea = (program: string): Area<CopyRequest> => ({
  usage,
  parse: parseRequest,
  async perform(request) {
    const info = request.command === 'restored' ? await setBack(request, program) : await copy(request, program)
    const head = `${request.file}\n記録 ${info.head.size} 件  ルート ${info.head.root}`
    return { result: info, words: info.deployment === undefined ? head : `${head}\n新しい配備 ${info.deployment}` }
  },
})

async function copy(request: CopyRequest, program: string): Promise<CopyInfo> {
  const { command, directory, file, database, keyFile, explanation } = request
  const { path, key: bytes } = openKeyFile(directory, keyFile)
  const key = Buffer.from(bytes).toString('base64url')
  const explained = explanation && {
    ...(await explainRestore(
      explanation,
      await runCommand(program, { command: 'inspect', file, key }, inspectedSchema),
    )),
  }
  const order = { command, directory, file, key, ...(database && { database }), ...explained }
  const info = await runCommand(program, order, copyInfoSchema)
  if (command === 'restore') await copyKeyFile(path, directory)
  return info
}

/** The database was set back by its own tools; what is missing is what explains it. */
async function setBack({ file, database, explanation }: CopyRequest, program: string): Promise<CopyInfo> {
  const place = { file, database }
  const inspected = await runCommand(program, { command: 'inspect-shared', ...place }, inspectedSchema)
  const explained = explanation && (await explainRestore(explanation, inspected))
  return runCommand(program, { command: 'restored', ...place, ...explained }, copyInfoSchema)
}
