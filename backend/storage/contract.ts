import { describe } from 'vitest'
import { changeContract } from './contract/changes.ts'
import { evidenceContract } from './contract/evidence.ts'
import { type EngineUnderTest, openingWith } from './contract/harness.ts'
import { logContract } from './contract/log.ts'
import { modelContract } from './contract/model.ts'
import { queueContract } from './contract/queues.ts'
import { rowContract } from './contract/rows.ts'
import { sealedContract } from './contract/sealed.ts'
import { telemetryContract } from './contract/telemetry.ts'
import { witnessContract } from './contract/witnesses.ts'
import { writeContract } from './contract/writes.ts'

/** Everything that the storage port promises, for any engine. Called once by the test file of each. */
export const storageContract = (engine: EngineUnderTest): void => {
  describe(`storage contract: ${engine.name}`, () => {
    const open = openingWith(engine)
    logContract(open)
    writeContract(open, engine.bounded ?? true)
    rowContract(open)
    changeContract(open)
    queueContract(open)
    sealedContract(open)
    telemetryContract(open)
    witnessContract(open)
    evidenceContract(open)
    modelContract(open)
  })
}
