import * as access from './access.ts'
import * as alerts from './alerts.ts'
import * as approvals from './approvals.ts'
import * as certificates from './certificates.ts'
import type { CollectionDefinition } from './collection.ts'
import type { CommandDefinition } from './command.ts'
import type { EventDefinition } from './event.ts'
import * as events from './events.ts'
import * as hub from './hub.ts'
import * as log from './log.ts'
import * as policy from './policy.ts'
import * as sealed from './sealed.ts'
import * as session from './session.ts'

/** Everything that this build knows by name. A new module adds its lines here and nowhere else in protocol/. */
export const commands: readonly CommandDefinition[] = [
  log.openLog,
  log.certifyServices,
  log.replaceLogKey,
  log.restoreLog,
  policy.seedPolicySet,
  policy.publishPolicy,
  session.openSession,
  session.issueCode,
  session.redeemCode,
  session.certifyKey,
  session.endSession,
  session.registerOperator,
  session.changeOperator,
  session.setContact,
  session.issueToken,
  session.revokeToken,
  session.recordRefusals,
  certificates.registerCertificate,
  certificates.enrolCertificate,
  certificates.revokeCertificate,
  hub.startModule,
  hub.stopModule,
  hub.restartModule,
  hub.forgetInstance,
  hub.recordModule,
  hub.recordInstance,
  hub.recordRebuilt,
  events.recordEvents,
  events.acknowledgeEvents,
  events.leaveHandover,
  alerts.acknowledgeAlert,
  alerts.silenceRule,
  alerts.liftSilence,
  alerts.saveRule,
  alerts.removeRule,
  alerts.recordAlert,
  sealed.setTerm,
  sealed.addCustodian,
  sealed.addRecovery,
  sealed.proveRecovery,
  sealed.removeCustodian,
  sealed.openSealed,
  sealed.beginRewrap,
  sealed.endRewrap,
  sealed.eraseSubject,
  access.recordReads,
  access.recordExport,
  approvals.propose,
  approvals.vote,
  approvals.expire,
  approvals.fail,
]

export const collections: readonly CollectionDefinition[] = [
  policy.policyVersions,
  policy.policyInForce,
  session.operators,
  session.sessions,
  session.tokens,
  session.administrators,
  session.codes,
  certificates.certificates,
  certificates.firstCertificates,
  session.contacts,
  hub.modules,
  hub.instances,
  events.events,
  events.handovers,
  alerts.rules,
  alerts.alerts,
  alerts.silences,
  sealed.classes,
  sealed.subjects,
  sealed.openings,
  sealed.rewraps,
  access.accesses,
  approvals.proposals,
  approvals.waiting,
]

export const eventDefinitions: readonly EventDefinition[] = [
  log.logOpened,
  log.servicesCertified,
  log.logKeyReplaced,
  log.logRestored,
  policy.policyPublished,
  session.sessionOpenedBefore,
  session.sessionOpened,
  session.sessionEnded,
  session.operatorRegistered,
  session.operatorChanged,
  session.contactSet,
  session.tokenIssued,
  session.tokenRevoked,
  session.codeIssued,
  session.codeRedeemed,
  session.requestsRefused,
  certificates.certificateRegistered,
  certificates.certificateRevoked,
  hub.moduleRequested,
  hub.moduleRecorded,
  hub.moduleChanged,
  hub.instanceRecorded,
  hub.instanceForgotten,
  hub.collectionRebuilt,
  events.eventRecorded,
  events.eventsAcknowledged,
  events.handedOver,
  alerts.alertFired,
  alerts.alertResolved,
  alerts.alertAcknowledged,
  alerts.ruleSilenced,
  alerts.silenceLifted,
  alerts.ruleSaved,
  alerts.ruleRemoved,
  sealed.termSet,
  sealed.custodianAdded,
  sealed.recoveryProved,
  sealed.custodianRemoved,
  sealed.subjectOpened,
  sealed.rewrapBegun,
  sealed.rewrapEnded,
  sealed.subjectSealed,
  sealed.subjectErased,
  access.readsSummed,
  access.exported,
  approvals.proposed,
  approvals.voted,
  approvals.expired,
  approvals.failed,
  approvals.decided,
]

const byName = <T>(list: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, T> => {
  const map = new Map(list.map((item) => [nameOf(item), item] as const))
  if (map.size !== list.length) throw new Error('a name stands twice in the catalogue')
  return map
}

export const commandsByName = byName(commands, (command) => command.name)
export const collectionsByName = byName(collections, (collection) => collection.name)
