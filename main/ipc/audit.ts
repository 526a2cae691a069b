import { readBounded } from '#main/settings/bounded-file.ts'
import { writeWhole } from '#main/settings/json-file.ts'
import type { Cosigned } from '#protocol/audit.ts'
import { LibralError } from '#protocol/errors.ts'
import { procedures } from './procedures.ts'

const { audit: contract } = procedures

/** A checkpoint with a hundred signatures is some twenty kilobytes. */
const mostBytes = 1024 * 1024

export const audit = {
  exportCheckpoint: contract.exportCheckpoint.handler(async ({ context: { services, window } }) => {
    const note = await services.desk.log.checkpoint()
    const [origin = '', size = ''] = note.split('\n')
    const name = `${origin.replaceAll(':', '-')}-${size}.checkpoint`
    return save(services.audit.chooseSave(window, name), note)
  }),
  exportEvidence: contract.exportEvidence.handler(async ({ context: { services, window } }) => {
    const text = await services.desk.log.evidence()
    return save(services.audit.chooseSave(window, 'libral-fork-evidence.json'), text)
  }),
  compareCheckpoint: contract.compareCheckpoint.handler(async ({ context: { services, window } }) => {
    const file = await services.audit.chooseOpen(window)
    return services.desk.log.compare(await readBounded(file, mostBytes))
  }),
  checkNow: contract.checkNow.handler(async ({ context: { services } }) => {
    await services.desk.log.checkNow()
    return {}
  }),
  witnesses: contract.witnesses.handler(
    async ({ context: { services } }) => structuredClone(await services.desk.log.witnesses()) as Cosigned[],
  ),
  acceptHistory: contract.acceptHistory.handler(async ({ context: { services }, input }) => {
    await services.desk.log.accept(input.reason)
    services.app.reconnect()
    return {}
  }),
}

async function save(chosen: Promise<string>, text: string): Promise<{ file: string }> {
  const file = await chosen
  await writeWhole(file, text, 0o644).catch((cause: unknown) => {
    throw new LibralError('export.write-failed', {}, { cause })
  })
  return { file }
}
